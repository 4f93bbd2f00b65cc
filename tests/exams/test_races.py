"""What may happen at the same moment, on PostgreSQL: threads that pass a barrier together."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from exams import attempts
from exams.attempts import Entry
from exams.models import Attempt
from tests.factories.exams import S, enter, journal_of, make_eligible, make_exam, right_answer

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
TIMES = 8


@pytest.fixture
def exam(transactional_db):
    return make_exam()


def at_once(*calls):
    """Run all calls in threads that start together; return results or the exceptions raised."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            barrier.wait()
            return call()
        except Exception as error:  # noqa: BLE001  # the caller looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_two_starts_make_one_attempt(exam, alice, now):
    make_eligible(alice, exam)

    started = at_once(*[lambda: attempts.start(exam=exam, candidate=alice, now=now)] * TIMES)

    assert {attempt.pk for attempt in started} == {Attempt.objects.get().pk}


def test_the_same_save_many_times_stores_once(sitting, now):
    entries = [Entry(S + seq, seq % 4 if seq % 4 < 2 else 0, "A") for seq in range(1, 51)]

    receipts = at_once(*[lambda: attempts.save_answers(attempt=sitting, entries=entries, now=now)] * TIMES)

    assert {receipt.acked for receipt in receipts} == {tuple(range(S + 1, S + 51))}
    assert len(journal_of(sitting)) == 50


def test_one_number_with_many_contents_keeps_one(sitting, now):
    receipts = at_once(
        *[
            lambda letter=letter: attempts.save_answers(attempt=sitting, entries=[Entry(S + 1, 0, letter)], now=now)
            for letter in "ABCD"
        ]
    )

    assert sorted(receipt.acked for receipt in receipts) == [(), (), (), (S + 1,)]
    assert len(journal_of(sitting)) == 1


def test_many_hand_ins_give_one_receipt(sitting, now):
    closed = at_once(*[lambda: attempts.hand_in(attempt=sitting, now=now)] * TIMES)

    assert {attempt.receipt_number for attempt in closed} == {Attempt.objects.get().receipt_number}


def test_sweeps_and_a_hand_in_close_once(sitting):
    later = sitting.deadline_at + timedelta(seconds=6)

    results = at_once(
        *[lambda: attempts.close_overdue(now=later)] * 3, lambda: attempts.hand_in(attempt=sitting, now=later)
    )

    attempt = Attempt.objects.get()
    assert not [result for result in results if isinstance(result, Exception)]
    assert results[-1].receipt_number == attempt.receipt_number
    assert (attempt.closed_by, attempt.closed_at) == (Attempt.ClosedBy.CLOCK, attempt.deadline_at)


def test_a_save_against_the_hand_in_is_graded_or_refused(exam, alice, now):
    make_eligible(alice, exam)
    for number in range(TIMES):
        attempt = enter(exam=exam, candidate=alice, now=now + timedelta(days=number))
        entry = Entry(S + 1, 0, right_answer(attempt, 0))
        moment = attempt.started_at

        saved, closed = at_once(
            lambda attempt=attempt, entry=entry, moment=moment: attempts.save_answers(
                attempt=attempt, entries=[entry], now=moment
            ),
            lambda attempt=attempt, moment=moment: attempts.hand_in(attempt=attempt, now=moment),
        )

        was_refused = isinstance(saved, attempts.AttemptClosed)
        assert (closed.points_centi, len(journal_of(attempt))) == ((0, 0) if was_refused else (200, 1))
        Attempt.objects.filter(pk=attempt.pk).update(number=number + 100)
        exam.max_attempts += 1
        exam.save()


def test_a_save_against_the_sweep_is_graded_or_marked_late(sitting):
    bell = sitting.deadline_at + timedelta(seconds=5)
    entry = Entry(S + 1, 0, right_answer(sitting, 0))

    at_once(
        lambda: attempts.save_answers(attempt=sitting, entries=[entry], now=bell),
        lambda: attempts.close_overdue(now=bell + timedelta(milliseconds=1)),
    )

    sitting.refresh_from_db()
    is_late = journal_of(sitting)[0][3]
    assert sitting.points_centi == (0 if is_late else 200)
