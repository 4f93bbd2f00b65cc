"""
The clock of study time: open a lesson, be present in it, complete it.

Whoever changes a learner's time locks the learner's StudyClock first. The running stretch of time lives on the
lesson's row; it becomes an interval, for good, when its reason, its page or the day changes.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from courses import progress, seats
from courses.learning import videos
from courses.learning.access import NotEnrolled, must_be_enrolled, must_be_open
from courses.learning.measuring import needed_seconds
from courses.models import Enrolment, LessonPage, LessonProgress, StudyClock, StudyInterval
from courses.timing.accrual import SECOND, Gap, Limits, Reason, Stretch, account, day_of
from lms.errors import DomainError
from lms.users.models import User

QUIET = timedelta(minutes=10)
AT_ONCE = 500
PEN = ["seconds", "last_seen_at", "page", "is_visible", "stretch_from", "reason"]


class NotOpened(DomainError):
    message = "还没有开始计时。请打开这一课，学到最低时间后再确认学完。"


class TooEarly(DomainError):
    """The lesson's least time is not reached; `remaining` is in seconds."""

    def __init__(self, remaining: int) -> None:
        self.remaining = remaining
        super().__init__(f"还差 {progress.duration_text(remaining)}才能确认学完。请继续学习这一课，时间会自动累计。")


def open_lesson(*, learner: User, lesson: LessonPage, page: str = "", now: datetime) -> LessonProgress:
    """
    Start, or start again, the clock of a lesson; from now on it is the one lesson of this learner that accrues.

    `page` is the page in the browser: coming back to the same one tells why the time in between does not count.
    The least time is settled here and never rises afterwards.
    A company's seat is used from the first lesson on: nobody can swap it any more.
    Raises: NotEnrolled, NotOpenYet.
    Source: docs/rules/study-time.md, rules T1-T3 and T13; seats.md, rule S5; learning.md, rule L21.
    """
    enrolment = must_be_enrolled(learner=learner, lesson=lesson)
    must_be_open(enrolment=enrolment, lesson=lesson, now=now)
    needed = needed_seconds(lesson=lesson)
    with transaction.atomic():
        if enrolment.source == Enrolment.Source.SEAT and not seats.begin(enrolment=enrolment, now=now):
            raise NotEnrolled
        clock = _clock(learner)
        row, is_new = LessonProgress.objects.select_for_update().get_or_create(
            learner=learner,
            lesson=lesson,
            defaults={
                "first_opened_at": now,
                "opened_at": now,
                "last_seen_at": now,
                "needed_seconds": needed,
                "page": page,
            },
        )
        if clock is None:  # the first lesson ever; another page may open its own at the same moment
            StudyClock.objects.get_or_create(learner=learner, defaults={"progress": row})
            clock = _clocks().get(learner=learner)
        if clock.progress_id == row.pk:
            clock.progress = row  # one row, one object
        if is_new or now >= row.last_seen_at:
            row.needed_seconds = min(row.needed_seconds, needed)
            _take_over(clock, row, page=page, now=now)
    return row


def record_presence(
    *, learner: User, lesson: LessonPage, page: str = "", idle: int = 0, is_visible: bool = True, now: datetime
) -> LessonProgress:
    """
    Account for the time since the learner was last seen in this lesson; a lesson never opened before is opened.

    `idle` is the age of the last action in seconds and `is_visible` whether the page stays visible, as the browser
    tells; neither can make more of the time than the server's clock says. A page that another page of the same lesson
    has followed changes nothing.
    Raises: NotEnrolled.
    Source: docs/rules/study-time.md, rules T1-T2 and T8-T15.
    """
    must_be_enrolled(learner=learner, lesson=lesson)
    with transaction.atomic():
        clock = _clock(learner)
        row = clock and _row(clock, lesson)
        if clock and row:
            if row.page == page:
                _account(clock, row, idle=idle, now=now)
                row.is_visible = is_visible
                row.save(update_fields=PEN)
            return row
    return open_lesson(learner=learner, lesson=lesson, page=page, now=now)


def complete_lesson(*, learner: User, lesson: LessonPage, now: datetime) -> LessonProgress:
    """
    Complete a lesson: enough credited time, its videos watched, and the learner says so, which is a heartbeat too.

    A lesson completed before keeps its first date.
    Raises: NotEnrolled, NotOpenYet, NotOpened; TooEarly and VideosLeft, which say what is left (what counted stays).
    Source: docs/rules/study-time.md, rules T3 and T21.
    """
    enrolment = must_be_enrolled(learner=learner, lesson=lesson)
    must_be_open(enrolment=enrolment, lesson=lesson, now=now)
    left = videos.left(learner=learner, lesson=lesson)
    with transaction.atomic():
        clock = _clock(learner)
        row = clock and _row(clock, lesson)
        if not clock or not row:
            raise NotOpened
        _account(clock, row, idle=0, now=now)
        if row.remaining_seconds == 0 and not left:
            row.completed_at = row.completed_at or now
            _write_down(clock, row)
        row.save(update_fields=[*PEN, "completed_at"])
    if not row.completed_at and row.remaining_seconds:
        raise TooEarly(row.remaining_seconds)
    if not row.completed_at:
        raise videos.VideosLeft(left)
    return row


