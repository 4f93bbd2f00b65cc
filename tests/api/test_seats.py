"""Seats and trainings through the interface."""

from datetime import timedelta

import pytest
from django.utils import timezone

from certificates.staffing.models import Training
from courses.models import Seat
from lms.users.models import OutgoingMail
from tests.factories.companies import make_person
from tests.factories.seats import make_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(alice):
    return make_batch(holder=alice, count=2, now=timezone.now())


def wanted(batch, *people):
    return {"order_number": batch.order_number, "people": [{"person_id": pk, "email": email} for pk, email in people]}


def test_seat_list_counts_by_state(api, batch):
    Seat.objects.filter(batch=batch, place=1).update(state="NAMED", email="a@example.com")

    [line] = api.get("seats").json()["items"]

    expected = {"order_number": batch.order_number, "course": batch.course.title, "size": 2, "free": 1, "named": 1}
    assert {name: line[name] for name in expected} == expected
    assert (line["taken"], line["used"], line["join_by"]) == (0, 0, str(batch.seats.get(place=2).expires_on))


def test_seat_list_does_not_offer_lapsed_seats(api, batch):
    Seat.objects.filter(batch=batch).update(expires_on=timezone.localdate() - timedelta(days=1))

    [line] = api.get("seats").json()["items"]

    assert (line["size"], line["free"], line["join_by"]) == (2, 0, None)


def test_assign_and_reclaim(api, company, batch):
    person = make_person(company=company)

    given = api.post("seats/assign", wanted(batch, (person.pk, "A@example.com")))
    training = Training.objects.get()
    [line] = api.get("trainings").json()["items"]
    back = api.post(f"trainings/{training.pk}/reclaim")
    again = api.post(f"trainings/{training.pk}/reclaim")

    assert (given.status_code, given.json()) == (200, {"training_ids": [training.pk]})
    assert (line["id"], line["email"], line["state"], line["lessons_done"]) == (
        training.pk,
        "a@example.com",
        "已邀请",
        None,
    )
    assert (back.status_code, back.json()) == (200, {"training_id": training.pk, "state": "FREE"})
    assert (again.status_code, again.json()["code"]) == (409, "seat_gone")
    assert OutgoingMail.objects.filter(to="a@example.com").count() == 1


def test_assign_is_all_or_nothing(api, company, batch):
    first, second = make_person(company=company, name="甲"), make_person(company=company, name="乙")

    response = api.post(
        "seats/assign", wanted(batch, (first.pk, "a@example.com"), (second.pk, "a@example.com"), (777, "b@example.com"))
    )

    assert response.status_code == 422
    assert [one["at"] for one in response.json()["errors"]] == ["people[1].email", "people[2].person_id"]
    assert not Training.objects.exists()
    assert not OutgoingMail.objects.exists()
    assert set(batch.seats.values_list("state", flat=True)) == {"FREE"}


@pytest.mark.parametrize("email", ["", "a", "a@", "甲@例", "a@b.cn\n"])
def test_assign_refuses_what_is_no_mailbox(email, api, company, batch):
    person = make_person(company=company)

    response = api.post("seats/assign", wanted(batch, (person.pk, email)))

    assert (response.status_code, response.json()["errors"][0]["at"]) == (422, "people[0].email")


def test_key_assigns_once(api, company, batch):
    body = wanted(batch, (make_person(company=company).pk, "a@example.com"))

    first, second = (api.post("seats/assign", body, key="assign-0001") for _ in range(2))

    assert (first.status_code, second.json()) == (200, first.json())
    assert Training.objects.count() == 1


def test_seat_of_somebody_else_meanwhile_is_not_taken_back(api, company, batch):
    api.post("seats/assign", wanted(batch, (make_person(company=company).pk, "a@example.com")))
    Seat.objects.filter(email="a@example.com").update(email="other@example.com")

    response = api.post(f"trainings/{Training.objects.get().pk}/reclaim")

    assert (response.status_code, response.json()["code"]) == (409, "seat_gone")
    assert Seat.objects.get(email="other@example.com").state == "NAMED"


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [("seats", 3), ("trainings", 8)])
def test_list_queries(rows, path, queries, api, company, alice, django_assert_max_num_queries):
    for n in range(rows):
        batch = make_batch(holder=alice, now=timezone.now())
        person = make_person(company=company, name=f"员工{n}", staff_number=f"E{n}")
        api.post("seats/assign", wanted(batch, (person.pk, f"a{n}@example.com")))

    with django_assert_max_num_queries(queries):
        assert api.get(path).json()["count"] == rows
