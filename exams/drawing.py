"""Drawing a paper from a blueprint and a pool. Sources: docs/rules/grading.md, G7; docs/rules/blueprint.md, B1-B5."""

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from exams import matching

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
LEVEL_NAMES = ("", "易", "中", "难")


@dataclass(frozen=True)
class Cell:
    """
    So many items of one kind from one module, each worth so many hundredths of a point.

    A difficulty other than 0 and a knowledge point other than "" narrow it. Source: docs/rules/blueprint.md, rule B1.
    """

    module: str
    kind: str
    count: int
    points_centi: int
    difficulty: int = 0
    point: str = ""
    is_fixed: bool = False

    @property
    def is_narrow(self) -> bool:
        return bool(self.difficulty or self.point)

    def takes(self, item: "Candidate | Slice") -> bool:
        """Whether an item belongs to this cell."""
        return (
            (item.module, item.kind) == (self.module, self.kind)
            and self.difficulty in {0, item.difficulty}
            and self.point in {"", item.point}
        )

    def __str__(self) -> str:
        narrowed = [self.module, KIND_NAMES[self.kind], LEVEL_NAMES[self.difficulty], self.point]
        return " ".join(word for word in narrowed if word)


class Slice(NamedTuple):
    """What a cell may ask of an item."""

    module: str
    kind: str
    difficulty: int
    point: str


class Candidate(NamedTuple):
    """
    An item that may be drawn: its current version and how many options that has (0 for what has none).

    A 案例 has `parts`, printed together and in this order. Of the items of one `group` a paper takes one at most; 0 for
    none.
    """

    version: int
    module: str
    kind: str
    options: int
    parts: tuple["Candidate", ...] = ()
    difficulty: int = 0
    point: str = ""
    group: int = 0

    @property
    def holder(self) -> Hashable:
        """What a paper takes once: the item, or its group."""
        return ("group", self.group) if self.group else self.version


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
    def available(self) -> dict[Slice, int]:
        """Count the items by what a cell may ask of them."""
        items = (item for candidates in self.by_cell.values() for item in candidates)
        return Counter(Slice(item.module, item.kind, item.difficulty, item.point) for item in items)

    def choices(self, cell: Cell) -> Sequence[Candidate]:
        """List the items that belong to a cell."""
        items = self.by_cell.get((cell.module, cell.kind), ())
        return [item for item in items if cell.takes(item)] if cell.is_narrow else items

    @property
    def has_groups(self) -> bool:
        return any(item.group for candidates in self.by_cell.values() for item in candidates)


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
        return f"{self.cell}：需要 {self.cell.count} 题，题库可用 {self.available} 题"


@dataclass(frozen=True)
class Shortage:
    """Cells that together need more than there is, for so many papers: the proof that the blueprint is infeasible."""

    cells: tuple[Cell, ...]
    available: int
    papers: int = 1

    @property
    def needed(self) -> int:
        return self.papers * sum(cell.count for cell in self.cells)

    @property
    def missing(self) -> int:
        return self.needed - self.available

    def __str__(self) -> str:
        names = "、".join(map(str, self.cells)) + ("合起来" if len(self.cells) > 1 else "")
        papers = f"{self.papers} 套卷" if self.papers > 1 else ""
        return f"{names}：{papers}需要 {self.needed} 题，题库可用 {self.available} 题"


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

    def __init__(self, shortages: Sequence[Supply | Shortage]) -> None:
        super().__init__("；".join(map(str, shortages)))
        self.shortages = tuple(shortages)


def supplies(*, cells: Sequence[Cell], available: Mapping[Slice, int]) -> list[Supply]:
    """
    Compare each cell on its own with the items available.

    Sources: docs/rules/grading.md, rule G7; docs/rules/blueprint.md, rule B1.
    """
    return [Supply(cell, sum(count for slice_, count in available.items() if cell.takes(slice_))) for cell in cells]


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


def draw(
    *,
    cells: Sequence[Cell],
    pool: Pool,
    seed: int,
    has_markers: bool = True,
    prepared: Collection[int] = (),
) -> list[Drawn]:
    """
    Draw a paper: the same arguments give the same paper. Fixed cells take `prepared` versions as far as they are there.

    Sections come in the order of KINDS; inside a section the order is random, and so is the order of options; the parts
    of a 案例 stay together and in their order. Without markers 简答 is worth nothing.
    Raises: Infeasible, naming the cells that are short.
    Sources: docs/rules/grading.md, rules G7, G18 and G19; docs/rules/blueprint.md, rules B1-B5.
    """
    shortages = [supply for supply in supplies(cells=cells, available=pool.available) if not supply.is_enough]
    if shortages or not cells:
        raise Infeasible(shortages)
    chance = random.Random(seed)  # noqa: S311  # shuffling; the seed comes from the system's own source
    chosen = choose(cells=cells, pool=pool, chance=chance, prepared=prepared)
    paper: list[Drawn] = []
    for kind in KINDS:
        section: list[list[Drawn]] = []
        for cell in (cell for cell in chosen if cell.kind == kind):
            for item in chosen[cell]:
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


def choose(
    *, cells: Sequence[Cell], pool: Pool, chance: random.Random, prepared: Collection[int] = ()
) -> dict[Cell, list[Candidate]]:
    """
    Choose the items of a paper by cell. Where cells cannot get in each other's way, they are simply sampled.

    Raises: Infeasible. Source: docs/rules/blueprint.md, rules B1-B5.
    """
    cells = sorted(cells, key=_rank)
    are_apart = len({(cell.module, cell.kind) for cell in cells}) == len(cells)
    if are_apart and not prepared and not pool.has_groups:
        return {cell: chance.sample(pool.choices(cell), cell.count) for cell in cells}
    choices: dict[Cell, list[Candidate]] = {}
    for cell in cells:
        listed = pool.choices(cell)
        shuffled = chance.sample(listed, len(listed))
        choices[cell] = sorted(shuffled, key=lambda item: item.version not in prepared) if cell.is_fixed else shuffled
    holder = {item: item.holder for listed in choices.values() for item in listed}
    try:
        return matching.match(needs=[(cell, cell.count) for cell in cells], choices=choices, holder=holder)
    except matching.Short as proof:
        short = tuple(cell for cell in cells if cell in proof.cells)
        held = {holder[item] for cell in short for item in choices[cell]}
        raise Infeasible([Shortage(short, len(held))]) from proof


def _rank(cell: Cell) -> tuple[bool, int, str, int, str]:
    """Fixed cells choose first, then the narrow ones, then by module."""
    return (not cell.is_fixed, -(bool(cell.difficulty) + bool(cell.point)), cell.module, cell.difficulty, cell.point)


def _shuffled(options: int, chance: random.Random) -> str:
    letters = list("ABCDEFGHIJ"[:options])
    chance.shuffle(letters)
    return "".join(letters)
