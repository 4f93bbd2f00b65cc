"""What one seat costs when many are bought: pure arithmetic in whole fen. Source: docs/rules/money.md, rule P18."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Tier:
    """From so many seats on, each costs `percent` of the course's price."""

    from_quantity: int
    percent: int


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table that buyers see: `first` to `last` seats at `unit_fen` each; the last row has no end."""

    first: int
    last: int | None
    percent: int
    unit_fen: int


def unit_fen(*, price_fen: int, quantity: int, tiers: Iterable[Tier]) -> int:
    """Return what each of so many seats costs; rests are waived. Source: docs/rules/money.md, rule P18."""
    percent = max((tier for tier in tiers if tier.from_quantity <= quantity), default=Tier(1, 100)).percent
    return max(1, price_fen * percent // 100)


def steps(*, price_fen: int, tiers: Iterable[Tier]) -> list[Step]:
    """Return the table of prices, from one seat on. Source: docs/rules/money.md, rule P18."""
    starts = {1: 100} | {tier.from_quantity: tier.percent for tier in sorted(tiers)}
    firsts = sorted(starts)
    lasts = [*(first - 1 for first in firsts[1:]), None]
    return [
        Step(first, last, starts[first], max(1, price_fen * starts[first] // 100))
        for first, last in zip(firsts, lasts, strict=True)
    ]
