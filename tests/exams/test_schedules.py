"""
Replay, reorder, duplicate and lose every message of an attempt, around the bell: the same answers and the same marks.

Random schedules drive several pages of one attempt over a network that does all of this, and a reference model of a few
lines (tests/exams/reference.py) beside them. After each message the receipt is compared with it, at the end the books.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exams import attempts
from exams.models import Attempt, AttemptSession, ItemVersion, LateReview
from tests.exams.reference import Reference, marks
from tests.exams.room import Page, Person, Reply
from tests.factories.exams import journal_of, make_eligible
from tests.factories.users import UserFactory

QUESTIONS = 4
FROM_BELL = [-3600, -60, -1, 0, 0.001, 4.999, 5, 5.001, 6, 3600]  # seconds; the allowance is 5

number = st.integers(0, 30)
steps = st.one_of(
    st.tuples(st.just("open")),
    st.tuples(st.just("answer"), number, st.integers(0, QUESTIONS - 1), number),
    st.tuples(st.just("answer"), number, st.integers(0, QUESTIONS - 1), number),
    st.tuples(st.just("send"), number),
    st.tuples(st.just("send"), number),
    st.tuples(st.just("replay"), number),
    st.tuples(st.just("forge"), number, number),
    st.tuples(st.just("hand-in"), number),
    st.tuples(st.just("deliver"), number, st.booleans(), st.booleans()),
    st.tuples(st.just("deliver"), number, st.booleans(), st.booleans()),
    st.tuples(st.just("deliver"), number, st.booleans(), st.booleans()),
    st.tuples(st.just("drop"), number),
    st.tuples(st.just("clock"), st.sampled_from(FROM_BELL)),
    st.tuples(st.just("wait"), st.sampled_from([0.2, 1, 30])),
    st.tuples(st.just("sweep")),
)


class Message(NamedTuple):
    """Something on its way to the server."""

    page: int
    where: str
    entries: tuple[tuple[int, int, str], ...]


class World:
    """The site, the reference beside it, and a bad network between pages and both."""

    def __init__(self, attempt: Attempt, person: Person, clock: time_machine.Traveller) -> None:
        self.attempt, self.person, self.clock = attempt, person, clock
        self.reference = Reference(deadline=attempt.deadline_at, sessions=attempt.session_number)
        self.pages: list[Page] = []
        self.written: list[list[tuple[int, int, str]]] = []  # by page: all that the person chose there
        self.unacked: list[set[int]] = []
        self.network: list[Message] = []
        self.receipts: set[str] = set()
        self.move_to(attempt.started_at)

    def move_to(self, now: datetime) -> None:
        self.now = now
        self.clock.move_to(now)
        cache.clear()  # the speed limit counts by the second, and this clock stands still

    # --- Steps ------------------------------------------------------------------------------------------------------
    def take(self, step: tuple) -> None:
        name, *rest = step
        if name in {"answer", "send", "replay", "forge", "hand-in"} and not self.pages:
            return
        if name in {"deliver", "drop"} and not self.network:
            return
        getattr(self, f"take_{name.replace('-', '_')}")(*rest)

    def take_open(self) -> None:
        is_allowed = self.reference.open_session(self.now)
        reply = self.person.post(f"/exams/attempts/{self.attempt.pk}/session/", {})
        assert reply.status == (201 if is_allowed else 409), reply.text
        if not is_allowed:
            return
        told = reply.json
        assert (told["session"], told["first_seq"]) == (self.reference.sessions, self.reference.sessions * 100_000 + 1)
        assert {int(place): row["answer"] for place, row in told["answers"].items()} == self.reference.answers
        self.pages.append(Page(self.person, self.attempt.pk, told["session"], told["token"], told["first_seq"]))
        self.written.append([])
        self.unacked.append(set())

    def take_answer(self, page: int, position: int, choice: int) -> None:
        page %= len(self.pages)
        question = self.attempt.questions[position]
        letters = question.letters
        if question.kind == "MULTI":
            answer = "".join(letter for n, letter in enumerate(letters) if choice >> n & 1)
        else:
            answer = ["", *letters][choice % (len(letters) + 1)]
        seq = self.pages[page].first_seq + len(self.written[page])
        self.written[page].append((seq, position, answer))
        self.unacked[page].add(seq)

    def take_send(self, page: int) -> None:
        """All that is not acknowledged; without any it is a pulse."""
        page %= len(self.pages)
        self.network.append(Message(page, "answers", self.queue(page)))

    def take_hand_in(self, page: int) -> None:
        page %= len(self.pages)
        self.network.append(Message(page, "hand-in", self.queue(page)))

    def take_replay(self, page: int) -> None:
        """All that was ever written there, newest first."""
        page %= len(self.pages)
        self.network.append(Message(page, "answers", tuple(reversed(self.written[page]))))

    def take_forge(self, page: int, which: int) -> None:
        """A number that was used, with another content."""
        page %= len(self.pages)
        if self.written[page]:
            seq, position, _ = self.written[page][which % len(self.written[page])]
            entry = (seq, (position + 1) % QUESTIONS, "")
            self.network.append(Message(page, "hand-in" if which % 3 == 0 else "answers", (entry,)))

    def take_drop(self, which: int) -> None:
        self.network.pop(which % len(self.network))

    def take_clock(self, seconds: float) -> None:
        """The server's clock steps to so many seconds from the bell, forwards or back."""
        self.move_to(self.attempt.deadline_at + timedelta(seconds=seconds))

    def take_wait(self, seconds: float) -> None:
        self.move_to(self.now + timedelta(seconds=seconds))

    def take_sweep(self) -> None:
        self.reference.sweep(self.now)
        attempts.close_overdue(now=self.now)

    def take_deliver(self, which: int, stays: bool, is_answer_lost: bool) -> None:
        """A message arrives; it may stay to arrive again, and its answer may be lost."""
        which %= len(self.network)
        message = self.network[which] if stays else self.network.pop(which)
        page = self.pages[message.page]
        rows = [{"seq": s, "position": p, "answer": a, "client_at": None} for s, p, a in message.entries]
        reply = page.send(rows, message.where)
        (self.check_hand_in if message.where == "hand-in" else self.check_save)(message, reply)
        if reply.status == 200 and not is_answer_lost:
            self.unacked[message.page] -= set(reply.json.get("acked_seq", ()))

    def queue(self, page: int) -> tuple[tuple[int, int, str], ...]:
        return tuple(entry for entry in self.written[page] if entry[0] in self.unacked[page])

    # --- What must be true ------------------------------------------------------------------------------------------
    def check_save(self, message: Message, reply: Reply) -> None:
        is_taken = self.reference.save(message.entries, self.now)
        if not is_taken:
            assert (reply.status, bool(reply.json["message"])) == (409, True)
            return
        assert reply.status == 200, reply.text
        self.check_receipt(message, reply.json)
        assert reply.json["is_superseded"] == (self.pages[message.page].session < self.reference.sessions)

    def check_receipt(self, message: Message, told: dict) -> None:
        kept = self.reference.kept(message.entries)
        assert told["acked_seq"] == kept
        assert told["conflicts"] == sorted({seq for seq, *_ in message.entries} - set(kept))
        assert told["is_late"] == self.reference.is_late(self.now)
        assert datetime.fromisoformat(told["server_now"]) == self.now.replace(
            microsecond=self.now.microsecond // 1000 * 1000
        )
        assert datetime.fromisoformat(told["deadline_at"]) == self.attempt.deadline_at

    def check_hand_in(self, message: Message, reply: Reply) -> None:
        self.reference.hand_in(message.entries, self.now)
        kept = self.reference.kept(message.entries)
        assert reply.status == 200, reply.text
        if not self.reference.closed_by:
            self.check_receipt(message, reply.json)
        elif "receipt_number" not in reply.json:  # a number was taken: it says so and waits, open or not
            self.check_receipt(message, reply.json)
            assert reply.json["conflicts"]
        else:
            self.receipts.add(reply.json["receipt_number"])
            assert reply.json["unsaved"] == sorted({seq for seq, *_ in message.entries} - set(kept))

    def check_books(self) -> None:
        attempt = Attempt.objects.get(pk=self.attempt.pk)
        reference = self.reference
        keys = dict(ItemVersion.objects.values_list("pk", "key"))
        points = marks(paper=attempt.paper, keys=keys, answers=reference.answers)
        assert journal_of(attempt) == [(seq, *row) for seq, row in sorted(reference.journal.items())]
        assert (attempt.closed_by, attempt.closed_at) == (reference.closed_by, reference.closed_at)
        assert attempt.points_centi == (points if reference.closed_by else None)
        assert self.receipts <= {attempt.receipt_number}
        assert AttemptSession.objects.filter(attempt=attempt).count() == reference.sessions
        has_late = any(is_late for *_, is_late in reference.journal.values())
        assert LateReview.objects.filter(attempt=attempt).exists() == has_late


