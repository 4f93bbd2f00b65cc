"""Whatever somebody sends to an open attempt: a precise 4xx in Chinese JSON, never a 500, and the attempt unharmed."""

import gzip
import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exams import attempts
from exams.models import SESSION_SPAN, Attempt
from tests.exams.room import CSRF, Page, Person, Reply, call, send
from tests.factories.exams import journal_of, make_eligible

HAN = re.compile("[一-龥]")
DOORS = ("answers", "hand-in")
JSON_DOORS = (*DOORS, "events", "events/1/note")
WELL_MEANT = {"entries": [], "session": 1, "events": [], "note": "说明"}  # what any of the doors would take


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


@pytest.fixture
def tab(sitting) -> Page:
    """Alice's newest tab, with one answer saved."""
    client = Client()
    client.force_login(sitting.candidate)
    tab = Page.open(Person(client), sitting.pk)
    assert tab.send([tab.entry(0)]).status == 200
    return tab


@pytest.fixture
def stranger(as_charlie) -> Person:
    return Person(as_charlie)


@pytest.fixture(autouse=True)
def unharmed(tab):
    """After each test the journal is what it was, the attempt is open, and the page saves on."""
    before = journal_of(Attempt(tab.attempt))
    yield
    cache.clear()
    attempt = Attempt.objects.get(pk=tab.attempt)
    assert attempt.status == Attempt.Status.OPEN
    assert journal_of(attempt) == before
    reply = tab.send([tab.entry(77, 1, "B")])
    assert (reply.status, reply.json["acked_seq"]) == (200, [tab.first_seq + 77])


def assert_refused(reply: Reply, *statuses: int, why: object = "") -> None:
    assert reply.status in statuses, (why, reply.status, reply.text[:300])
    assert reply.headers["content-type"].startswith("application/json"), why
    assert HAN.search(reply.json["message"]), (why, reply.text)


# --- Fields ---------------------------------------------------------------------------------------------------------
WRONG = [
    {"position": 4},
    {"position": -1},
    {"position": 2**31},
    {"position": -(10**30)},
    {"position": 0.0},
    {"position": "0"},
    {"position": None},
    {"position": True},
    {"position": 0, "answer": "E"},
    {"position": 0, "answer": "AB"},
    {"position": 0, "answer": "a"},
    {"position": 0, "answer": "Ａ"},
    {"position": 0, "answer": " A"},
    {"position": 0, "answer": "T"},
    {"position": 0, "answer": "A\x00"},
    {"position": 0, "answer": "\ud800"},
    {"position": 0, "answer": "A" * 5000},
    {"position": 0, "answer": None},
    {"position": 0, "answer": ["A"]},
    {"position": 0, "answer": {"$ne": ""}},
    {"position": 0, "answer": 0},
    {"position": 2, "answer": "CA"},
    {"position": 2, "answer": "AA"},
    {"position": 2, "answer": "AF"},
    {"position": 3, "answer": "A"},
    {"position": 3, "answer": "TF"},
    {"client_at": "now"},
    {"client_at": -1},
    {"client_at": 10**20},
    {"client_at": True},
    {"client_at": []},
]


@pytest.mark.parametrize("door", DOORS)
def test_what_the_paper_does_not_offer(tab, door):
    for wrong in WRONG:
        reply = tab.send([tab.entry(1, 1, "C"), tab.entry(2) | wrong], door)

        assert_refused(reply, 422, why=wrong)
        assert [problem["seq"] for problem in reply.json["problems"]] == [tab.first_seq + 2]
        assert HAN.search(reply.json["problems"][0]["message"])


NUMBERS = [
    -1,
    0,
    1,  # of no session
    SESSION_SPAN - 1,
    2 * SESSION_SPAN,  # the number before a session's first
    99 * SESSION_SPAN + 1,  # of a session to come
    2**31 - 1,
    2**31,
    2**63,
    10**400,
    -(10**400),
    1.5,
    1e300,
    "100001",
    None,
    True,
    [],
]


@pytest.mark.parametrize("door", DOORS)
def test_a_number_that_no_page_was_given(tab, door):
    for seq in NUMBERS:
        assert_refused(tab.send([tab.entry() | {"seq": seq}], door), 422, why=seq)


