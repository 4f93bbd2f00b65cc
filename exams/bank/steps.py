"""The way of an item from draft to paper and off it again."""

from datetime import datetime

from django.db import transaction

from exams.models import Item
from lms.errors import DomainError
from lms.users.models import User


class WrongStatus(DomainError):
    message = "这道题现在的状态不允许这样操作，请刷新后再看。"


class SamePerson(DomainError):
    message = "这一版是你写的，不能由你自己审核。请另一位同事审核。"


class Unverified(DomainError):
    message = "这道题的事实还没有与出处核对。请先核对并勾选“已核对”，再启用。"


@transaction.atomic
def submit(*, item: Item) -> Item:
    """DRAFT → REVIEW. Raises: WrongStatus."""
    return _move(lock(item), sources={Item.Status.DRAFT}, target=Item.Status.REVIEW)


@transaction.atomic
def send_back(*, item: Item) -> Item:
    """REVIEW → DRAFT. Raises: WrongStatus."""
    return _move(lock(item), sources={Item.Status.REVIEW}, target=Item.Status.DRAFT)


@transaction.atomic
def approve(*, item: Item, reviewer: User, now: datetime) -> Item:
    """
    REVIEW → LIVE, by somebody who did not write the current version.

    Raises: WrongStatus; SamePerson; Unverified for the live pool.
    """
    locked = lock(item)
    if locked.current is None or locked.current.created_by_id == reviewer.pk:
        raise SamePerson
    if locked.pool == Item.Pool.LIVE and not locked.is_verified:
        raise Unverified
    locked.approved_by, locked.approved_at = reviewer, now
    return _move(locked, sources={Item.Status.REVIEW}, target=Item.Status.LIVE)


@transaction.atomic
def retire(*, item: Item) -> Item:
    """LIVE → RETIRED: no new paper prints it; frozen papers keep it. Raises: WrongStatus."""
    return _move(lock(item), sources={Item.Status.LIVE}, target=Item.Status.RETIRED)


@transaction.atomic
def restore(*, item: Item) -> Item:
    """RETIRED → DRAFT. Raises: WrongStatus."""
    return _move(lock(item), sources={Item.Status.RETIRED}, target=Item.Status.DRAFT)


def lock(item: Item) -> Item:
    return Item.objects.select_for_update().get(pk=item.pk)


def _move(locked: Item, *, sources: set[Item.Status], target: Item.Status) -> Item:
    if locked.status not in sources:
        raise WrongStatus(f"这道题现在是“{locked.get_status_display()}”，不能这样操作。请刷新后再看。")
    locked.status = target
    locked.save()
    return locked
