"""The search backend on SQLite's FTS5."""

from typing import Any

from django.db.models import F, FloatField, Func, Lookup, Q, QuerySet, Value
from django.db.models.functions import Length
from modelsearch.backends.database.sqlite import sqlite
from modelsearch.backends.database.sqlite.query import BM25, Lexeme, SearchQueryExpression
from modelsearch.conf import get_app_config
from modelsearch.query import SearchQuery

from lms.search.indexing import ChineseIndex, ChineseQuery
from lms.search.segments import Token

ENTRY = "index_entry__"
IndexedText = get_app_config().get_model("SQLiteFTSIndexEntry", require_ready=False)


class Index(ChineseIndex, sqlite.SQLiteIndex):
    pass


class _Compiler(ChineseQuery):
    def build_search_query_content(self, query: SearchQuery, config: object = None) -> Any:
        lexemes = self.lexemes(query, Lexeme)
        if lexemes is None:
            return super().build_search_query_content(query, config=config)  # type: ignore[misc]  # the compiler's own
        return SearchQueryExpression(lexemes, config=config)


class QueryCompiler(_Compiler, sqlite.SQLiteSearchQueryCompiler):
    pass


class AutocompleteQueryCompiler(_Compiler, sqlite.SQLiteAutocompleteQueryCompiler):
    pass


class SearchBackend(sqlite.SQLiteSearchBackend):
    index_class = Index
    query_compiler_class = QueryCompiler
    autocomplete_query_compiler_class = AutocompleteQueryCompiler


class Matches(Lookup[Any]):
    """A column of the word index holds what is asked for."""

    lookup_name = "matches"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, column_params = self.process_lhs(compiler, connection)
        asked, asked_params = self.process_rhs(compiler, connection)
        return f"{column} MATCH {asked}", (*column_params, *asked_params)


class _WholeRow(Func):
    """The hidden column that stands for all columns of an FTS5 table. Not for subqueries: tables get aliases there."""

    output_field = FloatField()

    def as_sql(self, *_: Any, **__: Any) -> tuple[str, list[Any]]:  # type: ignore[override]  # takes nothing
        return f'"{IndexedText._meta.db_table}"', []  # noqa: SLF001  # Django's public door to it


def matching(terms: list[tuple[Token, ...]]) -> "QuerySet[Any]":
    """Return the entries that hold all terms, with `in_title`, `in_public`, `length` of the title and `score`."""
    asked = Value(" AND ".join(_phrase(term) for term in terms))
    entries = IndexedText.objects
    return entries.filter(Matches(_WholeRow(), asked)).annotate(
        in_title=Q(pk__in=entries.filter(Matches(F("title"), asked)).values("pk")),
        in_public=Q(pk__in=entries.filter(Matches(F("autocomplete"), asked)).values("pk")),
        length=Length("title"),
        score=-1.0 * BM25(),
    )


def _phrase(term: tuple[Token, ...]) -> str:
    return f'"{" ".join(token.text for token in term)}"' + ("*" if term[-1].is_prefix else "")