def test_the_number_of_a_session_to_come(tab):
    """A page must not take numbers of the next one: they would win against it."""
    assert_refused(tab.send([tab.entry() | {"seq": (tab.session + 1) * SESSION_SPAN + 1}]), 422)


def test_a_taken_number_is_said_to_be_taken(tab):
    for door in DOORS:
        reply = tab.send([tab.entry(0, 1, "D")], door)
        assert (reply.status, reply.json["acked_seq"]) == (200, [])
        assert (reply.json["conflicts"], reply.json["last_seq"]) == ([tab.first_seq], tab.first_seq)


# --- Bodies ---------------------------------------------------------------------------------------------------------
BODIES = [
    b"",
    b" ",
    b"{",
    b"null",
    b"[]",
    b"1",
    b'"entries"',
    b"{}",
    b'{"entries": {}}',
    b'{"entries": null}',
    b'{"entries": "[]"}',
    b'{"entries": [',
    b"\xff\xfe",
    b'{"entries": [], "x": "\xff"}',
    b"[" * 50_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"entries": [], "x": ' + b"9" * 5000 + b"}",
    gzip.compress(b'{"entries": []}'),
    b"entries=1&seq=2",
]


@pytest.mark.parametrize("door", DOORS)
def test_what_is_not_json_of_ours(tab, door):
    for body in BODIES:
        assert_refused(tab.send_bytes(body, door), 400, why=body[:40])


def test_numbers_that_are_none(tab):
    for text in ("NaN", "Infinity", "-Infinity", "1e999"):
        for field in ("seq", "position", "answer", "client_at"):
            row = json.dumps(tab.entry(1) | {field: "?"}).replace('"?"', text)
            assert_refused(tab.send_bytes(f'{{"entries": [{row}]}}'.encode()), 400, 422, why=(field, text))


@pytest.mark.parametrize("door", DOORS)
def test_too_many_and_too_much(tab, door):
    many = [tab.entry(1 + number) for number in range(201)]
    nested = [tab.entry(1, client_at={"x": ["深" * 10]})] * 3
    huge = [tab.entry(1, answer="A" * 70_000)]

    assert_refused(tab.send(many, door), 422)
    assert_refused(tab.send(nested, door), 422)
    assert_refused(tab.send(huge, door), 413)


@pytest.mark.parametrize("door", DOORS)
def test_a_compressed_body_is_not_unpacked(tab, door):
    """No bomb goes off: what is announced as gzip is read as it is."""
    bomb = gzip.compress(b" " * 30_000_000)

    assert_refused(tab.send_bytes(bomb, door, **{"Content-Encoding": "gzip"}), 400)


@pytest.mark.parametrize("door", DOORS)
def test_a_wrong_length(tab, door):
    body = json.dumps({"entries": [tab.entry(1)]}).encode()
    for length in ("", "0", "abc", "-1", "99999999999999999999", "64000000"):
        environ = tab.environ(body, door) | {"CONTENT_LENGTH": length}
        assert_refused(send(environ), 400, 411, 413, why=length)


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=12),
        st.sampled_from(["A", "B", "AC", "T", 100_001, 200_001, 200_002, 0, 1, 2, 3, 2**31, 2**63]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["seq", "position", "answer", "client_at", "entries", "x"]), inner, max_size=5),
    ),
    max_leaves=12,
)
rows = st.fixed_dictionaries({}, optional=dict.fromkeys(("seq", "position", "answer", "client_at"), json_values))
bodies = st.one_of(json_values, st.fixed_dictionaries({"entries": st.lists(st.one_of(rows, json_values), max_size=4)}))


@given(body=bodies, door=st.sampled_from(JSON_DOORS))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json(tab, body, door):
    """Random JSON is refused in words, or it was a good message; nothing in between."""
    cache.clear()
    with transaction.atomic():
        reply = tab.send_bytes(json.dumps(body).encode(), door)
        transaction.set_rollback(True)

    if reply.status == 200:
        assert isinstance(reply.json, dict)
    else:
        assert_refused(reply, 400, 404, 409, 413, 422, 429)


