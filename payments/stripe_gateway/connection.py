"""One client a process, and Stripe's errors as refusals of our own."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import stripe
import structlog
from django.conf import settings

from lms.errors import DomainError

API_VERSION = "2026-10-28.endive"  # the SDK's own; a test notices when an upgrade moves it
TIMEOUT_SECONDS = (3.05, 8.0)  # connect, read
MAX_RETRIES = 2
PAGE = 100  # the longest list that Stripe gives at once

log = structlog.get_logger(__name__)


class GatewayUnavailable(DomainError):
    message = "支付服务暂时没有响应，没有扣款，请稍后再试。"


class GatewayRefused(DomainError):
    message = "支付服务没有接受这次请求，没有扣款。请稍后再试；仍然不行请联系客服。"


def client() -> stripe.StripeClient:
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
def translated_errors() -> Iterator[None]:
    """Turn the SDK's errors into refusals. What Stripe would say again to the same request is GatewayRefused."""
    try:
        yield
    except (stripe.InvalidRequestError, stripe.IdempotencyError) as error:
        log.warning("stripe refused", error=str(error), code=error.code)
        raise GatewayRefused from error
    except stripe.StripeError as error:  # network, 5xx, rate limit, wrong key: a later try may do
        log.error("stripe unavailable", error=str(error), kind=type(error).__name__)  # noqa: TRY400  # known, no trace
        raise GatewayUnavailable from error


def since(moment: datetime) -> Any:
    """The beginning of a list and the length of its pages, as the SDK wants it; each list has a type of its own."""
    return {"created": {"gte": int(moment.timestamp())}, "limit": PAGE}


def id_of(reference: "str | stripe.PaymentIntent | None") -> str:
    return (reference if isinstance(reference, str) else reference.id) if reference else ""
