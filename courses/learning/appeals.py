"""A learner says that an interval should have counted; a person decides. Never changes an interval: adds one."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from courses.models import LessonProgress, StudyAppeal, StudyClock, StudyInterval
from courses.timing.accrual import COUNTING, SECOND, Reason, Span, days_of
from courses.timing.tally import free_parts, joined
from lms.errors import DomainError
from lms.users import outbox
from lms.users.models import User

WITHIN = timedelta(days=30)
State = StudyAppeal.State


class CannotAppeal(DomainError):
    message = "这一段已经计入，不用申诉。"


class TooLate(DomainError):
    message = f"这一段已超过 {WITHIN.days} 天，不能再申诉。有疑问请联系客服。"


class AlreadyAppealed(DomainError):
    message = "这一段已经申诉过，每一段只能申诉一次。处理结果会显示在学习记录里，并发邮件给你。"


class AlreadyDecided(DomainError):
    message = "这条申诉已经处理过，结果没有改变。请刷新查看。"


class NothingToGrant(DomainError):
    message = "这一段时间里，这位学员的其他课已经全部计入，不能再补计：同一刻只能算一次。请选“不核准”并写明理由。"


class OwnAppeal(DomainError):
    message = "不能处理自己的申诉，请由同事处理。"


def file(*, interval: StudyInterval, text: str, now: datetime) -> StudyAppeal:
    """
    Ask that an interval be counted, once.

    Raises: CannotAppeal, TooLate, AlreadyAppealed. Source: docs/rules/study-time.md, rule T24.
    """
    if interval.reason in COUNTING:
        raise CannotAppeal
    if now - interval.ended_at > WITHIN:
        raise TooLate
    try:
        with transaction.atomic():
            return StudyAppeal.objects.create(interval=interval, text=text.strip(), filed_at=now)
    except IntegrityError as error:  # one appeal an interval: the constraint decides a race
        raise AlreadyAppealed from error


@transaction.atomic
def approve(
    *, appeal: StudyAppeal, by: User, answer: str, minutes: int | None = None, now: datetime
) -> list[StudyInterval]:
    """
    Count an interval after all, or its first `minutes`: adds correcting intervals where nothing else was counted.

    The day's limit does not bind a person's decision. The learner is told by mail.
    Raises: AlreadyDecided, OwnAppeal, NothingToGrant. Source: docs/rules/study-time.md, rules T25-T26.
    """
    interval = StudyInterval.objects.select_related("lesson", "learner").get(pk=appeal.interval_id)
    StudyClock.objects.select_for_update().filter(learner=interval.learner_id).first()
    locked = _waiting(appeal, interval, by)
    parts = _first(_free(interval), seconds=minutes and minutes * 60)
    granted = sum(_seconds(part) for part in parts)
    if not granted:
        raise NothingToGrant
    made = [
        StudyInterval.objects.create(
            learner=interval.learner,
            lesson=interval.lesson,
            started_at=start,
            ended_at=end,
            reason=Reason.CORRECTED,
            seconds=_seconds((start, end)),
            corrects=interval,
        )
        for start, end in parts
    ]
    row = LessonProgress.objects.select_for_update().get(learner=interval.learner_id, lesson=interval.lesson_id)
    row.seconds += granted
    row.save(update_fields=["seconds"])
    locked.granted_seconds = granted
    _decide(locked, interval, State.APPROVED, by, answer, now)
    return made


@transaction.atomic
def refuse(*, appeal: StudyAppeal, by: User, answer: str, now: datetime) -> StudyAppeal:
    """
    Leave an interval as it is, with a reason. The learner is told by mail.

    Raises: AlreadyDecided, OwnAppeal. Source: docs/rules/study-time.md, rules T25-T26.
    """
    interval = StudyInterval.objects.select_related("lesson", "learner").get(pk=appeal.interval_id)
    locked = _waiting(appeal, interval, by)
    _decide(locked, interval, State.REFUSED, by, answer, now)
    return locked


def _waiting(appeal: StudyAppeal, interval: StudyInterval, by: User) -> StudyAppeal:
    locked = StudyAppeal.objects.select_for_update().get(pk=appeal.pk)
    if locked.state != State.WAITING:
        raise AlreadyDecided
    if by.pk == interval.learner_id:
        raise OwnAppeal
    return locked


def _decide(
    appeal: StudyAppeal, interval: StudyInterval, state: StudyAppeal.State, by: User, answer: str, now: datetime
) -> None:
    appeal.state, appeal.decided_by, appeal.decided_at, appeal.answer = state, by, now, answer.strip()
    appeal.save()
    outbox.queue(message=_message(appeal, interval), now=now)


def _free(interval: StudyInterval) -> list[Span]:
    """Return the parts of an interval in which nothing of its learner's time counts, running stretches included."""
    touching = StudyInterval.objects.filter(
        learner=interval.learner_id, started_at__lt=interval.ended_at, ended_at__gt=interval.started_at
    )
    taken = list(touching.counting().values_list("started_at", "ended_at"))
    running = LessonProgress.objects.filter(learner=interval.learner_id, reason=Reason.COUNTED)
    taken += [(start, end) for start, end in running.values_list("stretch_from", "last_seen_at") if start is not None]
    free = free_parts((interval.started_at, interval.ended_at), joined(taken))
    tz = timezone.get_default_timezone()
    return [part for start, end in free for part in days_of(start, start + (end - start) // SECOND * SECOND, tz)]


def _first(parts: list[Span], *, seconds: int | None) -> list[Span]:
    """Return the first so many seconds of some parts; all of them for None."""
    left = sum(map(_seconds, parts)) if seconds is None else seconds
    taken = []
    for start, end in parts:
        length = min(left, _seconds((start, end)))
        if length > 0:
            taken.append((start, start + length * SECOND))
            left -= length
    return taken


def _seconds(span: Span) -> int:
    return (span[1] - span[0]) // SECOND


def _message(appeal: StudyAppeal, interval: StudyInterval) -> EmailMessage:
    context = {
        "appeal": appeal,
        "interval": interval,
        "minutes": appeal.granted_seconds // 60,
        "seconds": appeal.granted_seconds % 60,
        "url": settings.SITE_URL + reverse("courses:study_record"),
        "site_name": settings.SITE_NAME,
        "support_email": settings.SUPPORT_EMAIL,
    }
    return EmailMessage(
        f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}学时申诉{appeal.get_state_display()}",
        render_to_string("courses/mail/study_appeal.txt", context),
        to=[interval.learner.email],
    )