# --- Who, when and how ----------------------------------------------------------------------------------------------
def test_somebody_elses_attempt(tab, stranger):
    for door in (*JSON_DOORS, "session"):
        reply = stranger.post(f"/exams/attempts/{tab.attempt}/{door}/", WELL_MEANT | {"entries": [tab.entry(1)]})
        assert_refused(reply, 403, 404, why=door)
    assert stranger.get(f"/exams/attempts/{tab.attempt}/").status == 404
    assert stranger.get(f"/exams/attempts/{tab.attempt}/news/").status == 404


def test_a_token_for_another_attempt(tab, stranger, exam, charlie, now):
    """Charlie's own token opens his own attempt only, and not even he may use it for Alice's."""
    make_eligible(charlie, exam)
    own = Page.open(stranger, attempts.start(exam=exam, candidate=charlie, now=now).pk)

    for person in (stranger, tab.person):
        reply = person.post(
            f"/exams/attempts/{tab.attempt}/answers/",
            {"entries": [tab.entry(1)]},
            **{"X-Attempt-Token": own.token},
        )
        assert_refused(reply, 403, 404)


def test_a_token_that_is_not_ours(tab):
    token = tab.token
    body, _, rest = token.partition(":")
    for spoilt in (
        "",
        "x",
        ":::",
        token[:-1],
        token[1:],
        f"{token}A",
        f"W10:{rest}",
        f"{body}A:{rest}",
        "A" * 8000,
        "\xe9",
    ):
        tab.token = spoilt
        assert_refused(tab.send([tab.entry(1)]), 403, why=spoilt)
    tab.token = token


def test_no_token_at_all(tab):
    assert_refused(tab.person.post(f"/exams/attempts/{tab.attempt}/answers/", {"entries": [tab.entry(1)]}), 403)


def test_a_token_ends(tab, clock, now):
    clock.move_to(now + timedelta(days=40))

    assert_refused(tab.send([tab.entry(1)]), 403)
    clock.move_to(now)


def test_a_token_is_no_login(tab):
    """Without the login session it saves, which is what it is for, and opens nothing else."""
    nobody = {"X-Attempt-Token": tab.token, "X-CSRFToken": CSRF, "Cookie": f"csrftoken={CSRF}"}
    for door in ("session", "hand-in", "events"):
        reply = call("POST", f"/exams/attempts/{tab.attempt}/{door}/", b'{"entries": []}', **nobody)
        assert reply.status in {302, 401, 403}, door
    assert call("GET", f"/exams/attempts/{tab.attempt}/", **nobody).status == 302


def test_a_disabled_account_saves_no_more(tab):
    from lms.users.models import User

    User.objects.update(is_active=False)
    reply = tab.send([tab.entry(1)])
    User.objects.update(is_active=True)

    assert_refused(reply, 403, 404)


def test_other_methods(tab):
    headers = {"Cookie": tab.person.cookies, "X-CSRFToken": CSRF, "X-Attempt-Token": tab.token}
    for door in (*JSON_DOORS, "session"):
        for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"):
            reply = call(method, f"/exams/attempts/{tab.attempt}/{door}/", b"", **headers)
            assert reply.status == 405, (door, method)


def test_no_such_attempt(tab):
    for door in (*JSON_DOORS, "session"):
        for pk in ("999999", "0", "9" * 18, "9" * 40, "-1", "1.5", "%00", "1%2F2"):
            headers = {"X-Attempt-Token": tab.token}
            reply = tab.person.post(f"/exams/attempts/{pk}/{door}/", WELL_MEANT, **headers)
            assert reply.status == 404, (door, pk)


@pytest.mark.parametrize("door", DOORS)
def test_other_content_types(tab, door):
    """What is no form is read as JSON, whatever it is called: a hand-in must not drop the answers that it brings."""
    for content_type in ("", "text/plain", "application/json; charset=gbk", "application/xml", "x" * 300):
        environ = tab.environ('{"entries": [], "名": "'.encode("gbk"), door) | {"CONTENT_TYPE": content_type}
        assert_refused(send(environ), 400, 415, why=content_type)
