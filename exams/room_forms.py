"""Reading what the page sends beside the answers."""

import json
from datetime import UTC, datetime

from django import forms
from django.http import HttpRequest

from exams.attempts.events import BadEvents, PageEvent
from exams.forms import LAST_STAMP, MAX_BODY_BYTES, TooLarge
from lms.errors import DomainError

MAX_NOTE = 300  # RoomEvent.note


class UnreadableEvents(DomainError):
    message = "没有读懂这次发送的内容：要是 JSON 对象。作答不受影响，请刷新页面。"


class NoteForm(forms.Form):
    """A candidate's explanation of one event, and the page that the event belongs to."""

    session = forms.IntegerField(min_value=1, error_messages={"required": "缺少页面号 session。请刷新页面。"})
    note = forms.CharField(
        max_length=MAX_NOTE,
        error_messages={
            "required": "请写一句原因，或者不说明、直接继续答题。",
            "max_length": "原因最多 %(limit_value)d 字，现在有 %(show_value)d 字。请缩短。",
        },
    )


def read_object(request: HttpRequest) -> dict[str, object]:
    """Read a JSON object. Raises: TooLarge; UnreadableEvents."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal():
        raise UnreadableEvents
    if int(length) > MAX_BODY_BYTES:
        raise TooLarge
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as mistake:
        raise UnreadableEvents from mistake
    if not isinstance(body, dict):
        raise UnreadableEvents
    return body


def read_events(request: HttpRequest) -> tuple[int, list[PageEvent]]:
    """
    Read `{"session": 1, "events": [{"number": 1, "kind": "AWAY", "seconds": 25, "client_at": 1795327402000}]}`.

    Units: `client_at` in milliseconds since 1970, or null. Raises: TooLarge; UnreadableEvents; BadEvents.
    """
    body = read_object(request)
    session, rows = body.get("session"), body.get("events")
    if type(session) is not int or not isinstance(rows, list):
        raise UnreadableEvents("没有读懂这次发送的内容：要有页面号 session 和列表 events。请刷新页面，作答不受影响。")
    return session, [_event(row) for row in rows]


def _event(row: object) -> PageEvent:
    if not isinstance(row, dict):
        raise BadEvents("每件事件要是 JSON 对象。")
    number, kind, seconds = row.get("number"), row.get("kind"), row.get("seconds", 0)
    stamp = row.get("client_at")
    if type(number) is not int or type(seconds) is not int or not isinstance(kind, str):
        raise BadEvents("事件要有整数 number、文字 kind、整数 seconds。")
    if stamp is not None and (type(stamp) is not int or not 0 <= stamp <= LAST_STAMP):
        raise BadEvents("时间要是 1970 年起的毫秒数，或 null。")
    moment = None if stamp is None else datetime.fromtimestamp(stamp / 1000, tz=UTC)
    return PageEvent(number=number, kind=kind, seconds=seconds, client_at=moment)
