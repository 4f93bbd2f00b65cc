"""Nobody sees a company of others: every address of the room as a stranger, another company and a viewer."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from certificates.staffing import urls
from certificates.staffing.models import (
    Company,
    CompanyGroup,
    ExternalCertificate,
    Member,
    MemberInvitation,
    Person,
    RosterImport,
    Training,
    WebhookDelivery,
)
from courses import seats
from tests.factories.companies import make_company, make_member, make_person, make_site
from tests.factories.courses import make_course
from tests.factories.users import UserFactory
from tests.factories.webhooks import make_delivery, make_endpoint

pytestmark = pytest.mark.django_db


def addresses(patterns=urls.urlpatterns, prefix="") -> Iterator[tuple[str, str]]:
    """Give the name of each address and the route that leads to it."""
    for entry in patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns, route)
        elif isinstance(entry, URLPattern) and entry.name:
            yield entry.name, route


COMPANY_PAGES = sorted({name for name, route in addresses() if route.startswith("companies/<pk:pk>/")})


@pytest.fixture
def keys(now, alice):
    """A company of Alice's with one of everything; the keys under the names that addresses use."""
    company = make_company(owner=alice)
    site = make_site(company=company)
    person = make_person(company=company, site=site, staff_number="E1")
    batch = seats.make_seats(course=make_course(), holder=alice, company="甲", order_number="O1", count=1, now=now)
    external = ExternalCertificate.objects.create(
        person=person,
        issuer="其他",
        number="1",
        holder_name="张三丰",
        issued_on=date(2025, 1, 1),
        submitted_at=now,
        scan="gone/x.pdf",
    )
    colleague = make_member(company=company, user=UserFactory(), role=Member.Role.MANAGER)
    endpoint, _ = make_endpoint(company=company, now=now)
    make_delivery(endpoint=endpoint, now=now)
    return {
        "pk": company.pk,
        "endpoint_pk": endpoint.pk,
        "delivery_pk": WebhookDelivery.objects.get().pk,
        "person_pk": person.pk,
        "judgement_pk": person.judgements.create(since_on=date(2026, 6, 1), is_manager=True, reason="升站长").pk,
        "site_pk": site.pk,
        "member_pk": colleague.pk,
        "external_pk": external.pk,
        "import_pk": RosterImport.objects.create(
            company=company, uploaded_at=now, file_name="a.csv", sha256="0" * 64, status="DISCARDED"
        ).pk,
        "invitation_pk": MemberInvitation.objects.create(
            company=company, email="a@b.cn", role="VIEWER", token_hash="x", invited_at=now, expires_at=now
        ).pk,
        "training_pk": Training.objects.create(
            person=person, seat=batch.seats.get(), email="a@b.cn", assigned_at=now
        ).pk,
    }


def address(name, keys):
    route = dict(addresses())[name]
    wanted = [part.split(":")[1].rstrip(">") for part in route.split("<")[1:] for part in [part.split("/")[0]]]
    return reverse(f"staffing:{name}", kwargs={key: keys.get(key, 1) for key in wanted})


def answers(client, path):
    return {client.get(path).status_code, client.post(path, {}).status_code}


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("name", COMPANY_PAGES)
def test_stranger_finds_nothing(name, keys, as_charlie):
    assert answers(as_charlie, address(name, keys)) <= {404, 405}


@pytest.mark.parametrize("name", COMPANY_PAGES)
def test_owner_of_another_company_finds_nothing_of_this_one(name, keys, charlie):
    """With the own company's key in the address as well: rows of others stay out of reach."""
    own = make_company(owner=charlie)
    client = client_of(charlie)

    assert answers(client, address(name, keys)) <= {404, 405}
    mixed = keys | {"pk": own.pk}
    if len(address(name, keys).strip("/").split("/")) > 4 and any(
        key in dict(addresses())[name] for key in keys if key != "pk"
    ):
        assert answers(client, address(name, mixed)) <= {404, 405}


def test_rejected_company_is_gone_for_its_owner(keys, alice, now):
    Company.objects.filter(pk=keys["pk"]).update(status="REJECTED", decided_at=now, decision="查无此企业")

    assert client_of(alice).get(address("company_detail", keys)).status_code == 404


VIEWER_MAY_SEE = {
    "company_detail",
    "company_settings",
    "member_list",
    "site_list",
    "person_list",
    "person_detail",
    "training_list",
    "plan_forecast",
    "plan_detail",
}


@pytest.mark.parametrize("name", [name for name in COMPANY_PAGES if not name.startswith(("evidence", "readiness"))])
def test_viewer_sees_and_changes_nothing(name, keys, charlie):
    make_member(company=Company.objects.get(pk=keys["pk"]), user=charlie)
    client = client_of(charlie)
    before = list(Person.objects.values()), list(Member.objects.values_list("pk", "role"))

    seen = client.get(address(name, keys)).status_code
    posted = client.post(address(name, keys), {}).status_code

    if name in VIEWER_MAY_SEE:
        assert (seen, posted in (200, 404, 405)) == (200, True)
    elif name == "external_scan":
        assert posted == 405
    elif name in ("member_digest", "member_remove"):
        assert seen == 405
    else:
        assert {seen, posted} <= {404, 405}
    assert (list(Person.objects.values()), list(Member.objects.values_list("pk", "role"))) == before


def test_group_is_only_for_who_belongs_to_all_of_it(keys, alice, charlie, now):
    make_company(owner=charlie)
    group = CompanyGroup.objects.create(name="集团", made_at=now)
    Company.objects.update(group=group)

    assert client_of(alice).get(reverse("staffing:group_detail", args=[group.pk])).status_code == 404
    make_member(company=Company.objects.exclude(pk=keys["pk"]).get(), user=alice)
    assert client_of(alice).get(reverse("staffing:group_detail", args=[group.pk])).status_code == 200
