"""
What is kept of all sittings: memory grows with the items, not with the people. No framework here.

exams.analysis.counting fills it.

Source: docs/rules/item-analysis.md, rules N3-N9 and N13.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from exams.analysis.classical import Sums

MAX_WRITINGS = 500  # different written answers that are counted apart for one item; the others are one class
OTHERS = "其他"
BIN = 5  # percent of the total: one bar of the distribution
BINS = 100 // BIN


class Answered(NamedTuple):
    """
    One question of one sitting. Units: points in hundredths; `seconds` None if nothing was saved for it.

    `answer` is in the item's own letters, or as written; `is_void`: the key-fix took it out of the marking.
    """

    version: int
    kind: str
    points_centi: int
    of_centi: int
    answer: str
    seconds: int | None = None
    is_void: bool = False
    has_letters: bool = True


@dataclass(frozen=True)
class Sitting:
    """One marked attempt. `points_centi` and `total_centi` as the result says them, after every re-marking."""

    points_centi: int
    total_centi: int
    has_passed: bool
    questions: Sequence[Answered]


@dataclass(frozen=True)
class Cuts:
    """The scores from which, and up to which, people belong to the upper and the lower group; hundredths."""

    upper: int
    lower: int

    def group(self, points_centi: int) -> int:
        """Return 2 for the upper group, 0 for the lower, 1 between. Source: docs/rules/item-analysis.md, rule N6."""
        if self.upper <= self.lower:
            return 1
        return 2 if points_centi >= self.upper else 0 if points_centi <= self.lower else 1


@dataclass
class Choice:
    """Who gave one answer: how many of the lower, middle and upper group, their totals as shares, full marks."""

    groups: list[int] = field(default_factory=lambda: [0, 0, 0])
    totals: float = 0.0
    right: int = 0

    @property
    def count(self) -> int:
        return sum(self.groups)


@dataclass
class ItemTally:
    """All that is kept of one item. x is the share of its points, y the share of the points of the rest."""

    kind: str
    of_centi: int
    is_void: bool
    sums: Sums = field(default_factory=Sums)
    groups: list[Sums] = field(default_factory=lambda: [Sums(), Sums(), Sums()])
    is_dichotomous: bool = True
    choices: dict[str, Choice] = field(default_factory=dict)
    seconds: Counter[int] = field(default_factory=Counter)


@dataclass
class PaperTally:
    """All that is kept of the whole. Units: points (not hundredths) in `totals` and `errors`."""

    cuts: Cuts
    items: dict[int, ItemTally] = field(default_factory=dict)
    totals: Sums = field(default_factory=Sums)  # of what takes part in the reliability
    reported: Sums = field(default_factory=Sums)  # as the results say
    errors: float = 0.0
    lone: dict[str, Sums] = field(default_factory=dict)
    questions: int = 0
    passed: int = 0
    bars: list[int] = field(default_factory=lambda: [0] * BINS)
    paper: frozenset[int] | None = None
    is_same_paper: bool = True
