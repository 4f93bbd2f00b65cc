"""Events of the room: on record once, bounded, explained by the candidate, told to nobody else. Rule R5."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from exams import attempts
from exams.models import Attempt, Extension, RoomEvent, RoomMessage
from tests.factories.exams import AttemptFactory

JSON = "application/json"


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


@pytest.fixture
def room(sitting) -> Attempt:
    """Alice's attempt, opened by two pages."""
    Attempt.objects.filter(pk=sitting.pk).update(session_number=2)
    return sitting


def away(number=1, seconds=25, **fields):
    return {"number": number, "kind": "AWAY", "seconds": seconds, "client_at": 1_795_327_402_000} | fields


def send(client, attempt, *events, session=1):
    body = json.dumps({"session": session, "events": events})
    return client.post(f"/exams/attempts/{attempt.pk}/events/", body, content_type=JSON)


def explain(client, attempt, note, *, number=1, session=1):
    body = json.dumps({"session": session, "note": note})
    return client.post(f"/exams/attempts/{attempt.pk}/events/{number}/note/", body, content_type=JSON)


def rows():
    return list(RoomEvent.objects.order_by("pk").values_list("session_number", "number", "kind", "seconds"))


def close(attempt, now):
    Attempt.objects.filter(pk=attempt.pk).update(
        status="MARKED", closed_at=now, points_centi=0, has_passed=False, receipt_number="R"
    )


# --- Recording ------------------------------------------------------------------------------------------------------
def test_attempt_events_records_each_once_and_counts_absences(as_alice, room, now):
    first = send(as_alice, room, away(1, 25), away(2, 60, kind="OFFLINE"))
    again = send(as_alice, room, away(1, 999), away(1, 998), away(3, 12), {"number": 4, "kind": "PASTE"}, session=1)
    newer = send(as_alice, room, away(1, 30), session=2)

    assert first.json() == {"recorded": [1, 2], "away_count": 1, "away_seconds": 25}
    assert again.json() == {"recorded": [1, 3, 4], "away_count": 2, "away_seconds": 37}
    assert newer.json() == {"recorded": [1], "away_count": 3, "away_seconds": 67}
    assert sorted(rows()) == [
        (1, 1, "AWAY", 25), (1, 2, "OFFLINE", 60), (1, 3, "AWAY", 12), (1, 4, "PASTE", 0), (2, 1, "AWAY", 30)
    ]  # fmt: skip
    event = RoomEvent.objects.order_by("pk").first()
    assert (event.client_at, event.received_at) == (datetime(2026, 11, 22, 6, 3, 22, tzinfo=UTC), now)


def test_first_of_two_with_one_number_stays(room, now):
    pair = [attempts.PageEvent(1, "AWAY", 10), attempts.PageEvent(1, "AWAY", 20)]

    attempts.record_events(attempt=room, session_number=1, events=pair, now=now)

    assert rows() == [(1, 1, "AWAY", 10)]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("{", 400, "没有读懂"),
        ("[]", 400, "没有读懂"),
        ('{"events": []}', 400, "页面号"),
        ('{"session": true, "events": []}', 400, "页面号"),
        ('{"session": 1, "events": ["x"]}', 422, "JSON 对象"),
        ('{"session": 3, "events": []}', 422, "没有这个考试页面"),
        ('{"session": 0, "events": []}', 422, "没有这个考试页面"),
        ('{"session": 1, "events": [{"number": 1, "kind": "CHEAT"}]}', 422, "没有这种事件"),
        ('{"session": 1, "events": [{"number": 0, "kind": "AWAY"}]}', 422, "序号要在"),
        ('{"session": 1, "events": [{"number": "1", "kind": "AWAY"}]}', 422, "整数 number"),
        ('{"session": 1, "events": [{"number": 1, "kind": "AWAY", "seconds": -1}]}', 422, "持续时间"),
        ('{"session": 1, "events": [{"number": 1, "kind": "AWAY", "seconds": 90000}]}', 422, "持续时间"),
        ('{"session": 1, "events": [{"number": 1, "kind": "AWAY", "client_at": -5}]}', 422, "毫秒"),
        (json.dumps({"session": 1, "events": [away(n + 1) for n in range(51)]}), 422, "分批"),
        (json.dumps({"session": 1, "events": [], "more": "x" * 70_000}), 413, "KB"),
    ],
)
def test_attempt_events_refuses_in_words(as_alice, room, body, status, words):
    response = as_alice.post(f"/exams/attempts/{room.pk}/events/", body, content_type=JSON)

    assert response.status_code == status
    assert words in response.json()["message"]
    assert rows() == []


def test_attempt_events_is_bounded(as_alice, room, now):
    for start in range(0, 500, 50):
        assert send(as_alice, room, *[away(start + n + 1) for n in range(50)]).status_code == 200

    more = send(as_alice, room, away(501))

    assert (more.status_code, more.json()["message"][:12]) == (429, "这次考试已经记录 500")
    assert send(as_alice, room, away(7)).status_code == 200  # again: harmless
    assert RoomEvent.objects.count() == 500


