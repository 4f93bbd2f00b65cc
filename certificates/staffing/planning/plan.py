"""The plan that closes a gap: by when, who, which seats, what it costs, and the latest day of each step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, F, Q
from django.utils import timezone

from certificates.staffing.live import LiveRoster
from certificates.staffing.planning import proposals, schedule, timeline
from certificates.staffing.planning.proposals import Proposal
from certificates.staffing.planning.schedule import Milestones, Pace, Window
from certificates.staffing.planning.timeline import Span
from certificates.staffing.readiness.cycle import Due
from courses import learning
from courses.models import CoursePage
from exams.models import Exam, ExamWindow

HOURS_KNOWN_SECONDS = 3600
DEFAULT_COOLDOWN_HOURS = 24


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What to do and by when. `due` None: as soon as possible. `latest` None then, too.

    `windows` None: the exam has none and may be sat at any time. Units: people; fen.
    """

    short: Span
    needed: int
    due: date | None
    due_reason: str
    proposal: Proposal
    course: CoursePage | None
    renewal_course: CoursePage | None
    pace: Pace
    latest: Milestones | None
    earliest: Milestones
    is_late: bool
    windows: list[Window] | None

    @property
    def cost_fen(self) -> int | None:
        return self.proposal.seats * self.course.price_fen if self.course else None

    @property
    def renewal_fen(self) -> int | None:
        """Return what the renewals cost at today's price. Source: docs/rules/planning.md, rule F10."""
        return len(self.proposal.renewals) * self.renewal_course.price_fen if self.renewal_course else None

    @property
    def total_fen(self) -> int | None:
        if self.cost_fen is None or self.renewal_fen is None:
            return None
        return self.cost_fen + self.renewal_fen


def course_on_sale() -> CoursePage | None:
    """Return the course that closes a gap: on sale for the longest time, and no 继续教育."""
    return CoursePage.objects.on_sale().exclude(slug__in=settings.CERTIFICATE_RENEWAL_COURSES).order_by("pk").first()


def renewal_course_on_sale() -> CoursePage | None:
    """Return the 继续教育 course of a renewal, if one is on sale. Source: docs/rules/planning.md, rule F10."""
    return CoursePage.objects.on_sale().filter(slug__in=settings.CERTIFICATE_RENEWAL_COURSES).order_by("pk").first()


def pace_of(*, course: CoursePage | None, exam: Exam | None, hours_per_week: int) -> Pace:
    """
    Return how long a course takes at so many hours a week.

    Its 学时 are counted from every lesson's text, so they are kept for an hour.
    """
    hours = 0
    if course:
        key = f"staffing:study-hours:{course.pk}"
        hours = cache.get_or_set(key, lambda: learning.study_hours(course=course), HOURS_KNOWN_SECONDS) or 0
    return Pace(hours, hours_per_week, exam.cooldown_hours if exam else DEFAULT_COOLDOWN_HOURS)


def exam_of(course: CoursePage | None) -> Exam | None:
    return Exam.objects.open().filter(course=course).order_by("pk").first() if course else None


def make(
    *,
    roster: LiveRoster,
    line: Sequence[Span],
    audits: Sequence[Due],
    now: datetime,
    hours_per_week: int = schedule.HOURS_PER_WEEK,
    wanted: date | None = None,
) -> Plan | None:
    """
    Make the plan that closes the first gap of a line, None if it has none. Nothing is stored.

    Source: docs/rules/planning.md, rules F4-F8.
    """
    short = timeline.first_short(line)
    if short is None:
        return None
    today = timezone.localdate(now)
    due, reason = (wanted, "你填写的日期") if wanted else _due(short, line[0].first, audits)
    course = course_on_sale()
    exam = exam_of(course)
    pace = pace_of(course=course, exam=exam, hours_per_week=hours_per_week)
    earliest = schedule.earliest(today, pace)
    latest = schedule.latest(due, pace) if due else None
    needed = timeline.people_needed(line)
    proposal = proposals.propose(
        roster.people,
        needed=needed,
        today=today,
        short_from=short.first,
        due=due or earliest.certificate,
        sites=roster.sites(),
    )
    last = max(due or earliest.certificate, earliest.certificate)
    return Plan(
        short=short,
        needed=needed,
        due=due,
        due_reason=reason,
        proposal=proposal,
        course=course,
        renewal_course=(renewal_course_on_sale() or course) if proposal.renewals else None,
        pace=pace,
        latest=latest,
        earliest=earliest,
        is_late=bool(latest and latest.order < today),
        windows=_windows(exam, today=today, first=earliest.exam, last=last) if exam else [],
    )


def _due(short: Span, as_of: date, audits: Sequence[Due]) -> tuple[date | None, str]:
    """Return the day by which all are wanted, and why. Source: docs/rules/planning.md, rule F4."""
    if short.first > as_of:
        return short.first, "首次不足日"
    coming = next((audit.day for audit in audits if audit.day > as_of), None)
    return (coming, "下一次审核日") if coming else (None, "现在已经不足")


def _windows(exam: Exam, *, today: date, first: date, last: date) -> list[Window] | None:
    """Return the windows that fit, or None if the exam has none. Source: docs/rules/planning.md, rule F7."""
    rows = list(
        ExamWindow.objects.filter(exam=exam, closes_at__gte=timezone.now() - timedelta(days=1))
        .annotate(taken=Count("registrations", filter=Q(registrations__cancelled_at=None)))
        .filter(Q(capacity=None) | Q(taken__lt=F("capacity")))
    )
    if not rows and not ExamWindow.objects.filter(exam=exam).exists():
        return None
    local = timezone.localdate
    windows = (
        Window(row.title, local(row.opens_at), local(row.closes_at), local(row.registration_closes_at)) for row in rows
    )
    return schedule.fitting(windows, today=today, first=first, last=last)
