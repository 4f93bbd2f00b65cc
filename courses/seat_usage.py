"""What a company reads about its seats: how many are where, and how far each person is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from courses import learning
from courses.models import CoursePage, LessonProgress, Seat
from courses.models.seats import SeatQuerySet

FILTERS = {  # what a list of seats can be narrowed to, in the order of a seat's life
    "free": ("未指定", Q(state=Seat.State.FREE)),
    "named": ("已邀请", Q(state=Seat.State.NAMED)),
    "taken": ("已加入", Q(state=Seat.State.TAKEN)),
    "studying": ("学习中", Q(state=Seat.State.USED, lessons_done__lt=F("lessons_total"))),
    "finished": ("已学完", Q(state=Seat.State.USED, lessons_done__gte=F("lessons_total"))),
    "expired": ("已过期", Q(state=Seat.State.EXPIRED)),
    "reclaimed": ("已收回", Q(state=Seat.State.RECLAIMED)),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the usage page, and the filter that lists its rows."""

    name: str
    label: str
    count: int


def with_progress(seats: SeatQuerySet) -> SeatQuerySet:
    """
    Annotate seats with `lessons_done` and `lessons_total` of their learner in the edition that they study.

    Two queries go before. Source: docs/rules/seats.md, rule S8.
    """
    studied = Coalesce("enrolment__course", "batch__course")
    seats = seats.annotate(studied=studied, studied_path=Coalesce("enrolment__course__path", "batch__course__path"))
    courses = CoursePage.objects.filter(pk__in=seats.order_by().values_list(studied))
    lessons = learning.lessons_by_course(courses=list(courses))
    done = (
        LessonProgress.objects.filter(learner=OuterRef("learner"), completed_at__isnull=False)
        .filter(lesson__path__startswith=OuterRef("studied_path"))
        .filter(lesson__in=[pk for pks in lessons.values() for pk in pks])
        .order_by()
        .values("learner")
        .annotate(count=Count("pk"))
        .values("count")
    )
    totals = [When(studied=pk, then=Value(max(1, len(pks)))) for pk, pks in lessons.items()]
    # a course without lessons is finished by nobody
    total = Case(*totals, default=Value(1), output_field=IntegerField())
    return seats.annotate(lessons_done=Coalesce(Subquery(done), 0), lessons_total=total)


def figures(seats: SeatQuerySet) -> list[Figure]:
    """Count annotated seats by where they are. Source: docs/rules/seats.md, rule S8."""
    counted = {name: Count("pk", filter=condition) for name, (_, condition) in FILTERS.items()}
    counts = seats.order_by().aggregate(**counted)
    return [Figure(name, label, counts[name]) for name, (label, _) in FILTERS.items()]


def narrow(seats: SeatQuerySet, *, name: str, text: str) -> SeatQuerySet:
    """Keep annotated seats of one filter whose person's name or address contains the text."""
    if name in FILTERS:
        seats = seats.filter(FILTERS[name][1])
    if text:
        seats = seats.filter(Q(email__icontains=text) | Q(person_name__icontains=text))
    return seats


def label_of(seat: Seat) -> str:
    """Return the name of the filter an annotated seat is under."""
    if seat.state != Seat.State.USED:
        return seat.state.lower()
    return "finished" if seat.lessons_done >= seat.lessons_total else "studying"  # type: ignore[attr-defined]  # annotated


def rows(seats: Iterable[Seat]) -> Sequence[tuple[Seat, str, str]]:
    """Return annotated seats with the name and the word of where they are."""
    return [(seat, name, FILTERS[name][0]) for seat in seats for name in [label_of(seat)]]
