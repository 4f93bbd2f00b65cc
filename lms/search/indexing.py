"""What the backends of both databases share: text is cut as it goes into the index, and a query is cut the same way."""

from collections.abc import Iterable
from copy import copy
from typing import Any

from django.db.models import Model, QuerySet
from modelsearch.index import FilterField
from modelsearch.query import Phrase, PlainText, SearchQuery

from lms.search.segments import Token, segment, tokens

NOTHING = Token("zznothing")  # stands for a query without a word: found nowhere


class ChineseIndex:
    """Mixed into an index: it stores words, not the text itself."""

    def add_items(self, model: type[Model], objs: Iterable[Any]) -> None:
        super().add_items(model, [_Segmented(obj) for obj in objs])  # type: ignore[misc]  # the index's own


class ChineseQuery:
    """
    Mixed into a query compiler: every word asked for has to be in the object, wherever.

    `fields` is ignored: what is indexed is the title and the rest, without a border between other fields.
    """

    LAST_TERM_IS_PREFIX: bool
    query: SearchQuery

    def __init__(self, queryset: "QuerySet[Any]", query: str | SearchQuery, fields: object = None, **options: Any):  # noqa: ARG002  # ignored, as said above
        super().__init__(queryset, query, **options)  # type: ignore[call-arg]  # the compiler's own

    def lexemes(self, query: SearchQuery, lexeme: type[Any], **options: Any) -> Any:
        """Return the words of a query as the database's own expression, or None for a query that is made of others."""
        if not isinstance(query, PlainText | Phrase):
            return None
        words = tokens(query.query_string) or [NOTHING]
        is_any = str(getattr(query, "operator", "and")).lower() == "or"
        last = words[-1]
        result = None
        for word in words:
            is_prefix = word.is_prefix or (self.LAST_TERM_IS_PREFIX and word is last)
            one = lexeme(word.text, prefix=is_prefix, **options)
            result = one if result is None else (result | one if is_any else result & one)
        return result


class _Segmented:
    """Stands in for an object that is being indexed: the same fields, their text cut into words."""

    def __init__(self, obj: Any) -> None:
        self.obj = obj
        self.pk = obj.pk

    def get_search_fields(self) -> list[Any]:
        fields = self.obj.get_search_fields()
        return [_segmented(field, self.obj) for field in fields if not isinstance(field, FilterField)]


def _segmented(field: Any, owner: Any = None) -> Any:
    """Return a field whose value is cut; that of a relation gives its objects as they are and cuts their fields."""
    wrapped = copy(field)
    if hasattr(field, "fields"):
        wrapped.get_value = lambda _: field.get_value(owner)
        wrapped.fields = [_segmented(inner) for inner in field.fields]
    else:
        wrapped.get_value = lambda obj: segment(plain(field.get_value(owner or obj)))
    return wrapped


def plain(value: object) -> str:
    """Return what a search field holds as one text, its parts (such as the blocks of a page) on lines of their own."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "\n".join(plain(part) for part in value.values())
    if isinstance(value, Iterable):
        return "\n".join(plain(part) for part in value)
    return "" if value is None else str(value)
