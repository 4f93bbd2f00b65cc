"""Tokens, endpoints and deliveries in the back office: look, and stop by a verb. docs/rules/api.md, rule I20."""

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.urls import reverse

from certificates.staffing import webhooks
from certificates.staffing.models import ApiToken, WebhookEndpoint
from lms.users import roles
from tests.factories.api import make_token
from tests.factories.companies import make_company
from tests.factories.users import UserFactory
from tests.factories.webhooks import NOWHERE, make_delivery, make_endpoint

pytestmark = pytest.mark.django_db
LISTS = ["staffing_api_tokens", "staffing_webhook_endpoints", "staffing_webhook_deliveries"]


@pytest.fixture
def as_support(client):
    call_command("sync_roles", verbosity=0)
    person = UserFactory()
    roles.join(user=person, role=roles.SUPPORT)
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client.force_login(person)
    return client


@pytest.fixture
def company(alice):
    return make_company(owner=alice)


def test_a_token_is_revoked_by_staff(as_support, company, alice):
    token, secret = make_token(company=company, by=alice)
    revoke = reverse("staffing_api_tokens:revoke", args=[token.pk])
    inspect = reverse("staffing_api_tokens:inspect", args=[token.pk])

    page = as_support.get(inspect).content.decode()
    assert [word in page for word in (revoke, token.prefix, token.token_hash, secret)] == [True, True, False, False]
    as_support.post(revoke)

    assert ApiToken.objects.get().revoked_at is not None
    assert revoke not in as_support.get(inspect).content.decode()


def test_an_endpoint_is_disabled_by_staff(as_support, company, now, outbox_texts):
    endpoint, secret = make_endpoint(company=company, now=now)
    disable = reverse("staffing_webhook_endpoints:disable", args=[endpoint.pk])
    inspect = reverse("staffing_webhook_endpoints:inspect", args=[endpoint.pk])

    page = as_support.get(inspect).content.decode()
    assert (disable in page, endpoint.secret_cipher in page, secret in page) == (True, False, False)
    as_support.post(disable)
    as_support.post(disable)  # refused in words

    assert WebhookEndpoint.objects.get().disabled_why == "STAFF"
    assert len(outbox_texts()) == 1
    assert disable not in as_support.get(inspect).content.decode()


def test_a_delivery_is_looked_at(as_support, company, now):
    endpoint, _ = make_endpoint(company=company, now=now)
    delivery = make_delivery(endpoint=endpoint, now=now)
    webhooks.deliver(pk=delivery.pk, now=now)

    page = as_support.get(reverse("staffing_webhook_deliveries:inspect", args=[delivery.pk])).content.decode()

    assert "连接失败：Connection refused" in page
    assert "button no" not in page


def test_others_may_not(client, company, alice, now):
    endpoint, _ = make_endpoint(company=company, now=now)
    token, _ = make_token(company=company, by=alice)
    client.force_login(alice)

    for path in [
        reverse("staffing_webhook_endpoints:disable", args=[endpoint.pk]),
        reverse("staffing_api_tokens:revoke", args=[token.pk]),
    ]:
        assert client.post(path).status_code in (302, 403)
    assert (ApiToken.objects.get().revoked_at, WebhookEndpoint.objects.get().disabled_at) == (None, None)


@pytest.mark.parametrize("name", LISTS)
def test_lists_in_a_fixed_number_of_queries(name, as_support, alice, now, django_assert_max_num_queries):
    def add(n):
        company = make_company()
        make_token(company=company, by=alice)
        make_delivery(endpoint=make_endpoint(company=company, now=now, url=f"{NOWHERE}/{n}")[0], now=now)

    index = reverse(f"{name}:index")
    add(1)
    as_support.get(index)
    with django_assert_max_num_queries(60) as first:
        as_support.get(index)
    for n in (2, 3):
        add(n)
    with django_assert_max_num_queries(len(first)):
        assert as_support.get(index).status_code == 200


@pytest.mark.parametrize("name", LISTS)
def test_search_and_export(name, as_support, company, alice, now):
    make_token(company=company, by=alice)
    make_delivery(endpoint=make_endpoint(company=company, now=now)[0], now=now)

    assert as_support.get(reverse(f"{name}:index"), {"q": company.name}).status_code == 200
