"""Payment pages, and the money that came in through them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import stripe
from django.conf import settings
from django.urls import reverse

from payments.models import Payment
from payments.stripe_facts import Intent, Session, SessionState
from payments.stripe_gateway import connection
from payments.stripe_gateway.connection import GatewayRefused, id_of, since, translated_errors

if TYPE_CHECKING:
    from stripe.checkout import SessionService
    from stripe.params.checkout import SessionCreateParams

EXPAND = ["payment_intent"]  # tells a delayed payment that failed from one that is still on its way


def create_session(*, payment: Payment) -> Session:
    """
    Open a payment page at Stripe for this payment, or get back the one that its key opened before.

    Raises: GatewayUnavailable, GatewayRefused. Source: docs/rules/money.md, rules P5 and P9.
    """
    order = payment.order
    closes_at = payment.session_expires_at
    assert closes_at is not None  # noqa: S101  # the database says so of payments at Stripe
    page = settings.SITE_URL + reverse("payments:order_detail", args=[order.number])
    labels = {"order": order.number, "payment": payment.idempotency_key}
    params: SessionCreateParams = {
        "mode": "payment",
        # One item, whatever the lines: Stripe's page shows what is to be paid, a coupon included.
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": payment.currency,
                    "unit_amount": payment.amount_fen,
                    "product_data": {"name": order.title},
                },
            }
        ],
        # A filter on what the account has switched on; this API version knows no fixed list any more.
        "allowed_payment_method_types": settings.STRIPE_PAYMENT_METHODS,
        "adaptive_pricing": {"enabled": False},  # ¥880.00 is ¥880.00, wherever the buyer's card comes from
        "client_reference_id": order.number,
        "metadata": labels,
        "payment_intent_data": {"metadata": labels},
        "locale": "zh",
        "expires_at": int(closes_at.timestamp()),
        "success_url": f"{page}?returned=1",
        "cancel_url": page,
        "expand": EXPAND,
    }
    if "wechat_pay" in settings.STRIPE_PAYMENT_METHODS:
        params["payment_method_options"] = {"wechat_pay": {"client": "web"}}
    with translated_errors():
        return _read(_sessions().create(params, {"idempotency_key": payment.idempotency_key}))


def retrieve_session(session_id: str) -> Session:
    """
    Read a session from Stripe as it is now. One that Stripe does not know comes back as UNKNOWN.

    Raises: GatewayUnavailable. Source: docs/rules/money.md, rule P6.
    """
    try:
        with translated_errors():
            # No retries: whoever reads comes again, and a page must not wait for three time-outs.
            found = _sessions().retrieve(session_id, {"expand": EXPAND}, {"max_network_retries": 0})
            return _read(found)
    except GatewayRefused as refusal:
        if isinstance(refusal.__cause__, stripe.InvalidRequestError) and refusal.__cause__.code == "resource_missing":
            return Session(id=session_id, state=SessionState.UNKNOWN)
        raise


def expire_session(session_id: str) -> Session:
    """
    Close a payment page, so that nobody can pay there any more. Returns what it is now: EXPIRED, or what overtook us.

    Raises: GatewayUnavailable. Source: docs/rules/money.md, rule P5.
    """
    try:
        with translated_errors():
            return _read(_sessions().expire(session_id, {"expand": EXPAND}))
    except GatewayRefused:  # it is not open (any more)
        return retrieve_session(session_id)


def sessions_since(moment: datetime) -> Iterator[Session]:
    """Read all sessions created since `moment`, page by page. Raises: GatewayUnavailable, GatewayRefused."""
    with translated_errors():
        found = _sessions().list(since(moment) | {"expand": ["data.payment_intent"]})
        yield from map(_read, found.auto_paging_iter())


def intents_since(moment: datetime) -> Iterator[Intent]:
    """Read all payment intents created since `moment`, page by page. Raises: GatewayUnavailable, GatewayRefused."""
    with translated_errors():
        yield from map(_read_intent, connection.client().v1.payment_intents.list(since(moment)).auto_paging_iter())


def _sessions() -> "SessionService":
    return connection.client().v1.checkout.sessions


def _read(session: "stripe.checkout.Session") -> Session:
    labels: Mapping[str, str] = session.metadata.to_dict() if session.metadata else {}
    return Session(
        id=session.id,
        state=_state(session),
        url=session.url or "",
        amount=session.amount_total or 0,
        currency=session.currency or "",
        order_number=session.client_reference_id or "",
        payment_key=labels.get("payment", ""),
        payment_intent_id=id_of(session.payment_intent),
    )


def _read_intent(intent: "stripe.PaymentIntent") -> Intent:
    labels: Mapping[str, str] = intent.metadata.to_dict() if intent.metadata else {}
    return Intent(
        id=intent.id,
        received=intent.amount_received or 0,
        currency=intent.currency,
        order_number=labels.get("order", ""),
        payment_key=labels.get("payment", ""),
    )


def _state(session: "stripe.checkout.Session") -> SessionState:
    if session.payment_status != "unpaid":
        return SessionState.PAID
    if session.status == "open":
        return SessionState.OPEN
    if session.status == "expired":
        return SessionState.EXPIRED
    intent = session.payment_intent
    if isinstance(intent, stripe.PaymentIntent) and intent.status in ("requires_payment_method", "canceled"):
        return SessionState.FAILED
    return SessionState.PROCESSING
