"""An invigilator, the candidate and the clock at the same moment, on PostgreSQL: exactly one of them closes."""

from datetime import timedelta

import pytest

from exams import attempts
from exams.models import Attempt, Extension
from tests.exams.test_races import at_once
from tests.factories.exams import enter, make_eligible, make_exam
from tests.factories.users import UserFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
TIMES = 6


@pytest.fixture
def boss(transactional_db):
    return UserFactory()


@pytest.fixture
def sittings(transactional_db, now):
    """The open attempts of some people."""
    exam = make_exam()
    people = [UserFactory() for _ in range(TIMES)]
    for person in people:
        make_eligible(person, exam)
    return [enter(exam=exam, candidate=person, now=now) for person in people]


def test_force_against_the_candidate_s_own_hand_in_gives_one_result(sittings, boss, now):
    for sitting in sittings:
        forced, handed_in = at_once(
            lambda sitting=sitting: attempts.force_hand_in(attempt=sitting, reason="中止", person=boss, now=now),
            lambda sitting=sitting: attempts.hand_in(attempt=sitting, now=now),
        )

        closed = Attempt.objects.get(pk=sitting.pk)
        was_first = not isinstance(forced, Exception)
        assert was_first or isinstance(forced, attempts.AttemptNotOpen)
        assert closed.closed_by == ("INVIGILATOR" if was_first else "CANDIDATE")
        assert (closed.forced_by, closed.news) == ((boss, 1) if was_first else (None, 0))
        assert handed_in.receipt_number == closed.receipt_number


def test_extend_against_the_sweep_moves_the_bell_or_is_refused(sittings, boss):
    for sitting in sittings:
        last = sitting.deadline_at + timedelta(seconds=5)
        extended, _ = at_once(
            lambda sitting=sitting, last=last: attempts.extend(
                attempt=sitting, minutes=10, reason="停电", person=boss, now=last
            ),
            lambda last=last: attempts.close_overdue(now=last + timedelta(milliseconds=1)),
        )

        after = Attempt.objects.get(pk=sitting.pk)
        if isinstance(extended, Exception):
            assert isinstance(extended, attempts.AttemptNotOpen)
            assert (after.status, after.deadline_at) == ("MARKED", sitting.deadline_at)
            assert not Extension.objects.filter(attempt=sitting).exists()
        else:
            assert (after.status, after.deadline_at) == ("OPEN", sitting.deadline_at + timedelta(minutes=10))
            assert after.news == 1
        Attempt.objects.filter(pk=after.pk, status="OPEN").update(deadline_at=after.deadline_at + timedelta(days=9))


def test_two_invigilators_extending_everybody_add_up(sittings, boss, now):
    extended = at_once(
        *[
            lambda rows=rows: attempts.extend_all(attempts=rows, minutes=5, reason="停电", person=boss, now=now)
            for rows in (sittings, sittings[::-1], sittings)
        ]
    )

    assert [len(rows) for rows in extended] == [TIMES] * 3
    moved = {
        after.deadline_at - before.deadline_at
        for before, after in zip(sittings, Attempt.objects.order_by("pk"), strict=True)
    }
    assert moved == {timedelta(minutes=15)}
    for attempt in Attempt.objects.all():
        rows = list(attempt.extensions.values_list("old_deadline_at", "new_deadline_at"))
        assert [new for _, new in rows[:-1]] == [old for old, _ in rows[1:]]
