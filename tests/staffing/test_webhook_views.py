"""The pages where an owner has changes sent to the company's own system."""

import pytest
from django.urls import reverse
from django.utils import timezone

from certificates.staffing import webhooks
from certificates.staffing.models import WebhookDelivery, WebhookEndpoint
from certificates.staffing.webhooks import endpoints
from tests.factories.companies import make_company, make_member
from tests.factories.webhooks import ALL, NOWHERE, make_delivery, make_endpoint
from tests.staffing.webhook_receiver import receiver

pytestmark = pytest.mark.django_db
TYPED = {"url": NOWHERE, "events": ["roster.imported", "seat.claimed"]}
ON_ENDPOINT = ["webhook_rotate", "webhook_ping", "webhook_disable", "webhook_enable", "webhook_delete"]


@pytest.fixture
def company(alice):
    return make_company(owner=alice)


@pytest.fixture
def endpoint(company, now):
    return make_endpoint(company=company, now=now)[0]


def page(company):
    return reverse("staffing:webhook_list", args=[company.pk])


def at(name, endpoint):
    return reverse(f"staffing:{name}", args=[endpoint.company_id, endpoint.pk])


def test_webhook_list_says_what_to_do_when_empty(as_alice, company):
    assert "还没有推送地址" in as_alice.get(page(company)).content.decode()


def test_webhook_list_shows_a_new_secret_once(as_alice, company, alice):
    answer = as_alice.post(page(company), TYPED)

    endpoint = WebhookEndpoint.objects.get()
    secret = endpoints.keys_of(endpoint, now=timezone.now())[0]
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert secret not in as_alice.get(at("webhook_detail", endpoint)).content.decode()
    assert endpoint.url in as_alice.get(page(company)).content.decode()
    assert (endpoint.events, endpoint.made_by) == (["roster.imported", "seat.claimed"], alice)


@pytest.mark.parametrize(
    ("spoilt", "field"),
    [
        ({"events": []}, "events"),
        ({"events": ["ping"]}, "events"),
        ({"url": ""}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "https://no-such-name.invalid/"}, "url"),
        ({"url": "https://" + "a" * 600}, "url"),
        ({"url": "\x00"}, "url"),
    ],
)
def test_webhook_list_refuses(spoilt, field, as_alice, company):
    assert list(as_alice.post(page(company), TYPED | spoilt).context["form"].errors) == [field]
    assert not WebhookEndpoint.objects.exists()


def test_webhook_list_has_an_end(as_alice, company, now):
    for n in range(webhooks.MAX_ENDPOINTS):
        make_endpoint(company=company, now=now, url=f"{NOWHERE}/{n}")

    assert webhooks.TooManyEndpoints.message in as_alice.post(page(company), TYPED).content.decode()


def test_webhook_detail_shows_the_log(as_alice, endpoint, now):
    assert "还没有推送" in as_alice.get(at("webhook_detail", endpoint)).content.decode()
    delivery = make_delivery(endpoint=endpoint, now=now)
    webhooks.deliver(pk=delivery.pk, now=now)
    WebhookDelivery.objects.update(answer="<script>x</script>")

    text = as_alice.get(at("webhook_detail", endpoint)).content.decode()

    assert "连接失败：Connection refused" in text
    assert delivery.event.event_id in text
    assert "&lt;script&gt;" in text
    assert "<script>x" not in text


def test_webhook_detail_changes(as_alice, endpoint):
    answer = as_alice.post(at("webhook_detail", endpoint), {"url": f"{NOWHERE}/2", "events": list(ALL)})

    assert (answer.status_code, answer.url) == (302, at("webhook_detail", endpoint))
    endpoint.refresh_from_db()
    assert (endpoint.url, endpoint.events) == (f"{NOWHERE}/2", list(ALL))
    refused = as_alice.post(at("webhook_detail", endpoint), {"url": "https://10.0.0.1/", "events": list(ALL)})
    assert "内部网络" in refused.content.decode()


