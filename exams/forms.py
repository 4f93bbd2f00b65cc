"""Reading what candidates send."""

import json
from datetime import UTC, datetime

from django import forms
from django.http import HttpRequest

from exams.attempts import BadEntries, Entry, EntryProblem
from lms.errors import DomainError

MAX_BODY_BYTES = 64 * 1024  # 200 choices take some 20 KB, a 简答 at most 8 KB
LAST_STAMP = 253_402_300_799_000  # the year 9999, in milliseconds


class Unreadable(DomainError):
    message = "没有读懂这次发送的内容：要是 JSON 对象，含有列表 entries。答案还在这台设备上，请刷新页面重试。"


class TooLarge(DomainError):
    message = f"一次发送的内容超过 {MAX_BODY_BYTES // 1024} KB，没有保存。请分批发送。"


class StartForm(forms.Form):
    """The tick before the start."""

    has_read_rules = forms.BooleanField(
        label="我已阅读考试须知，知道开始后计时不停",
        error_messages={"required": "请先阅读考试须知并打勾，再开始考试。"},
    )


class AccommodationForm(forms.Form):
    """A candidate's request for 便利安排."""

    reason = forms.CharField(
        label="需要什么安排，为什么需要",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="例如：视力低，需要大字和一倍半时间。不用上传证明；需要核实时，工作人员会联系你。只有你和审核人员看得到。",
        error_messages={"required": "请写明需要什么安排、为什么需要。"},
    )


class AppealForm(forms.Form):
    """Why a candidate wants a second look at the result."""

    reason = forms.CharField(
        label="申请理由",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写明哪一题、哪一项，以及为什么。1–1,000 字。",
        error_messages={"required": "请写明申请理由。"},
    )


def read_entries(request: HttpRequest) -> list[Entry]:
    """Read the entries that a hand-in brings, see `parse_entries`. Raises: TooLarge besides."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal():
        raise Unreadable
    if int(length) > MAX_BODY_BYTES:
        raise TooLarge
    return parse_entries(request.body)


def parse_entries(text: bytes) -> list[Entry]:
    """
    Read a save: `{"entries": [{"seq": 100001, "position": 0, "answer": "B", "client_at": 1795327402000}]}`.

    Units: `client_at` in milliseconds since 1970, or null. An empty list is a pulse.
    Raises: Unreadable; BadEntries naming each entry whose fields have the wrong type.
    """
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as mistake:
        raise Unreadable from mistake
    rows = body.get("entries") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise Unreadable
    problems = [problem for row in rows for problem in _type_problems(row)]
    if problems:
        raise BadEntries(problems)
    return [
        Entry(
            seq=row["seq"],
            position=row["position"],
            answer=row["answer"],
            client_at=_moment(row.get("client_at")),
        )
        for row in rows
    ]


def _type_problems(row: object) -> list[EntryProblem]:
    if not isinstance(row, dict):
        return [EntryProblem(0, "entries", "每条作答要是 JSON 对象。")]
    seq = row.get("seq")
    number = seq if isinstance(seq, int) else 0
    stamp = row.get("client_at")
    checks = (
        ("seq", _is_whole(seq), "序号要是整数。"),
        ("position", _is_whole(row.get("position")), "题目位置要是整数，从 0 开始。"),
        ("answer", isinstance(row.get("answer"), str), "答案要是文字，例如 B、ACD、T；清除写空。"),
        (
            "client_at",
            stamp is None or (_is_whole(stamp) and 0 <= stamp <= LAST_STAMP),
            "时间要是 1970 年起的毫秒数，或 null。",
        ),
    )
    return [EntryProblem(number, field, message) for field, is_good, message in checks if not is_good]


def _is_whole(value: object) -> bool:
    return type(value) is int


def _moment(stamp: int | None) -> datetime | None:
    return None if stamp is None else datetime.fromtimestamp(stamp / 1000, tz=UTC)
