"""What an exam's blueprint means with today's bank, in figures and words. No Django."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from exams import drawing
from exams.composing import solving
from exams.drawing import Cell, Pool, Shortage

TRIALS = 400
SEED = 1  # the same bank gives the same estimate
SLACK = 1e-6


@dataclass(frozen=True)
class Verdict:
    """
    Whether a blueprint may be published, and what papers will be like.

    `most_exposed`: the share of papers in which the most frequent item comes up, as they are drawn; `least_exposed` how
    low that can be made. `overlap`: items that two papers have in common on average. Both None if infeasible.
    """

    problems: tuple[str, ...]
    shortages: tuple[Shortage, ...] = ()
    most_exposed: float | None = None
    least_exposed: float | None = None
    overlap: float | None = None
    is_estimate: bool = False

    @property
    def most_exposed_percent(self) -> int:
        return round((self.most_exposed or 0) * 100)

    @property
    def least_exposed_percent(self) -> int:
        return round((self.least_exposed or 0) * 100)

    @property
    def is_feasible(self) -> bool:
        return not self.problems


def judge(*, cells: Sequence[Cell], pool: Pool, papers: int, exposure_cap: int) -> Verdict:
    """
    Say whether a blueprint is feasible for so many disjoint papers and that exposure cap (in percent), and why not.

    Source: docs/rules/blueprint.md, rules B5-B8 and B10.
    """
    if not cells:
        return Verdict(("还没有组卷蓝图，不能开放。请先填写组卷格。",))
    alone = [Shortage((one.cell,), one.available) for one in drawing.supplies(cells=cells, available=pool.available)]
    lacking = [one for one in alone if one.missing > 0]
    if not lacking:
        found = solving.shortage(cells=cells, pool=pool, papers=1) or solving.shortage(
            cells=cells, pool=pool, papers=papers
        )
        lacking = [found] if found else []
    if lacking:
        return Verdict(tuple(map(_in_words, lacking)), tuple(lacking))
    return _figures(cells, pool, exposure_cap)


def _in_words(one: Shortage) -> str:
    advice = "请补题或调整蓝图。" if one.papers == 1 else "请补题，或减少互不重题的套数。"
    return f"题库组不成试卷，不能开放。{one}，缺 {one.missing} 题。{advice}"


def _figures(cells: Sequence[Cell], pool: Pool, exposure_cap: int) -> Verdict:
    drawn = [cell for cell in cells if not cell.is_fixed]
    shares, is_estimate = _shares(cells, pool)
    random_shares = [share for (_, is_fixed), share in shares.items() if not is_fixed]
    least = solving.least_exposure(cells=drawn, pool=pool) if drawn else 0.0
    problems: tuple[str, ...] = ()
    if least * 100 > exposure_cap + SLACK:
        problems = (
            f"做不到曝光上限 {exposure_cap}%：最常见的题至少会出现在 {least:.0%} 的试卷里。"
            "请给题少的格补题，或提高上限。",
        )
    return Verdict(
        problems,
        most_exposed=max(random_shares, default=0.0),
        least_exposed=least,
        overlap=sum(share * share for share in random_shares),
        is_estimate=is_estimate,
    )


def _shares(cells: Sequence[Cell], pool: Pool) -> tuple[dict[tuple[int, bool], float], bool]:
    """Return how often each item comes up, by version and whether in a fixed cell: exactly, or from trials."""
    are_apart = len({(cell.module, cell.kind) for cell in cells}) == len(cells) and not pool.has_groups
    shares: defaultdict[tuple[int, bool], float] = defaultdict(float)
    if are_apart:
        for cell in cells:
            choices = pool.choices(cell)
            for item in choices:
                shares[item.version, cell.is_fixed] += cell.count / len(choices)
        return shares, False
    chance = random.Random(SEED)  # noqa: S311  # an estimate
    counts: Counter[tuple[int, bool]] = Counter()
    for _ in range(TRIALS):
        for cell, items in drawing.choose(cells=cells, pool=pool, chance=chance).items():
            counts.update((item.version, cell.is_fixed) for item in items)
    return {place: count / TRIALS for place, count in counts.items()}, True
