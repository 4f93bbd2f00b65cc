"""Sweeps that find what lower apps left, and what moved a company's coverage. docs/rules/api.md, I11 and I12."""

from datetime import UTC, date, datetime, timedelta

import pytest

from certificates import lifecycle
from certificates.staffing.models import (
    Company,
    CoverageWatch,
    Employment,
    PersonCertificate,
    Training,
    WebhookDelivery,
    WebhookEvent,
)
from certificates.staffing.webhooks import coverage, news
from courses import seats
from tests.factories.companies import claim, make_company, make_person
from tests.factories.courses import make_course
from tests.factories.staffing import make_register
from tests.factories.users import UserFactory
from tests.factories.webhooks import NOWHERE, make_endpoint

pytestmark = pytest.mark.django_db
Kind = WebhookEvent.Kind
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NUMBER = "SHFW-2026-4RWDXSZS-D"  # 王伟, 2026-01-15 to 2029-01-14


@pytest.fixture
def company(alice):
    return make_company(owner=alice)


@pytest.fixture
def endpoint(company, now):
    return make_endpoint(company=company, now=now - MINUTE)[0]


@pytest.fixture
def register(now):
    return make_register(now=now)


@pytest.fixture
def person(company, register, now):
    person = make_person(company=company, name="王伟", certificate_number=NUMBER)
    claim(person=person, certificate=register[NUMBER], at=now)
    return person


def told(company):
    """Kind and data of what a company's endpoints were sent, in order."""
    rows = WebhookDelivery.objects.filter(endpoint__company=company).order_by("pk")
    return [(row.event.kind, row.event.data) for row in rows.select_related("event")]


def state(person, **more):
    facts = {
        "person_id": person.pk,
        "certificate_number": NUMBER,
        "state": "VALID",
        "issued_date": "2026-01-15",
        "valid_until": "2029-01-14",
        "changed_at": "2026-11-22T06:03:22+00:00",
    }
    return facts | more


def test_find_tells_of_an_issue_once_and_to_the_employer_alone(company, endpoint, person, now):
    other = make_company()
    make_endpoint(company=other, now=now - MINUTE)
    make_person(company=other, name="王伟")

    assert [news.find(now=now), news.find(now=now)] == [1, 0]

    assert told(company) == [(Kind.CERTIFICATE_ISSUED, state(person))]
    assert told(other) == []


def test_find_tells_of_changes_in_their_order(company, endpoint, person, register, now):
    certificate = register[NUMBER]
    later = now + MINUTE
    lifecycle.suspend(certificate=certificate, reason="核查", person=None, now=later)
    lifecycle.restore(certificate=certificate, reason="无误", person=None, now=later)

    news.find(now=later)

    changed = {"changed_at": "2026-11-22T06:04:22+00:00", "reason_class": "OTHER"}
    assert told(company) == [
        (Kind.CERTIFICATE_ISSUED, state(person)),
        (Kind.CERTIFICATE_STATE_CHANGED, state(person, state="SUSPENDED", from_state="VALID", **changed)),
        (Kind.CERTIFICATE_STATE_CHANGED, state(person, state="VALID", from_state="SUSPENDED", **changed)),
    ]


def test_find_says_nothing_of_a_person(company, endpoint, person, now):
    news.find(now=now)

    written = str(told(company))
    assert "王伟" not in written
    assert "110****" not in written


def test_find_tells_no_history(company, person, now):
    make_endpoint(company=company, now=now + MINUTE)  # made after the issue
    news.find(now=now + MINUTE)
    assert told(company) == []

    make_endpoint(company=company, now=now - DAY, url=f"{NOWHERE}/2")
    WebhookEvent.objects.all().delete()
    news.find(now=now + 3 * DAY + MINUTE)
    assert told(company) == []


def test_find_tells_only_what_is_asked_for_and_only_while_linked(company, person, now):
    make_endpoint(company=company, now=now - MINUTE, kinds=("seat.claimed",))
    assert news.find(now=now) == 0

    make_endpoint(company=company, now=now - MINUTE, kinds=("certificate.state_changed",), url=f"{NOWHERE}/2")
    PersonCertificate.objects.update(ended_at=now)
    assert news.find(now=now) == 0
    assert told(company) == []


def test_find_tells_of_expiry_the_day_after(company, register, alice):
    number, last_day = "SHFW-2024-QZTEGMP2-R", date(2027, 2, 28)  # 周明远
    made_at = datetime(2027, 2, 1, tzinfo=UTC)
    make_endpoint(company=company, now=made_at, kinds=("certificate.state_changed",))
    person = make_person(company=company, name="周明远")
    claim(person=person, certificate=register[number], at=made_at)
    midnight = datetime(2027, 2, 28, 16, 0, tzinfo=UTC)  # in Shanghai

    news.find(now=midnight - MINUTE)
    assert told(company) == []
    assert [news.find(now=midnight), news.find(now=midnight + DAY)] == [1, 0]
    [(kind, data)] = told(company)
    assert (kind, data["state"], data["from_state"], data["valid_until"], data["changed_at"]) == (
        Kind.CERTIFICATE_STATE_CHANGED,
        "EXPIRED",
        "VALID",
        last_day.isoformat(),
        "2027-03-01T00:00:00+08:00",
    )


