"""
The site's own search: what a visitor may find, in which order, with which piece of its text.

One statement counts, one finds the page's ten; the objects themselves come in one statement a kind of content.
Source: docs/rules/search.md, rules Q4-Q8.
"""

from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Case, Count, F, Q, QuerySet, When
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.urls import reverse
from modelsearch.index import AutocompleteField, SearchField
from wagtail.models import Page
from wagtail.query import PageQuerySet

from courses import media_access
from courses.models import CoursePage, Enrolment, GlossaryTerm, LessonPage, ModulePage
from lms.pages.models import ArticlePage, GuidePage, PolicyPage
from lms.search.excerpts import Piece, answer
from lms.search.indexing import plain
from lms.search.segments import terms
from lms.users.models import User

engine = import_module(f"lms.search.{settings.SEARCH_ENGINE}")

TITLE, PUBLIC, BODY = range(3)  # where the words are
NOT_SHOWN = {"title", "sort_key"}  # the one stands above its excerpt, the other is pinyin


class Kind(models.TextChoices):
    """What a search may be narrowed to."""

    COURSE = "course", "课程"
    TERM = "term", "术语"
    GUIDE = "guide", "指南"


MODELS: dict[Kind, tuple[type[models.Model], ...]] = {
    Kind.COURSE: (CoursePage, ModulePage, LessonPage),
    Kind.TERM: (GlossaryTerm,),
    Kind.GUIDE: (GuidePage, ArticlePage, PolicyPage),
}
NAMES = {
    CoursePage: "课程",
    ModulePage: "模块",
    LessonPage: "课",
    GlossaryTerm: "术语",
    GuidePage: "参考资料",
    PolicyPage: "规则与协议",
}


@dataclass(frozen=True, kw_only=True)
class Result:
    """One thing found: its kind in a word, and its title and a piece of its text with the words asked for marked."""

    name: str
    url: str
    title: list[Piece]
    excerpt: list[Piece]


class Search:
    """What one visitor finds with one query: how much of each kind, and the results at given places of the order."""

    def __init__(self, *, query: str, user: User | AnonymousUser, now: datetime, kind: Kind | None = None) -> None:
        self.query = query
        self.kind = kind
        self.counts = dict.fromkeys(Kind, 0)
        self._rows: QuerySet[Any] | None = None
        if asked := terms(query):
            self._rows = _allowed(engine.matching(asked), user, now)
            self._count(self._rows)

    def __len__(self) -> int:
        return self.counts[self.kind] if self.kind else sum(self.counts.values())

    def results(self, places: range, request: HttpRequest | None = None) -> list[Result]:
        """Return what stands at these places; what was deleted a moment ago is left out."""
        if self._rows is None or not places:
            return []
        rows = self._rows
        if self.kind:
            rows = rows.filter(**{_of("content_type__in"): [_type(model) for model in MODELS[self.kind]]})
        ordered = _ranked(rows).values_list(_of("content_type"), _of("object_id"), "tier")
        found = list(ordered[places.start : places.stop])
        things: dict[tuple[int, str], Any] = {}
        for key in {key for key, _, _ in found}:
            model = cast("type[Any]", ContentType.objects.get_for_id(key).model_class())
            known = model.objects.in_bulk([pk for other, pk, _ in found if other == key])
            things |= {(key, str(pk)): thing for pk, thing in known.items()}
        answers = [(things.get((key, pk)), tier) for key, pk, tier in found]
        return [self._result(thing, tier, request) for thing, tier in answers if thing is not None]

    def _result(self, thing: Any, tier: int, request: HttpRequest | None) -> Result:
        # Words in the body of a lesson were looked for only where the visitor may read it; else it is not shown either.
        texts = _texts(thing, is_open=tier == BODY or not isinstance(thing, LessonPage))
        title, excerpt = answer(thing.title, texts, self.query)
        is_term = isinstance(thing, GlossaryTerm)
        return Result(
            name=thing.get_kind_display() if isinstance(thing, ArticlePage) else NAMES[type(thing)],
            url=f"{reverse('courses:glossary')}#term-{thing.slug}" if is_term else thing.get_url(request),
            title=title,
            excerpt=excerpt,
        )

    def _count(self, rows: "QuerySet[Any]") -> None:
        kinds = {_type(model).pk: kind for kind, members in MODELS.items() for model in members}
        counted = rows.values(_of("content_type")).annotate(count=Count("pk")).order_by()
        for key, count in counted.values_list(_of("content_type"), "count"):
            self.counts[kinds[key]] += count


def _allowed(rows: "QuerySet[Any]", user: User | AnonymousUser, now: datetime) -> "QuerySet[Any]":
    """Leave what this visitor may find. Source: docs/rules/search.md, rule Q5."""
    pages = [_type(model) for model in (*MODELS[Kind.COURSE], *MODELS[Kind.GUIDE])]
    terms = GlossaryTerm.objects.filter(is_shown=True)
    is_shown = Q(**{_of("content_type__in"): pages, _of("object_id__in"): _keys(_shown_pages(user))}) | Q(
        **{_of("content_type"): _type(GlossaryTerm), _of("object_id__in"): _keys(terms)}
    )
    is_lesson = Q(**{_of("content_type"): _type(LessonPage)})
    is_readable = Q(**{_of("object_id__in"): _keys(media_access.readable(user=user, now=now))})
    return rows.filter(is_shown).filter(Q(in_public=True) | ~is_lesson | is_readable)


def _shown_pages(user: User | AnonymousUser) -> PageQuerySet:
    """Return the pages that the site shows this visitor: of a course, the edition they study or the one on sale."""
    standing = Enrolment.objects.standing()
    studied = (standing.of(user) if user.is_authenticated else standing.none()).values("course")
    series = CoursePage.objects.filter(pk__in=studied).values("series")
    on_sale = CoursePage.objects.on_sale().exclude(series__in=series)
    other_editions = CoursePage.objects.live().exclude(pk__in=studied).exclude(pk__in=on_sale.values("pk"))
    closed = Q(pk__in=[])
    above = Page.objects.filter(Q(pk__in=other_editions.values("pk")) | Q(live=False, numchild__gt=0))
    for path in above.values_list("path", flat=True):
        closed |= Q(path__startswith=path)
    return Page.objects.live().public().exclude(closed)


def _ranked(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """Order rows by where the words are, then by how much they are. Source: docs/rules/search.md, rule Q6."""
    tier = Case(When(in_title=True, then=TITLE), When(in_public=True, then=PUBLIC), default=BODY)
    length = Case(When(in_title=True, then=F("length")), default=0, output_field=models.IntegerField())
    return rows.annotate(tier=tier).order_by("tier", length, "-score", "pk")


def _texts(thing: Any, *, is_open: bool) -> list[str]:
    """Return what an excerpt may be taken from, what everybody may read first."""
    fields = [field for field in thing.get_search_fields() if field.field_name not in NOT_SHOWN]
    public = {field.field_name: field for field in fields if isinstance(field, AutocompleteField)}
    rest = [field for field in fields if isinstance(field, SearchField) and field.field_name not in public]
    texts = [plain(field.get_value(thing)).strip() for field in (*public.values(), *(rest if is_open else []))]
    return [text for text in texts if text]


def _keys(objects: "QuerySet[Any]") -> "QuerySet[Any]":
    return objects.order_by().annotate(key=Cast("pk", models.TextField())).values("key")


def _type(model: type[models.Model]) -> ContentType:
    return ContentType.objects.get_for_model(model)


def _of(name: str) -> str:
    """The name of a field of the index's entries, seen from the engine's own rows."""
    return engine.ENTRY + name
