"""
The only module that talks to Stripe. It takes our rows and gives back small dataclasses; no Stripe object leaves it.

Stripe's minor unit of CNY is the fen, so amounts cross this border as they are (docs/rules/money.md, rule P1).
"""

import functools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import stripe
import structlog
from django.conf import settings
from django.urls import reverse

from lms.errors import DomainError
from payments.models import Payment, Refund
from payments.stripe_facts import (
    Event,
    Intent,
    RefundState,
    Session,
    SessionState,
    StripeDispute,
    StripeRefund,
)

if TYPE_CHECKING:
    from stripe.params import RefundCreateParams
    from stripe.params.checkout import SessionCreateParams

API_VERSION = "2026-10-28.endive"  # the SDK's own; a test notices when an upgrade moves it
TIMEOUT_SECONDS = (3.05, 8.0)  # connect, read
MAX_RETRIES = 2
SIGNATURE_TOLERANCE_SECONDS = 300
PAGE = 100  # the longest list that Stripe gives at once
EXPAND = ["payment_intent"]  # tells a delayed payment that failed from one that is still on its way

log = structlog.get_logger(__name__)


class GatewayUnavailable(DomainError):
    message = "支付服务暂时没有响应，没有扣款，请稍后再试。"


class GatewayRefused(DomainError):
    message = "支付服务没有接受这次请求，没有扣款。请稍后再试；仍然不行请联系客服。"


class BadSignature(Exception):
    """A webhook that Stripe did not sign, or signed too long ago."""


class BadEvent(Exception):
    """A signed webhook whose body is not an event."""


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
    with _translated_errors():
        return _read(_client().v1.checkout.sessions.create(params, {"idempotency_key": payment.idempotency_key}))


def retrieve_session(session_id: str) -> Session:
    """
    Read a session from Stripe as it is now. One that Stripe does not know comes back as UNKNOWN.

    Raises: GatewayUnavailable. Source: docs/rules/money.md, rule P6.
    """
    try:
        with _translated_errors():
            # No retries: whoever reads comes again, and a page must not wait for three time-outs.
            found = _client().v1.checkout.sessions.retrieve(session_id, {"expand": EXPAND}, {"max_network_retries": 0})
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
        with _translated_errors():
            return _read(_client().v1.checkout.sessions.expire(session_id, {"expand": EXPAND}))
    except GatewayRefused:  # it is not open (any more)
        return retrieve_session(session_id)


def create_refund(*, refund: Refund) -> StripeRefund:
    """
    Send money back the way it came, or get back the refund that this key began before.

    Raises: GatewayUnavailable, GatewayRefused. Source: docs/rules/money.md, rule R5.
    """
    params: RefundCreateParams = {
        "payment_intent": refund.payment.payment_intent_id,
        "amount": refund.amount_fen,
        "metadata": {"order": refund.order.number, "refund": refund.idempotency_key},
    }
    with _translated_errors():
        return _read_refund(_client().v1.refunds.create(params, {"idempotency_key": refund.idempotency_key}))


def retrieve_refund(refund_id: str) -> StripeRefund:
    """Read one refund as it is now. Raises: GatewayUnavailable, GatewayRefused."""
    with _translated_errors():
        return _read_refund(_client().v1.refunds.retrieve(refund_id, None, {"max_network_retries": 0}))


def refunds_of(payment_intent_id: str) -> list[StripeRefund]:
    """Read all refunds of one payment, page by page. Raises: GatewayUnavailable, GatewayRefused."""
    with _translated_errors():
        found = _client().v1.refunds.list({"payment_intent": payment_intent_id, "limit": PAGE})
        return [_read_refund(refund) for refund in found.auto_paging_iter()]


def retrieve_dispute(dispute_id: str) -> StripeDispute:
    """Read one dispute as it is now. Raises: GatewayUnavailable, GatewayRefused."""
    with _translated_errors():
        return _read_dispute(_client().v1.disputes.retrieve(dispute_id, None, {"max_network_retries": 0}))


def sessions_since(moment: datetime) -> Iterator[Session]:
    """Read all sessions created since `moment`, page by page. Raises: GatewayUnavailable, GatewayRefused."""
    with _translated_errors():
        found = _client().v1.checkout.sessions.list(_since(moment) | {"expand": ["data.payment_intent"]})
        yield from map(_read, found.auto_paging_iter())


def intents_since(moment: datetime) -> Iterator[Intent]:
    """Read all payment intents created since `moment`, page by page. Raises: GatewayUnavailable, GatewayRefused."""
    with _translated_errors():
        yield from map(_read_intent, _client().v1.payment_intents.list(_since(moment)).auto_paging_iter())


