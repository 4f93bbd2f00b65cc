"""
The save path: what an open page posts with its token, answered with a receipt.

The same function answers in front of Django's handler (lms.wsgi) and behind it (the view below); why it needs neither
login session nor CSRF cookie is written in docs/decisions/0007-lean-save-path.md.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from exams import attempts
from exams.forms import MAX_BODY_BYTES, TooLarge, Unreadable, parse_entries
from lms.errors import DomainError

STATUS_OF: dict[type[DomainError], int] = {
    Unreadable: 400,
    attempts.PageUnknown: 403,
    attempts.AttemptClosed: 409,
    TooLarge: 413,
    attempts.BadEntries: 422,
}
REFUSALS = tuple(STATUS_OF)
NOT_YOURS = "没有找到这次考试。请用开始考试的账号登录。"


class Reply(NamedTuple):
    """A status and the JSON that goes with it."""

    status: int
    body: bytes


@login_not_required  # the token says who it is
@csrf_exempt  # and a stranger's page does not know it
@never_cache
@require_POST
def attempt_save(request: HttpRequest, pk: int) -> HttpResponse:
    """
    Store answers and reply with a receipt: `acked_seq` lists what is durable, `conflicts` what found its number taken.

    Refusals, as JSON with a Chinese `message`: 400 not JSON, 403 token, 404 another attempt, 409 handed in, 413 too
    large, 422 not of this paper (`problems` by seq).
    """
    reply = reply_to(environ=request.META, pk=pk, read=lambda: request.body, now=timezone.now())
    return HttpResponse(reply.body, status=reply.status, content_type="application/json")


def reply_to(*, environ: Mapping[str, Any], pk: int, read: Callable[[], bytes], now: datetime) -> Reply:
    """Answer one save for attempt `pk`. `environ` is WSGI's; `read` returns the body and is called if it is small."""
    try:
        page = attempts.read_token(environ.get("HTTP_X_ATTEMPT_TOKEN", ""), now=now)
        if page.attempt != pk:
            return _reply(404, {"message": NOT_YOURS})
        if int(environ.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
            raise TooLarge
        receipt = attempts.save_from_page(page=page, entries=parse_entries(read()), now=now)
    except REFUSALS as refusal:
        problems = refusal.problems if isinstance(refusal, attempts.BadEntries) else ()
        return _reply(
            STATUS_OF[type(refusal)],
            {"message": str(refusal), "problems": [asdict(one) for one in problems], "result_url": _result_url(pk)},
        )
    return _reply(
        200,
        receipt_of(receipt, now=now)
        | {"is_superseded": receipt.session_number > page.session, "result_url": _result_url(pk)},
    )


def receipt_of(receipt: attempts.Receipt, *, now: datetime) -> dict[str, object]:
    """Write a receipt for the page."""
    return {
        "acked_seq": receipt.acked,
        "conflicts": receipt.conflicts,
        "last_seq": receipt.last_seq,
        "is_late": receipt.is_late,
        "server_now": stamp(now),
        "deadline_at": stamp(receipt.deadline_at),
        "session": receipt.session_number,
        "news": receipt.news,
    }


def stamp(moment: datetime) -> str:
    """Write a moment so that every browser reads it: UTC, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


@lru_cache(maxsize=10_000)
def _result_url(pk: int) -> str:
    return reverse("exams:attempt_detail", args=[pk])


def _reply(status: int, value: object) -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False).encode())
