"""Change the status of certificates: the only module that does. docs/rules/certificates.md, rule N7."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from certificates import logbook
from certificates.models import Certificate, StatusChange
from lms.errors import DomainError
from lms.users.models import User

Status = Certificate.Status
Why = StatusChange.ReasonClass
STANDING = frozenset({Status.VALID, Status.SUSPENDED})


class ReasonMissing(DomainError):
    message = "请写明原因，原因会与这次变更一起留存。"


class StatusRefused(DomainError):
    message = "证书现在的状态不允许这样变更。"


def suspend(
    *, certificate: Certificate, reason: str, person: User | None, now: datetime, why: Why = Why.OTHER
) -> Certificate:
    """
    Put a valid certificate out of force until it is restored. Raises: StatusRefused, ReasonMissing.

    Source: docs/rules/certificates.md, rule N7.
    """
    return change(certificate, frozenset({Status.VALID}), Status.SUSPENDED, why, reason, person, now)


def restore(
    *, certificate: Certificate, reason: str, person: User | None, now: datetime, why: Why = Why.OTHER
) -> Certificate:
    """
    Put a suspended certificate into force again. Raises: StatusRefused, ReasonMissing.

    Source: docs/rules/certificates.md, rule N7.
    """
    return change(certificate, frozenset({Status.SUSPENDED}), Status.VALID, why, reason, person, now)


def revoke(
    *, certificate: Certificate, reason: str, person: User | None, now: datetime, why: Why = Why.OTHER
) -> Certificate:
    """
    Take a certificate back for ever, against the holder's wish. People ask for it in certificates.revocations.

    Raises: StatusRefused, ReasonMissing. Source: docs/rules/certificates.md, rules N7 and N23.
    """
    return change(certificate, STANDING, Status.REVOKED, why, reason, person, now)


def withdraw(
    *, certificate: Certificate, reason: str, person: User | None, now: datetime, why: Why = Why.HOLDER
) -> Certificate:
    """
    End a certificate for ever at the holder's wish. Raises: StatusRefused, ReasonMissing.

    Source: docs/rules/certificates.md, rule N7.
    """
    return change(certificate, STANDING, Status.WITHDRAWN, why, reason, person, now)


@transaction.atomic
def change(
    certificate: Certificate,
    sources: frozenset[Status],
    target: Status,
    why: Why,
    reason: str,
    person: User | None,
    now: datetime,
) -> Certificate:
    """Lock, look again, change, and leave a row and a leaf. Raises: StatusRefused, ReasonMissing."""
    reason = reason.strip()
    if not reason:
        raise ReasonMissing
    locked = Certificate.objects.select_for_update().get(pk=certificate.pk)
    state = locked.state_on(timezone.localdate(now))
    is_over = state == Certificate.State.EXPIRED and target in STANDING
    if locked.status not in sources or is_over:
        raise StatusRefused(f"证书现在是“{state.label}”，不能改为“{target.label}”。请刷新页面，查看最新状态。")
    before, locked.status = locked.status, target
    locked.save(update_fields=["status"])
    leave_row(certificate=locked, before=before, why=why, reason=reason, person=person, now=now)
    return locked


def leave_row(
    *, certificate: Certificate, before: str, why: Why, reason: str, person: User | None, now: datetime
) -> StatusChange:
    """Write down that the status has become what it is, and log it. In the caller's transaction."""
    row = StatusChange.objects.create(
        certificate=certificate,
        from_status=before,
        to_status=certificate.status,
        reason_class=why,
        reason=reason,
        changed_at=now,
        changed_by=person,
    )
    logbook.record(change=row)
    return row
