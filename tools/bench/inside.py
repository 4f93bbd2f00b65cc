"""What is measured inside this process, on the same database: statements, the size of a page and of an attempt."""

import gzip
import random
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from exams.attempts.saving import JOURNAL
from exams.models import AnswerEntry, Attempt, Exam
from lms.wsgi import application
from tools.bench.browser import Browser, path_of, read_room
from tools.bench.engine import header

TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


def statements(*, exam: Exam, candidate: dict[str, str], course_path: str) -> tuple[dict[str, dict[str, int]], int]:
    """
    Walk one candidate through the scenarios; return statements by scenario, and the sitting page's size under gzip.

    `sql` counts statements, Django's and those of the journal's own connection; `transaction_sql` the BEGIN and COMMIT
    that Django sends besides. The requests go to the WSGI application itself, so what stands before Django's handler is
    part of what is counted.
    """
    browser, visitor = Browser(**candidate), Browser(candidate["host"])
    dice, counts = random.Random(1), {}  # noqa: S311  # the same answers each time
    counts["start_and_page"], (started,) = _counted([browser.start(exam.pk)])
    entering, (page,) = _counted([browser.get(path_of(header(started, b"location")))])
    counts["start_and_page"] = {name: counts["start_and_page"][name] + entering[name] for name in entering}
    body = page.partition(b"\r\n\r\n")[2]
    room = read_room(browser, body)
    if room is None:
        raise RuntimeError(page[:500].decode(errors="replace"))
    counts["open_page"], (opened,) = _counted([room.open()])
    room.opened(opened.partition(b"\r\n\r\n")[2])
    _counted([room.save(room.entry(0, dice))])  # connects
    counts["answer_save"], _ = _counted([room.save(room.entry(1, dice))])
    counts["hand_in"], _ = _counted([room.hand_in()])
    first, _ = _counted([visitor.get(course_path)])  # fills the caches, for all who come after
    counts["catalogue"], _ = _counted([visitor.get(course_path)])
    counts["catalogue"]["sql_uncached"] = first["sql"]
    return counts, len(gzip.compress(body, 6))


def attempt_bytes(*, finished: int, before: int) -> float:
    """Return the growth of attempts and journal, with indexes and TOAST, for each finished attempt since `before`."""
    return (stored_bytes() - before) / finished


def stored_bytes() -> int:
    """Return what attempts and journal take on disk, after VACUUM has made dead row versions reusable."""
    tables = [model._meta.db_table for model in (Attempt, AnswerEntry)]  # noqa: SLF001  # Django's documented API
    total = 0
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"VACUUM ANALYZE {connection.ops.quote_name(table)}")
            cursor.execute("SELECT pg_total_relation_size(%s)", [table])
            total += cursor.fetchone()[0]
    return total


def _counted(requests: Iterable[bytes]) -> tuple[dict[str, int], list[bytes]]:
    before = JOURNAL.statements
    with CaptureQueriesContext(connection) as captured:
        replies = [_answer(request) for request in requests]
    words = [query["sql"].split()[0].upper().rstrip(";") for query in captured.captured_queries]
    control = sum(word in TRANSACTION for word in words)
    own = JOURNAL.statements - before
    return {"sql": len(words) - control + own, "transaction_sql": control}, replies


def _answer(request: bytes) -> bytes:
    """Pass an HTTP request to the WSGI application in this process; return the response as it would be sent."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, path, _ = first.split()
    fields = dict(line.split(": ", 1) for line in lines)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": fields["Host"].partition(":")[0],
        "SERVER_PORT": fields["Host"].partition(":")[2],
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": fields.pop("Content-Type", ""),
        "CONTENT_LENGTH": fields.pop("Content-Length", ""),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": BytesIO(),
    } | {"HTTP_" + name.upper().replace("-", "_"): value for name, value in fields.items()}
    top: list[str] = []
    written: list[bytes] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> Callable[[bytes], object]:
        top.extend([f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)])
        return written.append

    chunks = application(environ, start_response)
    try:
        content = b"".join([*written, *chunks])
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    if int(top[0].split()[1]) >= 400:
        raise RuntimeError(f"{first} → {top[0]} {content[:300].decode(errors='replace')}")
    return "\r\n".join(top).encode() + b"\r\n\r\n" + content
