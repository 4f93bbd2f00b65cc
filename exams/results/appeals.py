"""成绩复核: a candidate asks once, a person answers once. Source: docs/rules/exam-room.md, rule R9."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from exams import attempts
from exams.models import Appeal, Attempt, Marking, Script, ScriptMark
from exams.models.marking_scripts import REMARK
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


class NothingToRemark(DomainError):
    message = "这份试卷没有人工评过的简答，或者已经请人重评了。请刷新页面查看。"


class RemarkPending(DomainError):
    message = "还有简答没有重评完，重评完以后再答复。"


class RemarkDiffers(DomainError):
    message = "重评的得分和原来的不一样，不能维持原成绩。请选“更正成绩”，以重评为准。"


class RemarkBegun(DomainError):
    message = "工作人员已经请人重评了你的简答，申请不能再撤回。请等答复。"


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
    """
    Take an appeal back before it is answered.

    Raises: AppealDecided; RemarkBegun. Source: docs/rules/exam-room.md, rule R9.
    """
    locked = _open(appeal)
    if _remarks(locked).exists():
        raise RemarkBegun
    locked.status, locked.decided_at = Status.WITHDRAWN, now
    locked.save()
    return locked


@transaction.atomic
def ask_remark(*, appeal: Appeal, person: User, now: datetime) -> Appeal:
    """
    Have another person mark the 简答 of this paper once more; exams.marking offers them to who has not seen them.

    Raises: AppealDecided; NothingToRemark. Source: docs/rules/exam-room.md, rule R9.
    """
    locked = _open(appeal)
    if (
        locked.remark_asked_at
        or not Script.objects.filter(attempt=locked.attempt_id, status=Script.Status.DONE).exists()
    ):
        raise NothingToRemark
    locked.remark_asked_at, locked.remark_asked_by = now, person
    locked.save()
    return locked


@transaction.atomic
def uphold(*, appeal: Appeal, answer: str, person: User, now: datetime) -> Appeal:
    """
    Answer that the result stands.

    Raises: AppealDecided, BadText; RemarkPending, RemarkDiffers. Source: docs/rules/exam-room.md, rule R9.
    """
    if _remarks(_open(appeal)).exclude(points_centi=F("script__points_centi")).exists():
        raise RemarkDiffers
    locked = _answer(appeal, status=Status.UPHELD, answer=answer, person=person, now=now)
    mails.tell_appeal_decided(appeal=locked)
    return locked


@transaction.atomic
def correct(*, appeal: Appeal, answer: str, person: User, now: datetime) -> Appeal:
    """
    Answer that the result was wrong, and mark the attempt again, 简答 as they were marked for this appeal.

    Keys are not corrected here but in the bank. Raises: AppealDecided, BadText; RemarkPending.
    Source: docs/rules/exam-room.md, rule R9.
    """
    locked = _answer(appeal, status=Status.CORRECTED, answer=answer, person=person, now=now)
    attempts.adopt_remarks(locked.attempt)
    locked.attempt = attempts.remark(attempt=locked.attempt, cause=Marking.Cause.APPEAL, person=person, now=now)
    mails.tell_appeal_decided(appeal=locked)
    return locked


def _answer(appeal: Appeal, *, status: Status, answer: str, person: User, now: datetime) -> Appeal:
    locked = _open(appeal)
    if Script.objects.to_remark().filter(attempt=locked.attempt_id).exists():
        raise RemarkPending
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


def _remarks(appeal: Appeal) -> QuerySet[ScriptMark]:
    """Return what people have given for this appeal."""
    return ScriptMark.objects.filter(script__attempt=appeal.attempt_id, number=REMARK)


def _checked(text: str) -> str:
    text = text.strip()
    if not 1 <= len(text) <= MAX_LENGTH:
        raise BadText
    return text
