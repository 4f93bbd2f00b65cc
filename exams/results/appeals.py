"""成绩复核: a candidate asks once, a person answers once. Source: docs/rules/exam-room.md, rule R9."""

from datetime import datetime, timedelta

from django.db import transaction

from exams import attempts
from exams.models import Appeal, Attempt, Marking
from exams.results import mails
from lms.errors import DomainError
from lms.users.models import User

Status = Appeal.Status
MAX_LENGTH = 1000


class NoAppeals(DomainError):
    message = "这次考试不受理成绩复核。如有疑问，请联系客服。"


class AppealTooLate(DomainError):
    message = "申请成绩复核的期限已经过了。如有疑问，请联系客服。"


class AppealExists(DomainError):
    message = "这次考试已经有一份成绩复核：等待答复，或者已经答复。复核以一次为限，请在本页查看。"


class AppealDecided(DomainError):
    message = "这份成绩复核已经答复或撤回，不能再改。请刷新页面查看。"


class BadText(DomainError):
    message = f"请写 1–{MAX_LENGTH} 字。"


def deadline_of(attempt: Attempt) -> datetime | None:
    """
    Return the moment from which no appeal against a closed attempt is taken any more; None if none ever is.

    The days run from the closing or the publishing of what people marked, or from the last decision on late answers.
    Source: docs/rules/exam-room.md, rule R9.
    """
    if attempt.is_mock or attempt.closed_at is None or not attempt.exam.appeal_days:
        return None
    known_at = attempt.published_at or attempt.closed_at
    decisions = [review.decided_at for review in attempt.late_reviews.all() if review.decided_at]
    return max([known_at, *decisions]) + timedelta(days=attempt.exam.appeal_days)


@transaction.atomic
def file(*, attempt: Attempt, reason: str, now: datetime) -> Appeal:
    """
    Ask for a second look at the result.

    Raises: NoAppeals, AppealTooLate, AppealExists, BadText. Source: docs/rules/exam-room.md, rule R9.
    """
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    deadline_at = deadline_of(locked)
    if deadline_at is None:
        raise NoAppeals
    if locked.status != Attempt.Status.MARKED:
        raise attempts.NotMarked
    if now >= deadline_at:
        raise AppealTooLate
    if locked.appeals.exclude(status=Status.WITHDRAWN).exists():
        raise AppealExists
    appeal = Appeal.objects.create(attempt=locked, reason=_checked(reason), filed_at=now)
    mails.tell_appeal_filed(appeal=appeal)
    return appeal


@transaction.atomic
def withdraw(*, appeal: Appeal, now: datetime) -> Appeal:
    """Take an appeal back before it is answered. Raises: AppealDecided. Source: exam-room.md, rule R9."""
    locked = _open(appeal)
    locked.status, locked.decided_at = Status.WITHDRAWN, now
    locked.save()
    return locked


@transaction.atomic
def uphold(*, appeal: Appeal, answer: str, person: User, now: datetime) -> Appeal:
    """
    Answer that the result stands.

    Raises: AppealDecided, BadText. Source: docs/rules/exam-room.md, rule R9.
    """
    locked = _answer(appeal, status=Status.UPHELD, answer=answer, person=person, now=now)
    mails.tell_appeal_decided(appeal=locked)
    return locked


@transaction.atomic
def correct(*, appeal: Appeal, answer: str, person: User, now: datetime) -> Appeal:
    """
    Answer that the result was wrong, and mark the attempt again. Keys are not corrected here but in the bank.

    Raises: AppealDecided, BadText. Source: docs/rules/exam-room.md, rule R9.
    """
    locked = _answer(appeal, status=Status.CORRECTED, answer=answer, person=person, now=now)
    locked.attempt = attempts.remark(attempt=locked.attempt, cause=Marking.Cause.APPEAL, person=person, now=now)
    mails.tell_appeal_decided(appeal=locked)
    return locked


def _answer(appeal: Appeal, *, status: Status, answer: str, person: User, now: datetime) -> Appeal:
    locked = _open(appeal)
    locked.status, locked.answer = status, _checked(answer)
    locked.decided_at, locked.decided_by = now, person
    locked.save()
    return locked


def _open(appeal: Appeal) -> Appeal:
    """Lock the attempt first, as everything that marks does, then the appeal."""
    Attempt.objects.select_for_update().get(pk=appeal.attempt_id)
    locked = Appeal.objects.select_for_update().get(pk=appeal.pk)
    if locked.status != Status.FILED:
        raise AppealDecided
    return locked


def _checked(text: str) -> str:
    text = text.strip()
    if not 1 <= len(text) <= MAX_LENGTH:
        raise BadText
    return text
