"""What SQLite cannot show: the same write twice at once. Source: docs/rules/api.md, rule I7."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from certificates.staffing.models import ApiWrite, Person, Training
from tests.factories.api import Caller, make_token
from tests.factories.companies import make_company, make_person
from tests.factories.seats import make_batch

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def both(secret: str, path: str, body: object, *, key: str = "") -> list[tuple[int, str]]:
    """Send a request twice at once, each over its own connection."""
    barrier = threading.Barrier(2)

    def send(_: int) -> tuple[int, str]:
        barrier.wait()
        try:
            response = Caller(secret).post(path, body, key=key)
            return response.status_code, response.content.decode()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(send, range(2)))


def test_same_key_at_once_writes_once_and_answers_alike(alice, company):
    batch = make_batch(holder=alice, count=5, now=timezone.now())
    person = make_person(company=company)
    _, secret = make_token(company=company, by=alice)
    body = {"order_number": batch.order_number, "people": [{"person_id": person.pk, "email": "a@example.com"}]}

    first, second = both(secret, "seats/assign", body, key="seats-0001")

    assert (first[0], second) == (200, first)
    assert (Training.objects.count(), ApiWrite.objects.count()) == (1, 1)


def test_same_roster_at_once_makes_nobody_twice(alice):
    company = make_company(owner=alice)
    _, secret = make_token(company=company, by=alice)
    people = [{"name": f"员工{n}", "staff_number": f"E{n}", "is_manager": True} for n in range(20)]

    answers = both(secret, "roster", {"people": people})

    assert {status for status, _ in answers} == {200}
    assert Person.objects.of(company).count() == 20
