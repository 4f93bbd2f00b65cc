"""Drawing a paper from a blueprint and a pool. Source: docs/rules/grading.md, rule G7."""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

KIND_NAMES = {"SINGLE": "单选", "MULTI": "多选", "TRUE_FALSE": "判断"}
KINDS = list(KIND_NAMES)


@dataclass(frozen=True)
class Cell:
    """So many items of one kind from one module, each worth so many hundredths of a point."""

    module: str
    kind: str
    count: int
    points_centi: int


class Candidate(NamedTuple):
    """An item that may be drawn: its current version and how many options that has (0 for 判断)."""

    version: int
    module: str
    kind: str
    options: int


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
    """One question of a drawn paper. `order`: the original letters in the order of printing."""

    candidate: Candidate
    points_centi: int
    order: str


class Infeasible(Exception):
    """The pool cannot fill the blueprint; `shortages` names every cell that is short."""

    def __init__(self, shortages: Sequence[Supply]) -> None:
        super().__init__("；".join(map(str, shortages)))
        self.shortages = tuple(shortages)


def supplies(*, cells: Sequence[Cell], available: Mapping[tuple[str, str], int]) -> list[Supply]:
    """Compare each cell with the items available by (module, kind). Source: docs/rules/grading.md, rule G7."""
    return [Supply(cell, available.get((cell.module, cell.kind), 0)) for cell in cells]


def draw(*, cells: Sequence[Cell], pool: Pool, seed: int) -> list[Drawn]:
    """
    Draw a paper: the same arguments give the same paper.

    Sections come as 单选, 多选, 判断; inside a section the order is random, and so is the order of options.
    Raises: Infeasible, naming the cells that are short.
    Source: docs/rules/grading.md, rule G7.
    """
    shortages = [supply for supply in supplies(cells=cells, available=pool.available) if not supply.is_enough]
    if shortages or not cells:
        raise Infeasible(shortages)
    chance = random.Random(seed)  # noqa: S311  # shuffling; the seed comes from the system's own source
    paper: list[Drawn] = []
    for kind in KINDS:
        section: list[Drawn] = []
        for cell in sorted((cell for cell in cells if cell.kind == kind), key=lambda cell: cell.module):
            for item in chance.sample(pool.by_cell[cell.module, cell.kind], cell.count):
                letters = list("ABCDEFGHIJ"[: item.options])
                chance.shuffle(letters)
                section.append(Drawn(item, cell.points_centi, "".join(letters)))
        chance.shuffle(section)
        paper += section
    return paper
