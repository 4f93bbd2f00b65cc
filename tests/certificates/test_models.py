from datetime import date, timedelta

import pytest
from django.db import IntegrityError

from certificates.models import Certificate, StatusChange
from tests.factories.certificates import make_certificate

pytestmark = pytest.mark.django_db
LAST_DAY = date(2029, 11, 21)
DAYS = (date(2026, 11, 22), LAST_DAY, LAST_DAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("status", "states"),
    [
        ("VALID", ["VALID", "VALID", "EXPIRED"]),
        ("SUSPENDED", ["SUSPENDED", "SUSPENDED", "EXPIRED"]),
        ("REVOKED", ["REVOKED", "REVOKED", "REVOKED"]),
        ("WITHDRAWN", ["WITHDRAWN", "WITHDRAWN", "WITHDRAWN"]),
    ],
)
def test_state_is_the_status_until_the_last_day_is_over(status, states, now):
    make_certificate(now=now)
    Certificate.objects.update(status=status)

    certificate = Certificate.objects.get()

    assert [certificate.state_on(day) for day in DAYS] == states
    assert [Certificate.objects.with_state(day).get().state for day in DAYS] == states


def test_valid_on_counts_both_ends(now):
    make_certificate(now=now)
    days = (DAYS[0] - timedelta(days=1), *DAYS)

    assert [Certificate.objects.valid_on(day).count() for day in days] == [0, 1, 1, 0]


def test_every_status_is_a_state():
    assert set(Certificate.Status.choices) < set(Certificate.State.choices)


def test_a_change_without_reason_is_impossible(now):
    certificate = make_certificate(now=now)

    with pytest.raises(IntegrityError):
        StatusChange.objects.create(
            certificate=certificate, from_status="VALID", to_status="REVOKED", reason="", changed_at=now
        )
