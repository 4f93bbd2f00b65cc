"""Many pages at the same moment on PostgreSQL: one statement for all, and no page suffers from another."""

from datetime import timedelta

import pytest

from exams import attempts
from exams.attempts import Entry
from exams.attempts.postgres import Journal, Write
from exams.models import Attempt
from tests.exams.test_races import at_once
from tests.factories.exams import S, enter, journal_of, make_eligible, make_exam, right_answer
from tests.factories.users import UserFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def journal():
    journal = Journal()
    yield journal
    journal.close()


@pytest.fixture
def exam(transactional_db):
    return make_exam()


@pytest.fixture
def sittings(exam, now):
    """Open attempts of four people."""
    people = UserFactory.create_batch(4)
    for person in people:
        make_eligible(person, exam)
    return [enter(exam=exam, candidate=person, now=now) for person in people]


def page_of(attempt, now):
    session = attempt.sessions.latest("number")
    return attempts.read_token(attempts.token_of(session=session, attempt=attempt), now=now)


def write(attempt, now, *rows):
    return Write(page_of(attempt, now), tuple(Entry(*row) for row in rows), now)


def test_one_statement_stores_for_all(journal, sittings, now):
    first = journal.store([write(attempt, now, (S + 1, 0, "A")) for attempt in sittings])
    counted = journal.statements

    second = journal.store([write(attempt, now, (S + 2, 0, "B"), (S + 3, 1, "")) for attempt in sittings])

    assert journal.statements - counted == 1
    assert [receipt.acked for receipt in first + second] == [(S + 1,)] * 4 + [(S + 2, S + 3)] * 4
    for attempt in sittings:
        assert journal_of(attempt) == [(S + 1, 0, "A", False), (S + 2, 0, "B", False), (S + 3, 1, "", False)]


def test_each_gets_its_own_answer(journal, sittings, now):
    saving, closed, stranger, alive = sittings
    attempts.hand_in(attempt=closed, now=now)
    foreign = write(stranger, now, (S + 1, 0, "A"))
    foreign = foreign._replace(page=foreign.page._replace(candidate=saving.candidate_id))

    outcomes = journal.store(
        [
            write(saving, now, (S + 1, 0, "A")),
            write(closed, now, (S + 1, 0, "A")),
            foreign,
            write(alive, now + timedelta(seconds=30)),
        ]
    )

    assert (outcomes[0].acked, outcomes[3].acked) == ((S + 1,), ())
    assert [type(outcome) for outcome in outcomes[1:3]] == [attempts.AttemptClosed, attempts.PageUnknown]
    assert [journal_of(attempt) for attempt in sittings] == [[(S + 1, 0, "A", False)], [], [], []]
    assert alive.sessions.get().seen_at == now + timedelta(seconds=30)


def test_a_poisoned_write_harms_no_other(journal, sittings, now):
    writes = [write(attempt, now, (S + 1, 0, "A")) for attempt in sittings]
    writes[1] = write(sittings[1], now, (S + 1, 10**6, "A"))  # more than the column holds; no check has seen it

    outcomes = journal.store(writes)

    assert isinstance(outcomes.pop(1), Exception)
    assert [outcome.acked for outcome in outcomes] == [(S + 1,)] * 3
    assert [len(journal_of(attempt)) for attempt in sittings] == [1, 0, 1, 1]


def test_a_connection_that_died_is_replaced(journal, sittings, now):
    journal.store([write(sittings[0], now, (S + 1, 0, "A"))])
    journal._connection.close()

    (receipt,) = journal.store([write(sittings[0], now, (S + 2, 0, "B"))])

    assert receipt.acked == (S + 2,)
    assert len(journal_of(sittings[0])) == 2


def test_late_and_timely_in_one_batch(journal, sittings, now):
    early, late, *_ = sittings
    Attempt.objects.filter(pk=late.pk).update(deadline_at=now - timedelta(seconds=6))

    receipts = journal.store([write(attempt, now, (S + 1, 0, "A")) for attempt in (early, late)])

    assert [receipt.is_late for receipt in receipts] == [False, True]
    assert [list(attempt.late_reviews.values_list("status", flat=True)) for attempt in (early, late)] == [
        [],
        ["PENDING"],
    ]


def test_many_threads_lose_nothing(sittings, now):
    def burst(attempt, start):
        page = page_of(attempt, now)
        return [
            attempts.save_from_page(page=page, entries=[Entry(S + seq, seq % 2, "ABCD"[seq % 4])], now=now).acked
            for seq in range(start, start + 50)
        ]

    results = at_once(*[lambda a=attempt, s=start: burst(a, s) for attempt in sittings for start in (1, 41)])

    assert [result for result in results if isinstance(result, Exception)] == []
    for attempt in sittings:
        expected = [(S + seq, seq % 2, "ABCD"[seq % 4], False) for seq in range(1, 91)]
        assert journal_of(attempt) == expected


def test_saves_against_hand_ins_are_graded_or_refused(sittings, now):
    pages = [page_of(attempt, now) for attempt in sittings]

    def save(page, attempt):
        entry = Entry(S + 1, 0, right_answer(attempt, 0))
        return attempts.save_from_page(page=page, entries=[entry], now=now)

    results = at_once(
        *[lambda p=page, a=attempt: save(p, a) for page, attempt in zip(pages, sittings, strict=True)],
        *[lambda a=attempt: attempts.hand_in(attempt=a, now=now) for attempt in sittings],
    )

    for saved, closed in zip(results[:4], results[4:], strict=True):
        was_refused = isinstance(saved, attempts.AttemptClosed)
        assert (closed.points_centi, len(journal_of(closed))) == ((0, 0) if was_refused else (200, 1))
