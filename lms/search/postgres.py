"""The search backend on PostgreSQL's text search."""

from typing import Any

from django.contrib.postgres.search import CombinedSearchVector, SearchQuery, SearchRank, SearchVectorExact
from django.db.models import F, Func, IntegerField, QuerySet
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


def matching(words: list[Token]) -> "QuerySet[Any]":
    """Return the entries that hold all words, with `in_title`, `in_public`, `length` of the title and `score`."""
    text = " & ".join(f"'{word.text}'{':*' if word.is_prefix else ''}" for word in words)
    asked = SearchQuery(text, search_type="raw", config=CONFIG)
    whole = CombinedSearchVector(F("title"), "||", F("body"), config=None)  # as it is indexed
    return IndexEntry.objects.filter(SearchVectorExact(whole, asked)).annotate(
        in_title=SearchVectorExact(F("title"), asked),
        in_public=SearchVectorExact(F("autocomplete"), asked),
        length=Func(F("title"), function="length", output_field=IntegerField()),
        score=SearchRank(whole, asked, normalization=SHORT_FIRST),
    )
