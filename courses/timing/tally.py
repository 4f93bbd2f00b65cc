"""From intervals to seconds: a day's, a lesson's, all of them. Pure. Source: docs/rules/study-time.md, rule T17."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from courses.timing.accrual import COUNTING, SECOND, Reason, Span, days_of


@dataclass(frozen=True, kw_only=True)
class Interval:
    """One stored interval of one learner; `lesson` is the lesson's key."""

    lesson: int
    started_at: datetime
    ended_at: datetime
    reason: Reason


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Seconds that count. The days' sum, the lessons' sum and the total are the same number."""

    total: int
    by_day: dict[date, int]
    by_lesson: dict[int, int]
    lost: dict[Reason, int]


def tally(intervals: Iterable[Interval], *, tz: tzinfo) -> Tally:
    """
    Add the intervals of one learner up. A moment counts once, whatever the number of intervals that claim it.

    So the result never exceeds the time that has passed, on no day and in all, and the order does not matter.
    Source: docs/rules/study-time.md, rule T17.
    """
    covered: list[Span] = []
    by_day: dict[date, int] = defaultdict(int)
    by_lesson: dict[int, int] = defaultdict(int)
    lost: dict[Reason, int] = defaultdict(int)
    for one in sorted(intervals, key=_place):
        if one.reason not in COUNTING:
            lost[one.reason] += max(0, (one.ended_at - one.started_at) // SECOND)
            continue
        for start, end in free_parts((one.started_at, one.ended_at), covered):
            for part_start, part_end in days_of(start, end, tz):
                seconds = (part_end - part_start) // SECOND
                by_day[part_start.astimezone(tz).date()] += seconds
                by_lesson[one.lesson] += seconds
        _cover(covered, (one.started_at, one.ended_at))
    return Tally(total=sum(by_lesson.values()), by_day=dict(by_day), by_lesson=dict(by_lesson), lost=dict(lost))


def free_parts(span: Span, covered: list[Span]) -> list[Span]:
    """Return the parts of a span that none of the sorted, disjoint covered spans touches."""
    start, end = span
    parts = []
    for taken_start, taken_end in covered:
        if taken_end <= start or taken_start >= end:
            continue
        if start < taken_start:
            parts.append((start, taken_start))
        start = max(start, taken_end)
    return [*parts, (start, end)] if start < end else parts


def joined(spans: Iterable[Span]) -> list[Span]:
    """Sort spans and join those that touch."""
    covered: list[Span] = []
    for span in sorted(spans):
        _cover(covered, span)
    return covered


def _cover(covered: list[Span], span: Span) -> None:
    """Add a span to the sorted, disjoint ones, joining what it touches."""
    start, end = span
    if end <= start:
        return
    first = bisect_left(covered, start, key=lambda taken: taken[1])
    last = first
    while last < len(covered) and covered[last][0] <= end:
        start, end = min(start, covered[last][0]), max(end, covered[last][1])
        last += 1
    covered[first:last] = [(start, end)]


def _place(one: Interval) -> tuple[bool, datetime, datetime, int]:
    """A correction comes after what the clock itself counted."""
    return one.reason == Reason.CORRECTED, one.started_at, one.ended_at, one.lesson
