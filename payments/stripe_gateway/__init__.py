"""
The only package that talks to Stripe. It takes our rows and gives back small dataclasses; no Stripe object leaves it.

Stripe's minor unit of CNY is the fen, so amounts cross this border as they are (docs/rules/money.md, rule P1).
"""

from payments.stripe_gateway.connection import GatewayRefused, GatewayUnavailable
from payments.stripe_gateway.money_back import (
    create_refund,
    disputes_since,
    refunds_of,
    refunds_since,
    retrieve_dispute,
    retrieve_refund,
)
from payments.stripe_gateway.sessions import (
    create_session,
    expire_session,
    intents_since,
    retrieve_session,
    sessions_since,
)
from payments.stripe_gateway.webhooks import BadEvent, BadSignature, read_event

__all__ = [
    "BadEvent",
    "BadSignature",
    "GatewayRefused",
    "GatewayUnavailable",
    "create_refund",
    "create_session",
    "disputes_since",
    "expire_session",
    "intents_since",
    "read_event",
    "refunds_of",
    "refunds_since",
    "retrieve_dispute",
    "retrieve_refund",
    "retrieve_session",
    "sessions_since",
]
