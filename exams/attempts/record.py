"""
What happened in the room beside the answers, in the order of time: pages, events, extensions, messages. Reads only.

Source: docs/rules/grading.md, rule G14; docs/rules/exam-room.md, rules R4-R6.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from exams.attempts.devices import device_in_words
from exams.attempts.evidence import lasting, written
from exams.models import Attempt


@dataclass(frozen=True)
class Line:
    """
    One thing that happened. `note` is what the candidate or the invigilator said about it.

    `person` and `ip` are for staff alone: rule R6.7 and docs/rules/privacy.md, rule V9.
    """

    at: datetime
    what: str
    text: str = ""
    note: str = ""
    session: int | None = None
    device_at: datetime | None = None
    person: str = ""
    ip: str = ""

    @property
    def time(self) -> str:
        """When, as in the rest of the record."""
        return written(self.at)

    @property
    def device(self) -> str:
        """What the device's clock said; "" if it said nothing."""
        return written(self.device_at) if self.device_at else ""


def devices_of(attempt: Attempt) -> dict[int, tuple[str, str]]:
    """Each page's device in words and its IP, by session number."""
    rows = attempt.sessions.values_list("number", "user_agent", "ip")
    return {number: (device_in_words(user_agent), ip or "") for number, user_agent, ip in rows}


def lines_of(attempt: Attempt) -> list[Line]:
    """Read the whole course of an attempt in four statements, oldest first."""
    lines = [*_pages(attempt), *_events(attempt), *_extensions(attempt), *_messages(attempt)]
    if attempt.closed_by == Attempt.ClosedBy.INVIGILATOR and attempt.closed_at:
        person = str(attempt.forced_by)
        lines.append(Line(at=attempt.closed_at, what="监考收卷", note=attempt.forced_reason, person=person))
    return sorted(lines, key=lambda line: line.at)


def _pages(attempt: Attempt) -> Iterator[Line]:
    for page in attempt.sessions.order_by("number"):
        yield Line(
            at=page.opened_at,
            what="打开考试页面",
            text=f"{device_in_words(page.user_agent)}；最近在线 {written(page.seen_at)}",
            session=page.number,
            ip=page.ip or "",
        )


def _events(attempt: Attempt) -> Iterator[Line]:
    for event in attempt.events.order_by("pk"):
        yield Line(
            at=event.received_at,
            what=event.get_kind_display(),
            text=f"持续 {_seconds(event.seconds)}" if event.seconds else "",
            note=event.note,
            session=event.session_number,
            device_at=event.client_at,
        )


def _extensions(attempt: Attempt) -> Iterator[Line]:
    for extension in attempt.extensions.select_related("granted_by"):
        bell = f"{written(extension.old_deadline_at)} → {written(extension.new_deadline_at)}"
        yield Line(
            at=extension.granted_at,
            what="延时",
            text=f"{extension.minutes} 分钟，截止 {bell}",
            note=extension.reason,
            person=str(extension.granted_by),
        )


def _messages(attempt: Attempt) -> Iterator[Line]:
    for message in attempt.messages.select_related("sent_by"):
        shown = f"显示于 {written(message.shown_at)}" if message.shown_at else "没有在页面上显示过"
        yield Line(at=message.sent_at, what="监考消息", text=shown, note=message.text, person=str(message.sent_by))


def _seconds(seconds: int) -> str:
    return f"{seconds} 秒" if seconds < 60 else lasting(timedelta(seconds=seconds))
