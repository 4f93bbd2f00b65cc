"""One page at Stripe for an order. No transaction is open while Stripe is asked."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from payments import stripe_gateway
from payments.models import Order, Payment
from payments.orders import refusals
from payments.stripe_facts import Session, SessionState

SHORTEST_SESSION = timedelta(minutes=31)  # Stripe's 30, and a minute for the way there


def begin_payment(*, order: Order, now: datetime) -> Payment:
    """
    Return a payment of this order whose `session_url` is a page at Stripe that waits for the buyer.

    The page that is open already is used again; there is never a second one beside it.
    Raises: OrderClosed, OrderLapsed, PaymentArrived, PaymentProcessing, PaymentUnderReview, GatewayUnavailable,
    GatewayRefused. Source: docs/rules/money.md, rules P4, P5 and P9.
    """
    payment = _live_payment(order, now)
    session = session_of(payment, now)
    if session.is_closed:
        fail(payment, now)
        payment = _live_payment(order, now)
        session = session_of(payment, now)
    refuse_if_taken(payment, session)
    payment.session_id, payment.session_url = session.id, session.url
    Payment.objects.filter(pk=payment.pk).update(session_id=session.id, session_url=session.url)
    return payment


@transaction.atomic
def _live_payment(order: Order, now: datetime) -> Payment:
    """Return the order's live payment, made if there is none, so that a crash leaves its key behind."""
    locked = Order.objects.select_for_update().get(pk=order.pk)
    if locked.status != Order.Status.PENDING:
        raise refusals.OrderClosed
    if locked.payments.filter(status=Payment.Status.SUCCEEDED).exists():
        raise refusals.PaymentUnderReview
    live = locked.payments.live().first()
    if live and live.method == Payment.Method.BANK:
        raise refusals.PaymentProcessing(refusals.WAITS_FOR_TRANSFER)
    if live:
        return live
    if locked.expires_at <= now:
        raise refusals.OrderLapsed
    return Payment.objects.create(
        order=locked,
        idempotency_key=secrets.token_hex(16),
        session_expires_at=max(locked.expires_at, now + SHORTEST_SESSION),
        amount_fen=locked.amount_fen,
        currency=locked.currency,
        created_at=now,
        checked_at=now,
    )


def session_of(payment: Payment, now: datetime) -> Session:
    """Read the payment's page at Stripe, or have it made, with the key that a crash has left behind."""
    if payment.session_id:
        return stripe_gateway.retrieve_session(payment.session_id)
    try:
        return stripe_gateway.create_session(payment=payment)
    except stripe_gateway.GatewayRefused:
        fail(payment, now)  # the same request would be refused again: the next try gets a new key
        raise


def fail(payment: Payment, now: datetime) -> None:
    """End a payment that is still live."""
    Payment.objects.live().filter(pk=payment.pk).update(status=Payment.Status.FAILED, settled_at=now, checked_at=now)


def refuse_if_taken(payment: Payment, session: Session) -> None:
    """Say so if money is there or on its way. Raises: PaymentArrived, PaymentProcessing."""
    if session.state is SessionState.PAID:
        raise refusals.PaymentArrived(payment, session.id)
    if session.state is SessionState.PROCESSING:
        raise refusals.PaymentProcessing
