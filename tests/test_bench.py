"""The benchmarks' own arithmetic: a wrong percentile or reconciliation would make every figure a lie."""

import random
import socket
import threading

import pytest

from tools.bench.arithmetic import exam_day_size, lost, open_loop, percentile, standing
from tools.bench.browser import Browser, has_acknowledged, read_room
from tools.bench.engine import Engine, Response, Step, User
from tools.bench.report import table

PAGE = b"""<div data-attempt="7" data-session-url="/exams/attempts/7/session/"
 data-save-url="/exams/attempts/7/answers/" data-hand-in-url="/exams/attempts/7/hand-in/"><fieldset data-position="0"
  data-kind="MULTI"><input value="A" /><input value="B" /></fieldset></div>"""


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([], 99, 0), ([3], 50, 3), ([4, 1, 3, 2], 50, 2), (range(1, 101), 99, 99), (range(1, 102), 99, 100)],
)
def test_percentile_is_the_nearest_rank(values, percent, expected):
    assert percentile(list(values), percent) == expected


def test_open_loop_sends_at_even_moments_whatever_the_server_does():
    assert open_loop(rate=4, seconds=1.5) == [0, 0.25, 0.5, 0.75, 1, 1.25]
    assert open_loop(rate=0, seconds=1) == []


def test_exam_day_size_leaves_room():
    rates = {"start_per_s": 10, "save_per_s": 100, "hand_in_per_s": 50}

    assert exam_day_size([100, 200, 300, 400], **rates, window=60, pace=1) == 300
    assert exam_day_size([1000, 2000], **rates, window=60, pace=1) == 1000
    assert exam_day_size([100, 200], **rates | {"save_per_s": 0}, window=60, pace=1) == 100


def test_lost_names_missing_and_changed_answers():
    acknowledged = {1: {1: (0, "A"), 2: (1, "B")}, 2: {1: (0, "C")}, 3: {}}
    journal = {1: {1: (0, "A"), 2: (1, "D"), 3: (2, "A")}}

    assert lost(acknowledged, journal) == [(1, 2), (2, 1)]
    assert lost(acknowledged, acknowledged) == []


def test_standing_is_the_entry_with_the_highest_seq():
    assert standing({3: (0, "C"), 1: (0, "A"), 2: (1, "B")}) == {0: "C", 1: "B"}


def test_room_is_read_from_the_sitting_page():
    browser = Browser("127.0.0.1:8120", "sessionid=s", "t")
    room = read_room(browser, PAGE)
    assert room.open().startswith(b"POST /exams/attempts/7/session/ HTTP/1.1\r\n")
    room.opened(b'{"token": "t:1", "first_seq": 4}')

    assert (room.attempt, room.next_seq, room.questions) == (7, 4, [(0, "MULTI", "AB")])
    entry = room.entry(5, random.Random(1))
    assert (entry["seq"], entry["position"], room.next_seq) == (4, 0, 5)
    assert room.save(entry).startswith(b"POST /exams/attempts/7/answers/ HTTP/1.1\r\n")
    assert b"X-Attempt-Token: t:1\r\n" in room.save(entry)
    assert read_room(browser, b"<h1>login</h1>") is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"acked_seq": [4], "is_late": false}', True),
        (b'{"acked_seq": [4], "is_late": true}', False),
        (b'{"acked_seq": [3], "is_late": false}', False),
        (b"<h1>502</h1>", False),
    ],
)
def test_only_a_receipt_in_time_acknowledges(body, expected):
    assert has_acknowledged(body, {"seq": 4}) is expected


def test_engine_pairs_answers_with_users_and_reports_a_broken_connection():
    """A server that answers twice and then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            link, _ = server.accept()
            with link:
                for body in (b"one", b"two"):
                    link.recv(1000)
                    link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + body)
                link.recv(1000)

        thread = threading.Thread(target=serve)
        thread.start()
        seen: list[Response] = []

        def user() -> User:
            while len(seen) < 3:
                seen.append((yield Step(0, b"GET / HTTP/1.1\r\n\r\n")))

        engine = Engine(port=server.getsockname()[1], connections=1)
        engine.run([user()])
        engine.close()
        thread.join()

    assert [(reply.status, reply.body) for reply in seen] == [
        (200, b"one"),
        (200, b"two"),
        (0, b"connection closed by the server"),
    ]


def test_table_counts_a_chinese_character_as_two_places():
    assert table([["场景", "数"], ["ab", "1"]]) == ["场景  数", "ab     1"]
