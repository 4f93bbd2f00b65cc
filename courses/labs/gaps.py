"""Service quality in figures: SERVQUAL's P − E, and the five gaps told in hours."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One dimension of the questionnaire: mean expectation, mean perception, and its weight."""

    name: str
    expected: float
    perceived: float
    weight: float

    @property
    def score(self) -> float:
        """P − E; below zero is below what was expected. Source: docs/rules/labs.md, rule H4."""
        return self.perceived - self.expected


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Both totals, and the place of the dimension to mend first, if any is below zero."""

    scores: tuple[float, ...]
    plain: float
    weighted: float
    first: int | None


@dataclass(frozen=True, kw_only=True)
class Hours:
    """One promise told in hours by those who meet in it."""

    expected: float
    believed: float
    standard: float
    delivered: float
    promised: float


def servqual(dimensions: Sequence[Dimension]) -> Quality:
    """Score a questionnaire. Raises: ValueError without any weight. Source: docs/rules/labs.md, rule H4."""
    weights = sum(dimension.weight for dimension in dimensions)
    if weights <= 0:
        raise ValueError("no weights")
    scores = tuple(dimension.score for dimension in dimensions)
    parts = [dimension.score * dimension.weight / weights for dimension in dimensions]
    worst = min(range(len(parts)), key=parts.__getitem__)
    return Quality(
        scores=scores,
        plain=sum(scores) / len(scores),
        weighted=sum(parts),
        first=worst if parts[worst] < 0 else None,
    )


def five_gaps(hours: Hours) -> tuple[float, float, float, float, float]:
    """Return gaps 1 to 5 in hours; gap 5 is the sum of the first three. Source: docs/rules/labs.md, rule H5."""
    return (
        hours.believed - hours.expected,
        hours.standard - hours.believed,
        hours.delivered - hours.standard,
        hours.delivered - hours.promised,
        hours.delivered - hours.expected,
    )
