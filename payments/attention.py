"""What a person has to look at: raised by other verbs, settled here. Source: docs/rules/money.md, rule P12."""

from datetime import datetime
from typing import Any

import structlog
from django.db import transaction

from lms.errors import DomainError
from lms.users.models import User
from payments import history
from payments.models import Attention, OrderEvent

log = structlog.get_logger(__name__)


class AlreadyResolved(DomainError):
    message = "这件事已经有同事处理过了，请刷新列表。"


class ReasonMissing(DomainError):
    message = "请写明理由：以后查账的人要看得懂。"


def call(*, kind: Attention.Kind, key: str, text: str, now: datetime, **about: Any) -> Attention:
    """
    Ask for a person, once for one fact: the same key gives back the row that is there, resolved or not.

    `about` names order, payment, refund, dispute, and what both sides say. Source: docs/rules/money.md, rule P12.
    """
    item, is_new = Attention.objects.get_or_create(
        key=key, defaults={"kind": kind, "text": text[:300], "raised_at": now, **about}
    )
    if is_new:
        log.warning("money needs a person", key=key, why=text)
    return item


@transaction.atomic
def resolve(*, item: Attention, by: User, reason: str, now: datetime) -> Attention:
    """
    Settle a matter with a reason and nothing else.

    Raises: ReasonMissing, AlreadyResolved. Source: docs/rules/money.md, rule P12.
    """
    locked = lock(item)
    close(item=locked, by=by, reason=reason, now=now)
    if locked.order:
        history.record(order=locked.order, kind=OrderEvent.Kind.RESOLVED, actor=by, note=reason.strip(), now=now)
    return locked


def lock(item: Attention) -> Attention:
    """Return the open matter, locked. Raises: AlreadyResolved."""
    locked = Attention.objects.select_for_update().get(pk=item.pk)
    if locked.resolved_at:
        raise AlreadyResolved
    return locked


def close(*, item: Attention, by: User | None, reason: str, now: datetime) -> None:
    """Mark a locked matter as settled. Raises: ReasonMissing."""
    item.resolution = reason.strip()[:200]
    if not item.resolution:
        raise ReasonMissing
    item.resolved_by, item.resolved_at = by, now
    item.save(update_fields=["resolution", "resolved_by", "resolved_at", "was_unlocked"])