def test_webhook_rotate_shows_the_new_secret_once(as_alice, endpoint):
    text = as_alice.post(at("webhook_rotate", endpoint)).content.decode()

    endpoint.refresh_from_db()
    new, old = endpoints.keys_of(endpoint, now=timezone.now())
    assert new in text
    assert old not in text
    assert "旧密钥到" in as_alice.get(at("webhook_detail", endpoint)).content.decode()


def test_webhook_ping_arrives(as_alice, company, django_capture_on_commit_callbacks):
    with receiver() as system:
        endpoint, secret = make_endpoint(company=company, now=timezone.now(), url=system.url)
        with django_capture_on_commit_callbacks(execute=True):
            as_alice.post(at("webhook_ping", endpoint))

    [sent] = system.sent
    assert sent.verified_by(secret)["type"] == "ping"
    text = as_alice.get(at("webhook_detail", endpoint)).content.decode()
    assert "已送达" in text
    assert webhooks.PingedJustNow.message in as_alice.post(at("webhook_ping", endpoint), follow=True).content.decode()


def test_webhook_disable_and_webhook_enable(as_alice, endpoint):
    def post(name):
        return as_alice.post(at(name, endpoint), follow=True).content.decode()

    assert "已停用，" in post("webhook_disable")
    assert webhooks.AlreadyDisabled.message in post("webhook_disable")
    assert webhooks.EndpointDisabled.message in post("webhook_ping")
    assert "已启用，" in post("webhook_enable")
    assert webhooks.NotDisabled.message in post("webhook_enable")


def test_webhook_delete(as_alice, endpoint, company):
    answer = as_alice.post(at("webhook_delete", endpoint))

    assert (answer.url, WebhookEndpoint.objects.exists()) == (page(company), False)


def test_webhook_resend(as_alice, endpoint, now):
    delivery = make_delivery(endpoint=endpoint, now=now)
    WebhookDelivery.objects.update(status="GIVEN_UP", next_try_at=None, tries=9)
    resend = reverse("staffing:webhook_resend", args=[endpoint.company_id, delivery.pk])

    assert as_alice.post(resend).url == at("webhook_detail", endpoint)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.tries) == ("WAITING", 0)
    assert webhooks.AlreadyWaiting.message in as_alice.post(resend, follow=True).content.decode()


@pytest.mark.parametrize("role", ["MANAGER", "VIEWER"])
def test_only_owners_see_webhooks(role, as_charlie, charlie, company, endpoint, now):
    make_member(company=company, user=charlie, role=role)
    delivery = make_delivery(endpoint=endpoint, now=now)
    resend = reverse("staffing:webhook_resend", args=[company.pk, delivery.pk])

    posts = [page(company), resend, at("webhook_detail", endpoint), *(at(name, endpoint) for name in ON_ENDPOINT)]
    assert {as_charlie.post(path, TYPED).status_code for path in posts} == {404}
    assert {as_charlie.get(path).status_code for path in (page(company), at("webhook_detail", endpoint))} == {404}


def test_changes_want_a_post(as_alice, endpoint):
    assert {as_alice.get(at(name, endpoint)).status_code for name in ON_ENDPOINT} == {405}


@pytest.mark.parametrize("rows", [1, 3])
def test_webhook_list_queries(rows, as_alice, company, now, django_assert_num_queries):
    for n in range(rows):
        make_endpoint(company=company, now=now, url=f"{NOWHERE}/{n}")
    as_alice.get(page(company))

    with django_assert_num_queries(4):
        as_alice.get(page(company))


@pytest.mark.parametrize("rows", [1, 3])
def test_webhook_detail_queries(rows, as_alice, endpoint, now, django_assert_num_queries):
    for _ in range(rows):
        make_delivery(endpoint=endpoint, now=now)
    as_alice.get(at("webhook_detail", endpoint))

    with django_assert_num_queries(8):
        as_alice.get(at("webhook_detail", endpoint))
