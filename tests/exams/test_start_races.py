"""Starts and registrations at the same moment, on PostgreSQL."""

import pytest

from exams import attempts, registrations
from exams.models import Attempt, Registration
from tests.exams.test_races import TIMES, at_once
from tests.factories.exams import make_eligible, make_exam, make_practice, make_window
from tests.factories.users import UserFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def exam(transactional_db):
    return make_exam()


def test_many_people_for_the_last_places_fill_them_and_no_more(exam, now):
    window = make_window(exam, now=now, capacity=3)
    people = [UserFactory() for _ in range(TIMES)]
    for person in people:
        make_eligible(person, exam)

    answers = at_once(
        *[lambda person=person: registrations.register(window=window, candidate=person, now=now) for person in people]
    )

    refused = [answer for answer in answers if isinstance(answer, registrations.WindowFull)]
    assert (Registration.objects.standing().count(), len(refused)) == (3, TIMES - 3)


def test_one_person_in_two_windows_at_once_gets_one_place(exam, alice, now):
    make_eligible(alice, exam)
    windows = [make_window(exam, now=now, title=f"考期{number}") for number in range(TIMES)]

    answers = at_once(
        *[lambda window=window: registrations.register(window=window, candidate=alice, now=now) for window in windows]
    )

    refused = [answer for answer in answers if isinstance(answer, registrations.OtherWindow)]
    assert (Registration.objects.standing().count(), len(refused)) == (1, TIMES - 1)


def test_one_person_pressing_register_many_times_has_one_place(exam, alice, now):
    make_eligible(alice, exam)
    window = make_window(exam, now=now, capacity=1)

    answers = at_once(*[lambda: registrations.register(window=window, candidate=alice, now=now)] * TIMES)

    assert {answer.pk for answer in answers} == {Registration.objects.get().pk}


def test_formal_and_mock_starts_at_once_open_one_attempt(exam, alice, now):
    make_eligible(alice, exam)
    make_practice(exam)

    answers = at_once(
        *[
            lambda is_mock=is_mock: attempts.start(exam=exam, candidate=alice, is_mock=is_mock, now=now)
            for is_mock in [True, False] * (TIMES // 2)
        ]
    )

    attempt = Attempt.objects.get()
    assert {answer.pk for answer in answers if isinstance(answer, Attempt)} == {attempt.pk}
    others = [answer for answer in answers if not isinstance(answer, Attempt)]
    assert len(others) == TIMES // 2
    assert all(isinstance(answer, attempts.NotEligible) for answer in others)
