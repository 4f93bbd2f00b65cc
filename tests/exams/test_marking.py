from datetime import timedelta

import pytest

from exams import attempts
from exams.models import AnswerEntry, Attempt, Marking
from tests.exams.test_races import at_once
from tests.factories.exams import S, right_answer
from tests.factories.users import UserFactory

LATER = timedelta(days=1)
LATE, APPEAL = Marking.Cause.LATE_REVIEW, Marking.Cause.APPEAL


def rows_of(attempt):
    return list(attempt.markings.values_list("number", "cause", "points_centi", "has_passed", "made_at", "made_by"))


def kept(attempt):
    return (attempt.closed_at, attempt.closed_by, attempt.receipt_number, attempt.pass_centi, attempt.deadline_at)


@pytest.fixture
def closed(sitting, now) -> Attempt:
    return attempts.hand_in(attempt=sitting, now=now + timedelta(minutes=5))


@pytest.fixture
def person(db):
    return UserFactory()


def answer(attempt, position, *, seq=S + 1):
    """Put a right answer into the journal past the verbs, as a repaired record would."""
    AnswerEntry.objects.create(
        attempt=attempt,
        seq=seq,
        position=position,
        answer=right_answer(attempt, position),
        received_at=attempt.started_at,
    )


def test_remark_keeps_the_original_and_writes_the_new(closed, person, now):
    before = kept(closed)
    for position in range(4):
        answer(closed, position, seq=S + 1 + position)

    remarked = attempts.remark(attempt=closed, cause=APPEAL, person=person, now=now + LATER)

    assert (remarked.points_centi, remarked.has_passed) == (800, True)
    assert kept(remarked) == before
    assert rows_of(closed) == [
        (1, "HAND_IN", 0, False, closed.closed_at, None),
        (2, "APPEAL", 800, True, now + LATER, person.pk),
    ]
    assert remarked.result["modules"]["M1"] == {"points": 700, "of": 700, "right": 3, "count": 3}


def test_remark_with_the_same_figures_is_a_row_with_its_cause(closed, person, now):
    for cause in (LATE, APPEAL):
        attempts.remark(attempt=closed, cause=cause, person=person, now=now + LATER)

    assert [row[:3] for row in rows_of(closed)] == [(1, "HAND_IN", 0), (2, "LATE_REVIEW", 0), (3, "APPEAL", 0)]


def test_remark_of_an_open_attempt_is_refused(sitting, person, now):
    with pytest.raises(attempts.NotMarked):
        attempts.remark(attempt=sitting, cause=APPEAL, person=person, now=now)

    assert rows_of(sitting) == []


def test_no_longer_passed_finds_what_lost_its_pass(closed, person, now):
    for position in range(4):
        answer(closed, position, seq=S + 1 + position)
    attempts.remark(attempt=closed, cause=APPEAL, person=person, now=now + LATER)
    assert not Attempt.objects.no_longer_passed().exists()

    AnswerEntry.objects.filter(attempt=closed).delete()
    attempts.remark(attempt=closed, cause=APPEAL, person=person, now=now + LATER)
    attempts.remark(attempt=closed, cause=APPEAL, person=person, now=now + LATER)

    assert list(Attempt.objects.no_longer_passed()) == [closed]
    assert not Attempt.objects.passed().exists()


def test_passed_since_finds_what_was_closed_or_marked_again_since_then(closed, person, now):
    assert list(Attempt.objects.passed_since(closed.closed_at)) == []
    for position in range(4):
        answer(closed, position, seq=S + 1 + position)

    attempts.remark(attempt=closed, cause=APPEAL, person=person, now=now + LATER)

    assert list(Attempt.objects.passed_since(closed.closed_at)) == [closed]
    assert list(Attempt.objects.passed_since(now + LATER)) == [closed]
    assert list(Attempt.objects.passed_since(now + LATER + timedelta(seconds=1))) == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_remarkings_at_once_are_numbered_one_by_one(closed, person, now):
    def remark():
        return attempts.remark(attempt=closed, cause=APPEAL, person=person, now=now)

    results = at_once(*[remark] * 8)

    assert {attempt.pk for attempt in results} == {closed.pk}
    assert [row[:2] for row in rows_of(closed)] == [(1, "HAND_IN"), *((n, "APPEAL") for n in range(2, 10))]
