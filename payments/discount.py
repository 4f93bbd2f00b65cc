"""What a coupon takes off: pure arithmetic in whole fen. Source: docs/rules/money.md, rule P13."""

SMALLEST_CHARGE_FEN = 400  # what Stripe takes at least, for CNY


def percent_off(*, full_fen: int, percent: int) -> int:
    """Return the discount of a percentage coupon, 1 to 100. Source: docs/rules/money.md, rule P13."""
    return _waive_a_rest(full_fen, full_fen * percent // 100)


def amount_off(*, full_fen: int, value_fen: int) -> int:
    """Return the discount of a coupon of a fixed amount. Source: docs/rules/money.md, rule P13."""
    return _waive_a_rest(full_fen, min(value_fen, full_fen))


def _waive_a_rest(full_fen: int, discount_fen: int) -> int:
    """A rest that is too small to be charged is not charged."""
    return full_fen if full_fen - discount_fen < SMALLEST_CHARGE_FEN else discount_fen
