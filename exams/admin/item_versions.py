"""The versions of an item with what changed from one to the next, and the item as a candidate sees it."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from exams import bank, keys
from exams.admin.item_form import readable_key
from exams.attempts.pages import slots_of
from exams.attempts.printing import TRUTH, PrintedOption, PrintedQuestion, Section
from exams.grading import LETTERS, Question
from exams.models import Item, ItemVersion
from exams.paper_html import paper_section
from exams.rich_text import rich_line, rich_whole
from lms.http import UserRequest

SHOWN = 50


class Piece(NamedTuple):
    """A stretch of text: "same", "gone" or "new"."""

    state: str
    text: str


class Difference(NamedTuple):
    """What changed in one field."""

    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class ShownVersion:
    """A version as the back office prints it, and how it differs from the one before."""

    version: ItemVersion
    stem: SafeString
    options: tuple[tuple[str, SafeString, str], ...]
    key: str
    explanation: SafeString
    differences: tuple[Difference, ...]


def shown_versions(item: Item) -> list[ShownVersion]:
    """Read the newest versions of an item, newest first, in one statement."""
    versions = list(item.versions.select_related("created_by").order_by("-number")[: SHOWN + 1])
    before = dict(pairwise(versions))
    return [
        ShownVersion(
            version=version,
            stem=rich_whole(version.stem),
            options=tuple(_options(version)),
            key=readable_key(version.key).replace(keys.OR, " 或 "),
            explanation=rich_whole(version.explanation),
            differences=differences_of(bank.Text.of(before[version]), bank.Text.of(version))
            if version in before
            else (),
        )
        for version in versions[:SHOWN]
    ]


def differences_of(old: bank.Text, new: bank.Text) -> tuple[Difference, ...]:
    """Compare two texts field by field, letter by letter; fields that are alike are left out."""
    rows = zip(_written(old), _written(new), strict=True)
    return tuple(
        Difference(label, tuple(_pieces(before, after))) for (label, before), (_, after) in rows if before != after
    )


@require_GET
@permission_required("exams.view_item", raise_exception=True)
def item_preview(request: UserRequest, pk: int) -> HttpResponse:
    """The current version as it is printed in an exam; a 案例 with its parts, a part with its material."""
    item = get_object_or_404(Item.objects.select_related("current", "case__current"), pk=pk, current__isnull=False)
    parts = list(item.parts.select_related("current").exclude(current=None).order_by("place"))
    case = item if item.kind == Item.Kind.CASE else item.case
    material = case.current.stem if case and case.current else ""
    shown = parts if item.kind == Item.Kind.CASE else [item]
    questions = tuple(
        _printed(position, one.current, one.kind, material, one.place or 0)
        for position, one in enumerate(shown)
        if one.current
    )
    section = paper_section(Section(f"{item.get_kind_display()}题", 0, questions)) if questions else None
    context = {"item": item, "section": section, "material": rich_whole(material) if not questions else ""}
    return render(request, "exams/admin/item_preview.html", context)


def _printed(position: int, version: ItemVersion, kind: str, material: str, part: int) -> PrintedQuestion:
    question = Question(version.pk, "", kind, 100, LETTERS[: len(version.options)])
    texts = [TRUTH[letter] for letter in question.letters] if kind == Item.Kind.TRUE_FALSE else version.options
    return PrintedQuestion(
        position=position,
        kind=kind,
        points_centi=100,
        stem=version.stem,
        options=tuple(PrintedOption(*pair) for pair in zip(question.letters, texts, strict=True)),
        length=slots_of([question])[0].length,
        unit=version.unit,
        material=material,
        part=part,
    )


def _options(version: ItemVersion) -> Iterator[tuple[str, SafeString, str]]:
    notes = version.notes or [""] * len(version.options)
    for letter, option, note in zip(LETTERS, version.options, notes, strict=False):
        yield letter, rich_line(option), note


def _written(text: bank.Text) -> list[tuple[str, str]]:
    return [
        ("题干", text.stem),
        ("选项", "\n".join(f"{letter} {option}" for letter, option in zip(LETTERS, text.options, strict=False))),
        ("答案", readable_key(text.key)),
        ("评分标准", "\n".join(f"{row.text} {row.points}" for row in text.rubric)),
        ("解析", text.explanation),
        ("错项说明", "\n".join(text.notes)),
        ("出处", text.source),
        ("讲到它的课", text.lesson_slug),
    ]


def _pieces(before: str, after: str) -> Iterator[Piece]:
    for state, old_from, old_to, new_from, new_to in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if state == "equal":
            yield Piece("same", before[old_from:old_to])
            continue
        if old_to > old_from:
            yield Piece("gone", before[old_from:old_to])
        if new_to > new_from:
            yield Piece("new", after[new_from:new_to])