def test_attempt_events_of_somebody_else_is_404(as_charlie, room):
    assert send(as_charlie, room, away()).status_code == 404
    assert as_charlie.get(f"/exams/attempts/{room.pk}/news/").status_code == 404
    assert rows() == []


def test_events_come_for_a_day_after_closing(as_alice, room, now, clock):
    close(room, now)
    clock.shift(timedelta(hours=24))
    assert send(as_alice, room, away()).status_code == 200

    clock.shift(timedelta(seconds=1))
    late = send(as_alice, room, away(2))
    note = explain(as_alice, room, "停电")

    assert [late.status_code, note.status_code] == [409, 409]
    assert "成绩复核" in note.json()["message"]
    assert rows() == [(1, 1, "AWAY", 25)]


def test_attempt_events_takes_few_statements(as_alice, room, django_assert_num_queries):
    send(as_alice, room, away())
    for count in (1, 3):
        with django_assert_num_queries(2 + 4 + 2):  # session and user; attempt, lock, known, insert; savepoint
            send(as_alice, room, *[away(10 * count + n) for n in range(count)])


# --- Explaining -----------------------------------------------------------------------------------------------------
def test_attempt_event_note_keeps_the_last_explanation(as_alice, room):
    send(as_alice, room, away())

    assert explain(as_alice, room, "接了公司电话").json() == {"note": "接了公司电话"}
    assert explain(as_alice, room, "家里停电").status_code == 200

    assert RoomEvent.objects.get().note == "家里停电"


@pytest.mark.parametrize(
    ("note", "words"), [("", "写一句原因"), ("  ", "写一句原因"), ("长" * 301, "现在有 301 字"), ("\0", "空")]
)
def test_attempt_event_note_refuses_in_words(as_alice, room, note, words):
    send(as_alice, room, away())

    response = explain(as_alice, room, note)

    assert response.status_code == 422
    assert words in response.json()["message"]
    assert RoomEvent.objects.get().note == ""


def test_attempt_event_note_of_no_such_event_is_404(as_alice, as_charlie, room):
    send(as_alice, room, away())

    statuses = [
        explain(as_alice, room, "原因", number=2).status_code,
        explain(as_alice, room, "原因", session=2).status_code,
        explain(as_alice, room, "原因", number=10**17).status_code,
        explain(as_charlie, room, "原因").status_code,
    ]

    assert statuses == [404] * 4
    assert as_alice.post(f"/exams/attempts/{room.pk}/events/1/note/", "{", content_type=JSON).status_code == 400


# --- News -----------------------------------------------------------------------------------------------------------
def test_attempt_news_tells_messages_extensions_and_answers(as_alice, room, alice, now):
    message = RoomMessage.objects.create(attempt=room, text="请把手机放到桌上", sent_at=now, sent_by=alice)
    Extension.objects.create(
        attempt=room, minutes=5, reason="停电", old_deadline_at=now, new_deadline_at=now + timedelta(minutes=5),
        granted_at=now, granted_by=alice,
    )  # fmt: skip
    Attempt.objects.filter(pk=room.pk).update(news=2)
    room.entries.create(seq=100_001, position=2, answer="AC", received_at=now)

    news = as_alice.get(f"/exams/attempts/{room.pk}/news/?after=1").json()

    assert news["messages"] == [
        {"pk": message.pk, "text": "请把手机放到桌上", "sent_at": "2026-11-22T06:03:22.000+00:00"}
    ]
    assert [(row["minutes"], row["reason"]) for row in news["extensions"]] == [(5, "停电")]
    assert news["answers"] == {"2": {"seq": 100_001, "answer": "AC"}}
    assert (news["news"], news["status"]) == (2, "OPEN")
    message.refresh_from_db()
    assert message.shown_at == now


def test_attempt_news_without_anything_new(as_alice, room, django_assert_num_queries):
    with django_assert_num_queries(2 + 1):
        news = as_alice.get(f"/exams/attempts/{room.pk}/news/?after=0").json()

    assert (news["messages"], "answers" in news) == ([], False)


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 40, "²"])
def test_attempt_news_takes_any_after(as_alice, room, after):
    assert as_alice.get(f"/exams/attempts/{room.pk}/news/", {"after": after}).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_attempt_news_takes_few_statements(as_alice, room, alice, now, count, django_assert_num_queries):
    for _ in range(count):
        RoomMessage.objects.create(attempt=room, text="消息", sent_at=now, sent_by=alice)
    Attempt.objects.filter(pk=room.pk).update(news=count)
    with django_assert_num_queries(2 + 5):  # attempt, messages, their being shown, extensions, answers
        as_alice.get(f"/exams/attempts/{room.pk}/news/?after=0")
    with django_assert_num_queries(2 + 4):
        as_alice.get(f"/exams/attempts/{room.pk}/news/?after=0")


def test_room_of_a_marked_attempt_tells_where_the_result_is(as_alice, alice):
    attempt = AttemptFactory(candidate=alice)

    news = as_alice.get(f"/exams/attempts/{attempt.pk}/news/").json()

    assert (news["status"], news["result_url"]) == ("MARKED", f"/exams/attempts/{attempt.pk}/")
