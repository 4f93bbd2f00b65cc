"""Seats in the back office."""

from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from courses import seats
from courses.models import Seat
from courses.seats import Person
from tests.courses.test_enrolment_admin import staff_client
from tests.factories.seats import make_batch
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def support():
    return staff_client(UserFactory(is_staff=True), "view_seat", "manage_seat")


@pytest.fixture
def onlooker():
    return staff_client(UserFactory(is_staff=True), "view_seat")


@pytest.fixture
def seat(alice):
    batch = make_batch(holder=alice, now=timezone.now())
    [seat] = seats.name_people(batch=batch, people=[Person("bob@example.com", "乙")], by=alice, now=timezone.now())
    return seat


def test_seats_list_searches_filters_and_exports(support, seat):
    def listed(**query: str) -> set[int]:
        return {row.pk for row in support.get(reverse("seat:index"), query).context["object_list"]}

    assert len(listed()) == 3
    assert listed(q="bob@") == listed(state="NAMED") == {seat.pk}
    assert listed(batch__course=str(seat.batch.course_id)) == listed()
    assert listed(state="USED") == set()
    answer = support.get(reverse("seat:index"), {"export": "xlsx", "state": "NAMED"})
    sheet = load_workbook(BytesIO(answer.getvalue())).active
    assert [row[0] for row in sheet.iter_rows(values_only=True)] == ["企业", "青山家电有限公司"]


@pytest.mark.parametrize("count", [1, 3])
def test_seats_list_takes_the_same_queries(count, support, django_assert_num_queries):
    for _ in range(count):
        make_batch(count=count)
    support.get(reverse("seat:index"))

    with django_assert_num_queries(12):
        support.get(reverse("seat:index"))


def test_seat_is_looked_at_and_never_edited(support, onlooker, seat):
    page = support.get(reverse("seat:inspect", args=[seat.pk])).content.decode()

    assert reverse("seats_act", args=["extend", seat.pk]) in page
    assert "发出邀请" in page
    assert (
        reverse("seats_act", args=["extend", seat.pk])
        not in onlooker.get(reverse("seat:inspect", args=[seat.pk])).content.decode()
    )
    assert support.get(f"/cms/seat/edit/{seat.pk}/").status_code == 404


def test_extend_and_reclaim_by_hand(support, seat):
    support.post(reverse("seats_act", args=["extend", seat.pk]), {"until": "2030-01-01", "reason": "延期"})
    seat.refresh_from_db()
    assert seat.expires_on == date(2030, 1, 1)

    support.post(reverse("seats_act", args=["reclaim", seat.pk]), {"reason": "冒名"})
    seat.refresh_from_db()
    assert (seat.state, seat.ended_reason) == ("RECLAIMED", "冒名")


@pytest.mark.parametrize("data", [{}, {"until": "2020-01-01", "reason": "x"}, {"until": "x" * 99, "reason": " "}])
def test_extend_refuses_in_words(data, support, seat):
    answer = support.post(reverse("seats_act", args=["extend", seat.pk]), data, follow=True)

    assert answer.status_code == 200
    assert Seat.objects.get(pk=seat.pk).expires_on == seat.expires_on


def test_acts_need_the_permission(onlooker, support, seat):
    address = reverse("seats_act", args=["reclaim", seat.pk])

    assert onlooker.post(address, {"reason": "x"}).status_code in (302, 403)
    assert Seat.objects.get(pk=seat.pk).state == "NAMED"
    assert support.get(reverse("seats_act", args=["nothing", seat.pk])).status_code == 404
