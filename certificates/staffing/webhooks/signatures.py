"""Secrets and signatures by the Standard Webhooks scheme. Source: docs/rules/api.md, rules I13 and I14."""

import secrets
from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime

from standardwebhooks import Webhook

SECRET_BYTES = 32


def new_secret() -> str:
    return "whsec_" + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(*, event_id: str, body: str, keys: Iterable[str], now: datetime) -> dict[str, str]:
    """Return the three headers by which a receiver knows us; one signature for each secret, the newest first."""
    at = now.astimezone(UTC)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(key).sign(event_id, at, body) for key in keys),
    }
