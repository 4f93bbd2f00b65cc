"""
Who sits in the room right now, for the people who watch over it. Reads only; it closes nothing and judges nobody.

The whole room costs a fixed number of statements, the journal is read for the page that is shown.
Source: docs/rules/exam-room.md, rule R6.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, FilteredRelation, Func, IntegerField, Max, Q, QuerySet, Sum, TextChoices, Window
from django.db.models.functions import RowNumber

from exams.models import AnswerEntry, Attempt, Exam, ExamWindow, Extension, Registration, RoomEvent

ONLINE_FOR = timedelta(seconds=75)  # pages send a sign every 30 s; two may get lost
SHOWN_FOR = timedelta(hours=24)  # attempts of an exam without windows stay on the board


class Presence(TextChoices):
    """What an invigilator has to know first, in the order of urgency."""

    LOST = "LOST", "断线"
    SITTING = "SITTING", "在考"
    ABSENT = "ABSENT", "未开始"
    DONE = "DONE", "已交"


class Order(TextChoices):
    """How the rows may be sorted; the name decides between equals."""

    STATE = "state", "状态"
    NAME = "name", "姓名"
    LEFT = "left", "剩余时间少的在前"
    SEEN = "seen", "最久没有消息的在前"
    AWAY = "away", "离开次数多的在前"


@dataclass(frozen=True)
class Seat:
    """
    One candidate in the room. `attempt` is None until they start; `seen_at` is their newest page's last sign of life.
    """

    key: str
    attempt: int | None
    name: str
    account: str
    presence: Presence
    deadline_at: datetime | None = None
    seen_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str = ""

    @property
    def is_open(self) -> bool:
        return self.presence in (Presence.LOST, Presence.SITTING)


@dataclass(frozen=True)
class Details:
    """What the board adds for the rows that it shows. `away` and its siblings count events; `note` is the latest."""

    answered: int = 0
    questions: int = 0
    away: int = 0
    away_seconds: int = 0
    offline: int = 0
    pastes: int = 0
    note: str = ""
    minutes: int = 0


def seats_of(*, exam: Exam, window: ExamWindow | None, now: datetime) -> list[Seat]:
    """Return everybody in the room, unsorted: three statements, whatever their number."""
    rows = attempts_of(exam=exam, window=window, now=now)
    seats = [_seat(*row, now=now) for row in _values(rows)]
    if window is None:
        return seats
    started = rows.values("candidate")
    absent = Registration.objects.filter(window=window, cancelled_at=None).exclude(candidate__in=started)
    return seats + [
        Seat(key=f"r{pk}", attempt=None, name=real or name or email, account=email, presence=Presence.ABSENT)
        for pk, name, email, real in absent.values_list(
            "pk", "candidate__name", "candidate__email", "candidate__identity__real_name"
        )
    ]


def attempts_of(*, exam: Exam, window: ExamWindow | None, now: datetime) -> QuerySet[Attempt]:
    """Formal attempts of a window, or without one those that are open or began within a day."""
    rows = Attempt.objects.formal().filter(exam=exam)
    if window is not None:
        return rows.filter(window=window)
    return rows.filter(Q(status=Attempt.Status.OPEN) | Q(started_at__gt=now - SHOWN_FOR))


def counts_of(seats: Iterable[Seat]) -> dict[Presence, int]:
    """How many are in each state; every state is named."""
    counted = Counter(seat.presence for seat in seats)
    return {presence: counted[presence] for presence in Presence}


def arranged(
    seats: Iterable[Seat], *, presence: str, words: str, order: str, exam: Exam, window: ExamWindow | None
) -> list[Seat]:
    """Filter by state and by a part of the name or account, then sort; only sorting by absences asks the database."""
    wanted = words.strip().casefold()
    chosen = [
        seat
        for seat in seats
        if presence in ("", seat.presence) and wanted in f"{seat.name}\n{seat.account}".casefold()
    ]
    away: dict[int | None, int] = {}
    if order == Order.AWAY:
        events = RoomEvent.objects.filter(attempt__exam=exam, kind=RoomEvent.Kind.AWAY)
        events = events.filter(attempt__window=window) if window else events
        away = dict(events.values_list("attempt").annotate(Count("pk")))
    ranks = {presence: rank for rank, presence in enumerate(Presence)}

    def key(seat: Seat) -> tuple[Any, ...]:
        if order in (Order.LEFT, Order.SEEN):
            moment = seat.deadline_at if order == Order.LEFT else seat.seen_at
            return not seat.is_open, seat.is_open and moment, seat.name, seat.key
        if order == Order.AWAY:
            return -away.get(seat.attempt, 0), seat.name, seat.key
        return 0 if order == Order.NAME else ranks[seat.presence], seat.name, seat.key

    return sorted(chosen, key=key)


def details_of(seats: Sequence[Seat]) -> dict[int, Details]:
    """Read events, extensions and answered questions of the seats shown, in five statements."""
    pks = [seat.attempt for seat in seats if seat.attempt is not None]
    questions = dict(Attempt.objects.filter(pk__in=pks).values_list("pk", JSONLength("paper")))
    answered = _answered(pks)
    minutes = dict(Extension.objects.filter(attempt__in=pks).order_by().values_list("attempt").annotate(Sum("minutes")))
    kinds = RoomEvent.Kind
    events = {
        pk: tuple(counts)
        for pk, *counts in RoomEvent.objects.filter(attempt__in=pks)
        .values_list("attempt")
        .annotate(
            away=Count("pk", filter=Q(kind=kinds.AWAY)),
            away_seconds=Sum("seconds", filter=Q(kind=kinds.AWAY), default=0),
            offline=Count("pk", filter=Q(kind=kinds.OFFLINE)),
            pastes=Count("pk", filter=Q(kind=kinds.PASTE)),
            last_note=Max("pk", filter=~Q(note="")),
        )
    }
    noted = [last_note for *_, last_note in events.values() if last_note]
    notes = dict(RoomEvent.objects.filter(pk__in=noted).values_list("pk", "note"))
    details = {}
    for pk in pks:
        away, away_seconds, offline, pastes, last_note = events.get(pk, (0, 0, 0, 0, None))
        details[pk] = Details(
            answered=answered[pk],
            questions=questions.get(pk, 0),
            away=away,
            away_seconds=away_seconds,
            offline=offline,
            pastes=pastes,
            note=notes.get(last_note, ""),
            minutes=minutes.get(pk, 0),
        )
    return details


class JSONLength(Func):
    """How long a stored JSON list is, without fetching it."""

    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="jsonb_array_length", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="json_array_length", **context)


def _values(rows: QuerySet[Attempt]) -> Iterable[tuple[Any, ...]]:
    """Each attempt with the last sign of its newest page."""
    return rows.annotate(
        newest=FilteredRelation("sessions", condition=Q(sessions__number=F("session_number")))
    ).values_list(
        "pk",
        "status",
        "started_at",
        "deadline_at",
        "closed_at",
        "closed_by",
        "newest__seen_at",
        "candidate__name",
        "candidate__email",
        "candidate__identity__real_name",
    )


def _seat(
    pk: int,
    status: str,
    started_at: datetime,
    deadline_at: datetime,
    closed_at: datetime | None,
    closed_by: str,
    seen_at: datetime | None,
    name: str,
    email: str,
    real: str | None,
    *,
    now: datetime,
) -> Seat:
    seen_at = seen_at or started_at
    presence = Presence.LOST if now - seen_at > ONLINE_FOR else Presence.SITTING
    return Seat(
        key=f"a{pk}",
        attempt=pk,
        name=real or name or email,
        account=email,
        presence=presence if status == Attempt.Status.OPEN else Presence.DONE,
        deadline_at=deadline_at,
        seen_at=seen_at,
        closed_at=closed_at,
        closed_by=Attempt.ClosedBy(closed_by).label if closed_by else "",
    )


def _answered(pks: Sequence[int]) -> Counter[int]:
    """How many questions of each attempt have an answer that stands; a cleared one has none."""
    latest = (
        AnswerEntry.objects.filter(attempt__in=pks, is_late=False)
        .annotate(
            rank=Window(RowNumber(), partition_by=[F("attempt"), F("position")], order_by=F("seq").desc()),
        )
        .filter(rank=1)
        .values_list("attempt", "answer")
    )
    return Counter(attempt for attempt, answer in latest if answer)
