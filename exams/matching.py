"""Giving every place of a paper its own item: bipartite matching. Source: docs/rules/blueprint.md, rules B4 and B5."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Generic, TypeVar

Cell = TypeVar("Cell", bound=Hashable)
Choice = TypeVar("Choice", bound=Hashable)


class Short(Exception, Generic[Cell]):
    """Some cells together need more than there is for them: the proof that no matching exists (Hall)."""

    def __init__(self, cells: frozenset[Cell]) -> None:
        super().__init__()
        self.cells = cells


def match(
    *,
    needs: Sequence[tuple[Cell, int]],
    choices: Mapping[Cell, Sequence[Choice]],
    holder: Mapping[Choice, Hashable],
) -> dict[Cell, list[Choice]]:
    """
    Give each cell as many choices as it needs, in its order of liking, no two with the same `holder`.

    Earlier cells and earlier choices come first; what was given is exchanged only where it must be.
    Raises: Short with the cells that together lack choices. Source: docs/rules/blueprint.md, rules B4 and B5.
    """
    taken: dict[Hashable, tuple[Cell, Choice]] = {}
    for cell, count in needs:
        for _ in range(count):
            visited: set[Cell] = set()
            if not _place(cell, choices, holder, taken, visited):
                raise Short(frozenset(visited))
    given: dict[Cell, list[Choice]] = {cell: [] for cell, _ in needs}
    for cell, choice in taken.values():
        given[cell].append(choice)
    return given


def _place(
    start: Cell,
    choices: Mapping[Cell, Sequence[Choice]],
    holder: Mapping[Choice, Hashable],
    taken: dict[Hashable, tuple[Cell, Choice]],
    visited: set[Cell],
) -> bool:
    """Find a free choice for a cell, if need be by moving others along; breadth first, so that few are moved."""
    came_from: dict[Cell, tuple[Cell, Choice]] = {}
    queue = [start]
    visited.add(start)
    for cell in queue:
        free = next((choice for choice in choices[cell] if holder[choice] not in taken), None)
        if free is not None:
            _move(start, cell, free, came_from, holder, taken)
            return True
        for choice in choices[cell]:
            owner, _ = taken[holder[choice]]
            if owner not in visited:
                visited.add(owner)
                came_from[owner] = cell, choice
                queue.append(owner)
    return False


def _move(
    start: Cell,
    cell: Cell,
    free: Choice,
    came_from: Mapping[Cell, tuple[Cell, Choice]],
    holder: Mapping[Choice, Hashable],
    taken: dict[Hashable, tuple[Cell, Choice]],
) -> None:
    while True:
        taken[holder[free]] = cell, free
        if cell == start:
            return
        before, wanted = came_from[cell]
        cell, free = before, wanted
