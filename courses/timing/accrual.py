"""
What the time between two heartbeats is worth, and why: pure rules of docs/rules/study-time.md.

Times are aware datetimes of the server's clock; durations are whole seconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

PING_SECONDS = 15
CREDIT_LIMIT_SECONDS = 30
AWAY_SECONDS = 4 * 3600
SECOND = timedelta(seconds=1)
Span = tuple[datetime, datetime]
RULE_VERSION = "T-2026.11"


class Reason(StrEnum):
    """Why a stretch of time counts or does not."""

    COUNTED = "COUNTED"
    CORRECTED = "CORRECTED"
    HIDDEN = "HIDDEN"
    IDLE = "IDLE"
    ELSEWHERE = "ELSEWHERE"
    MISSING = "MISSING"
    DAY_LIMIT = "DAY_LIMIT"


REASON_LABELS = {
    Reason.COUNTED: "计入",
    Reason.CORRECTED: "申诉后计入",
    Reason.HIDDEN: "页面不可见",
    Reason.IDLE: "无操作",
    Reason.ELSEWHERE: "多窗口",
    Reason.MISSING: "心跳缺失",
    Reason.DAY_LIMIT: "每日上限",
}
COUNTING = frozenset({Reason.COUNTED, Reason.CORRECTED})


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What no source fixes: after how long without an action time stops, and how much a day may count, in seconds."""

    idle: int
    day: int


@dataclass(frozen=True, kw_only=True)
class Gap:
    """
    The time from the last accounted moment to a heartbeat, and what is known about it.

    `idle` is the age of the last action as the browser tells it; `today` what the day of `since` has counted so far;
    `is_opening`: the page was opened or come back to, so nobody vouches for the time before.
    """

    since: datetime
    now: datetime
    was_visible: bool = True
    is_accruing: bool = True
    is_opening: bool = False
    idle: int = 0
    today: int = 0


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A piece of time with one reason, inside one day."""

    started_at: datetime
    ended_at: datetime
    reason: Reason

    @property
    def length(self) -> int:
        return (self.ended_at - self.started_at) // SECOND

    @property
    def seconds(self) -> int:
        """Return the seconds that count."""
        return self.length if self.reason in COUNTING else 0


def account(gap: Gap, *, limits: Limits, tz: tzinfo) -> list[Stretch]:
    """
    Divide the time since the last accounted moment into stretches with their reasons; a fraction of a second is left.

    A heartbeat vouches for 30 seconds at most. Time from the past, or longer than four hours, is worth no stretch.
    Source: docs/rules/study-time.md, rules T1 and T9-T14.
    """
    length = (gap.now - gap.since) // SECOND
    if not 0 < length <= AWAY_SECONDS:
        return []
    reason = _reason(gap, limits)
    vouched = length if reason in (Reason.HIDDEN, Reason.MISSING) else min(length, CREDIT_LIMIT_SECONDS)
    first_end, end = gap.since + vouched * SECOND, gap.since + length * SECOND
    whole = [
        Stretch(started_at=gap.since, ended_at=first_end, reason=reason),
        Stretch(started_at=first_end, ended_at=end, reason=Reason.MISSING),
    ]
    inside_days = [
        Stretch(started_at=start, ended_at=end, reason=one.reason)
        for one in whole
        for start, end in days_of(one.started_at, one.ended_at, tz)
    ]
    first_day = day_of(gap.since, tz)
    capped = [
        part
        for stretch in inside_days
        for part in _cap(stretch, limits.day - (gap.today if day_of(stretch.started_at, tz) == first_day else 0))
    ]
    return [stretch for stretch in capped if stretch.length]


def day_of(moment: datetime, tz: tzinfo) -> str:
    """Return the day of a moment as people there write it: 2026-11-22."""
    return moment.astimezone(tz).date().isoformat()


def _reason(gap: Gap, limits: Limits) -> Reason:
    if not gap.was_visible:
        return Reason.HIDDEN
    if not gap.is_accruing:
        return Reason.ELSEWHERE
    if gap.is_opening:
        return Reason.MISSING
    return Reason.IDLE if gap.idle >= limits.idle else Reason.COUNTED


def days_of(start: datetime, end: datetime, tz: tzinfo) -> Iterator[Span]:
    """Cut a span at midnight. Seconds stay whole from its start, so a part may reach over by less than one."""
    while day_of(start, tz) != day_of(end, tz):
        following = start.astimezone(tz).date() + timedelta(days=1)
        midnight = datetime.combine(following, time(), tz)
        edge = start - (start - midnight) // SECOND * SECOND  # rounded up
        if edge >= end:
            break
        yield start, edge
        start = edge
    yield start, end


def _cap(stretch: Stretch, left: int) -> Iterator[Stretch]:
    """Let a counted stretch take what is left of its day; the rest is over the day's limit."""
    if stretch.reason != Reason.COUNTED:
        yield stretch
        return
    edge = min(stretch.ended_at, stretch.started_at + max(0, left) * SECOND)
    yield Stretch(started_at=stretch.started_at, ended_at=edge, reason=Reason.COUNTED)
    yield Stretch(started_at=edge, ended_at=stretch.ended_at, reason=Reason.DAY_LIMIT)
