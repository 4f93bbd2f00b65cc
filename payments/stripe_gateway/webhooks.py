"""What Stripe tells us of its own accord: verified on the raw body, and nothing more than a reason to look."""

import json

import stripe
from django.conf import settings

from payments.stripe_facts import Event

SIGNATURE_TOLERANCE_SECONDS = 300


class BadSignature(Exception):
    """A webhook that Stripe did not sign, or signed too long ago."""


class BadEvent(Exception):
    """A signed webhook whose body is not an event."""


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
