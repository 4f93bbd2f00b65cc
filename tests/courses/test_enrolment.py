from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection

from courses import enrolment
from courses.models import Enrolment
from tests.factories.courses import EnrolmentFactory, make_course
from tests.factories.users import UserFactory

GRANT, PAYMENT = Enrolment.Source.GRANT, Enrolment.Source.PAYMENT


def test_enrol_makes_a_standing_enrolment(alice, now):
    course = make_course()

    made = enrolment.enrol(learner=alice, course=course, source=PAYMENT, source_ref="D1", now=now)

    assert (made.learner, made.course, made.source, made.source_ref, made.enrolled_at, made.withdrawn_at) == (
        alice,
        course,
        "PAYMENT",
        "D1",
        now,
        None,
    )


def test_enrol_again_returns_the_standing_one_unchanged(alice, now):
    course = make_course()
    first = enrolment.enrol(learner=alice, course=course, source=PAYMENT, source_ref="D1", now=now)

    second = enrolment.enrol(learner=alice, course=course, source=GRANT, source_ref="赠", now=now + timedelta(days=1))

    assert (second.pk, second.source, second.source_ref, second.enrolled_at) == (first.pk, "PAYMENT", "D1", now)
    assert Enrolment.objects.count() == 1


def test_enrol_after_withdrawal_is_a_new_row(alice, now):
    course = make_course()
    first = enrolment.enrol(learner=alice, course=course, source=PAYMENT, now=now)
    enrolment.withdraw(enrolment=first, reason="退款", now=now)

    second = enrolment.enrol(learner=alice, course=course, source=GRANT, now=now)

    assert second.pk != first.pk
    assert list(Enrolment.objects.standing()) == [second]


def test_withdraw_keeps_the_row_with_reason_and_time(alice, now):
    standing = EnrolmentFactory(learner=alice)

    enrolment.withdraw(enrolment=standing, reason="  退款 D1  ", now=now)

    standing.refresh_from_db()
    assert (standing.withdrawn_at, standing.withdrawn_reason) == (now, "退款 D1")


def test_withdraw_twice_is_refused_and_keeps_the_first_reason(alice, now):
    standing = EnrolmentFactory(learner=alice)
    enrolment.withdraw(enrolment=standing, reason="退款", now=now)

    with pytest.raises(enrolment.AlreadyWithdrawn, match="已经撤回"):
        enrolment.withdraw(enrolment=standing, reason="别的", now=now)

    standing.refresh_from_db()
    assert standing.withdrawn_reason == "退款"


def test_withdraw_without_reason_is_refused(alice, now):
    with pytest.raises(enrolment.ReasonMissing, match="原因"):
        enrolment.withdraw(enrolment=EnrolmentFactory(learner=alice), reason=" ", now=now)

    assert Enrolment.objects.standing().count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{"withdrawn_reason": "退款"}, {"withdrawn_at": "2026-11-22T00:00Z"}])
def test_database_ties_withdrawal_time_to_reason(fields):
    with pytest.raises(IntegrityError):
        EnrolmentFactory(**fields)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_enrol_from_two_places_at_once_makes_one_row(now):
    learner, course = UserFactory(), make_course()
    start, made = Barrier(8), []

    def walk_in() -> None:
        start.wait()
        made.append(enrolment.enrol(learner=learner, course=course, source=PAYMENT, now=now).pk)
        connection.close()

    threads = [Thread(target=walk_in) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made == [Enrolment.objects.get().pk] * 8
