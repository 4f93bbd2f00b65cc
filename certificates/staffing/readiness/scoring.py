"""The score of a self-assessment by clause 6: exact fractions inside, hundredths of a point outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from courses.labs.rating import TOO_MANY_SPECIALS, Level, level_of, rate

__all__ = [
    "TOO_MANY_SPECIALS",
    "Finding",
    "Level",
    "Part",
    "Score",
    "Typed",
    "Verdict",
    "knows_points",
    "level_of",
    "lost_by",
    "part_as_typed",
    "part_by_clause",
    "score",
]


class Verdict(StrEnum):
    """What was found at one clause. Source: docs/rules/readiness.md, rule A3."""

    MET = "MET"
    PARTLY = "PARTLY"
    NOT_MET = "NOT_MET"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True)
class Finding:
    """One clause with its points, if they are known, and what was found. Of `samples` looked at, `failed` failed."""

    code: str
    points_centi: int | None
    verdict: Verdict | None
    samples: int = 1
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Typed:
    """What a company says of a section as a whole, from its own copy of the standard. Units: hundredths of a point."""

    deleted_centi: int
    lost_centi: int


@dataclass(frozen=True, slots=True)
class Part:
    """One first-level indicator: its points, what counts of them and what was earned."""

    code: str
    points_centi: int
    applicable: Fraction
    earned: Fraction
    by_clause: bool


@dataclass(frozen=True, slots=True)
class Score:
    """The result before and after the special items, in hundredths of a point; never rounded up to a level."""

    parts: tuple[Part, ...]
    base_centi: int
    final_centi: int
    level: Level
    specials: int
    has_bonus: bool

    @property
    def fails_by_specials(self) -> bool:
        return self.specials >= TOO_MANY_SPECIALS


def knows_points(points_centi: int, findings: Sequence[Finding]) -> bool:
    """
    Tell whether a section may be scored clause by clause: all points known, and their sum the section's.

    Source: docs/rules/readiness.md, rule A2.
    """
    known = [finding.points_centi for finding in findings if finding.points_centi is not None]
    return bool(findings) and len(known) == len(findings) and sum(known) == points_centi


def part_by_clause(*, code: str, points_centi: int, findings: Sequence[Finding]) -> Part:
    """
    Score a section clause by clause.

    Raises: ValueError if a clause lacks its points or its verdict. Source: docs/rules/readiness.md, rules A3 and A4.
    """
    if not knows_points(points_centi, findings) or any(finding.verdict is None for finding in findings):
        raise ValueError(f"section {code} cannot be scored by clause yet")
    counted = [finding for finding in findings if finding.verdict != Verdict.DELETED]
    applicable = sum((Fraction(finding.points_centi or 0) for finding in counted), Fraction(0))
    lost = sum((lost_by(finding) for finding in counted), Fraction(0))
    return Part(code, points_centi, applicable, applicable - lost, by_clause=True)


def part_as_typed(*, code: str, points_centi: int, typed: Typed, staffing_lost: Fraction = Fraction(0)) -> Part:
    """
    Score a section as a whole; what 5.1.2.2 loses comes on top.

    Raises: ValueError if more is deleted or lost than there is. Source: docs/rules/readiness.md, rules A2 and A5.
    """
    applicable = Fraction(points_centi - typed.deleted_centi)
    earned = applicable - typed.lost_centi - staffing_lost
    if min(typed.deleted_centi, typed.lost_centi) < 0 or applicable <= 0 or earned < 0:
        raise ValueError(f"section {code} cannot lose so much: {typed}")
    return Part(code, points_centi, applicable, earned, by_clause=False)


def lost_by(finding: Finding) -> Fraction:
    """Return what a clause loses, in hundredths of a point. Source: docs/rules/readiness.md, rule A3."""
    points = Fraction(finding.points_centi or 0)
    if finding.verdict == Verdict.NOT_MET:
        return points
    return points * finding.failed / finding.samples if finding.verdict == Verdict.PARTLY else Fraction(0)


def score(*, parts: Sequence[Part], specials: int, has_bonus: bool) -> Score:
    """
    Put the sections together: earned ÷ applicable × 100, less the special deductions, plus the bonus.

    Raises: ValueError if nothing is applicable. Source: docs/rules/readiness.md, rules A6-A8.
    """
    applicable = sum((part.applicable for part in parts), Fraction(0))
    earned = sum((part.earned for part in parts), Fraction(0))
    rating = rate(earned=earned, applicable=applicable, specials=specials, has_bonus=has_bonus)
    return Score(tuple(parts), rating.base_centi, rating.final_centi, rating.level, specials, has_bonus)
