"""The Net Promoter Score, and how far chance alone may move it."""

import math
from dataclasses import dataclass

Z = 1.96
MARGIN = 0.05
FEW = 30


@dataclass(frozen=True, kw_only=True)
class Score:
    """The score and its 95 % interval, from -100 to 100; `needed` answers would bring the margin down to 5 points."""

    nps: float
    low: float
    high: float
    needed: int
    is_small: bool


def score(*, promoters: int, passives: int, detractors: int) -> Score | None:
    """Return the score of so many answers, or None if there are none. Source: docs/rules/labs.md, rule H11."""
    total = promoters + passives + detractors
    if not total:
        return None
    p, d = promoters / total, detractors / total
    variance = p + d - (p - d) ** 2
    nps, margin = 100 * (p - d), 100 * Z * math.sqrt(variance / total)
    return Score(
        nps=nps,
        low=max(-100.0, nps - margin),
        high=min(100.0, nps + margin),
        needed=math.ceil(Z**2 * variance / MARGIN**2),
        is_small=total < FEW,
    )
