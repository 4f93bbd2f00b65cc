"""From a deadline back to the day to order, or from today on to the earliest certificate. Days, never hours."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

HOURS_PER_WEEK = 4  # rule F6; people may choose
ORDER_DAYS = 3
STUDY_HOUR_MINUTES = 45
WINDOWS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things take. Units: 学时 of 45 minutes; hours a week; hours between two attempts."""

    study_hours: int
    hours_per_week: int = HOURS_PER_WEEK
    cooldown_hours: int = 24

    @property
    def study_days(self) -> int:
        """Return the days that studying takes, at least one. Source: docs/rules/planning.md, rule F6."""
        return max(1, -(-self.study_hours * STUDY_HOUR_MINUTES * 7 // (self.hours_per_week * 60)))

    @property
    def resit_days(self) -> int:
        """Return the days that one re-sit takes. Source: docs/rules/planning.md, rule F6."""
        return -(-self.cooldown_hours // 24) + 1


@dataclass(frozen=True, slots=True)
class Milestones:
    """The days on which, at the latest or at the earliest, each step is done."""

    order: date
    start: date
    study_end: date
    exam: date
    certificate: date


@dataclass(frozen=True, slots=True)
class Window:
    """One 考期: when it may be sat, and until when one registers. Days in Asia/Shanghai, both ends included."""

    title: str
    opens_on: date
    closes_on: date
    register_by: date


def latest(deadline: date, pace: Pace) -> Milestones:
    """Return the latest day of each step for a certificate on the deadline. Source: docs/rules/planning.md, rule F6."""
    exam = deadline - timedelta(days=pace.resit_days)
    study_end = exam - timedelta(days=1)
    start = study_end - timedelta(days=pace.study_days - 1)
    return Milestones(start - timedelta(days=ORDER_DAYS), start, study_end, exam, deadline)


def earliest(today: date, pace: Pace) -> Milestones:
    """
    Return the earliest day of each step for an order today, if the first attempt passes.

    Source: docs/rules/planning.md, rules F6 and F9.
    """
    start = today + timedelta(days=ORDER_DAYS)
    study_end = start + timedelta(days=pace.study_days - 1)
    exam = study_end + timedelta(days=1)
    return Milestones(today, start, study_end, exam, exam)


def fitting(windows: Iterable[Window], *, today: date, first: date, last: date) -> list[Window]:
    """
    Return the windows that meet the days first to last and still take registrations, soonest first, at most six.

    Source: docs/rules/planning.md, rule F7.
    """
    found = [w for w in windows if w.register_by >= today and w.opens_on <= last and w.closes_on >= first]
    return sorted(found, key=lambda w: (w.opens_on, w.closes_on, w.title))[:WINDOWS_SHOWN]
