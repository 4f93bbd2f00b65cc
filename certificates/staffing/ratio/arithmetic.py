"""The arithmetic of the 10 % rule: how many are required, and what a shortfall may cost."""

REQUIRED_PERCENT = 10
MANAGERS_PERCENT_OF_STAFF = 15  # rule of thumb, S1
FULL_POINTS_CENTI = 500


def required_for(managers: int) -> int:
    """
    Return how many 售后服务管理师 so many service managers need: 10 % rounded up, at least 1.

    Units: people. Raises: ValueError if negative. Source: docs/rules/staffing.md, rule S2.
    """
    if managers < 0:
        raise ValueError(f"managers cannot be negative: {managers}")
    return max(1, -(-managers * REQUIRED_PERCENT // 100))


def managers_among(staff: int) -> int:
    """
    Estimate the service managers among so many employees by the trade's rule of thumb, rounded up.

    Units: people. Source: docs/rules/staffing.md, rule S1.
    """
    return -(-staff * MANAGERS_PERCENT_OF_STAFF // 100)


def points_centi(*, held: int, required: int) -> int:
    """
    Return the proportional points, 5 × min(1, held ÷ required), never full while somebody is missing.

    Units: hundredths of a point, rounded half up. Source: docs/rules/staffing.md, rule S4.
    """
    if held >= required:
        return FULL_POINTS_CENTI
    return min(FULL_POINTS_CENTI - 1, (2 * FULL_POINTS_CENTI * held + required) // (2 * required))


def worst_points_centi(*, held: int, required: int) -> int:
    """
    Return the points if the assessor deducts all of them for any shortfall.

    Units: hundredths of a point. Source: docs/rules/staffing.md, rule S4.
    """
    return FULL_POINTS_CENTI if held >= required else 0
