"""Where a person stands before an exam: all that decides, in one statement (two if the exam has windows)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Count, Exists, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.utils import timezone

from courses import learning
from courses.models import Enrolment
from exams import eligibility
from exams.models import Accommodation, Attempt, Exam, ExamWindow, Registration
from lms.compiled import Compiled
from lms.users.models import Identity, User

OWN = ("pk", "status", "is_mock", "number", "started_at", "closed_at", "has_passed")
WINDOWS_SHOWN = 30
STATEMENTS_KEPT = 64  # exams × days × places of their courses in the page tree
WINDOWS_LOOK_BACK = timedelta(days=30)  # so that a page can say which one is over


@dataclass(frozen=True)
class Standing:
    """
    A person before an exam at one moment.

    `accommodation` is what an attempt that starts now freezes; it is empty for most people. `open_pk` is the attempt
    that is open, formal or mock; `last_number` and `last_mock_number` number the attempts so far.
    """

    facts: eligibility.Facts
    accommodation: dict[str, Any]
    open_pk: int | None
    last_number: int
    last_mock_number: int

    @property
    def time_factor(self) -> int:
        return int(self.accommodation.get("time_factor", 100))


def standing_of(*, exam: Exam, candidate: User, now: datetime) -> Standing:
    """
    Read where `candidate` stands before `exam`.

    Attempts are counted since the standing enrolment, mock exams never. Source: docs/rules/grading.md, rules G10-G13,
    and docs/rules/exam-room.md, rules R1-R3.
    """
    rows = _statement(exam.pk, exam.course_id, exam.course.path, timezone.localdate(now)).rows(candidate.pk)
    shared = rows[0]
    mine = [row for row in rows if row["own__pk"]]
    formal = [row for row in mine if not row["own__is_mock"]]
    is_awaiting = any(row["own__status"] == Attempt.Status.AWAITING for row in formal)
    still_open = next((row for row in mine if row["own__status"] == Attempt.Status.OPEN), None)
    since = shared["enrolled_at"]
    granted = shared["granted"] or {}
    closed = [timezone.localtime(row["own__closed_at"]) for row in formal if row["own__closed_at"]]
    facts = eligibility.Facts(
        now=timezone.localtime(now),
        is_open=exam.is_open,
        is_enrolled=since is not None,
        lessons_done=shared["lessons_done"],
        lessons_total=shared["lessons_total"],
        has_identity=shared["has_identity"],
        has_passed=any(row["own__has_passed"] for row in formal),
        attempts_used=sum(since is None or row["own__started_at"] >= since for row in formal),
        max_attempts=exam.max_attempts + granted.get("extra_attempts", 0),
        last_closed_at=max(closed, default=None),
        cooldown=timedelta(hours=exam.cooldown_hours),
        has_open_attempt=still_open is not None,
        is_awaiting=is_awaiting,
        has_open_mock=still_open is not None and still_open["own__is_mock"],
        has_mock=exam.has_mock,
        has_windows=shared["has_windows"],
        windows=_windows(exam, candidate, now) if shared["has_windows"] else (),
    )
    return Standing(
        facts=facts,
        accommodation=_frozen(granted),
        open_pk=still_open["own__pk"] if still_open else None,
        last_number=max((row["own__number"] for row in formal), default=0),
        last_mock_number=max((row["own__number"] for row in mine if row["own__is_mock"]), default=0),
    )


def eligibility_of(*, exam: Exam, candidate: User, now: datetime) -> eligibility.Eligibility:
    """
    Decide whether `candidate` may start `exam` now, with every reason against it.

    Source: docs/rules/grading.md, rules G10-G13.
    """
    return eligibility.decide(standing_of(exam=exam, candidate=candidate, now=now).facts)


@lru_cache(maxsize=STATEMENTS_KEPT)
def _statement(exam: int, course: int, course_path: str, day: date) -> Compiled:
    """Everything about a person before an exam on one day: a row for each attempt so far, or one without."""

    def build(person: int) -> QuerySet[Any]:
        candidate = User(pk=person)
        enrolments = Enrolment.objects.standing().of(candidate).filter(course=course)
        return (
            Exam.objects.filter(pk=exam)
            .annotate(
                own=FilteredRelation("attempts", condition=Q(attempts__candidate=candidate)),
                enrolled_at=Subquery(enrolments.values("enrolled_at")[:1]),
                has_identity=Exists(Identity.objects.filter(user=candidate)),
                has_windows=Exists(ExamWindow.objects.filter(exam=OuterRef("pk"))),
                granted=Subquery(_granted(candidate, day)),
                **learning.lesson_counts(learner=candidate, course_path=course_path),
            )
            .values(
                *("enrolled_at", "has_identity", "has_windows", "granted", "lessons_total", "lessons_done"),
                *(f"own__{name}" for name in OWN),
            )
        )

    return Compiled(build)


def _granted(candidate: User, day: date) -> Any:
    """Select what is approved for the person on that day, as one JSON value. Source: exam-room.md, rule R2."""
    fields = ("time_factor", "larger_type", "hidden_timer", "extra_attempts")
    standing = Accommodation.objects.of(candidate).standing(day)
    return standing.values(granted=JSONObject(**{name: name for name in fields}))[:1]


def _frozen(granted: dict[str, Any]) -> dict[str, Any]:
    if not granted:
        return {}
    return {
        "time_factor": granted["time_factor"],
        "larger_type": bool(granted["larger_type"]),  # SQLite's JSON writes 1
        "hidden_timer": bool(granted["hidden_timer"]),
    }


def _windows(exam: Exam, candidate: User, now: datetime) -> tuple[eligibility.Window, ...]:
    recent = ExamWindow.objects.filter(exam=exam, closes_at__gt=now - WINDOWS_LOOK_BACK)
    places = Registration.objects.standing().filter(window=OuterRef("pk"))
    taken = places.order_by().values("window").annotate(count=Count("pk")).values("count")
    rows = recent.annotate(taken=Coalesce(Subquery(taken), 0), is_registered=Exists(places.of(candidate))).order_by(
        "opens_at", "pk"
    )
    return tuple(
        eligibility.Window(
            pk=row.pk,
            title=row.title,
            registration_opens_at=timezone.localtime(row.registration_opens_at),
            registration_closes_at=timezone.localtime(row.registration_closes_at),
            opens_at=timezone.localtime(row.opens_at),
            closes_at=timezone.localtime(row.closes_at),
            is_registered=row.is_registered,
            places_left=None if row.capacity is None else max(0, row.capacity - row.taken),
        )
        for row in rows[:WINDOWS_SHOWN]
    )
