"""报考: take or give back a place in a 考期. Only this module changes registrations. exam-room.md, rule R1."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from courses.models import Enrolment
from exams.models import Attempt, ExamWindow, Registration
from lms.errors import DomainError
from lms.users.models import User


class NotEnrolled(DomainError):
    message = "你还没有报名这门课程，不能报考。请先报名课程。"


class RegistrationClosed(DomainError):
    """Registration has not begun, is over, or the exam is not open."""

    message = "这个考期现在不能报考。"


class WindowFull(DomainError):
    message = "这个考期的名额已经报满。请选别的考期；有人取消时名额会放出来。"


class NothingToSit(DomainError):
    message = "你已经通过这场考试，不用再报考。"


class OtherWindow(DomainError):
    """One place at a time, so that nobody holds several and sits in one."""

    message = "你已经报了别的考期。"


class NotRegistered(DomainError):
    message = "你没有报这个考期，不用取消。"


class TooLateToCancel(DomainError):
    message = "现在不能取消报考。"


@transaction.atomic
def register(*, window: ExamWindow, candidate: User, now: datetime) -> Registration:
    """
    Give `candidate` a place in `window`; somebody who has one keeps it.

    The window's row is the lock that counts places, the person's own row the one that keeps it to one place at a time.
    Raises: RegistrationClosed, NotEnrolled, NothingToSit, OtherWindow, WindowFull.
    Source: docs/rules/exam-room.md, rule R1.
    """
    User.objects.select_for_update(no_key=True).get(pk=candidate.pk)
    locked = ExamWindow.objects.select_for_update().get(pk=window.pk)
    standing = Registration.objects.standing()
    mine = standing.of(candidate).filter(window=locked).first()
    if mine:
        return mine
    _refuse_outside_the_span(locked, now)
    _refuse_who_cannot_sit(locked, candidate)
    other = _unused_elsewhere(locked, candidate, now)
    if other:
        raise OtherWindow(f"你已经报了考期“{other.window.title}”，一次只能报一个。要换考期，请先取消那一个。")
    if locked.capacity is not None and standing.filter(window=locked).count() >= locked.capacity:
        raise WindowFull
    return Registration.objects.create(window=locked, candidate=candidate, registered_at=now)


@transaction.atomic
def cancel(*, window: ExamWindow, candidate: User, now: datetime) -> Registration:
    """
    Give the place back; somebody else may have it at once.

    Raises: NotRegistered; TooLateToCancel after the close of registration or once an attempt was started in the window.
    Source: docs/rules/exam-room.md, rule R1.
    """
    locked = Registration.objects.select_for_update().standing().of(candidate).filter(window=window).first()
    if locked is None:
        raise NotRegistered
    if now >= window.registration_closes_at:
        raise TooLateToCancel("报考已经截止，不能再取消。不来参加不计考试次数。")
    if Attempt.objects.formal().of(candidate).filter(window=window).exists():
        raise TooLateToCancel("你已经在这个考期里开始过考试，不能取消报考。")
    locked.cancelled_at = now
    locked.save(update_fields=["cancelled_at"])
    return locked


def _refuse_outside_the_span(window: ExamWindow, now: datetime) -> None:
    if not window.exam.is_open:
        raise RegistrationClosed("这场考试现在没有开放，不能报考。请等待开放，或联系客服。")
    if now < window.registration_opens_at:
        opens_at = timezone.localtime(window.registration_opens_at)
        raise RegistrationClosed(f"报考还没有开始，{opens_at:%Y-%m-%d %H:%M} 开始。请到时再来。")
    if now >= min(window.registration_closes_at, window.closes_at):
        raise RegistrationClosed("这个考期的报考已经截止。请选别的考期，或联系客服。")


def _refuse_who_cannot_sit(window: ExamWindow, candidate: User) -> None:
    if not Enrolment.objects.standing().of(candidate).filter(course=window.exam.course_id).exists():
        raise NotEnrolled
    if Attempt.objects.passed().of(candidate).filter(exam=window.exam_id).exists():
        raise NothingToSit


def _unused_elsewhere(window: ExamWindow, candidate: User, now: datetime) -> Registration | None:
    """Find a place in another window of the exam that is neither over nor used."""
    return (
        Registration.objects.standing()
        .of(candidate)
        .filter(window__exam=window.exam_id, window__closes_at__gt=now)
        .exclude(window=window)
        .exclude(window__in=Attempt.objects.formal().of(candidate).exclude(window=None).values("window"))
        .select_related("window")
        .first()
    )
