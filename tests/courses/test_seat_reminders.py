"""Holders hear in time that seats run out. The rule: docs/rules/seats.md, S10."""

from datetime import date, timedelta

import pytest

from courses import seats
from courses.models import SeatReminder
from courses.seats import Person
from lms.users import vault
from lms.users.models import OutgoingMail
from tests.factories.seats import MADE, link_token, make_batch
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LAST = date(2027, 11, 22)


@pytest.fixture
def batch(alice):
    return make_batch(holder=alice)


def told() -> list[tuple[date, int]]:
    return list(SeatReminder.objects.order_by("pk").values_list("expires_on", "days_before"))


def days_before(number: int):
    return MADE + (365 - number) * DAY


def test_a_holder_is_told_30_and_7_days_before_and_once(batch, alice):
    sent = [seats.remind_due(now=days_before(number)) for number in (31, 30, 29, 8, 7, 6, 0, -1)]

    assert sent == [0, 1, 0, 0, 1, 0, 0, 0]
    assert told() == [(LAST, 30), (LAST, 7)]
    assert (
        list(OutgoingMail.objects.values_list("to", "subject"))
        == [(alice.email, "【售后服务管理师】3 个席位将在 2027-11-22 到期")] * 2
    )


def test_after_a_standstill_only_the_nearer_mail_goes_out(batch):
    assert seats.remind_due(now=days_before(5)) == 1

    assert told() == [(LAST, 7)]


def test_only_seats_that_nobody_accepted_count(batch, alice):
    seats.claim(token=link_token(batch, places=1), learner=UserFactory(), now=MADE)
    seats.name_people(batch=batch, people=[Person("bob@example.com")], by=alice, now=MADE)
    OutgoingMail.objects.all().delete()

    seats.remind_due(now=days_before(7))

    text = vault.decrypt(OutgoingMail.objects.get().message_cipher)
    assert OutgoingMail.objects.get().subject.startswith("【售后服务管理师】2 个席位")
    assert f"/seats/batches/{batch.pk}/" in text


def test_nobody_is_told_of_seats_in_use_or_taken_back(alice):
    used, back = make_batch(holder=alice, count=1), make_batch(holder=alice, count=1)
    seats.claim(token=link_token(used, places=1), learner=UserFactory(), now=MADE)
    seats.reclaim(seat=back.seats.get(), by=alice, reason="退款", now=MADE)

    assert seats.remind_due(now=days_before(7)) == 0


def test_an_extended_seat_has_a_day_of_its_own(batch, alice):
    seats.remind_due(now=days_before(7))
    later = LAST + timedelta(days=20)
    seats.extend(seat=batch.seats.first(), until=later, by=alice, reason="疫情", now=days_before(3))

    assert seats.remind_due(now=days_before(3)) == 1
    assert told() == [(LAST, 7), (later, 30)]


def test_looking_takes_the_same_queries_however_many_were_told(alice, django_assert_num_queries):
    for _ in range(3):
        make_batch(holder=alice)
    seats.remind_due(now=days_before(7))

    with django_assert_num_queries(2):
        assert seats.remind_due(now=days_before(7)) == 0
