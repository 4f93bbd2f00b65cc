"""What Stripe told us, as small values of our own. Amounts are in the currency's smallest unit; times are aware."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any


class SessionState(Enum):
    OPEN = "open"  # the page is waiting for the buyer
    PROCESSING = "processing"  # the buyer is done, the bank is not
    PAID = "paid"
    FAILED = "failed"  # the bank said no after all
    EXPIRED = "expired"
    UNKNOWN = "unknown"  # Stripe has no such session


@dataclass(frozen=True, slots=True)
class Session:
    """One Checkout Session. `payment_key` is the key that our payment carries."""

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
class Intent:
    """One PaymentIntent, and how much of its money has come in."""

    id: str
    received: int
    currency: str
    order_number: str
    payment_key: str


class RefundState(Enum):
    PENDING = "pending"  # accepted; the bank has not delivered it yet
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StripeRefund:
    """One refund. `key` is the key that our refund carries; empty if it was begun at Stripe."""

    id: str
    state: RefundState
    amount: int
    currency: str
    payment_intent_id: str
    key: str
    failure: str


@dataclass(frozen=True, slots=True)
class StripeDispute:
    """One dispute. `is_withheld` says whether Stripe has taken the money off our account, `is_won` how it ended."""

    id: str
    amount: int
    currency: str
    payment_intent_id: str
    reason: str
    is_withheld: bool
    is_won: bool | None
    opened_at: datetime
    respond_by: datetime | None


@dataclass(frozen=True, slots=True)
class Event:
    """A verified webhook: which object Stripe wants us to look at again."""

    id: str
    kind: str
    object_id: str
    payload: dict[str, Any]
