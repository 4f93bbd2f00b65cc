"""The reference pages from their files. Editors win: a page that somebody edited since is left alone and listed."""

from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import transaction

from courses.loading import ContentRefused, LoadReport, put_page
from courses.markup import fields
from courses.markup.lessons import Block, parse_page
from courses.markup.problems import Malformed, Problem
from courses.markup.prose import split_front_matter
from lms.pages.models import GuideIndexPage, GuidePage, HomePage

CONTENT = Path(__file__).parent / "content" / "guide"
INDEX = "index.md"
INDEX_FIELDS = {"title": fields.text(80), "slug": fields.slug, "summary": fields.text(200)}
GUIDE_FIELDS = INDEX_FIELDS | {"sources": fields.texts(1, 20)}
ABSENT = {"check", "figure"}


def read_guide(path: Path) -> tuple[dict[str, Any], tuple[Block, ...]]:
    """Read one page as its fields and blocks. Raises: ContentRefused. Source: docs/content.md, chapter 9."""
    try:
        meta, blocks = parse_page(path.read_text(encoding="utf-8"), GUIDE_FIELDS)
    except Malformed as fault:
        raise _refusal(path, fault) from fault
    if odd := [Problem(block.line, "参考资料里不放自测和图") for block in blocks if block.type in ABSENT]:
        raise _refusal(path, Malformed(odd))
    return meta, blocks


@transaction.atomic
def load_guide(folder: Path = CONTENT, *, now: datetime) -> LoadReport:
    """
    Load the reference pages below the home page, all of them or none. Loading twice changes nothing.

    Raises: ContentRefused. Source: docs/rules/syllabus.md, rules Y2-Y3.
    """
    home = HomePage.objects.first()
    if home is None:
        raise ContentRefused(["还没有首页，参考资料没有地方放。manage.py load_content 会先建好首页。"])
    outcomes: dict[str, list[str]] = {"created": [], "updated": [], "unchanged": [], "kept": []}
    front = _front(folder / INDEX)
    index, outcome = put_page(
        INDEX,
        GuideIndexPage.objects.first() or GuideIndexPage(),
        home,
        _digest(folder / INDEX),
        lambda: front,
        now=now,
    )
    outcomes[outcome].append(INDEX)
    for path in sorted(folder.glob("[0-9]-*.md")):
        meta, blocks = read_guide(path)
        found = GuidePage.objects.child_of(index).filter(slug=meta["slug"]).first()
        _, outcome = put_page(
            path.name,
            found or GuidePage(slug=meta["slug"]),
            index,
            _digest(path),
            partial(_fields, meta, blocks),
            now=now,
        )
        outcomes[outcome].append(path.name)
    return LoadReport(**{outcome: tuple(names) for outcome, names in outcomes.items()})


def _fields(meta: dict[str, Any], blocks: tuple[Block, ...]) -> dict[str, Any]:
    body = [{"type": block.type, "value": block.value} for block in blocks]
    return {
        "title": meta["title"],
        "summary": meta["summary"],
        "sources": "\n".join(meta["sources"]),
        "body": GuidePage.body.field.stream_block.to_python(body),
    }


def _front(path: Path) -> dict[str, Any]:
    try:
        front, _, _ = split_front_matter(path.read_text(encoding="utf-8"))
        return fields.read(front, INDEX_FIELDS, line=2)
    except Malformed as fault:
        raise _refusal(path, fault) from fault


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _refusal(path: Path, fault: Malformed) -> ContentRefused:
    return ContentRefused([f"{path.name} 第 {problem.line} 行：{problem.text}" for problem in fault.problems])
