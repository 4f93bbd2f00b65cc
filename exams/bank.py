"""The question bank: writing items, revising them, and the way from draft to paper; exams.rechecks flags them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from exams import keys
from exams.grading import LETTERS
from exams.models import Item, ItemVersion
from lms.errors import DomainError
from lms.users.models import User

MAX_KEY = 500  # of the column
MAX_UNIT = 20
MAX_CRITERIA = 10
MAX_SHARE = 100


class Criterion(NamedTuple):
    """One line of a rubric: what an answer must contain, and what it is worth in shares of the question."""

    text: str
    points: int


@dataclass(frozen=True)
class Text:
    """
    What a version says. `options` only for 单选 and 多选, `notes` empty or as long; `rubric` only for 简答.

    `key`: sorted letters, "T" or "F" for 判断, numbers or words as exams.keys reads them, "" for 简答 and 案例.
    """

    stem: str
    options: tuple[str, ...]
    key: str
    explanation: str
    source: str
    lesson_slug: str = ""
    notes: tuple[str, ...] = ()
    rubric: tuple[Criterion, ...] = ()

    @classmethod
    def of(cls, version: ItemVersion) -> "Text":
        values = {field.name: getattr(version, field.name) for field in fields(cls)}
        lists = {
            "options": tuple(version.options),
            "notes": tuple(version.notes),
            "rubric": tuple(Criterion(row["text"], row["points"]) for row in version.rubric),
        }
        return cls(**values | lists)


class Incoherent(DomainError):
    """Options and key do not fit the kind of item."""

    message = "选项和答案不符合题型，请检查。"


class WrongStatus(DomainError):
    message = "这道题现在的状态不允许这样操作，请刷新后再看。"


class SamePerson(DomainError):
    message = "这一版是你写的，不能由你自己审核。请另一位同事审核。"


class Unverified(DomainError):
    message = "这道题的事实还没有与出处核对。请先核对并勾选“已核对”，再启用。"


def problem_of(*, kind: str, options: Sequence[str], key: str) -> str:
    """
    Say in Chinese what is wrong with options and key of an item, or "" if nothing is.

    Source: docs/rules/grading.md, rules G1, G16 and G17.
    """
    if kind not in {Item.Kind.SINGLE, Item.Kind.MULTI} and options:
        return f"{Item.Kind(kind).label}题不写选项。"
    if kind in {Item.Kind.SINGLE, Item.Kind.MULTI}:
        return _problem_of_letters(kind, options, key)
    if kind == Item.Kind.TRUE_FALSE:
        return "" if key in {"T", "F"} else "判断题的答案只能是对或错。"
    if kind in {Item.Kind.SHORT, Item.Kind.CASE}:
        return f"{Item.Kind(kind).label}题不写答案。" if key else ""
    return _problem_of_typed(kind, key)


def _problem_of_letters(kind: str, options: Sequence[str], key: str) -> str:
    letters = LETTERS[: len(options)]
    if not 2 <= len(options) <= 8:
        return f"要有 2 到 8 个选项，现在有 {len(options)} 个。"
    if len({option.strip() for option in options}) != len(options) or not all(option.strip() for option in options):
        return "选项不能空，也不能重复。"
    if not key or not set(key) <= set(letters) or list(key) != sorted(set(key)):
        return f"答案要从 {letters[0]} 到 {letters[-1]} 中选，按字母顺序、不重复。"
    if kind == Item.Kind.SINGLE and len(key) != 1:
        return "单选题只有一个正确答案。"
    if kind == Item.Kind.MULTI and not 2 <= len(key) < len(options):
        return "多选题至少两个正确答案，并且不能全选。"
    return ""


def _problem_of_typed(kind: str, key: str) -> str:
    if len(key) > MAX_KEY:
        return f"答案最多 {MAX_KEY} 字，现在 {len(key)} 字。"
    if kind == Item.Kind.BLANK:
        plain = [keys.plain_words(words) for words in keys.words_of(key)]
        return "" if all(plain) and len(set(plain)) == len(plain) else "每个可接受的答案都要写，不能空，也不能重复。"
    try:
        unit = keys.unit_of(key)
    except keys.KeyMalformed as mistake:
        return str(mistake)
    return "" if len(unit) <= MAX_UNIT else f"单位最多 {MAX_UNIT} 字。"


def problem_of_text(*, kind: str, text: Text) -> str:
    """
    Say in Chinese what is wrong with a whole text, or "" if nothing is.

    Source: docs/rules/grading.md, rules G1 and G16-G18.
    """
    if problem := problem_of(kind=kind, options=text.options, key=text.key):
        return problem
    if text.notes and len(text.notes) != len(text.options):
        return "错项说明要和选项一样多，没有要说的写空。"
    if kind != Item.Kind.SHORT:
        return "只有简答题写评分标准。" if text.rubric else ""
    if not 1 <= len(text.rubric) <= MAX_CRITERIA:
        return f"简答题要有 1 到 {MAX_CRITERIA} 条评分标准。"
    if any(not row.text.strip() or not 1 <= row.points <= MAX_SHARE for row in text.rubric):
        return f"每条评分标准要写内容和分值（1 到 {MAX_SHARE} 的整数）。"
    return ""


def write_version(*, item: Item, text: Text, author: User | None, now: datetime) -> ItemVersion:
    """
    Append a version to a saved item and make it current; the caller holds the item's row and saves its other fields.

    Raises: Incoherent.
    """
    problem = problem_of_text(kind=item.kind, text=text)
    if problem:
        raise Incoherent(problem)
    latest = item.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = ItemVersion.objects.create(
        item=item,
        number=latest + 1,
        stem=text.stem,
        options=list(text.options),
        notes=list(text.notes),
        key=text.key,
        unit=keys.unit_of(text.key) if item.kind == Item.Kind.NUMERIC else "",
        rubric=[row._asdict() for row in text.rubric],
        explanation=text.explanation,
        source=text.source,
        lesson_slug=text.lesson_slug,
        created_at=now,
        created_by=author,
    )
    item.current = version
    item.basis, item.recheck_reason = {}, ""  # the next sweep notes what is cited now
    return version


@transaction.atomic
def create(*, item: Item, text: Text, author: User | None, now: datetime) -> Item:
    """
    Store a new item with its first version, as a draft.

    Raises: Incoherent.
    """
    item.status = Item.Status.DRAFT
    item.save()
    write_version(item=item, text=text, author=author, now=now)
    item.save()
    return item


@transaction.atomic
def revise(
    *,
    item: Item,
    text: Text,
    point: str,
    difficulty: int,
    is_verified: bool,
    bloom: int | None = None,
    author: User | None,
    now: datetime,
) -> Item:
    """
    Write a new version and send the item back to draft: no changed text is printed before a second person has read it.

    Papers that are already frozen keep their version. Nothing changed means nothing written; no `bloom` keeps it.
    Raises: WrongStatus if retired; Incoherent.
    """
    locked = _lock(item)
    if locked.status == Item.Status.RETIRED:
        raise WrongStatus("停用的题不能修改。请先恢复为草稿。")
    bloom = bloom or locked.bloom
    facts = (locked.point, locked.difficulty, locked.is_verified, locked.bloom)
    if facts == (point, difficulty, is_verified, bloom) and locked.current and Text.of(locked.current) == text:
        return locked
    write_version(item=locked, text=text, author=author, now=now)
    locked.point, locked.difficulty, locked.is_verified, locked.bloom = point, difficulty, is_verified, bloom
    locked.status, locked.approved_by, locked.approved_at = Item.Status.DRAFT, None, None
    locked.save()
    return locked


@transaction.atomic
def submit(*, item: Item) -> Item:
    """DRAFT → REVIEW. Raises: WrongStatus."""
    return _move(_lock(item), sources={Item.Status.DRAFT}, target=Item.Status.REVIEW)


@transaction.atomic
def send_back(*, item: Item) -> Item:
    """REVIEW → DRAFT. Raises: WrongStatus."""
    return _move(_lock(item), sources={Item.Status.REVIEW}, target=Item.Status.DRAFT)


@transaction.atomic
def approve(*, item: Item, reviewer: User, now: datetime) -> Item:
    """
    REVIEW → LIVE, by somebody who did not write the current version.

    Raises: WrongStatus; SamePerson; Unverified for the live pool.
    """
    locked = _lock(item)
    if locked.current is None or locked.current.created_by_id == reviewer.pk:
        raise SamePerson
    if locked.pool == Item.Pool.LIVE and not locked.is_verified:
        raise Unverified
    locked.approved_by, locked.approved_at = reviewer, now
    return _move(locked, sources={Item.Status.REVIEW}, target=Item.Status.LIVE)


@transaction.atomic
def retire(*, item: Item) -> Item:
    """LIVE → RETIRED: no new paper prints it; frozen papers keep it. Raises: WrongStatus."""
    return _move(_lock(item), sources={Item.Status.LIVE}, target=Item.Status.RETIRED)


@transaction.atomic
def restore(*, item: Item) -> Item:
    """RETIRED → DRAFT. Raises: WrongStatus."""
    return _move(_lock(item), sources={Item.Status.RETIRED}, target=Item.Status.DRAFT)


def _lock(item: Item) -> Item:
    return Item.objects.select_for_update().get(pk=item.pk)


def _move(locked: Item, *, sources: set[Item.Status], target: Item.Status) -> Item:
    if locked.status not in sources:
        raise WrongStatus(f"这道题现在是“{locked.get_status_display()}”，不能这样操作。请刷新后再看。")
    locked.status = target
    locked.save()
    return locked
