"""What the page noticed beside the answers: absences, offline spells, pastes. Evidence for a person, no verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from exams.models import Attempt, RoomEvent
from lms.errors import DomainError

MAX_EVENTS = 500  # per attempt
MAX_EVENT_BATCH = 50
MAX_NUMBER = 10_000
MAX_SECONDS = 86_400
ROOM_STAYS_OPEN = timedelta(hours=24)  # after closing: a device that was offline over the bell comes back


@dataclass(frozen=True)
class PageEvent:
    """One event as the page sends it. `seconds` it lasted; `client_at` is evidence only, like that of an answer."""

    number: int
    kind: str
    seconds: int = 0
    client_at: datetime | None = None


@dataclass(frozen=True)
class EventTally:
    """The numbers on record, and how often and how long (seconds) the candidate has been away in this attempt."""

    recorded: tuple[int, ...]
    away_count: int
    away_seconds: int


class BadEvents(DomainError):
    message = "有事件不符合要求，没有记录。请刷新页面；作答不受影响。"


class TooManyEvents(DomainError):
    message = f"这次考试已经记录 {MAX_EVENTS} 件事件，不再增加。作答不受影响，请继续答题。"


class RoomClosed(DomainError):
    message = "交卷已超过 24 小时，考场记录不再变动。如需说明，请申请成绩复核。"


@transaction.atomic
def record_events(*, attempt: Attempt, session_number: int, events: Sequence[PageEvent], now: datetime) -> EventTally:
    """
    Put events of one page on record; sending the same event again is harmless, the first content stays.

    Raises: BadEvents if one cannot belong to this attempt, TooManyEvents beyond 500 an attempt (nothing is stored
    then); RoomClosed 24 hours after closing. Source: docs/rules/exam-room.md, rule R5.
    """
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    _check_open(locked, now)
    _check(events, session_number=session_number, sessions=locked.session_number)
    stored = list(locked.events.values_list("session_number", "number", "kind", "seconds"))
    known = {(session, number) for session, number, _, _ in stored}
    fresh = {event.number: event for event in reversed(events) if (session_number, event.number) not in known}
    if len(stored) + len(fresh) > MAX_EVENTS:
        raise TooManyEvents
    RoomEvent.objects.bulk_create(
        RoomEvent(
            attempt=locked,
            session_number=session_number,
            number=event.number,
            kind=event.kind,
            seconds=event.seconds,
            client_at=event.client_at,
            received_at=now,
        )
        for event in fresh.values()
    )
    spells = [(kind, seconds) for _, _, kind, seconds in stored] + [(e.kind, e.seconds) for e in fresh.values()]
    away = [seconds for kind, seconds in spells if kind == RoomEvent.Kind.AWAY]
    return EventTally(
        recorded=tuple(sorted({event.number for event in events})), away_count=len(away), away_seconds=sum(away)
    )


@transaction.atomic
def explain_event(*, event: RoomEvent, note: str, now: datetime) -> RoomEvent:
    """
    Keep the candidate's explanation of an event; a later one takes its place.

    Raises: RoomClosed 24 hours after closing. Source: docs/rules/exam-room.md, rule R5.
    """
    locked = RoomEvent.objects.select_for_update().get(pk=event.pk)
    _check_open(locked.attempt, now)
    locked.note = note
    locked.save(update_fields=["note"])
    return locked


def _check_open(attempt: Attempt, now: datetime) -> None:
    if attempt.closed_at is not None and now > attempt.closed_at + ROOM_STAYS_OPEN:
        raise RoomClosed


def _check(events: Sequence[PageEvent], *, session_number: int, sessions: int) -> None:
    if len(events) > MAX_EVENT_BATCH:
        raise BadEvents(f"一次最多送 {MAX_EVENT_BATCH} 件事件，这次有 {len(events)} 件。请分批发送。")
    if not 1 <= session_number <= sessions:
        raise BadEvents("没有这个考试页面：session 要是这次考试打开过的页面号。请刷新页面。")
    for event in events:
        if event.kind not in RoomEvent.Kind.values:
            raise BadEvents(f"没有这种事件。可以是 {'、'.join(RoomEvent.Kind.values)}。")
        if not 1 <= event.number <= MAX_NUMBER:
            raise BadEvents(f"事件序号要在 1 到 {MAX_NUMBER} 之间。")
        if not 0 <= event.seconds <= MAX_SECONDS:
            raise BadEvents(f"持续时间要在 0 到 {MAX_SECONDS} 秒之间。")