@pytest.fixture
def run(exam, now):
    """Run schedules, each on a fresh attempt."""

    def run(schedule, order) -> None:
        person = UserFactory()
        make_eligible(person, exam)
        client = Client()
        client.force_login(person)
        with time_machine.travel(now, tick=False) as clock:
            world = World(attempts.start(exam=exam, candidate=person, now=now), Person(client), clock)
            for step in schedule:
                world.take(step)
            finish(world, order)

    return run


def finish(world: World, order: list[int]) -> None:
    """Whatever is on its way arrives in any order; the bell rings; everything is said once more."""
    for which in order:
        if world.network:
            world.take_deliver(which, stays=False, is_answer_lost=False)
    world.check_books()
    world.take_clock(6)
    world.take_sweep()
    world.check_books()
    for page in range(len(world.pages)):
        world.take_replay(page)
        world.take_hand_in(page)
    for which in order:
        if world.network:
            world.take_deliver(which, stays=False, is_answer_lost=False)
    world.check_books()


SCHEDULES = {"schedule": st.lists(steps, min_size=10, max_size=40), "order": st.lists(number, max_size=12)}
RELAXED = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}


@pytest.mark.django_db
@given(**SCHEDULES)
@settings(max_examples=150, **RELAXED)
def test_any_schedule_gives_what_the_rules_say(run, schedule, order):
    run([("open",), *schedule], order)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@given(**SCHEDULES)
@settings(max_examples=50, **RELAXED)
def test_any_schedule_gives_what_the_rules_say_on_postgresql(run, schedule, order):
    """There saves take another way to the journal: a connection of their own and one statement for several pages."""
    run([("open",), *schedule], order)
