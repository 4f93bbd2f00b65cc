"""
Counting some hundred sittings at once into a tally, by NumPy. No framework here.

Whoever imports this loads NumPy: only the job that computes an analysis does.
Source: docs/rules/item-analysis.md, rules N3-N9 and N13.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np

from exams.analysis.classical import Sums
from exams.analysis.tally import BINS, MAX_WRITINGS, OTHERS, Choice, ItemTally, PaperTally, Sitting

GROUPS = 3
SPAN = 1 << 24  # seconds of one question, more than anybody can take


def count(tally: PaperTally, sittings: Sequence[Sitting]) -> None:
    """Add sittings to a tally; counting them one by one or all at once comes to the same."""
    _count_people(tally, sittings)
    flat = list(chain.from_iterable(sitting.questions for sitting in sittings))
    if flat:
        _Block(tally, sittings, flat).count()


def _count_people(tally: PaperTally, sittings: Iterable[Sitting]) -> None:
    for sitting in sittings:
        tally.reported.add(sitting.points_centi / 100)
        tally.passed += sitting.has_passed
        tally.bars[min(BINS - 1, sitting.points_centi * BINS // max(1, sitting.total_centi))] += 1
        versions = frozenset([question[0] for question in sitting.questions])
        tally.paper = versions if tally.paper is None else tally.paper
        tally.is_same_paper = tally.is_same_paper and versions == tally.paper


class _Block:
    """The questions of some sittings as columns. `person` and `item` say whose and which each is, from 0."""

    def __init__(self, tally: PaperTally, sittings: Sequence[Sitting], flat: Sequence[tuple[Any, ...]]) -> None:
        version, kind, points, of, self.answers, seconds, is_void, self.has_letters = zip(*flat, strict=True)
        self.tally = tally
        self.versions = version
        self.people = len(sittings)
        sizes = [len(sitting.questions) for sitting in sittings]
        self.person = np.repeat(np.arange(self.people), sizes)
        self.points, self.of = np.array(points, dtype=float), np.array(of, dtype=float)
        self.seconds = np.array([-1 if one is None else one for one in seconds])
        self.is_void = np.array(is_void)
        self.kinds = {name: place for place, name in enumerate(dict.fromkeys(kind))}
        self.kind = np.array([self.kinds[one] for one in kind])
        known, first, self.item = np.unique(version, return_index=True, return_inverse=True)
        self.items: list[ItemTally] = [
            tally.items.setdefault(int(pk), ItemTally(kind[at], of[at], is_void[at]))
            for pk, at in zip(known, first, strict=True)
        ]
        self.share = self.points / self.of
        self.total = np.array([one.points_centi / one.total_centi if one.total_centi else 0.0 for one in sittings])
        self.group = np.array([tally.cuts.group(sitting.points_centi) for sitting in sittings])

    def count(self) -> None:
        self._count_shares()
        self._count_seconds()
        self._count_choices()
        self._count_errors()

    def _count_shares(self) -> None:
        """Facility, correlation with the rest, and the same by group. Source: rules N3, N5 and N6."""
        others = np.bincount(self.person, self.of)[self.person] - self.of
        rest = np.bincount(self.person, self.points)[self.person] - self.points
        rest = np.divide(rest, others, out=np.zeros_like(rest), where=others != 0)
        everybody = _sums_by(self.item, len(self.items), self.share, rest)
        grouped = _sums_by(self.item * GROUPS + self.group[self.person], len(self.items) * GROUPS, self.share)
        partial = np.bincount(self.item, (self.share != 0) & (self.share != 1), len(self.items))
        for place, item in enumerate(self.items):
            item.sums.merge(everybody[place])
            for group in range(GROUPS):
                item.groups[group].merge(grouped[place * GROUPS + group])
            item.is_dichotomous = item.is_dichotomous and not partial[place]

    def _count_seconds(self) -> None:
        """Source: docs/rules/item-analysis.md, rule N9."""
        is_known = self.seconds >= 0
        times, counts = np.unique(self.item[is_known] * SPAN + self.seconds[is_known], return_counts=True)
        for time, number in zip(times.tolist(), counts.tolist(), strict=True):
            self.items[time // SPAN].seconds[time % SPAN] += number

    def _count_choices(self) -> None:
        """Each letter that was chosen, or what was written, or "" for nothing. Source: rule N7."""
        codes: dict[tuple[int, str], int] = {}
        pairs = zip(self.item.tolist(), self.answers, strict=True)
        code = np.array([codes.setdefault(pair, len(codes)) for pair in pairs])
        groups = np.bincount(code * GROUPS + self.group[self.person], minlength=len(codes) * GROUPS).tolist()
        totals = np.bincount(code, self.total[self.person]).tolist()
        right = np.bincount(code, self.share == 1).tolist()
        has_letters = dict(zip(self.item.tolist(), self.has_letters, strict=True))
        for (place, answer), at in codes.items():
            choices = self.items[place].choices
            if has_letters[place]:
                names: Sequence[str] = answer or [""]
            else:
                names = [answer if answer in choices or len(choices) < MAX_WRITINGS else OTHERS]
            for name in names:
                choice = choices.setdefault(name, Choice())
                choice.totals += totals[at]
                choice.right += int(right[at])
                for group in range(GROUPS):
                    choice.groups[group] += groups[at * GROUPS + group]

    def _count_errors(self) -> None:
        """
        Add the error variance of each person: within each kind of question, and apart where a kind has one only.

        Units: points. Source: docs/rules/item-analysis.md, rule N8.
        """
        counted = ~self.is_void
        points = self.points[counted] / 100
        person, kind = self.person[counted], self.kind[counted]
        self.tally.questions += len(points)
        self.tally.totals.merge(_sum_up(np.bincount(person, points, self.people)))
        strata = person * len(self.kinds) + kind
        size = self.people * len(self.kinds)
        n, x, xx = np.bincount(strata, minlength=size), *_powers(strata, size, points)
        several = n > 1
        spread = np.maximum(0.0, xx[several] - x[several] ** 2 / n[several])
        self.tally.errors += float((n[several] * spread / (n[several] - 1)).sum())
        for name, place in self.kinds.items():
            alone = (n == 1) & (np.arange(size) % len(self.kinds) == place)
            if alone.any():
                self.tally.lone.setdefault(name, Sums()).merge(_sum_up(x[alone]))


def _powers(by: Any, size: int, x: Any) -> tuple[Any, Any]:
    return np.bincount(by, x, size), np.bincount(by, x * x, size)


def _sums_by(by: Any, size: int, x: Any, y: Any = None) -> list[Sums]:
    """Sum pairs by a number from 0 to `size` - 1."""
    count = np.bincount(by, minlength=size)
    columns = [*_powers(by, size, x)]
    if y is not None:
        columns += [*_powers(by, size, y), np.bincount(by, x * y, size)]
    return [Sums(*row) for row in zip(count.tolist(), *(column.tolist() for column in columns), strict=True)]


def _sum_up(x: Any) -> Sums:
    return Sums(len(x), float(x.sum()), float((x * x).sum()))