def close_stretches(*, now: datetime) -> int:
    """
    Write down the running stretches of lessons that nobody has been seen in for ten minutes; return how many.

    Source: docs/rules/study-time.md, rule T15.
    """
    running = LessonProgress.objects.exclude(reason="").filter(last_seen_at__lt=now - QUIET)
    learners = dict(running.order_by("pk").values_list("pk", "learner_id")[:AT_ONCE])
    for pk, learner_pk in learners.items():
        with transaction.atomic():
            clock = _clock(learner_pk)
            row = running.select_for_update().filter(pk=pk).first()
            if clock and row:  # nobody came back meanwhile
                _write_down(clock, row)
                row.save(update_fields=PEN)
    return len(learners)


def is_accruing(row: LessonProgress) -> bool:
    """Say whether this is the lesson that its learner opened last. Source: docs/rules/study-time.md, rule T2."""
    return StudyClock.objects.filter(progress=row).exists()


def is_counting(row: LessonProgress, *, page: str) -> bool:
    """Say whether the page that has just reported is the one that counts: no other page, no other lesson. Rule T2."""
    return row.page == page and row.reason != Reason.ELSEWHERE


def limits() -> Limits:
    return Limits(idle=settings.STUDY_IDLE_SECONDS, day=settings.STUDY_DAY_LIMIT_MINUTES * 60)


def _clock(learner: User | int) -> StudyClock | None:
    """Lock a learner's clock with the lesson that accrues: both are this learner's own rows, so nobody else waits."""
    return _clocks().filter(learner=learner).first()


def _clocks() -> QuerySet[StudyClock]:
    return StudyClock.objects.select_for_update().select_related("progress")


def _row(clock: StudyClock, lesson: LessonPage) -> LessonProgress | None:
    if clock.progress.lesson_id == lesson.pk:
        return clock.progress
    rows = LessonProgress.objects.select_for_update()
    return rows.filter(learner=clock.learner_id, lesson=lesson).first()


def _take_over(clock: StudyClock, row: LessonProgress, *, page: str, now: datetime) -> None:
    """Let a lesson accrue from now on, or from where the time of the one before is accounted for."""
    former = clock.progress
    start = now
    if former.pk != row.pk:
        _write_down(clock, former)
        former.save(update_fields=PEN)
        start = max(now, former.last_seen_at)
    if page and row.page == page:  # the same page of the browser has come back: the time between has a reason
        _account(clock, row, is_accruing=former.pk == row.pk, is_opening=True, idle=0, now=now)
    _write_down(clock, row)
    clock.progress = row
    clock.save(update_fields=["progress"])
    row.page, row.is_visible = page, True
    row.opened_at, row.last_seen_at = now, start
    row.save(update_fields=[*PEN, "opened_at", "needed_seconds"])


def _account(
    clock: StudyClock,
    row: LessonProgress,
    *,
    idle: int,
    now: datetime,
    is_accruing: bool | None = None,
    is_opening: bool = False,
) -> None:
    """Give the time since the row was last seen its reasons."""
    tz = timezone.get_default_timezone()
    gap = Gap(
        since=row.last_seen_at,
        now=now,
        was_visible=row.is_visible,
        is_accruing=clock.progress.pk == row.pk if is_accruing is None else is_accruing,
        is_opening=is_opening,
        idle=idle,
        today=_counted_on(clock, day_of(row.last_seen_at, tz)),
    )
    stretches = account(gap, limits=limits(), tz=tz)
    _extend(clock, row, stretches)
    if not stretches and now - row.last_seen_at >= SECOND:  # away for hours: no part of studying
        _write_down(clock, row)
        row.last_seen_at = now


def _extend(clock: StudyClock, row: LessonProgress, stretches: Iterable[Stretch]) -> None:
    """Let the running stretch go on where reason and day stay the same; else write it down and start another."""
    tz = timezone.get_default_timezone()
    for stretch in stretches:
        since = row.stretch_from if row.reason == stretch.reason else None
        if since is None or day_of(since, tz) != day_of(stretch.started_at, tz):
            _write_down(clock, row)
            row.stretch_from, row.reason = stretch.started_at, stretch.reason.value
        row.last_seen_at = stretch.ended_at
        row.seconds += stretch.seconds


def _write_down(clock: StudyClock, row: LessonProgress) -> None:
    """Turn the running stretch into an interval."""
    if row.stretch_from is None or not row.reason:
        return
    stretch = Stretch(started_at=row.stretch_from, ended_at=row.last_seen_at, reason=Reason(row.reason))
    StudyInterval.objects.create(
        learner_id=row.learner_id,
        lesson_id=row.lesson_id,
        started_at=stretch.started_at,
        ended_at=stretch.ended_at,
        reason=row.reason,
        seconds=stretch.seconds,
    )
    if stretch.seconds:
        day = day_of(stretch.started_at, timezone.get_default_timezone())
        clock.today_seconds = stretch.seconds + (clock.today_seconds if clock.today == day else 0)
        clock.today = day
        clock.save(update_fields=["today", "today_seconds"])
    row.stretch_from, row.reason = None, ""


def _counted_on(clock: StudyClock, day: str) -> int:
    """Return what a day has counted: written down, and running in the lesson that accrues."""
    row, written = clock.progress, clock.today_seconds if clock.today == day else 0
    since = row.stretch_from if row.reason == Reason.COUNTED else None
    if since is None or day_of(since, timezone.get_default_timezone()) != day:
        return written
    return written + (row.last_seen_at - since) // SECOND
