"""A real Stripe double for the session, and the ways a webhook reaches us."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from lms.users.models import User
from payments import fulfilment, ledger, orders, refund_requests
from payments.models import Order, Payment, Refund
from tests.factories.courses import make_course
from tests.factories.payments import OrderFactory, PaymentFactory
from tests.factories.users import UserFactory
from tests.payments.stripe_side import API_KEY, WEBHOOK_SECRET, StripeDouble, Webhook


@pytest.fixture
def now() -> datetime:
    """The machine's clock: the double lives by it too."""
    return timezone.now()


@pytest.fixture(scope="session")
def running_double() -> Iterator[StripeDouble]:
    with StripeDouble() as double:
        yield double
    assert double.broken == []


@pytest.fixture
def stripe_double(running_double, settings) -> StripeDouble:
    """Stripe's side, with the site pointed at it."""
    settings.STRIPE_API_BASE = running_double.url
    settings.STRIPE_SECRET_KEY = API_KEY
    settings.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET
    return running_double.fresh()


@pytest.fixture
def gateway_down(settings) -> None:
    """Nobody listens where Stripe should be."""
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"


@pytest.fixture
def order(alice) -> Order:
    return OrderFactory(buyer=alice)


@pytest.fixture
def payment(stripe_double, order, now) -> Payment:
    """Alice's order, with its page open at Stripe."""
    return orders.begin_payment(order=order, now=now)


@pytest.fixture
def staff(db) -> User:
    return UserFactory(is_staff=True)


@pytest.fixture
def paid(stripe_double, alice, now) -> Order:
    """Alice has bought a course for ¥880.00 and paid at Stripe."""
    order = orders.place(buyer=alice, course=make_course(lessons=10), now=now)
    payment = orders.begin_payment(order=order, now=now)
    stripe_double.shop(payment.session_id)
    fulfilment.settle(session_id=payment.session_id, now=now)
    order.refresh_from_db()
    return order


@pytest.fixture
def bought(alice, now) -> Order:
    """Alice's order of ¥880.00, paid and booked, without Stripe."""
    order = OrderFactory(buyer=alice, paid=True)
    payment = PaymentFactory(
        order=order,
        status=Payment.Status.SUCCEEDED,
        settled_at=now,
        received_amount=88_000,
        received_currency="cny",
        payment_intent_id="pi_1",
    )
    ledger.book_sale(order=order, lines=list(order.lines.all()), now=now)
    ledger.book_receipt(payment=payment, order=order, is_applied=True, now=now)
    return order


@pytest.fixture
def asked(paid, alice, now) -> Refund:
    return refund_requests.request(order=paid, by=alice, reason="买错了", now=now)


@pytest.fixture
def deliver(django_capture_on_commit_callbacks) -> Callable[[Webhook], int]:
    """Post a webhook as Stripe does and let what it put off happen; return the status."""

    def post(webhook: Webhook) -> int:
        with django_capture_on_commit_callbacks(execute=True):
            answer = Client().post(
                "/stripe/webhook/",
                data=webhook.body,
                content_type="application/json",
                headers={"Stripe-Signature": webhook.signature},
            )
        return answer.status_code

    return post
