"""The decision on late answers: accept some, or none. Source: docs/rules/exam-room.md, rule R8."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from exams import attempts
from exams.models import Attempt, LateReview, Marking
from exams.results import mails
from exams.results.late_evidence import seqs_in_review
from lms.errors import DomainError
from lms.users.models import User

Status = LateReview.Status


class ReviewDecided(DomainError):
    message = "这份迟到作答已经审核过了，不能再改。考生不服的，走成绩复核。"


class ReasonMissing(DomainError):
    message = "请写明审核意见，考生会看到。"


class NothingChosen(DomainError):
    message = "没有勾选要采纳的作答。请勾选至少一条，或选择不采纳。"


class NotInReview(DomainError):
    message = "勾选的作答不在这份审核里，可能页面已经过时。请刷新后重新勾选。"


@transaction.atomic
def accept(*, review: LateReview, seqs: Iterable[int], reason: str, person: User, now: datetime) -> LateReview:
    """
    Let the chosen late answers count, and mark the attempt again; the others of the review do not count.

    Raises: ReviewDecided, ReasonMissing, NothingChosen, NotInReview; NotMarked while the attempt is open.
    Source: docs/rules/exam-room.md, rule R8.
    """
    chosen = sorted(set(seqs))
    if not chosen:
        raise NothingChosen
    locked = _decide(review, status=Status.ACCEPTED, chosen=chosen, reason=reason, person=person, now=now)
    attempt = attempts.remark(attempt=locked.attempt, cause=Marking.Cause.LATE_REVIEW, person=person, now=now)
    mails.tell_late_review(review=locked, attempt=attempt)
    return locked


@transaction.atomic
def refuse(*, review: LateReview, reason: str, person: User, now: datetime) -> LateReview:
    """
    Leave the result as it is; the late answers stay in the journal.

    Raises: ReviewDecided, ReasonMissing; NotMarked while the attempt is open.
    Source: docs/rules/exam-room.md, rule R8.
    """
    locked = _decide(review, status=Status.REFUSED, chosen=[], reason=reason, person=person, now=now)
    mails.tell_late_review(review=locked, attempt=locked.attempt)
    return locked


def _decide(
    review: LateReview, *, status: Status, chosen: list[int], reason: str, person: User, now: datetime
) -> LateReview:
    attempt = Attempt.objects.select_for_update().get(pk=review.attempt_id)  # the journal's lock: nothing arrives now
    locked = LateReview.objects.select_for_update().get(pk=review.pk)
    if attempt.status == Attempt.Status.OPEN:
        raise attempts.NotMarked
    if locked.status != Status.PENDING:
        raise ReviewDecided
    if not reason.strip():
        raise ReasonMissing
    examined = seqs_in_review(locked)
    if not set(chosen) <= set(examined):
        raise NotInReview
    locked.status, locked.reason = status, reason.strip()
    locked.examined, locked.admitted = examined, chosen
    locked.decided_at, locked.decided_by = now, person
    locked.save()
    locked.attempt = attempt
    return locked
