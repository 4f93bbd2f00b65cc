"""The rating of clause 6: exact fractions inside, hundredths of a point outside. The readiness check uses it too."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

MOST_CENTI = 100_00
SPECIAL_CENTI = 1_00
TOO_MANY_SPECIALS = 5
STAFFING_CENTI = 5_00
LADDER = ((95_00, "FIVE"), (90_00, "FOUR"), (80_00, "THREE"), (70_00, "PASSED"))


class Level(StrEnum):
    """The levels of the standard. Source: docs/rules/readiness.md, rule A8."""

    FAILED = "FAILED"
    PASSED = "PASSED"
    THREE = "THREE"
    FOUR = "FOUR"
    FIVE = "FIVE"


LEVEL_NAMES = {
    Level.FAILED: "不合格",
    Level.PASSED: "达标级",
    Level.THREE: "三星级",
    Level.FOUR: "四星级",
    Level.FIVE: "五星级",
}


@dataclass(frozen=True, slots=True)
class Rating:
    """The rating before and after the special items, in hundredths of a point; never rounded up to a level."""

    base_centi: int
    final_centi: int
    level: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A first-level indicator as typed, in hundredths of a point; None is "not known", which is not 0."""

    code: str
    points_centi: int
    deleted_centi: int | None
    lost_centi: int | None


@dataclass(frozen=True, slots=True)
class Readings:
    """The rating with 5.1.2.2 lost in proportion, and with all of its points lost when people are missing."""

    applicable_centi: int
    proportional: Rating
    worst: Rating


def rate(*, earned: Fraction, applicable: Fraction, specials: int, has_bonus: bool) -> Rating:
    """
    Return earned ÷ applicable × 100, less the special deductions, plus the bonus; amounts in hundredths of a point.

    Raises: ValueError if nothing is applicable. Source: docs/rules/readiness.md, rules A6-A8.
    """
    if applicable <= 0 or specials < 0:
        raise ValueError("nothing to rate")
    base = earned / applicable * MOST_CENTI
    final = base - specials * SPECIAL_CENTI + (SPECIAL_CENTI if has_bonus else 0)
    final = min(Fraction(MOST_CENTI), max(Fraction(0), final))
    level = Level.FAILED if specials >= TOO_MANY_SPECIALS else level_of(final)
    return Rating(_shown(base), _shown(final), level)


def level_of(final: Fraction | int) -> Level:
    """Return the level of so many hundredths of a point. Source: docs/rules/readiness.md, rule A8."""
    return next((Level(name) for least, name in LADDER if final >= least), Level.FAILED)


def staffing_lost(*, required: int, held: int) -> Fraction:
    """Return what 5.1.2.2 loses in proportion, in hundredths of a point. Source: docs/rules/labs.md, rule H9."""
    return STAFFING_CENTI * (1 - min(Fraction(1), Fraction(held, required)))


def simulate(
    sections: Sequence[Section], *, required: int, held: int, specials: int, has_bonus: bool
) -> Readings | None:
    """
    Rate a company by its sections and its people, in both readings; None while a figure is unknown.

    Raises: ValueError if a section loses more than it has. Source: docs/rules/labs.md, rule H9.
    """
    applicable = earned = 0
    for section in sections:
        if section.deleted_centi is None or section.lost_centi is None:
            return None
        left = section.points_centi - section.deleted_centi - section.lost_centi
        if min(section.deleted_centi, section.lost_centi, left) < 0:
            raise ValueError(f"section {section.code} cannot lose so much")
        applicable += section.points_centi - section.deleted_centi
        earned += left
    lost = staffing_lost(required=required, held=held)
    readings = [
        rate(
            earned=max(Fraction(0), earned - less),
            applicable=Fraction(applicable),
            specials=specials,
            has_bonus=has_bonus,
        )
        for less in (lost, Fraction(STAFFING_CENTI if lost else 0))
    ]
    return Readings(applicable, *readings)


def _shown(exact: Fraction) -> int:
    """Round half up to a whole hundredth, but never over the edge of a level. Source: the same file, rule A7."""
    rounded = int(exact + Fraction(1, 2))
    return rounded if level_of(rounded) == level_of(exact) else rounded - 1
