"""Writing items: the first version, the next one, and many at once."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Subquery

from exams import keys, pictures
from exams.bank.steps import WrongStatus, lock
from exams.bank.texts import Text, problem_of_text
from exams.models import Item, ItemVersion
from lms.errors import DomainError
from lms.users.models import User

BATCH = 2000  # rows of one statement


class Incoherent(DomainError):
    """Options and key do not fit the kind of item."""

    message = "选项和答案不符合题型，请检查。"


def write_version(*, item: Item, text: Text, author: User | None, now: datetime) -> ItemVersion:
    """
    Append a version to a saved item and make it current; the caller holds the item's row and saves its other fields.

    Raises: Incoherent; PictureMissing.
    """
    latest = item.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = _version(item, text, number=latest + 1, author=author, now=now)
    version.save(force_insert=True)
    pictures.link([version])
    item.current = version
    item.basis, item.recheck_reason = {}, ""  # the next sweep notes what is cited now
    return version


@transaction.atomic
def add_all(new: Sequence[tuple[Item, Text]], *, author: User | None, now: datetime) -> None:
    """
    Store many new items as they are, each with its first version, in statements that do not grow with their number.

    A 案例 stands among `new` like its parts, or is stored already. Raises: Incoherent; PictureMissing.
    """
    versions = [_version(item, text, number=1, author=author, now=now) for item, text in new]
    items = [item for item, _ in new]
    Item.objects.bulk_create([item for item in items if item.case is None], batch_size=BATCH)
    Item.objects.bulk_create([item for item in items if item.case is not None], batch_size=BATCH)
    ItemVersion.objects.bulk_create(versions, batch_size=BATCH)
    pictures.link(versions)
    for item, version in zip(items, versions, strict=True):
        item.current = version
    first = ItemVersion.objects.filter(item=OuterRef("pk"), number=1).values("pk")
    for start in range(0, len(items), BATCH):
        rows = Item.objects.filter(pk__in=[item.pk for item in items[start : start + BATCH]])
        rows.update(current=Subquery(first))


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
    locked = lock(item)
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


def _version(item: Item, text: Text, *, number: int, author: User | None, now: datetime) -> ItemVersion:
    if problem := problem_of_text(kind=item.kind, text=text):
        raise Incoherent(problem)
    return ItemVersion(
        item=item,
        number=number,
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
