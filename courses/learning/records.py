"""Reading a learner's study record: days, intervals, sums. Nothing here writes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from courses import progress
from courses.models import LessonProgress, StudyAppeal, StudyInterval
from courses.timing.accrual import COUNTING, REASON_LABELS, Reason
from courses.timing.tally import Interval, Tally, tally
from lms.users.models import User


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the record; `interval` is None for the stretch that is still running."""

    lesson_pk: int
    lesson_title: str
    started_at: datetime
    ended_at: datetime
    reason: Reason
    interval: StudyInterval | None = None
    appeal: StudyAppeal | None = None

    @property
    def label(self) -> str:
        return REASON_LABELS[self.reason]

    @property
    def counts(self) -> bool:
        return self.reason in COUNTING

    @property
    def length_text(self) -> str:
        return progress.duration_text(int((self.ended_at - self.started_at).total_seconds()))


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day of the record. `counted` and `lost` are seconds."""

    day: date
    entries: Sequence[Entry]
    counted: int

    @property
    def counted_text(self) -> str:
        return progress.duration_text(self.counted)


def days_with_entries(*, learner: User) -> list[date]:
    """Return the days on which anything was recorded, newest first, in two queries."""
    written = StudyInterval.objects.of(learner).datetimes("started_at", "day", order="DESC")
    running = [row.stretch_from for row in _running(learner) if row.stretch_from]
    return sorted({timezone.localdate(moment) for moment in [*written, *running]}, reverse=True)


def read(*, learner: User, days: Collection[date]) -> list[Day]:
    """
    Return some days of a learner's record, newest first, each with its entries from morning on; two queries.

    Source: docs/rules/study-time.md, rule T23.
    """
    if not days:
        return []
    first, after = _edge(min(days)), _edge(max(days) + timedelta(days=1))
    found = [
        Entry(
            lesson_pk=one.lesson_id,
            lesson_title=one.lesson.title,
            started_at=one.started_at,
            ended_at=one.ended_at,
            reason=Reason(one.reason),
            interval=one,
            appeal=getattr(one, "appeal", None),
        )
        for one in StudyInterval.objects.of(learner)
        .filter(started_at__gte=first, started_at__lt=after)
        .select_related("lesson", "appeal")
        .defer("lesson__body")
    ]
    found += [one for one in _running_entries(learner) if first <= one.started_at < after]
    sums = add_up(found).by_day
    by_day: dict[date, list[Entry]] = {day: [] for day in sorted(days, reverse=True)}
    for one in sorted(found, key=lambda entry: (entry.started_at, entry.ended_at)):
        by_day.setdefault(timezone.localdate(one.started_at), []).append(one)
    return [Day(day=day, entries=by_day[day], counted=sums.get(day, 0)) for day in by_day if by_day[day]]


def whole(*, learner: User, lessons: Collection[int] | None = None) -> list[Entry]:
    """Return the whole record of a learner, or that in some lessons, oldest first; two queries."""
    rows = StudyInterval.objects.of(learner).select_related("lesson", "appeal").defer("lesson__body")
    if lessons is not None:
        rows = rows.filter(lesson__in=lessons)
    written = [
        Entry(
            lesson_pk=one.lesson_id,
            lesson_title=one.lesson.title,
            started_at=one.started_at,
            ended_at=one.ended_at,
            reason=Reason(one.reason),
            interval=one,
            appeal=getattr(one, "appeal", None),
        )
        for one in rows.order_by("started_at", "pk")
    ]
    running = [one for one in _running_entries(learner) if lessons is None or one.lesson_pk in lessons]
    return [*written, *running]


def add_up(entries: Sequence[Entry]) -> Tally:
    """Add entries up by the pure rule. Source: docs/rules/study-time.md, rule T17."""
    return tally(
        (
            Interval(lesson=one.lesson_pk, started_at=one.started_at, ended_at=one.ended_at, reason=one.reason)
            for one in entries
        ),
        tz=timezone.get_default_timezone(),
    )


def _running(learner: User) -> list[LessonProgress]:
    rows = LessonProgress.objects.of(learner).exclude(reason="").exclude(stretch_from=None)
    return list(rows.select_related("lesson").defer("lesson__body"))


def _running_entries(learner: User) -> list[Entry]:
    return [
        Entry(
            lesson_pk=row.lesson_id,
            lesson_title=row.lesson.title,
            started_at=row.stretch_from,
            ended_at=row.last_seen_at,
            reason=Reason(row.reason),
        )
        for row in _running(learner)
        if row.stretch_from
    ]


def _edge(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.get_default_timezone())
