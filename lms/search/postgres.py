"""The search backend on PostgreSQL's text search."""

from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVectorExact
from django.db.models import F, Func, IntegerField, Q, QuerySet
from modelsearch.backends.database.postgres import postgres
from modelsearch.backends.database.postgres.query import Lexeme
from modelsearch.conf import get_app_config

from lms.search.indexing import ChineseIndex, ChineseQuery
from lms.search.segments import Token

ENTRY = ""
IndexEntry = get_app_config().get_model("IndexEntry", require_ready=False)
CONFIG = "simple"  # words as they are: no stems and no stop words of another language
SHORT_FIRST = 1  # divides the rank by 1 + the logarithm of the length


class Index(ChineseIndex, postgres.PostgresIndex):
    pass


class _Compiler(ChineseQuery):
    def build_tsquery_content(self, query: Any, config: Any = None, *, invert: bool = False) -> Any:
        lexemes = self.lexemes(query, Lexeme, invert=invert)
        if lexemes is None:
            return super().build_tsquery_content(query, config=config, invert=invert)  # type: ignore[misc]  # the compiler's own
        return SearchQuery(lexemes, search_type="raw", config=config)


class QueryCompiler(_Compiler, postgres.PostgresSearchQueryCompiler):
    pass


class AutocompleteQueryCompiler(_Compiler, postgres.PostgresAutocompleteQueryCompiler):
    pass


class SearchBackend(postgres.PostgresSearchBackend):
    index_class = Index
    query_compiler_class = QueryCompiler
    autocomplete_query_compiler_class = AutocompleteQueryCompiler

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__({"SEARCH_CONFIG": CONFIG, "AUTOCOMPLETE_SEARCH_CONFIG": CONFIG} | params)


def matching(terms: list[tuple[Token, ...]]) -> "QuerySet[Any]":
    """
    Return the entries that hold all terms, with `in_title`, `in_public`, `length` of the title and `score`.

    The places of words are known only for the first 16,383 of a text, so in the whole text the index finds the words,
    and the text itself is asked whether they stand side by side.
    """
    asked = _query("<->", terms)
    rows = IndexEntry.objects.all()
    for term in terms:
        words = _query("&", [term])
        rows = rows.filter(Q(SearchVectorExact(F("title"), words)) | Q(SearchVectorExact(F("body"), words)))
        if len(term) > 1:
            text = " ".join(token.text for token in term)
            rows = rows.filter(Q(title_text__contains=text) | Q(body_text__contains=text))
    return rows.annotate(
        in_title=SearchVectorExact(F("title"), asked),
        in_public=SearchVectorExact(F("autocomplete"), asked),
        length=Func(F("title"), function="length", output_field=IntegerField()),
        score=SearchRank(F("body"), _query("&", terms), normalization=SHORT_FIRST),
    )


def _query(between: str, terms: list[tuple[Token, ...]]) -> SearchQuery:
    """Write a query for all terms, with this operator between the words of a term."""
    written = [f" {between} ".join(f"'{w.text}'{':*' if w.is_prefix else ''}" for w in term) for term in terms]
    return SearchQuery(" & ".join(f"({term})" for term in written), search_type="raw", config=CONFIG)
