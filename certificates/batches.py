"""Approve certificates before they are issued, and issue many: rules N33 and N34 of docs/rules/certificates.md."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Count, QuerySet

from certificates import issuing
from certificates.models import IssueBatch, IssueItem
from exams.models import Attempt
from lms.errors import DomainError
from lms.users.models import User

MOST = 20_000  # attempts in one batch
CHUNK = 100  # items read at once
SWEEP_SECONDS = 20  # one sweep stops after this; the next goes on
Status = IssueItem.Status

log = structlog.get_logger(__name__)


class NothingToApprove(DomainError):
    message = "没有选中待签发的人：可能已由另一位同事办理，或已经签发。请刷新页面。"


class OwnCertificate(DomainError):
    message = "选中的里面有你自己的证书。本人不能同意自己的证书，请由另一位同事办理。"


class TooMany(DomainError):
    message = f"一次最多签发 {MOST} 份。请分几次。"


@dataclass(frozen=True)
class Progress:
    """How far a batch is, in certificates."""

    total: int
    issued: int
    refused: int

    @property
    def done(self) -> int:
        return self.issued + self.refused

    @property
    def percent(self) -> int:
        return self.done * 100 // self.total


def waiting() -> QuerySet[Attempt]:
    """Attempts that may be approved: due, and in no batch that still works on them. Source: rule N33."""
    return issuing.due_attempts(since=None).exclude(issue_items__status=Status.WAITING)


@transaction.atomic
def approve(*, attempts: Sequence[int] | None, person: User, now: datetime) -> IssueBatch:
    """
    Let certificates be issued: of these attempts, or of all that wait if `attempts` is None. The sweep issues them.

    Raises: NothingToApprove, OwnCertificate, TooMany. Source: docs/rules/certificates.md, rules N33 and N34.
    """
    chosen = waiting() if attempts is None else waiting().filter(pk__in=attempts)
    rows = list(chosen.select_for_update(of=("self",)).values_list("pk", "candidate_id")[: MOST + 1])
    if not rows:
        raise NothingToApprove
    if len(rows) > MOST:
        raise TooMany
    if any(candidate == person.pk for _, candidate in rows):
        raise OwnCertificate
    batch = IssueBatch.objects.create(approved_by=person, approved_at=now, total=len(rows))
    IssueItem.objects.bulk_create([IssueItem(batch=batch, attempt_id=pk) for pk, _ in rows], batch_size=500)
    return batch


def work_off(*, now: datetime, seconds: float = SWEEP_SECONDS) -> int:
    """
    Issue what was approved, oldest batch first, for so many seconds; return how many items were dealt with.

    Each item is a transaction of its own: a stop loses nothing, and what comes next goes on from there.
    Source: docs/rules/certificates.md, rule N34.
    """
    until, dealt_with = time.monotonic() + seconds, 0
    for batch in IssueBatch.objects.unfinished().select_related("approved_by"):
        while items := list(
            batch.items.filter(status=Status.WAITING).order_by("pk")[:CHUNK].values_list("pk", flat=True)
        ):
            for pk in items:
                dealt_with += _deal_with(pk, batch, now)
                if time.monotonic() > until:
                    return dealt_with
        IssueBatch.objects.filter(pk=batch.pk, finished_at=None).update(finished_at=now)
    return dealt_with


def progress(*, batch: IssueBatch) -> Progress:
    """Count a batch's items: one query."""
    counts = dict(batch.items.values_list("status").annotate(Count("pk")).order_by())
    return Progress(batch.total, counts.get(Status.ISSUED, 0), counts.get(Status.REFUSED, 0))


@transaction.atomic
def _deal_with(pk: int, batch: IssueBatch, now: datetime) -> bool:
    free = IssueItem.objects.select_for_update(of=("self",), skip_locked=True).select_related("attempt")
    item = free.filter(pk=pk, status=Status.WAITING).first()
    if item is None:  # another sweep is at it, or was
        return False
    try:
        with transaction.atomic():
            item.certificate = issuing.issue(attempt=item.attempt, now=now, approved_by=batch.approved_by)
            item.status = Status.ISSUED
    except DomainError as refusal:
        item.status, item.refusal = Status.REFUSED, str(refusal)[:300]
    except Exception:  # one broken row must not hold up nine thousand others
        log.exception("certificate of a batch not issued", item=item.pk)
        item.status, item.refusal = Status.REFUSED, "系统出错，已写入日志，请联系技术人员。"
    item.save(update_fields=["status", "certificate", "refusal"])
    return True
