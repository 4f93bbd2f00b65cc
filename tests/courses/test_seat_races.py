"""What SQLite cannot show: many at once for few seats. Source: docs/rules/seats.md, rules S4-S6."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from courses import learning, seats
from courses.models import Enrolment, LessonProgress, Seat, SeatLink
from courses.seats import Person
from lms.errors import DomainError
from tests.factories.courses import lessons_of
from tests.factories.seats import MADE, link_token, mailed_token, make_batch
from tests.factories.users import UserFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = MADE
ROUNDS = 8


def at_once(*acts) -> list[str]:
    """Run these together, each with its own connection; return the name of each one's refusal, or "done"."""
    barrier = threading.Barrier(len(acts))

    def run(act) -> str:
        barrier.wait()
        try:
            act()
        except DomainError as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def sixty_connections():
    """As many as several web processes hold together; the site's own pool would let ten come at a time."""
    pool = connection.pool
    before = pool.min_size, pool.max_size, pool.timeout
    pool.resize(before[0], 60)
    pool.timeout = 60
    yield
    pool.resize(*before[:2])
    pool.timeout = before[2]


def test_fifty_claims_of_49_seats(alice, sixty_connections):
    batch = make_batch(holder=alice, count=49)
    token = link_token(batch, places=49)
    learners = UserFactory.create_batch(50)

    came = at_once(*(lambda who=who: seats.claim(token=token, learner=who, now=NOW) for who in learners))

    assert Counter(came) == {"done": 49, "LinkUsedUp": 1}
    assert Seat.objects.filter(state="TAKEN").values("learner").distinct().count() == 49
    assert Enrolment.objects.standing().count() == 49
    assert SeatLink.objects.get().remaining == 0


def test_link_with_more_places_than_seats_left(alice):
    batch = make_batch(holder=alice, count=3)
    token = link_token(batch, places=3)
    seats.name_people(batch=batch, people=[Person("x@example.com"), Person("y@example.com")], by=alice, now=NOW)
    learners = UserFactory.create_batch(4)

    came = at_once(*(lambda who=who: seats.claim(token=token, learner=who, now=NOW) for who in learners))

    assert Counter(came) == {"done": 1, "LinkUsedUp": 3}
    assert SeatLink.objects.get().claimed == Enrolment.objects.standing().count() == 1


def test_one_person_many_tabs_takes_one_seat(alice, charlie):
    first, second = make_batch(holder=alice), None
    second = make_batch(holder=alice, course=first.course)
    tokens = [link_token(first, places=3), link_token(second, places=3)]

    came = at_once(*(lambda t=t: seats.claim(token=t, learner=charlie, now=NOW) for t in tokens * 3))

    assert Counter(came) == {"done": 3, "AlreadyStudying": 3}
    assert Seat.objects.filter(state="TAKEN").count() == Enrolment.objects.standing().count() == 1


def test_two_pastes_share_what_is_free(alice):
    batch = make_batch(holder=alice, count=5)

    def paste(letter):
        return lambda: seats.name_people(
            batch=batch, people=[Person(f"{letter}{n}@example.com") for n in range(3)], by=alice, now=NOW
        )

    assert sorted(at_once(paste("a"), paste("b"))) == ["NotEnoughSeats", "done"]
    assert Seat.objects.filter(state="NAMED").count() == 3


def test_swap_against_the_first_lesson(alice):
    """Either the swap or the lesson is first; nobody studies on a seat that was given away."""
    ends = Counter()
    for n in range(ROUNDS):
        batch, learner = make_batch(holder=alice, count=1), UserFactory()
        seat = seats.claim(token=link_token(batch, places=1), learner=learner, now=NOW)
        lesson = lessons_of(batch.course)[0]
        came = at_once(
            lambda seat=seat, n=n: seats.swap(seat=seat, person=Person(f"n{n}@example.com"), by=alice, now=NOW),
            lambda who=learner, lesson=lesson: learning.open_lesson(learner=who, lesson=lesson, now=NOW),
        )
        seat.refresh_from_db()
        studies = LessonProgress.objects.filter(learner=learner).exists()
        standing = Enrolment.objects.standing().of(learner).exists()
        ends[(*came, seat.state, studies, standing)] += 1

    assert set(ends) <= {
        ("done", "NotEnrolled", "NAMED", False, False),
        ("SeatInUse", "done", "USED", True, True),
    }
    assert sum(ends.values()) == ROUNDS


def test_expiry_against_a_claim(alice):
    """One clock says that the last day is over, the other not yet: the seat is taken or gone, never both."""
    midnight = NOW.replace(hour=16) + timedelta(days=365)  # the last day ends, in Beijing
    ends = Counter()
    for n in range(ROUNDS):
        learner = UserFactory(email=f"late{n}@example.com")
        batch = make_batch(holder=alice, count=1)
        seats.name_people(batch=batch, people=[Person(learner.email)], by=alice, now=NOW)
        token = mailed_token(learner.email)
        came, _ = at_once(
            lambda t=token, who=learner: seats.claim(token=t, learner=who, now=midnight - timedelta(seconds=1)),
            lambda: seats.expire_due(now=midnight),
        )
        seats.expire_due(now=midnight)
        ends[(came, batch.seats.get().state, Enrolment.objects.standing().of(learner).count())] += 1

    assert set(ends) <= {("done", "TAKEN", 1), ("NotInvited", "EXPIRED", 0)}
    assert sum(ends.values()) == ROUNDS
