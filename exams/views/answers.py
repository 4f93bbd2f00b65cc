"""
The save path: what an open page posts with its token, answered with a receipt.

The same function answers in front of Django's handler (lms.wsgi) and behind it (the view below); why it needs neither
login session nor CSRF cookie is written in docs/decisions/0007-lean-save-path.md.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError, close_old_connections
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from exams import attempts
from exams.forms import MAX_BODY_BYTES, TooLarge, Unreadable, parse_entries
from exams.models import Exam
from exams.views.safe_browser import refused_json
from lms.errors import DomainError
from lms.outages import is_outage

NOT_YOURS = "没有找到这次考试。请用开始考试的账号登录。"


BROKEN = "服务器出错了，这次没有保存。答案还在这台设备上，页面会自动再送。"
AWAY = "数据库暂时连不上，这次没有保存。答案还在这台设备上，页面会自动再送。"
JSON = "application/json"
HEADERS = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
PATH = re.compile(r"/exams/attempts/([0-9]{1,18})/answers/")
PACE = attempts.Pace()

StartResponse = Callable[..., Callable[[bytes], object]]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]
log = structlog.get_logger(__name__)


class ForeignPage(DomainError):
    message = "只接受从本站考试页面发送的作答。请回到考试页面。"


STATUS_OF: dict[type[DomainError], int] = {
    Unreadable: 400,
    ForeignPage: 403,
    attempts.PageUnknown: 403,
    attempts.AttemptClosed: 409,
    TooLarge: 413,
    attempts.BadEntries: 422,
    attempts.TooFast: 429,
}
REFUSALS = tuple(STATUS_OF)


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
    candidate = _in_safe_browser(request.META)
    if candidate is not None:
        exam = get_object_or_404(Exam, attempts=pk)
        if refusal := refused_json(request, exam, candidate=candidate):
            return refusal
    reply = reply_to(environ=request.META, pk=pk, read=request.read, now=timezone.now())
    return HttpResponse(reply.body, status=reply.status, content_type=JSON)


def in_front_of(site: Application) -> Application:
    """Return a WSGI application that answers saves itself and leaves everything else to `site`."""

    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        found = PATH.fullmatch(environ["PATH_INFO"]) if environ["REQUEST_METHOD"] == "POST" else None
        if found is None or _in_safe_browser(environ) is not None:
            return site(environ, start_response)
        try:
            reply = reply_to(environ=environ, pk=int(found[1]), read=environ["wsgi.input"].read, now=timezone.now())
        except Exception:
            log.exception("save_failed", request_id=environ.get("HTTP_X_REQUEST_ID", ""), path=environ["PATH_INFO"])
            reply = _reply(500, {"message": BROKEN})
        finally:
            close_old_connections()
        headers = [("Content-Type", JSON), ("Content-Length", str(len(reply.body))), *HEADERS]
        start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", headers)
        return [reply.body]

    return application


def reply_to(*, environ: Mapping[str, Any], pk: int, read: Callable[[int], bytes], now: datetime) -> Reply:
    """Answer one save for attempt `pk`. `environ` is WSGI's; `read` returns so many bytes of the body."""
    try:
        if not _is_own_page(environ):
            raise ForeignPage
        page = attempts.read_token(environ.get("HTTP_X_ATTEMPT_TOKEN", ""), now=now)
        if page.attempt != pk:
            return _reply(404, {"message": NOT_YOURS})
        PACE.check(pk, per_second=settings.EXAM_SAVES_PER_SECOND, now=now.timestamp())
        entries = parse_entries(read(_length(environ)))
        receipt = attempts.save_from_page(page=page, entries=entries, now=now)
    except REFUSALS as refusal:
        return _refused(refusal, pk, environ)
    except OperationalError as error:
        if not is_outage(error):
            raise
        log.warning("save_without_database", attempt=pk, error=str(error), request_id=_request_id(environ))
        return _reply(503, {"message": AWAY})
    return _reply(200, receipt_of(receipt, session=page.session, result_url=_result_url(pk), now=now))


def receipt_of(receipt: attempts.Receipt, *, session: int, result_url: str, now: datetime) -> dict[str, object]:
    """Write a receipt for the page of `session`."""
    return {
        "acked_seq": receipt.acked,
        "conflicts": receipt.conflicts,
        "last_seq": receipt.last_seq,
        "is_late": receipt.is_late,
        "server_now": stamp(now),
        "deadline_at": stamp(receipt.deadline_at),
        "session": receipt.session_number,
        "news": receipt.news,
        "is_superseded": receipt.session_number > session,
        "result_url": result_url,
    }


def stamp(moment: datetime) -> str:
    """Write a moment so that every browser reads it: UTC, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _refused(refusal: DomainError, pk: int, environ: Mapping[str, Any]) -> Reply:
    problems = refusal.problems if isinstance(refusal, attempts.BadEntries) else ()
    status = STATUS_OF[type(refusal)]
    log.info("save_refused", attempt=pk, status=status, why=type(refusal).__name__, request_id=_request_id(environ))
    return _reply(
        status, {"message": str(refusal), "problems": [asdict(one) for one in problems], "result_url": _result_url(pk)}
    )


def _is_own_page(environ: Mapping[str, Any]) -> bool:
    """Whether the browser says that a page of ours has sent this, as far as it says anything."""
    if environ.get("HTTP_SEC_FETCH_SITE", "same-origin") != "same-origin":
        return False
    origin = environ.get("HTTP_ORIGIN")
    if origin is None or origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    host = environ.get("HTTP_HOST", "")
    return urlsplit(origin).netloc == host and validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


def _in_safe_browser(environ: Mapping[str, Any]) -> int | None:
    """Return the candidate whose exam demands Safe Exam Browser, which only a whole request can show; else None."""
    try:
        page = attempts.read_token(environ.get("HTTP_X_ATTEMPT_TOKEN", ""), now=timezone.now())
    except attempts.PageUnknown:
        return None
    return page.candidate if page.needs_safe_browser else None


def _length(environ: Mapping[str, Any]) -> int:
    """Return how long the body is said to be. Raises: TooLarge; Unreadable."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal():
        raise Unreadable
    if int(length) > MAX_BODY_BYTES:
        raise TooLarge
    return int(length)


def _request_id(environ: Mapping[str, Any]) -> str:
    given: str = environ.get("HTTP_X_REQUEST_ID") or uuid4().hex
    return given


@lru_cache(maxsize=10_000)
def _result_url(pk: int) -> str:
    return reverse("exams:attempt_detail", args=[pk])


def _reply(status: int, value: object) -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False).encode())