def refunds_since(moment: datetime) -> Iterator[StripeRefund]:
    """Read all refunds created since `moment`, page by page. Raises: GatewayUnavailable, GatewayRefused."""
    with _translated_errors():
        yield from map(_read_refund, _client().v1.refunds.list(_since(moment)).auto_paging_iter())


def disputes_since(moment: datetime) -> Iterator[StripeDispute]:
    """Read all disputes created since `moment`, page by page. Raises: GatewayUnavailable, GatewayRefused."""
    with _translated_errors():
        yield from map(_read_dispute, _client().v1.disputes.list(_since(moment)).auto_paging_iter())


def read_event(*, body: bytes, signature: str) -> Event:
    """
    Verify a webhook's signature and age on the raw body and return what it is about.

    Raises: BadSignature, BadEvent. Source: docs/rules/money.md, rule P6.
    """
    try:
        stripe.WebhookSignature.verify_header(
            body, signature, settings.STRIPE_WEBHOOK_SECRET, SIGNATURE_TOLERANCE_SECONDS
        )
        payload = json.loads(body)
        about = payload["data"]["object"]
        return Event(id=payload["id"], kind=payload["type"], object_id=about.get("id") or "", payload=payload)
    except stripe.SignatureVerificationError as error:
        raise BadSignature(str(error)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:  # not UTF-8, not JSON, not an event
        raise BadEvent(repr(error)) from error


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
        payment_intent_id=_id_of(session.payment_intent),
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


def _read_refund(refund: "stripe.Refund") -> StripeRefund:
    labels: Mapping[str, str] = refund.metadata.to_dict() if refund.metadata else {}
    states = {"succeeded": RefundState.SUCCEEDED, "failed": RefundState.FAILED, "canceled": RefundState.FAILED}
    return StripeRefund(
        id=refund.id,
        state=states.get(refund.status or "", RefundState.PENDING),
        amount=refund.amount,
        currency=refund.currency,
        payment_intent_id=_id_of(refund.payment_intent),
        key=labels.get("refund", ""),
        failure=getattr(refund, "failure_reason", None) or "",  # Stripe leaves it out unless the refund failed
    )


def _read_dispute(dispute: "stripe.Dispute") -> StripeDispute:
    due_by = dispute.evidence_details.due_by
    return StripeDispute(
        id=dispute.id,
        amount=dispute.amount,
        currency=dispute.currency,
        payment_intent_id=_id_of(dispute.payment_intent),
        reason=dispute.reason,
        # "warning_…" is an inquiry: nothing has been taken yet.
        is_withheld=dispute.status in ("needs_response", "under_review", "lost"),
        is_won={"lost": False, "won": True, "warning_closed": True, "prevented": True}.get(dispute.status),
        opened_at=datetime.fromtimestamp(dispute.created, UTC),
        respond_by=datetime.fromtimestamp(due_by, UTC) if due_by else None,
    )


def _since(moment: datetime) -> Any:
    """The beginning of a list and the length of its pages, as the SDK wants it; each list has a type of its own."""
    return {"created": {"gte": int(moment.timestamp())}, "limit": PAGE}


def _id_of(reference: "str | stripe.PaymentIntent | None") -> str:
    return (reference if isinstance(reference, str) else reference.id) if reference else ""


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


def _client() -> stripe.StripeClient:
    return _client_for(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@functools.cache
def _client_for(api_key: str, api_base: str) -> stripe.StripeClient:
    """One client a process: it keeps its connections. An own base is on this machine, so no proxy stands between."""
    http_client = stripe.RequestsClient(
        timeout=TIMEOUT_SECONDS, proxy={"http": "", "https": ""} if api_base else None, async_fallback_client=None
    )
    return stripe.StripeClient(
        api_key,
        stripe_version=API_VERSION,
        base_addresses={"api": api_base} if api_base else None,
        http_client=http_client,
        max_network_retries=MAX_RETRIES,
    )


@contextmanager
def _translated_errors() -> Iterator[None]:
    """Turn the SDK's errors into refusals. What Stripe would say again to the same request is GatewayRefused."""
    try:
        yield
    except (stripe.InvalidRequestError, stripe.IdempotencyError) as error:
        log.warning("stripe refused", error=str(error), code=error.code)
        raise GatewayRefused from error
    except stripe.StripeError as error:  # network, 5xx, rate limit, wrong key: a later try may do
        log.error("stripe unavailable", error=str(error), kind=type(error).__name__)  # noqa: TRY400  # known, no trace
        raise GatewayUnavailable from error
