"""便利安排: ask, approve, refuse, end. Only this module changes accommodations. docs/rules/exam-room.md, rule R2."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from exams.models import Accommodation
from lms.errors import DomainError
from lms.users.models import User

Status = Accommodation.Status


@dataclass(frozen=True)
class Terms:
    """
    What is approved.

    Units: `time_factor` in percent of an exam's minutes; `valid_until` is the last day, None = always.
    """

    time_factor: int = 100
    larger_type: bool = False
    hidden_timer: bool = False
    extra_attempts: int = 0
    valid_until: date | None = None

    @property
    def are_empty(self) -> bool:
        return self.time_factor == 100 and not (self.larger_type or self.hidden_timer or self.extra_attempts)


class AlreadyRequested(DomainError):
    message = "你已经有一份申请在等待审核，不用重复提交。有结果时会发邮件通知你。"


class AlreadyDecided(DomainError):
    message = "这份申请已经审核过，或者已经结束，不能再这样处理。请刷新后再看。"


class OwnRequest(DomainError):
    message = "不能审核自己的申请。请另一位同事处理。"


class NothingGranted(DomainError):
    message = "没有选任何便利安排。请至少选一项；不同意的，请用“不批准”并写明理由。"


class ReasonMissing(DomainError):
    message = "请写明理由，考生会看到。"


@transaction.atomic
def request(*, candidate: User, reason: str, now: datetime) -> Accommodation:
    """
    Ask for an accommodation; one request waits at a time.

    Raises: AlreadyRequested, ReasonMissing. Source: docs/rules/exam-room.md, rule R2.
    """
    if not reason.strip():
        raise ReasonMissing("请写明需要什么安排、为什么需要。")
    User.objects.select_for_update(no_key=True).get(pk=candidate.pk)
    if Accommodation.objects.of(candidate).filter(status=Status.REQUESTED).exists():
        raise AlreadyRequested
    return Accommodation.objects.create(candidate=candidate, reason=reason.strip(), requested_at=now)


@transaction.atomic
def approve(
    *, accommodation: Accommodation, terms: Terms, decision: str = "", person: User, now: datetime
) -> Accommodation:
    """
    REQUESTED → APPROVED on these terms; what was approved for the person before ends. Attempts that are open stay as
    they began. The person gets a mail.

    Raises: AlreadyDecided, OwnRequest, NothingGranted. Source: docs/rules/exam-room.md, rule R2.
    """
    if terms.are_empty:
        raise NothingGranted
    locked = _lock(accommodation, Status.REQUESTED, person)
    for former in Accommodation.objects.select_for_update().of(locked.candidate_id).filter(status=Status.APPROVED):
        _end(former, reason="由新的安排取代", person=person, now=now)
    for name, value in asdict(terms).items():
        setattr(locked, name, value)
    return _decide(locked, Status.APPROVED, decision=decision, person=person, now=now)


@transaction.atomic
def refuse(*, accommodation: Accommodation, decision: str, person: User, now: datetime) -> Accommodation:
    """
    REQUESTED → REFUSED, with the reason that the person reads, also by mail.

    Raises: AlreadyDecided, OwnRequest, ReasonMissing. Source: docs/rules/exam-room.md, rule R2.
    """
    if not decision.strip():
        raise ReasonMissing
    locked = _lock(accommodation, Status.REQUESTED, person)
    return _decide(locked, Status.REFUSED, decision=decision, person=person, now=now)


@transaction.atomic
def end(*, accommodation: Accommodation, reason: str, person: User, now: datetime) -> Accommodation:
    """
    APPROVED → ENDED: attempts that start from now on have none of it. The person gets a mail.

    Raises: AlreadyDecided, OwnRequest, ReasonMissing. Source: docs/rules/exam-room.md, rule R2.
    """
    if not reason.strip():
        raise ReasonMissing
    locked = _lock(accommodation, Status.APPROVED, person)
    _end(locked, reason=reason, person=person, now=now)
    _tell(locked)
    return locked


def _lock(accommodation: Accommodation, source: Accommodation.Status, person: User) -> Accommodation:
    locked = Accommodation.objects.select_for_update().get(pk=accommodation.pk)
    if locked.status != source:
        raise AlreadyDecided
    if locked.candidate_id == person.pk:
        raise OwnRequest
    return locked


def _decide(
    locked: Accommodation, target: Accommodation.Status, *, decision: str, person: User, now: datetime
) -> Accommodation:
    locked.status, locked.decision = target, decision.strip()
    locked.decided_at, locked.decided_by = now, person
    locked.save()
    _tell(locked)
    return locked


def _end(locked: Accommodation, *, reason: str, person: User, now: datetime) -> None:
    locked.status = Status.ENDED
    locked.ended_at, locked.ended_by, locked.ended_reason = now, person, reason.strip()
    locked.save()


def _tell(accommodation: Accommodation) -> None:
    """Mail the person what became of it. The reason of the request is private and not repeated."""
    context = {
        "accommodation": accommodation,
        "url": settings.SITE_URL + reverse("exams:accommodation_request"),
    }
    folder = "exams/email/accommodation"
    send_mail(
        subject=settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + render_to_string(f"{folder}_subject.txt", context).strip(),
        message=render_to_string(f"{folder}_message.txt", context),
        from_email=None,
        recipient_list=[accommodation.candidate.email],
    )
