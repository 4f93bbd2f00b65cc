"""What Stripe posts to us."""

import json
import time

import pytest
import stripe
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError

from courses.models import Enrolment
from payments import tasks
from payments.models import Order, StripeEvent
from tests.payments.stripe_side import WEBHOOK_SECRET

pytestmark = pytest.mark.django_db


def state_of(client: Client, order: Order) -> str:
    return client.get(reverse("payments:order_status", args=[order.number])).json()["state"]


def post(body: bytes, signature: str) -> int:
    return (
        Client(enforce_csrf_checks=True)
        .post("/stripe/webhook/", data=body, content_type="application/json", headers={"Stripe-Signature": signature})
        .status_code
    )


def signed(body: bytes, age: int = 0) -> str:
    return stripe.WebhookSignature.generate_signature_header(body.decode(), WEBHOOK_SECRET, int(time.time()) - age)


def test_stripe_webhook_pays_the_order(deliver, stripe_double, payment, order):
    stripe_double.shop(payment.session_id)
    webhook = stripe_double.webhook("checkout.session.completed", payment.session_id)

    assert deliver(webhook) == 200

    order.refresh_from_db()
    event = StripeEvent.objects.get()
    assert order.status == Order.Status.PAID
    assert (event.event_id, event.kind, event.object_id) == (
        webhook.event["id"],
        webhook.event["type"],
        payment.session_id,
    )
    assert (event.payload, event.outcome, event.tries) == (webhook.event, "已入账，已开通", 1)


def test_stripe_webhook_delivered_twice_pays_once(deliver, stripe_double, payment, order):
    stripe_double.faults(duplicate=1)
    stripe_double.shop(payment.session_id)
    twice = [stripe_double.webhook("checkout.session.completed", payment.session_id) for _ in range(2)]

    assert [deliver(webhook) for webhook in twice] == [200, 200]

    assert StripeEvent.objects.get().tries == 1
    assert Enrolment.objects.get().learner == order.buyer


def test_stripe_webhook_of_a_delayed_payment(deliver, stripe_double, payment, order, as_alice):
    stripe_double.shop(payment.session_id, "later")
    deliver(stripe_double.webhook("checkout.session.completed", payment.session_id))
    assert state_of(as_alice, order) == "PROCESSING"

    deliver(stripe_double.webhook("checkout.session.async_payment_succeeded", payment.session_id))

    assert state_of(as_alice, order) == "PAID"


def test_stripe_webhook_that_comes_while_stripe_is_silent_is_kept(deliver, stripe_double, payment, order):
    stripe_double.shop(payment.session_id)
    webhook = stripe_double.webhook("checkout.session.completed", payment.session_id)
    stripe_double.faults(error=10)

    assert deliver(webhook) == 200

    assert StripeEvent.objects.get().handled_at is None
    order.refresh_from_db()
    assert order.status == Order.Status.PENDING


def test_stripe_webhook_forged_pays_nothing(stripe_double, payment, order):
    """The signature is right, the body lies: Stripe is asked again."""
    body = json.dumps(
        {
            "id": "evt_forged",
            "type": "checkout.session.completed",
            "data": {"object": {"id": payment.session_id, "payment_status": "paid", "amount_total": 88_000}},
        }
    ).encode()

    assert post(body, signed(body)) == 200

    order.refresh_from_db()
    assert order.status == Order.Status.PENDING


def test_stripe_webhook_of_an_unknown_type_is_recorded(deliver, stripe_double, payment):
    stripe_double.shop(payment.session_id)

    assert deliver(stripe_double.webhook("charge.succeeded")) == 200

    event = StripeEvent.objects.get()
    assert (event.kind, event.outcome) == ("charge.succeeded", "只记录，不处理")


@pytest.mark.parametrize("signature", ["", "t=1,v1=0", "nonsense"])
def test_stripe_webhook_with_a_wrong_signature_is_400(signature, stripe_double):
    assert post(b"{}", signature) == 400
    assert not StripeEvent.objects.exists()


def test_stripe_webhook_with_an_old_signature_is_400(stripe_double):
    body = b'{"id": "evt_1", "type": "x", "data": {"object": {"id": "y"}}}'

    assert post(body, signed(body, age=600)) == 400
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}"])
def test_stripe_webhook_that_is_no_event_is_400(body, stripe_double):
    assert post(body, signed(body)) == 400


def test_stripe_webhook_by_get_is_405(db):
    assert Client().get("/stripe/webhook/").status_code == 405


def test_stripe_webhook_while_the_broker_is_away(monkeypatch, stripe_double, django_capture_on_commit_callbacks):
    """The event is stored and answered; the sweep will find it."""

    def refuse(*args, **kwargs):
        raise OperationalError("broker is away")

    monkeypatch.setattr(tasks.handle_event, "delay", refuse)
    body = b'{"id": "evt_away", "object": "event", "type": "x.y", "data": {"object": {"id": "o"}}}'

    with django_capture_on_commit_callbacks(execute=True):
        status = post(body, signed(body))

    assert status == 200
    assert StripeEvent.objects.get(event_id="evt_away").handled_at is None
