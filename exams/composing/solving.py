"""
What a blueprint can and cannot do, proven by a solver: HiGHS. No Django.

Items that are alike to every cell are one kind with a number: that keeps the models small, whatever the bank's size.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from exams.drawing import Candidate, Cell, Pool, Shortage

SECONDS = 10.0  # for parallel papers; the best found until then is taken
HALF = 0.5


class Kind(NamedTuple):
    """Items that no cell can tell apart. Those of an enemy group are a kind of their own."""

    module: str
    kind: str
    difficulty: int
    point: str
    group: int

    @classmethod
    def of(cls, item: Candidate) -> "Kind":
        return cls(item.module, item.kind, item.difficulty, item.point, item.group)


@dataclass(frozen=True)
class Parallel:
    """Parallel papers: for each, how many items of each kind a cell takes. `is_optimal`: proven, not just found."""

    papers: tuple[dict[tuple[Cell, Kind], int], ...]
    is_optimal: bool


def shortage(*, cells: Sequence[Cell], pool: Pool, papers: int) -> Shortage | None:
    """
    Prove that so many papers without a common item can be made, or name the cells that together stand in the way.

    Source: docs/rules/blueprint.md, rules B5, B6 and B8.
    """
    model = _Model(cells, pool)
    given, lacking = {}, []
    for cell in cells:
        given[cell] = {kind: model.variable() for kind in model.kinds_of(cell)}
        lacking.append(model.variable())
        model.add(model.sum(given[cell].values()) + lacking[-1] == papers * cell.count)
    demands = list(range(len(cells)))
    model.limit_kinds([given], group_limit=papers)
    model.minimize(model.sum(lacking))
    if model.value_of(model.sum(lacking)) < HALF:
        return None
    duals = model.duals()
    short = tuple(cell for cell, row in zip(cells, demands, strict=True) if duals[row] > HALF)
    return Shortage(short, model.supply_of(short, papers), papers)


def least_exposure(*, cells: Sequence[Cell], pool: Pool) -> float:
    """
    Return how rarely the most frequent item can come up at best: a share of all papers, over 1 if infeasible.

    Source: docs/rules/blueprint.md, rule B7.
    """
    model = _Model(cells, pool)
    most = model.variable()
    given: dict[Cell, dict[Kind, Any]] = {}
    for cell in cells:
        given[cell] = {kind: model.variable() for kind in model.kinds_of(cell)}
        model.add(model.sum(given[cell].values()) == cell.count)
    for kind, count in model.supply.items():
        model.add(model.sum(_of_kind([given], kind)) <= count * most)
    for group in model.groups:
        model.add(model.sum(_of_group([given], group)) <= 1)
    return model.value_of(most) if model.minimize(most) else float("inf")


def parallel(*, cells: Sequence[Cell], pool: Pool, papers: int, seconds: float = SECONDS) -> Parallel | None:
    """
    Make papers without a common item whose difficulty is as even as can be; None if there are none.

    Source: docs/rules/blueprint.md, rules B6 and B9.
    """
    model = _Model(cells, pool, seconds=seconds)
    made: list[dict[Cell, dict[Kind, Any]]] = []
    for _ in range(papers):
        given = {cell: {kind: model.variable(is_whole=True) for kind in model.kinds_of(cell)} for cell in cells}
        for cell in cells:
            model.add(model.sum(given[cell].values()) == cell.count)
        made.append(given)
    model.limit_kinds(made, group_limit=papers)
    for group in model.groups:
        for given in made:
            model.add(model.sum(_of_group([given], group)) <= 1)
    kept = [cell for cell in cells if cell.is_fixed] or cells  # of the others only the room is kept
    uneven = [part for cell in kept for part in model.keep_even(cell, made)]
    easiest, hardest = model.variable(), model.variable()
    for given in made:
        weight = model.sum(
            variable * (kind.difficulty * cell.points_centi) for cell in cells for kind, variable in given[cell].items()
        )
        model.add(weight >= easiest)
        model.add(weight <= hardest)
    most = 3 * sum(cell.points_centi * cell.count for cell in kept)  # an uneven cell weighs more than any difference
    if not model.minimize(model.sum([*(part * most for part in uneven), hardest, easiest * -1])):
        return None
    return Parallel(tuple(model.read(given) for given in made), model.is_optimal)


class _Model:
    """A HiGHS model with the words that the three questions share."""

    def __init__(self, cells: Sequence[Cell], pool: Pool, *, seconds: float = SECONDS) -> None:
        import highspy  # noqa: PLC0415  # with NumPy tens of megabytes, for a few pages only

        self.solver = highspy
        self.highs = highspy.Highs()  # type: ignore[no-untyped-call]  # it ships types for half of itself
        self.highs.silent()
        self.highs.setOptionValue("time_limit", seconds)
        items = {item for cell in cells for item in pool.choices(cell)}
        self.supply = Counter(Kind.of(item) for item in items)
        self.groups = sorted({kind.group for kind in self.supply} - {0})
        self._by_cell: dict[tuple[str, str], list[Kind]] = defaultdict(list)
        for kind in sorted(self.supply):
            self._by_cell[kind.module, kind.kind].append(kind)

    def kinds_of(self, cell: Cell) -> list[Kind]:
        return [kind for kind in self._by_cell[cell.module, cell.kind] if _takes(cell, kind)]

    def variable(self, *, is_whole: bool = False) -> Any:
        kinds = self.solver.HighsVarType
        return self.highs.addVariable(lb=0, type=kinds.kInteger if is_whole else kinds.kContinuous)

    def sum(self, parts: Any) -> Any:
        return self.highs.qsum(list(parts))

    def add(self, constraint: Any) -> None:
        self.highs.addConstr(constraint)

    def limit_kinds(self, made: Sequence[dict[Cell, dict[Kind, Any]]], *, group_limit: int) -> None:
        """No more than there are of a kind, and no more than so many of an enemy group."""
        for kind, count in self.supply.items():
            self.add(self.sum(_of_kind(made, kind)) <= count)
        for group in self.groups:
            self.add(self.sum(_of_group(made, group)) <= group_limit)

    def keep_even(self, cell: Cell, made: Sequence[dict[Cell, dict[Kind, Any]]]) -> Iterator[Any]:
        """Let each difficulty have its share of the bank, rounded, in every paper; give what is beside it."""
        supply: Counter[int] = Counter()
        for kind in self.kinds_of(cell):
            supply[kind.difficulty] += self.supply[kind]
        for level in supply:
            share = cell.count * supply[level] // supply.total()
            for given in made:
                count = self.sum(variable for kind, variable in given[cell].items() if kind.difficulty == level)
                beside = self.variable()
                self.add(count + beside >= share)
                self.add(count - beside <= share + 1)
                yield beside

    def minimize(self, goal: Any) -> bool:
        """Solve; say whether anything was found."""
        self.highs.minimize(goal)
        return bool(self.highs.getInfo().primal_solution_status == self.solver.SolutionStatus.kSolutionStatusFeasible)

    @property
    def is_optimal(self) -> bool:
        return bool(self.highs.getModelStatus() == self.solver.HighsModelStatus.kOptimal)

    def value_of(self, expression: Any) -> float:
        return float(self.highs.val(expression))

    def duals(self) -> list[float]:
        return list(self.highs.getSolution().row_dual)

    def read(self, given: dict[Cell, dict[Kind, Any]]) -> dict[tuple[Cell, Kind], int]:
        counts = {(cell, kind): round(self.highs.val(v)) for cell, row in given.items() for kind, v in row.items()}
        return {place: count for place, count in counts.items() if count}

    def supply_of(self, cells: Sequence[Cell], papers: int) -> int:
        """Count what these cells can have together in so many papers, a group as one item a paper."""
        reach = {kind for cell in cells for kind in self.kinds_of(cell)}
        grouped: Counter[int] = Counter()
        for kind in reach:
            grouped[kind.group] += self.supply[kind]
        loose = grouped.pop(0, 0)
        return loose + sum(min(count, papers) for count in grouped.values())


def _takes(cell: Cell, kind: Kind) -> bool:
    return cell.difficulty in {0, kind.difficulty} and cell.point in {"", kind.point}


def _of_kind(made: Sequence[dict[Cell, dict[Kind, Any]]], wanted: Kind) -> Iterator[Any]:
    return (row[wanted] for given in made for row in given.values() if wanted in row)


def _of_group(made: Sequence[dict[Cell, dict[Kind, Any]]], group: int) -> Iterator[Any]:
    return (v for given in made for row in given.values() for kind, v in row.items() if kind.group == group)
