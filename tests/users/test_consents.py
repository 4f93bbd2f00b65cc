"""Consents are rows, given and withdrawn."""

from datetime import timedelta

import pytest

from lms.users import consents
from lms.users.models import Consent

TERMS, IDENTITY = Consent.Purpose.TERMS, Consent.Purpose.IDENTITY


def test_give_records_version_time_and_ip(alice, now):
    consents.give(user=alice, purpose=TERMS, version="2026-11", ip="192.0.2.7", now=now)

    row = Consent.objects.values("user", "purpose", "version", "given_at", "ip", "withdrawn_at").get()
    assert row == {
        "user": alice.pk,
        "purpose": "TERMS",
        "version": "2026-11",
        "given_at": now,
        "ip": "192.0.2.7",
        "withdrawn_at": None,
    }


def test_give_twice_keeps_the_first(alice, now):
    first = consents.give(user=alice, purpose=TERMS, version="1", ip=None, now=now)
    again = consents.give(user=alice, purpose=TERMS, version="1", ip="192.0.2.7", now=now + timedelta(days=1))
    consents.give(user=alice, purpose=TERMS, version="2", ip=None, now=now)

    assert (again.pk, again.given_at) == (first.pk, now)
    assert Consent.objects.count() == 2


def test_withdraw_dates_every_standing_consent_of_the_purpose(alice, charlie, now):
    for person in (alice, charlie):
        consents.give(user=person, purpose=IDENTITY, version="1", ip=None, now=now)
    consents.give(user=alice, purpose=IDENTITY, version="2", ip=None, now=now)

    consents.withdraw(user=alice, purpose=IDENTITY, now=now + timedelta(days=1))

    assert list(Consent.objects.standing().values_list("user__email", flat=True)) == ["charlie@example.com"]
    assert Consent.objects.of(alice).filter(withdrawn_at=now + timedelta(days=1)).count() == 2


def test_withdraw_refuses_the_terms(alice, now):
    with pytest.raises(consents.TermsCannotBeWithdrawn):
        consents.withdraw(user=alice, purpose=TERMS, now=now)
