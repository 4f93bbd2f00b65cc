"""
待复核 and 有争议: items whose lesson or rule has changed since they were found right, and items that somebody doubts.

Source: docs/rules/grading.md, rule G21.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import transaction

from courses.models import CoursePage, LessonPage
from exams.models import Item
from lms.errors import DomainError

RULES = Path(settings.BASE_DIR) / "docs" / "rules"
CITED = re.compile(r"\b([a-z][a-z-]*\.md)[\s，,]+(?:rules? +)?([A-Z]\d{1,2})\b")
RULE_HEAD = re.compile(r"^(?:#+ *|\*\*)([A-Z]\d{1,2})\b", re.MULTILINE)
MAX_REASON = 300
GONE = "没有了"


class NothingToRecheck(DomainError):
    message = "这道题没有待复核的地方，可能别人已经处理了。请刷新后再看。"


def sweep_rechecks() -> int:
    """
    Compare every item in use with what it cites now; return how many have become 待复核.

    An item that was just written gets its basis noted. Source: docs/rules/grading.md, rule G21.
    """
    lesson_state = _lesson_states()
    changed = []
    flagged = 0
    rows = Item.objects.exclude(status=Item.Status.RETIRED).filter(current__isnull=False, recheck_reason="")
    for item in rows.select_related("current").iterator(chunk_size=500):
        now_is = _basis_of(item, lesson_state)
        if now_is == item.basis:
            continue
        differing = [name for name in item.basis if item.basis[name] != now_is.get(name)]
        if differing:
            item.recheck_reason = f"{'；'.join(map(_in_words, sorted(differing)))}有改动"[:MAX_REASON]
            flagged += 1
        else:
            item.basis = now_is
        changed.append(item)
    with transaction.atomic():
        for item in changed:  # not if it was revised meanwhile
            row = Item.objects.filter(pk=item.pk, current=item.current_id, recheck_reason="")
            row.update(basis=item.basis, recheck_reason=item.recheck_reason)
    return flagged


@transaction.atomic
def confirm(*, item: Item) -> Item:
    """
    Note that the item is still right by what it cites now. Raises: NothingToRecheck.

    Source: docs/rules/grading.md, rule G21.
    """
    locked = Item.objects.select_for_update().get(pk=item.pk)
    if not locked.recheck_reason:
        raise NothingToRecheck
    locked.basis, locked.recheck_reason = _basis_of(locked, _lesson_states()), ""
    locked.save(update_fields=["basis", "recheck_reason"])
    return locked


@transaction.atomic
def contest(*, item: Item) -> Item:
    """Keep an item that somebody doubts out of new papers; again changes nothing. Source: grading.md, rule G21."""
    return _mark(item, is_contested=True)


@transaction.atomic
def settle(*, item: Item) -> Item:
    """Let an item that was doubted be drawn again; again changes nothing. Source: grading.md, rule G21."""
    return _mark(item, is_contested=False)


def cited_rules(source: str) -> list[tuple[str, str]]:
    """List the rules that a source names, as (file, rule): "docs/rules/staffing.md S2" → ("staffing.md", "S2")."""
    return [(found[1], found[2]) for found in CITED.finditer(source)]


def _mark(item: Item, *, is_contested: bool) -> Item:
    locked = Item.objects.select_for_update().get(pk=item.pk)
    locked.is_contested = is_contested
    locked.save(update_fields=["is_contested"])
    return locked


def _basis_of(item: Item, lesson_state: Callable[[str], str]) -> dict[str, str]:
    if item.current is None:
        return {}
    basis = {f"{file} {rule}": rules_of(file).get(rule, GONE) for file, rule in cited_rules(item.current.source)}
    if item.current.lesson_slug:
        basis[f"lesson {item.current.lesson_slug}"] = lesson_state(item.current.lesson_slug)
    return basis


def _lesson_states() -> Callable[[str], str]:
    """Fingerprint what the lessons of the editions on sale say. Publishing a lesson again unchanged changes nothing."""
    sold = [LessonPage.objects.live().descendant_of(course) for course in CoursePage.objects.on_sale()]
    states = {lesson.slug: _fingerprint(lesson) for lessons in sold for lesson in lessons}
    return lambda slug: states.get(slug, GONE)


def _fingerprint(lesson: LessonPage) -> str:
    said = [lesson.title, lesson.summary, lesson.goals, lesson.sources, list(lesson.body.raw_data)]
    return sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:12]


def rules_of(file: str) -> Mapping[str, str]:
    """Return the digest of each numbered rule of a file in docs/rules; empty if there is no such file."""
    path = RULES / file
    return _digests(path, path.stat().st_mtime_ns) if path.is_file() else {}


@lru_cache(maxsize=64)
def _digests(path: Path, _changed_at: int) -> Mapping[str, str]:
    text = path.read_text(encoding="utf-8")
    heads = list(RULE_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return {
        head[1]: sha256(text[head.start() : end].strip().encode()).hexdigest()[:12]
        for head, end in zip(heads, ends, strict=True)
    }


def _in_words(name: str) -> str:
    slug = name.removeprefix("lesson ")
    return f"规则 {name}" if slug == name else f"课 {slug}"