def test_find_tells_of_a_seat_that_its_person_accepted(company, alice, now):
    make_endpoint(company=company, now=now - MINUTE)
    person = make_person(company=company, name="李四")
    batch = seats.make_seats(course=make_course(), holder=alice, company="甲", order_number="O1", count=2, now=now)
    learner = UserFactory(email="li@example.com")
    named = [seats.Person(email="li@example.com", name="李四"), seats.Person(email="no@example.com", name="外人")]
    seat, _ = seats.name_people(batch=batch, people=named, by=alice, now=now)
    training = Training.objects.create(person=person, seat=seat, email="li@example.com", assigned_at=now)
    assert news.find(now=now) == 0
    later = now + MINUTE
    seat.events.create(kind="TAKEN", actor=learner, at=later)

    assert [news.find(now=later), news.find(now=later)] == [1, 0]

    assert told(company) == [
        (
            Kind.SEAT_CLAIMED,
            {
                "training_id": training.pk,
                "person_id": person.pk,
                "order_number": "O1",
                "claimed_at": "2026-11-22T06:04:22+00:00",
            },
        )
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_find_with_nothing_new_in_a_fixed_number_of_queries(rows, register, now, django_assert_num_queries):
    for _ in range(rows):
        company = make_company()
        make_endpoint(company=company, now=now - MINUTE)
        claim(person=make_person(company=company, name="王伟"), certificate=register[NUMBER], at=now)
    news.find(now=now)

    with django_assert_num_queries(5):
        assert news.find(now=now) == 0


# --- coverage -------------------------------------------------------------------------------------------------------


def test_watch_tells_when_coverage_breaks_and_when_it_is_whole(company, endpoint, person, register, now):
    assert coverage.watch(now=now) == 1
    assert (CoverageWatch.objects.get().is_covered, told(company)) == (True, [])  # the first look tells nothing
    assert coverage.watch(now=now + MINUTE) == 0  # nothing moved

    lifecycle.suspend(certificate=register[NUMBER], reason="核查", person=None, now=now + MINUTE)
    assert coverage.watch(now=now + 2 * MINUTE) == 1
    lifecycle.restore(certificate=register[NUMBER], reason="无误", person=None, now=now + 3 * MINUTE)
    assert coverage.watch(now=now + 4 * MINUTE) == 1

    figures = {
        "as_of": "2026-11-22",
        "rule_version": told(company)[0][1]["rule_version"],
        "managers": 1,
        "required": 1,
        "worst_points": 0.0,
    }
    assert told(company) == [
        (Kind.COVERAGE_BREACHED, figures | {"held": 0, "gap": 1, "points": 0.0}),
        (Kind.COVERAGE_RESTORED, figures | {"held": 1, "gap": 0, "points": 5.0, "worst_points": 5.0}),
    ]


def test_watch_looks_again_after_a_new_roster_a_new_link_and_a_new_day(company, endpoint, person, register, now):
    coverage.watch(now=now)

    Company.objects.update(roster_revision=5)
    assert coverage.watch(now=now) == 1
    PersonCertificate.objects.update(ended_at=now)
    assert coverage.watch(now=now) == 1
    claim(person=person, certificate=register[NUMBER], at=now)
    assert coverage.watch(now=now) == 1
    assert coverage.watch(now=now + DAY) == 1
    assert told(company) == []  # the roster names the certificate: covered all along


def test_watch_of_a_company_without_managers_tells_nothing(company, endpoint, person, now):
    coverage.watch(now=now)
    Employment.objects.update(left_on=date(2026, 1, 1))
    Company.objects.update(roster_revision=5)

    assert coverage.watch(now=now) == 1

    assert (CoverageWatch.objects.get().is_covered, told(company)) == (True, [])


def test_watch_looks_only_where_somebody_listens(company, person, now):
    make_endpoint(company=company, now=now, kinds=("roster.imported",))

    assert coverage.watch(now=now) == 0
    assert not CoverageWatch.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_watch_with_nothing_new_in_a_fixed_number_of_queries(rows, now, django_assert_num_queries):
    for _ in range(rows):
        make_endpoint(company=make_company(), now=now)
    coverage.watch(now=now)

    with django_assert_num_queries(3):
        assert coverage.watch(now=now) == 0
