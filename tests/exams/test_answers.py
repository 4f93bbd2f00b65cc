"""The save path in front of Django's handler: what it lets through, what it refuses, what it leaves to Django."""

import json
from datetime import UTC, datetime

import pytest
from django.db import OperationalError
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from exams import attempts
from exams.views import answers
from tests.factories.exams import S, enter, journal_of, make_eligible

pytestmark = pytest.mark.django_db(transaction=True)  # each answer puts its connection back
PASSED_ON = [b"django"]


@pytest.fixture
def sitting(exam, alice):
    """An attempt that is open now: this path reads the clock itself."""
    make_eligible(alice, exam)
    return enter(exam=exam, candidate=alice, now=timezone.now())


def send(attempt, body=None, *, method="POST", path=None, **headers):
    """Post one answer through the WSGI application; return status, JSON and headers."""
    entries = {"entries": [{"seq": S + 1, "position": 0, "answer": "A", "client_at": None}]}
    token = attempts.token_of(session=attempt.sessions.latest("number"), attempt=attempt)
    environ = (
        RequestFactory()
        .generic(
            method,
            path or reverse("exams:attempt_save", args=[attempt.pk]),
            json.dumps(entries).encode() if body is None else body,
            "application/json",
            headers={"Host": "testserver", "X-Attempt-Token": token} | headers,
        )
        .environ
    )
    seen = []
    application = answers.in_front_of(lambda environ, start_response: PASSED_ON)
    parts = application(environ, lambda status, headers: seen.extend((status, dict(headers))))
    if parts is PASSED_ON:
        return "django", None, {}
    return seen[0], json.loads(b"".join(parts)), seen[1]


def test_a_save_is_answered_before_django(sitting):
    status, reply, headers = send(sitting)

    assert (status, reply["acked_seq"], reply["is_superseded"]) == ("200 OK", [S + 1], False)
    assert (headers["Content-Type"], headers["Cache-Control"]) == ("application/json", "no-store")
    assert journal_of(sitting) == [(S + 1, 0, "A", False)]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://testserver"},
        {"Origin": "https://testserver", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
)
def test_our_own_page_may_save(sitting, headers):
    assert send(sitting, **headers)[0] == "200 OK"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example", "Host": "evil.example"},
    ],
)
def test_another_sites_page_may_not_even_with_a_token(sitting, headers):
    status, reply, _ = send(sitting, **headers)

    assert (status, reply["message"][:4]) == ("403 Forbidden", "只接受从")
    assert journal_of(sitting) == []


def test_what_is_no_save_goes_to_django(sitting):
    where = reverse("exams:attempt_save", args=[sitting.pk])

    assert send(sitting, method="GET")[0] == "django"
    for path in (f"{where}x/", f"{where}".replace("answers", "hand-in"), "/exams/attempts/x/answers/", where + "%0a"):
        assert send(sitting, path=path)[0] == "django"


def test_an_exam_in_safe_browser_goes_to_django(sitting):
    sitting.exam.needs_safe_browser = True

    assert send(sitting)[0] == "django"


@pytest.mark.parametrize(
    ("length", "status"),
    [("70000", 413), ("9" * 30, 413), ("-1", 400), ("x", 400)],
)
def test_the_length_is_looked_at_before_the_body(sitting, length, status):
    environ = {"CONTENT_LENGTH": length, "HTTP_X_ATTEMPT_TOKEN": token_of(sitting)}

    reply = answers.reply_to(environ=environ, pk=sitting.pk, read=unread, now=timezone.now())

    assert reply.status == status


def token_of(attempt):
    return attempts.token_of(session=attempt.sessions.get(), attempt=attempt)


def unread(size):
    raise AssertionError("the body was read")


def test_who_saves_too_fast_is_told_to_wait(sitting, settings, monkeypatch):
    settings.EXAM_SAVES_PER_SECOND = 0.1  # 2 at once
    monkeypatch.setattr(answers, "PACE", attempts.Pace())

    replies = [send(sitting)[:2] for _ in range(3)]

    assert [status for status, _ in replies] == ["200 OK", "200 OK", "429 Too Many Requests"]
    assert replies[2][1]["message"].startswith("保存得太频繁")


def test_pace_fills_up_again():
    pace = attempts.Pace()
    for _ in range(20):
        pace.check(1, per_second=1, now=100)
    with pytest.raises(attempts.TooFast):
        pace.check(1, per_second=1, now=100)

    pace.check(2, per_second=1, now=100)
    pace.check(1, per_second=1, now=101)
    with pytest.raises(attempts.TooFast):
        pace.check(1, per_second=1, now=50)  # a clock put back gives nothing


@pytest.mark.parametrize(
    ("error", "status", "word"),
    [(OperationalError("away"), "503 Service Unavailable", "数据库"), (ValueError("bug"), "500 Internal", "服务器")],
)
def test_trouble_inside_is_told_in_words(sitting, monkeypatch, error, status, word):
    def fail(**_):
        raise error

    monkeypatch.setattr(attempts, "save_from_page", fail)

    seen, reply, _ = send(sitting)

    assert seen.startswith(status)
    assert reply["message"].startswith(word)
    assert journal_of(sitting) == []


def test_stamp_is_utc_to_the_millisecond():
    assert answers.stamp(datetime(2026, 11, 22, 6, 3, 22, 999_999, tzinfo=UTC)) == "2026-11-22T06:03:22.999+00:00"
