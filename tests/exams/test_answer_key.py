"""
The answer key appears in no response before review allows it.

Two worlds differ in the keys of the whole bank and in nothing else. A candidate, who earns nothing in either, lives the
same exam in both, and every response is the same to the letter: no attribute, order or length goes with the key.
"""

import re

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from exams import attempts
from exams.models import Attempt, Exam, ItemVersion
from tests.exams.room import Page, Person, Reply
from tests.factories.exams import make_eligible, make_exam
from tests.factories.users import UserFactory

KEYS = {"SINGLE": "B", "MULTI": "AC", "TRUE_FALSE": "T"}
OTHER_KEYS = {"SINGLE": "C", "MULTI": "BD", "TRUE_FALSE": "F"}
WRONG_IN_BOTH = {"SINGLE": "D", "MULTI": "E", "TRUE_FALSE": ""}  # original letters
BY_CHANCE = re.compile(
    r'\d{8}-[0-9A-Z]{8}|[0-9a-f]{64}|[0-9A-Za-z]{64}|"pk": ?\d+|"token": ?"[^"]+"'  # receipt, fingerprint, csrf, rows
)
TALKATIVE = re.compile(r'"key"|data-key|data-correct|is_right|explanation|correct_answer', re.IGNORECASE)


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


@pytest.fixture
def attempt(alice, now) -> Attempt:
    exam = make_exam(appeal_days=7)
    make_eligible(alice, exam)
    return attempts.start(exam=exam, candidate=alice, now=now)


def life(attempt: Attempt, now) -> dict[str, Reply]:
    """Everything that one candidate can ask for, from the exam's page to an appeal. A name for each response."""
    client = Client()
    client.force_login(attempt.candidate)
    person = Person(client)
    room, exam = f"/exams/attempts/{attempt.pk}/", f"/exams/{attempt.exam_id}/"
    seen = look_around(person, "before", room, exam)
    seen["start"] = person.post(f"{exam}start/", b"has_read_rules=on")
    page = Page.open(person, attempt.pk)
    seen["session"] = person.post(f"{room}session/", {})
    seen["pulse"] = page.send([])
    for position, question in enumerate(attempt.questions):
        original = WRONG_IN_BOTH[question.kind]
        answer = question.letters[question.order.index(original)] if original else ""
        seen[f"save {position}"] = page.send([page.entry(position, position, answer)])
        seen[f"taken {position}"] = page.send([page.entry(position, position, question.letters[0])])
        for letter in "ABCDEFTF":
            wrong = page.entry(50, position, letter * 2)
            seen[f"refused {position} {letter}"] = page.send([wrong])
    seen["not JSON"] = page.send_bytes(b"{")
    seen["of no question"] = page.send([page.entry(60, 99)])
    attempts.send_message(attempts=[attempt], text="请注意时间", person=UserFactory(), now=now)
    events = [{"number": 1, "kind": "AWAY", "seconds": 20, "client_at": None}]
    seen["events"] = person.post(f"{room}events/", {"session": page.session, "events": events})
    seen["note"] = person.post(f"{room}events/1/note/", {"session": page.session, "note": "接电话"})
    seen["news"] = person.get(f"{room}news/?after=0")
    seen |= look_around(person, "during", room, exam)
    seen["hand in"] = page.send([], "hand-in")
    seen["hand in again"] = page.send([], "hand-in")
    seen["too late"] = page.send([page.entry(70)])
    seen["appeal"] = person.post(f"{room}appeal/", b"reason=x")
    return seen | look_around(person, "after", room, exam)


def look_around(person: Person, when: str, room: str, exam: str) -> dict[str, Reply]:
    places = [exam, room, "/exams/attempts/", "/exams/accommodations/", "/learn/", "/certificates/"]
    places += [
        f"{room}{what}" for what in ("review/", "appeal/", "evidence/", "evidence.csv", "evidence.json", "news/")
    ]
    return {f"{when} {place}": person.get(place) for place in places}


REACHED = {  # so that nobody proves the silence of pages that were never reached
    "start": 302,
    "session": 201,
    "pulse": 200,
    "save 0": 200,
    "refused 0 A": 422,
    "not JSON": 400,
    "events": 200,
    "note": 200,
    "news": 200,
    "hand in": 200,
    "too late": 409,
    "appeal": 302,
}


def in_world(keys: dict[str, str], attempt: Attempt, now) -> dict[str, Reply]:
    """Live one life with these keys; nothing of it remains."""
    with transaction.atomic():
        for kind, key in keys.items():
            ItemVersion.objects.filter(item__kind=kind).update(key=key)
        seen = life(Attempt.objects.get(pk=attempt.pk), now)
        transaction.set_rollback(True)
    assert {name: seen[name].status for name in REACHED} == REACHED
    return seen


def plain(reply: Reply) -> tuple[int, str]:
    return reply.status, BY_CHANCE.sub("…", reply.text)


@pytest.mark.parametrize("review", [Exam.Review.NONE, Exam.Review.OWN])
def test_no_response_of_an_attempt_depends_on_the_key(attempt, now, review):
    Exam.objects.update(review=review)

    seen, otherwise = (in_world(keys, attempt, now) for keys in (KEYS, OTHER_KEYS))

    assert not [name for name, reply in seen.items() if reply.status >= 500]
    assert {name: plain(reply) for name, reply in seen.items()} == {
        name: plain(reply) for name, reply in otherwise.items()
    }
    for name, reply in seen.items():
        assert "机密" not in reply.text, name
        assert not TALKATIVE.search(reply.text), name


def test_with_review_of_the_key_it_is_on_the_review_page_alone(attempt, now):
    Exam.objects.update(review=Exam.Review.KEY, review_from=Exam.ReviewFrom.AT_ONCE)

    seen = in_world(KEYS, attempt, now)

    review = f"after /exams/attempts/{attempt.pk}/review/"
    assert [name for name, reply in seen.items() if "机密" in reply.text] == [review]
    versions = [question.version for question in attempt.questions]
    for explanation in ItemVersion.objects.filter(pk__in=versions).values_list("explanation", flat=True):
        assert explanation in seen[review].text


@pytest.mark.parametrize("review_from", [Exam.ReviewFrom.WHEN_DONE])
def test_the_key_waits_until_review_begins(attempt, now, review_from):
    """Failed once, two attempts left: what was asked may be asked again."""
    Exam.objects.update(review=Exam.Review.KEY, review_from=review_from)

    seen, otherwise = (in_world(keys, attempt, now) for keys in (KEYS, OTHER_KEYS))

    assert not [name for name, reply in seen.items() if "机密" in reply.text]
    assert [name for name in seen if plain(seen[name]) != plain(otherwise[name])] == []
