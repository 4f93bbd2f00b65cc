"""Gap-free serials. docs/rules/certificates.md, rule N32."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from certificates import issuing, logbook
from certificates.models import Certificate, SerialCounter
from tests.certificates.test_issuing import race
from tests.factories.certificates import make_attempt, make_certificate, make_exam, make_identity
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def _serials(settings):
    settings.CERTIFICATE_SERIALS = True


def test_no_serial_unless_the_issuer_wants_one(now):
    assert make_certificate(now=now).serial == ""
    assert not SerialCounter.objects.exists()


@pytest.mark.usefixtures("_serials")
def test_serials_run_through_the_year_of_shanghai(alice, now):
    first, second = make_certificate(now=now), make_certificate(now=now)
    new_year = make_certificate(now=datetime(2026, 12, 31, 16, 30, tzinfo=UTC))
    corrected = issuing.replace(certificate=first, real_name="张丰", reason="更正", person=alice, now=now)

    assert [row.serial for row in (first, second, new_year, corrected)] == [
        "2026-000001",
        "2026-000002",
        "2027-000001",
        "2026-000003",
    ]


@pytest.mark.usefixtures("_serials")
def test_what_is_refused_uses_no_serial(now):
    exam = make_exam(title="国家考试")
    with pytest.raises(issuing.WordingBanned):
        make_certificate(exam=exam, now=now)

    assert make_certificate(now=now).serial == "2026-000001"


@pytest.mark.usefixtures("_serials")
def test_the_serial_is_shown_and_logged_but_finds_nothing(now):
    certificate = make_certificate(real_name="张三丰", now=now)
    ask = Client().get

    found = ask(
        "/certificates/verify/", {"number": certificate.number, "name": "张三丰"}, HTTP_ACCEPT="application/json"
    )
    by_serial = ask(
        "/certificates/verify/", {"number": certificate.serial, "name": "张三丰"}, HTTP_ACCEPT="application/json"
    )

    assert (found.json()["found"], found.json()["serial"]) == (True, "2026-000001")
    assert by_serial.json()["found"] is False
    Certificate.objects.filter(pk=certificate.pk).update(serial="2026-000009")
    certificate.refresh_from_db()
    assert logbook.standing_of(certificate) == logbook.Standing.ALTERED


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_serials")
def test_many_issue_at_once_and_the_serials_have_no_gap(now):
    exam = make_exam()
    waiting = []
    for n in range(12):
        user = UserFactory()
        make_identity(user=user, now=now)
        # every third is refused: its transaction takes nothing
        waiting.append(make_attempt(candidate=user, exam=exam, points_centi=60_00 if n % 3 == 0 else 85_00, now=now))
    queue = iter(waiting)

    def act() -> str:
        try:
            return issuing.issue(attempt=next(queue), now=now + timedelta(seconds=1)).serial
        except issuing.AttemptNotPassed:
            return ""

    serials = race(act, times=12)

    assert connection.vendor == "postgresql"
    assert sorted(filter(None, serials)) == [f"2026-{n:06d}" for n in range(1, 9)]
