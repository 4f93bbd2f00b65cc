from datetime import timedelta

import pytest

from courses import enrolment
from courses.models import Enrolment
from exams import registrations
from exams.models import Registration
from tests.factories.exams import AttemptFactory, make_eligible, make_window

HOUR = timedelta(hours=1)


@pytest.fixture
def window(exam, alice, charlie, now):
    make_eligible(alice, exam)
    make_eligible(charlie, exam)
    return make_window(exam, now=now, capacity=1)


def standing():
    return set(Registration.objects.standing().values_list("window__title", "candidate__email"))


def test_register_takes_a_place_once(window, alice, now):
    places = {registrations.register(window=window, candidate=alice, now=now).pk for _ in range(2)}

    place = Registration.objects.get()
    assert places == {place.pk}
    assert (place.window, place.candidate, place.registered_at, place.cancelled_at) == (window, alice, now, None)


def test_register_refuses_when_all_places_are_taken(window, alice, charlie, now):
    registrations.register(window=window, candidate=alice, now=now)

    with pytest.raises(registrations.WindowFull):
        registrations.register(window=window, candidate=charlie, now=now)

    registrations.cancel(window=window, candidate=alice, now=now)
    registrations.register(window=window, candidate=charlie, now=now)
    assert standing() == {("十一月考期", "charlie@example.com")}


@pytest.mark.parametrize(
    ("after", "words"),
    [(-48 * HOUR - timedelta(seconds=1), "2026-11-20 14:03 开始"), (12 * HOUR, "已经截止"), (24 * HOUR, "已经截止")],
)
def test_register_outside_the_span_is_refused(window, alice, now, after, words):
    with pytest.raises(registrations.RegistrationClosed, match=words):
        registrations.register(window=window, candidate=alice, now=now + after)


@pytest.mark.parametrize("after", [-48 * HOUR, 12 * HOUR - timedelta(microseconds=1)])
def test_register_from_the_first_moment_to_before_the_last(window, alice, now, after):
    assert registrations.register(window=window, candidate=alice, now=now + after).window == window


def test_register_is_for_the_enrolled(window, alice, now):
    enrolment.withdraw(enrolment=Enrolment.objects.standing().of(alice).get(), reason="退款", now=now)

    with pytest.raises(registrations.NotEnrolled):
        registrations.register(window=window, candidate=alice, now=now)


def test_register_for_a_closed_exam_is_refused(window, exam, alice, now):
    exam.is_open = False
    exam.save()
    window.refresh_from_db()

    with pytest.raises(registrations.RegistrationClosed, match="没有开放"):
        registrations.register(window=window, candidate=alice, now=now)


def test_register_after_a_pass_is_refused_but_not_after_a_mock_pass(window, exam, alice, now):
    mock = AttemptFactory(exam=exam, candidate=alice, is_mock=True)
    registrations.register(window=window, candidate=alice, now=now)
    registrations.cancel(window=window, candidate=alice, now=now)
    mock.is_mock = False
    mock.save()

    with pytest.raises(registrations.NothingToSit):
        registrations.register(window=window, candidate=alice, now=now)


def test_register_holds_one_unused_place_at_a_time(window, exam, alice, now):
    other = make_window(exam, now=now, title="第二考期", closes_at=now + 48 * HOUR)
    registrations.register(window=window, candidate=alice, now=now)

    with pytest.raises(registrations.OtherWindow, match="“十一月考期”"):
        registrations.register(window=other, candidate=alice, now=now)

    AttemptFactory(exam=exam, candidate=alice, window=window, has_passed=False, points_centi=0)
    registrations.register(window=other, candidate=alice, now=now)
    assert standing() == {("十一月考期", "alice@example.com"), ("第二考期", "alice@example.com")}


def test_register_counts_no_place_in_a_window_that_is_over(window, exam, alice, now):
    later = make_window(
        exam, now=now, title="第二考期", registration_closes_at=now + 30 * HOUR, closes_at=now + 48 * HOUR
    )
    registrations.register(window=window, candidate=alice, now=now)

    registrations.register(window=later, candidate=alice, now=window.closes_at)

    assert Registration.objects.standing().count() == 2


def test_cancel_keeps_the_row_and_frees_the_place(window, alice, now):
    registrations.register(window=window, candidate=alice, now=now)

    given_back = registrations.cancel(window=window, candidate=alice, now=now + HOUR)

    assert Registration.objects.get() == given_back
    assert given_back.cancelled_at == now + HOUR
    with pytest.raises(registrations.NotRegistered):
        registrations.cancel(window=window, candidate=alice, now=now)


def test_cancel_is_too_late_after_the_close_or_a_start(window, exam, alice, now):
    registrations.register(window=window, candidate=alice, now=now)

    with pytest.raises(registrations.TooLateToCancel, match="已经截止"):
        registrations.cancel(window=window, candidate=alice, now=now + 12 * HOUR)
    AttemptFactory(exam=exam, candidate=alice, window=window)
    with pytest.raises(registrations.TooLateToCancel, match="开始过考试"):
        registrations.cancel(window=window, candidate=alice, now=now)
