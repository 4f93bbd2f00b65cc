"""
Counting, sitting by sitting: memory grows with the items, not with the people. No framework here.

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

    def add(self, answered: Answered, *, rest: float, total: float, group: int) -> None:
        share = answered.points_centi / answered.of_centi
        self.sums.add(share, rest)
        self.groups[group].add(share)
        self.is_dichotomous = self.is_dichotomous and share in {0, 1}
        if answered.seconds is not None:
            self.seconds[answered.seconds] += 1
        for name in self._names(answered):
            choice = self.choices.setdefault(name, Choice())
            choice.groups[group] += 1
            choice.totals += total
            choice.right += share == 1

    def _names(self, answered: Answered) -> Sequence[str]:
        """Each letter that was chosen, or what was written, or "" for nothing."""
        if answered.has_letters:
            return answered.answer or [""]
        known = answered.answer in self.choices or len(self.choices) < MAX_WRITINGS
        return [answered.answer if known else OTHERS]


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

    def add(self, sitting: Sitting) -> None:
        """Count one sitting in."""
        self.reported.add(sitting.points_centi / 100)
        self.passed += sitting.has_passed
        share = sitting.points_centi / sitting.total_centi if sitting.total_centi else 0.0
        self.bars[min(BINS - 1, sitting.points_centi * BINS // max(1, sitting.total_centi))] += 1
        versions = frozenset(question.version for question in sitting.questions)
        self.paper = versions if self.paper is None else self.paper
        self.is_same_paper = self.is_same_paper and versions == self.paper
        self._count_items(sitting, share)
        self._count_errors([question for question in sitting.questions if not question.is_void])

    def _count_items(self, sitting: Sitting, share: float) -> None:
        group = self.cuts.group(sitting.points_centi)
        points = sum(question.points_centi for question in sitting.questions)
        of = sum(question.of_centi for question in sitting.questions)
        for question in sitting.questions:
            item = self.items.get(question.version)
            if item is None:
                item = self.items[question.version] = ItemTally(question.kind, question.of_centi, question.is_void)
            others = of - question.of_centi
            rest = (points - question.points_centi) / others if others else 0.0
            item.add(question, rest=rest, total=share, group=group)

    def _count_errors(self, questions: Sequence[Answered]) -> None:
        """Add the error variance of one person: within each kind of question, and apart where a kind has one only."""
        self.questions += len(questions)
        self.totals.add(sum(question.points_centi for question in questions) / 100)
        strata: dict[str, Sums] = {}
        for question in questions:
            strata.setdefault(question.kind, Sums()).add(question.points_centi / 100)
        for kind, points in strata.items():
            if points.count > 1:
                self.errors += points.count * points.variance
            else:
                self.lone.setdefault(kind, Sums()).add(points.x)
