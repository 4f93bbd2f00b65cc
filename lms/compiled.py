"""Queries built once a process, for the few pages that thousands of people open in the same minute."""

from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet

STAND_IN = -(2**62)  # no row has this key


class Compiled:
    """
    A `values()` query about one person: its SQL is built once and then run for anybody.

    Django builds a statement anew for every run, and for a large one that takes many times as long as the database
    needs to answer it: docs/decisions/0007-lean-save-path.md. `build` gets the key of a stand-in that `rows` replaces.
    """

    def __init__(self, build: Callable[[int], QuerySet[Any]]) -> None:
        query = build(STAND_IN).query
        self._compiler = query.get_compiler(DEFAULT_DB_ALIAS)
        self._sql, self._params = self._compiler.as_sql()
        self._names = tuple(query.selected or ())

    def rows(self, person: int) -> list[dict[str, Any]]:
        """Run it for the person with this key; return what `values()` would."""
        with connection.cursor() as cursor:
            cursor.execute(self._sql, [person if value == STAND_IN else value for value in self._params])
            found = cursor.fetchall()
        return [dict(zip(self._names, row, strict=True)) for row in self._compiler.results_iter([found])]
