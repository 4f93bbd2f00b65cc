"""
The only module that talks to Stripe. It takes our rows and gives back small dataclasses; no Stripe object leaves it.

Stripe's minor unit of CNY is the fen, so amounts cross this border as they are (docs/rules/money.md, rule P1).
"""

import functools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import stripe
import structlog
from django.conf import settings
from django.urls import reverse

from lms.errors import DomainError
from payments.models import Payment

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams

API_VERSION = "2026-10-28.endive"  # the SDK's own; a test notices when an upgrade moves it
TIMEOUT_SECONDS = (3.05, 8.0)  # connect, read
MAX_RETRIES = 2
SIGNATURE_TOLERANCE_SECONDS = 300
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


class SessionState(Enum):
    OPEN = "open"  # the page is waiting for the buyer
    PROCESSING = "processing"  # the buyer is done, the bank is not
    PAID = "paid"
    FAILED = "failed"  # the bank said no after all
    EXPIRED = "expired"
    UNKNOWN = "unknown"  # Stripe has no such session


@dataclass(frozen=True, slots=True)
class Session:
    """What Stripe says about one Checkout Session. `amount` is in the currency's smallest unit."""

    id: str
    state: SessionState
    url: str = ""
    amount: int = 0
    currency: str = ""
    order_number: str = ""
    payment_key: str = ""
    payment_intent_id: str = ""

    @property
    def is_closed(self) -> bool:
        """Nobody can pay here any more, and nobody has."""
        return self.state in (SessionState.FAILED, SessionState.EXPIRED, SessionState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Event:
    """A verified webhook: which object Stripe wants us to look at again."""

    id: str
    kind: str
    object_id: str
    payload: dict[str, Any]


def create_session(*, payment: Payment) -> Session:
    """
    Open a payment page at Stripe for this payment, or get back the one that its key opened before.

    Raises: GatewayUnavailable, GatewayRefused. Source: docs/rules/money.md, rules P5 and P9.
    """
    order = payment.order
    page = settings.SITE_URL + reverse("payments:order_detail", args=[order.number])
    labels = {"order": order.number, "payment": payment.idempotency_key}
    params: SessionCreateParams = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": payment.currency,
                    "unit_amount": payment.amount_fen,
                    "product_data": {"name": order.course_title},
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
        "expires_at": int(payment.session_expires_at.timestamp()),
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
    intent = session.payment_intent
    labels: Mapping[str, str] = session.metadata.to_dict() if session.metadata else {}
    return Session(
        id=session.id,
        state=_state(session),
        url=session.url or "",
        amount=session.amount_total or 0,
        currency=session.currency or "",
        order_number=session.client_reference_id or "",
        payment_key=labels.get("payment", ""),
        payment_intent_id=(intent if isinstance(intent, str) else intent.id) if intent else "",
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
