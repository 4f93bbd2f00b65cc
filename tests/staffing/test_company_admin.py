"""The back office verifies companies and compares scans; rows change only by verbs."""

from datetime import date

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.urls import reverse

from certificates.staffing import externals
from certificates.staffing.models import Company, ExternalCertificate
from lms.users import roles
from tests.factories.companies import make_company, make_person
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_support(client):
    call_command("sync_roles", verbosity=0)
    person = UserFactory()
    roles.join(user=person, role=roles.SUPPORT)
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client.force_login(person)
    return client


def test_company_is_verified_with_words(as_support):
    company = make_company()
    decide = reverse("staffing_companies:decide", args=[company.pk])

    assert company.name in as_support.get(reverse("staffing_companies:index")).content.decode()
    page = as_support.get(reverse("staffing_companies:inspect", args=[company.pk])).content.decode()
    assert decide in page
    as_support.post(decide, {"do": "verify", "text": ""})
    assert Company.objects.get().status == "UNVERIFIED"
    as_support.post(decide, {"do": "verify", "text": "执照相符"})
    assert Company.objects.values_list("status", "decision").get() == ("VERIFIED", "执照相符")
    assert decide not in as_support.get(reverse("staffing_companies:inspect", args=[company.pk])).content.decode()


def test_scan_is_compared(as_support, alice, now):
    facts = externals.Facts("其他机构", "X1", "甲", date(2025, 1, 1), None)
    person = make_person(company=make_company())
    external = externals.hand_in(person=person, facts=facts, scan=b"%PDF-1.7", by=alice, now=now)

    scan = as_support.get(reverse("staffing_externals:scan", args=[external.pk]))
    assert (b"".join(scan), scan["Content-Type"], "attachment" in scan["Content-Disposition"]) == (
        b"%PDF-1.7",
        "application/pdf",
        True,
    )
    as_support.post(reverse("staffing_externals:decide", args=[external.pk]), {"do": "accept", "text": "相符"})
    assert ExternalCertificate.objects.get().status == "ACCEPTED"


def test_others_may_not(client, alice):
    company = make_company()
    client.force_login(alice)
    answer = client.post(reverse("staffing_companies:decide", args=[company.pk]), {"do": "verify", "text": "x"})

    assert answer.status_code in (302, 403)
    assert Company.objects.get().status == "UNVERIFIED"
