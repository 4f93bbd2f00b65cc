"""What a holder asks for: the right name on the certificate, or another look at a state. Rule N24."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from certificates import issuing, lifecycle
from certificates.models import Certificate, Petition, PetitionStep, RevocationRequest, StatusChange
from lms.errors import DomainError
from lms.users import identity
from lms.users.models import User

Kind, Status, Action = Petition.Kind, Petition.Status, PetitionStep.Action
APPEALABLE = frozenset({Certificate.Status.SUSPENDED, Certificate.Status.REVOKED})


class AlreadyFiled(DomainError):
    message = "这张证书已有一份正在处理的同类申请。处理完会显示结果，请不要重复提交。"


class NothingToAppeal(DomainError):
    message = "只有被暂停或撤销的证书可以申诉；更正姓名只能对有效的证书提出。"


class PetitionClosed(DomainError):
    message = "这份申请已经办结，不能再处理。请刷新页面查看结果。"


class TextMissing(DomainError):
    message = "请写明理由，理由会留存，对方看得到。"


class SamePerson(DomainError):
    message = "作出原决定的人不能处理对它的申诉。请由另一位同事处理；你可以写处理意见。"


class CannotUndo(DomainError):
    message = "撤销不能恢复。申诉成立时，请重新核定考试结果，由系统签发新证书；这里写明处理结果即可。"


@transaction.atomic
def file(*, certificate: Certificate, kind: Petition.Kind, text: str, now: datetime, wished_name: str = "") -> Petition:
    """
    File a holder's petition. Raises: NothingToAppeal, AlreadyFiled, TextMissing, RealNameInvalid.

    Source: docs/rules/certificates.md, rule N24.
    """
    locked = Certificate.objects.select_for_update().get(pk=certificate.pk)
    fits = locked.status in APPEALABLE if kind == Kind.APPEAL else locked.status == Certificate.Status.VALID
    if not fits:
        raise NothingToAppeal
    if not text.strip():
        raise TextMissing
    if locked.petitions.filter(kind=kind, status=Status.OPEN).exists():
        raise AlreadyFiled
    wished = identity.checked_name(wished_name) if kind == Kind.CORRECTION else ""
    petition = Petition.objects.create(
        certificate=locked, kind=kind, wished_name=wished, text=text.strip(), filed_at=now
    )
    _note(petition, Action.FILED, text, locked.holder, now)
    return petition


@transaction.atomic
def cancel(*, petition: Petition, person: User, now: datetime) -> Petition:
    """Take a petition back, as its holder. Raises: PetitionClosed. Source: docs/rules/certificates.md, rule N24."""
    return _close(_open(petition), Status.CANCELLED, Action.CANCELLED, "", person, now)


@transaction.atomic
def note(*, petition: Petition, text: str, person: User, now: datetime) -> Petition:
    """Add to the log what was looked at. Raises: PetitionClosed, TextMissing. Source: rule N24 of the same file."""
    locked = _open(petition)
    _note(locked, Action.NOTED, _needed(text), person, now)
    return locked


@transaction.atomic
def refuse(*, petition: Petition, text: str, person: User, now: datetime) -> Petition:
    """
    Refuse, saying why. Raises: PetitionClosed, TextMissing, SamePerson. Source: docs/rules/certificates.md, rule N24.
    """
    locked = _open(petition)
    _refuse_who_decided(locked, person)
    return _close(locked, Status.REFUSED, Action.REFUSED, _needed(text), person, now)


@transaction.atomic
def grant(*, petition: Petition, text: str, person: User, now: datetime) -> Petition:
    """
    Grant: correct the name and issue anew, or restore a suspended certificate. A revocation is never undone.

    Raises: PetitionClosed, TextMissing, SamePerson, StatusRefused, CannotUndo, NothingToCorrect.
    Source: docs/rules/certificates.md, rules N21 and N24.
    """
    locked, text = _open(petition), _needed(text)
    _refuse_who_decided(locked, person)
    certificate = locked.certificate
    if locked.kind == Kind.CORRECTION:
        issuing.replace(
            certificate=certificate, real_name=locked.wished_name, reason=text[:200], person=person, now=now
        )
        if certificate.holder:
            identity.correct_name(user=certificate.holder, real_name=locked.wished_name, now=now)
    elif certificate.status == Certificate.Status.SUSPENDED:
        why = StatusChange.ReasonClass.APPEAL
        lifecycle.restore(certificate=certificate, reason=text[:200], person=person, now=now, why=why)
    else:
        raise CannotUndo
    return _close(locked, Status.GRANTED, Action.GRANTED, text, person, now)


def _open(petition: Petition) -> Petition:
    locked = Petition.objects.select_for_update().get(pk=petition.pk)
    if locked.status != Status.OPEN:
        raise PetitionClosed
    return locked


def _refuse_who_decided(petition: Petition, person: User) -> None:
    """An appeal is not judged by who made the decision, nor by who asked for it, where two people are the rule."""
    if petition.kind != Kind.APPEAL or not settings.CERTIFICATE_TWO_PERSONS:
        return
    change = petition.certificate.changes.last()
    asked = petition.certificate.revocation_requests.filter(
        status=RevocationRequest.Status.APPROVED, requested_by=person
    ).exists()
    if asked or (change is not None and change.changed_by_id == person.pk):
        raise SamePerson


def _needed(text: str) -> str:
    if not text.strip():
        raise TextMissing
    return text.strip()


def _close(
    petition: Petition, status: Petition.Status, action: PetitionStep.Action, text: str, person: User, now: datetime
) -> Petition:
    petition.status = status
    petition.save(update_fields=["status"])
    _note(petition, action, text, person, now)
    return petition


def _note(petition: Petition, action: PetitionStep.Action, text: str, person: User | None, now: datetime) -> None:
    PetitionStep.objects.create(petition=petition, action=action, text=text.strip(), person=person, done_at=now)
