from datetime import date

import pytest

from certificates.staffing import demo
from certificates.staffing.models import (
    ApiToken,
    Assessment,
    CertificationCycle,
    Company,
    CorrectiveAction,
    EvidenceLink,
    StaffingCheck,
    Training,
    WebhookEndpoint,
)
from courses import seats
from tests.factories.courses import make_course
from tests.factories.staffing import make_register
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db


def test_load_makes_one_check(now):
    UserFactory(email=demo.OWNER)
    make_register(now=now)

    demo.load(now=now)
    demo.load(now=now)

    check = StaffingCheck.objects.get()
    assert (check.company_name, check.managers, check.required, check.held) == (demo.COMPANY, 11, 2, 1)


def test_load_without_the_account_or_certificates(now):
    demo.load(now=now)
    assert not StaffingCheck.objects.exists()

    UserFactory(email=demo.OWNER)
    demo.load(now=now)
    assert StaffingCheck.objects.get().held == 0


def test_load_twice_makes_one_company_with_its_roster(now):
    UserFactory(email=demo.OWNER)

    demo.load(now=now)
    demo.load(now=now)

    company = Company.objects.get()
    assert (company.name, company.members.get().role, company.people.count()) == (demo.COMPANY, "OWNER", 31)


def test_load_twice_makes_one_of_each(now):
    owner = UserFactory(email=demo.OWNER)
    seats.make_seats(course=make_course(), holder=owner, company="甲", order_number="O1", count=2, now=now)
    make_register(now=now)

    demo.load(now=now)
    demo.load(now=now)

    assert EvidenceLink.objects.get().recipient == "演示认证机构 评审组"
    assert CertificationCycle.objects.get().certified_date == date(2026, 1, 22)
    assert Assessment.objects.get().findings.count() == 9
    assert sorted(CorrectiveAction.objects.values_list("done_at", flat=True), key=str) == [now, None]
    assert Training.objects.values_list("person__name", "due_on").get() == (demo.TRAINEE, date(2027, 2, 10))


def test_load_twice_makes_one_token_and_one_address_that_is_switched_off(now):
    UserFactory(email=demo.OWNER)

    demo.load(now=now)
    demo.load(now=now)

    assert ApiToken.objects.get().scopes == ["check:read", "roster:read"]
    assert WebhookEndpoint.objects.values_list("url", "disabled_why").get() == (demo.WEBHOOK, "OWNER")
