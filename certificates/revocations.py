"""Revocation by two people: one asks, another decides. docs/rules/certificates.md, rule N23."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from certificates import lifecycle
from certificates.models import Certificate, RevocationRequest, StatusChange
from lms.errors import DomainError
from lms.users.models import User

Status = RevocationRequest.Status


class AlreadyRequested(DomainError):
    message = "这张证书已有一份待复核的撤销申请。请等另一位同事复核，或先退回那一份。"


class AlreadyDecided(DomainError):
    message = "这份撤销申请已经处理过了。请刷新页面查看结果。"


class SecondPersonNeeded(DomainError):
    message = "撤销要由另一位同事复核：提出的人不能复核自己的申请。"


@transaction.atomic
def ask(
    *, certificate: Certificate, why: StatusChange.ReasonClass, reason: str, person: User, now: datetime
) -> RevocationRequest:
    """
    Ask for a revocation; where the setting allows one person to do it, it is decided at once.

    Raises: ReasonMissing, StatusRefused, AlreadyRequested. Source: docs/rules/certificates.md, rule N23.
    """
    reason = reason.strip()
    if not reason:
        raise lifecycle.ReasonMissing
    locked = Certificate.objects.select_for_update().get(pk=certificate.pk)
    if locked.status not in lifecycle.STANDING:
        raise lifecycle.StatusRefused(f"证书现在是“{locked.get_status_display()}”，不能再撤销。")
    if locked.revocation_requests.filter(status=Status.OPEN).exists():
        raise AlreadyRequested
    request = RevocationRequest(
        certificate=locked, reason_class=why, reason=reason, requested_by=person, requested_at=now
    )
    if not settings.CERTIFICATE_TWO_PERSONS:
        lifecycle.revoke(certificate=locked, reason=reason, person=person, now=now, why=why)
        request.status, request.decided_at, request.decision = Status.APPROVED, now, "按设置由一人办理"
    request.save()
    return request


@transaction.atomic
def approve(*, request: RevocationRequest, decision: str, person: User, now: datetime) -> RevocationRequest:
    """
    Revoke, as the second person. Raises: AlreadyDecided, SecondPersonNeeded, StatusRefused.

    Source: docs/rules/certificates.md, rule N23.
    """
    locked = _open(request, person)
    certificate, why = locked.certificate, StatusChange.ReasonClass(locked.reason_class)
    lifecycle.revoke(certificate=certificate, reason=locked.reason, person=person, now=now, why=why)
    return _decide(locked, Status.APPROVED, decision, person, now)


@transaction.atomic
def reject(*, request: RevocationRequest, decision: str, person: User, now: datetime) -> RevocationRequest:
    """
    Leave the certificate as it is. Who asked may take the request back by this too only through another person.

    Raises: AlreadyDecided, SecondPersonNeeded, ReasonMissing. Source: docs/rules/certificates.md, rule N23.
    """
    locked = _open(request, person)
    if not decision.strip():
        raise lifecycle.ReasonMissing
    return _decide(locked, Status.REJECTED, decision, person, now)


def _open(request: RevocationRequest, person: User) -> RevocationRequest:
    locked = RevocationRequest.objects.select_for_update().get(pk=request.pk)
    if locked.status != Status.OPEN:
        raise AlreadyDecided
    if locked.requested_by_id == person.pk:
        raise SecondPersonNeeded
    return locked


def _decide(
    request: RevocationRequest, status: RevocationRequest.Status, decision: str, person: User, now: datetime
) -> RevocationRequest:
    request.status, request.decision = status, decision.strip()
    request.decided_by, request.decided_at = person, now
    request.save()
    return request
