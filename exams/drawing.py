"""Drawing a paper from a blueprint and a pool. Source: docs/rules/grading.md, rule G7."""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

KIND_NAMES = {
    "SINGLE": "单选",
    "MULTI": "多选",
    "TRUE_FALSE": "判断",
    "BLANK": "填空",
    "NUMERIC": "数值",
    "SHORT": "简答",
    "CASE": "案例",
}
KINDS = list(KIND_NAMES)
SHORT = "SHORT"


@dataclass(frozen=True)
class Cell:
    """So many items of one kind from one module, each worth so many hundredths of a point."""

    module: str
    kind: str
    count: int
    points_centi: int


class Candidate(NamedTuple):
    """
    An item that may be drawn: its current version and how many options that has (0 for what has none).

    A 案例 has `parts`, printed together and in this order.
    """

    version: int
    module: str
    kind: str
    options: int
    parts: tuple["Candidate", ...] = ()


@dataclass(frozen=True)
class Pool:
    """The items that may be drawn, by module and kind, each list in the order of its versions."""

    by_cell: Mapping[tuple[str, str], Sequence[Candidate]]

    @classmethod
    def of(cls, candidates: Iterable[Candidate]) -> "Pool":
        by_cell: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
        for candidate in sorted(candidates):
            by_cell[candidate.module, candidate.kind].append(candidate)
        return cls(dict(by_cell))

    @property
    def available(self) -> dict[tuple[str, str], int]:
        return {cell: len(candidates) for cell, candidates in self.by_cell.items()}


@dataclass(frozen=True)
class Supply:
    """What one cell needs and what the pool holds for it."""

    cell: Cell
    available: int

    @property
    def is_enough(self) -> bool:
        return self.available >= self.cell.count

    @property
    def missing(self) -> int:
        return max(0, self.cell.count - self.available)

    def __str__(self) -> str:
        kind = KIND_NAMES[self.cell.kind]
        return f"{self.cell.module} {kind}：需要 {self.cell.count} 题，题库可用 {self.available} 题"


@dataclass(frozen=True)
class Drawn:
    """
    One question of a drawn paper. `order`: the original letters in the order of printing; `case`: the version of the
    案例 that it is a part of, 0 for none.
    """

    candidate: Candidate
    points_centi: int
    order: str
    case: int = 0


class Infeasible(Exception):
    """The pool cannot fill the blueprint; `shortages` names every cell that is short."""

    def __init__(self, shortages: Sequence[Supply]) -> None:
        super().__init__("；".join(map(str, shortages)))
        self.shortages = tuple(shortages)


def supplies(*, cells: Sequence[Cell], available: Mapping[tuple[str, str], int]) -> list[Supply]:
    """Compare each cell with the items available by (module, kind). Source: docs/rules/grading.md, rule G7."""
    return [Supply(cell, available.get((cell.module, cell.kind), 0)) for cell in cells]


def shares_of(points_centi: int, parts: Sequence[Candidate], *, has_markers: bool) -> list[int]:
    """
    Divide the points of a 案例 over its parts: evenly, what is left over to the first ones, a hundredth each.

    Where nobody marks (`has_markers`), 简答 gets nothing. Units: hundredths of a point.
    Source: docs/rules/grading.md, rules G18 and G19.
    """
    places = [place for place, part in enumerate(parts) if has_markers or part.kind != SHORT]
    shares = [0] * len(parts)
    for rank, place in enumerate(places):
        shares[place] = points_centi // len(places) + (rank < points_centi % len(places))
    return shares


def draw(*, cells: Sequence[Cell], pool: Pool, seed: int, has_markers: bool = True) -> list[Drawn]:
    """
    Draw a paper: the same arguments give the same paper.

    Sections come in the order of KINDS; inside a section the order is random, and so is the order of options; the parts
    of a 案例 stay together and in their order. Without markers 简答 is worth nothing.
    Raises: Infeasible, naming the cells that are short.
    Source: docs/rules/grading.md, rules G7, G18 and G19.
    """
    shortages = [supply for supply in supplies(cells=cells, available=pool.available) if not supply.is_enough]
    if shortages or not cells:
        raise Infeasible(shortages)
    chance = random.Random(seed)  # noqa: S311  # shuffling; the seed comes from the system's own source
    paper: list[Drawn] = []
    for kind in KINDS:
        section: list[list[Drawn]] = []
        for cell in sorted((cell for cell in cells if cell.kind == kind), key=lambda cell: cell.module):
            for item in chance.sample(pool.by_cell[cell.module, cell.kind], cell.count):
                questions = item.parts or (item,)
                shares = shares_of(cell.points_centi, questions, has_markers=has_markers)
                case = item.version if item.parts else 0
                section.append(
                    [
                        Drawn(question, share, _shuffled(question.options, chance), case)
                        for question, share in zip(questions, shares, strict=True)
                    ]
                )
        chance.shuffle(section)
        paper += [question for group in section for question in group]
    return paper


def _shuffled(options: int, chance: random.Random) -> str:
    letters = list("ABCDEFGHIJ"[:options])
    chance.shuffle(letters)
    return "".join(letters)
