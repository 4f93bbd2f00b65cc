"""The glossary for everybody: all terms from A to Z, those that a search leaves out hidden."""

from dataclasses import dataclass
from itertools import groupby

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from courses.models import GlossaryTerm

TERMS_AT_MOST = 2000
QUERY_LENGTH = 40


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A term, and whether it answers what was asked."""

    term: GlossaryTerm
    is_found: bool


@dataclass(frozen=True, kw_only=True)
class Group:
    """The entries under one letter; `name` is what its address can hold."""

    letter: str
    name: str
    entries: list[Entry]
    is_found: bool


@login_not_required
@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    """Show all terms; the browser narrows them down while somebody types, without it `q` does. Source: rule Y9."""
    words = request.GET.get("q", "").strip()[:QUERY_LENGTH]
    terms = GlossaryTerm.objects.shown()[:TERMS_AT_MOST]
    groups = [
        _group(letter, [Entry(term=term, is_found=term.is_about(words)) for term in members])
        for letter, members in groupby(terms, key=lambda term: term.initial)
    ]
    found = sum(entry.is_found for group in groups for entry in group.entries)
    total = sum(len(group.entries) for group in groups)
    context = {"groups": groups, "words": words, "found": found, "total": total}
    return render(request, "courses/glossary.html", context)


def _group(letter: str, entries: list[Entry]) -> Group:
    name = letter if letter.isalpha() else "0"
    return Group(letter=letter, name=name, entries=entries, is_found=any(entry.is_found for entry in entries))
