"""Refunds, and disputes: money that leaves us, or that a bank wants to leave."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from payments.models import Refund
from payments.stripe_facts import RefundState, StripeDispute, StripeRefund
from payments.stripe_gateway import connection
from payments.stripe_gateway.connection import id_of, since, translated_errors

if TYPE_CHECKING:
    import stripe
    from stripe.params import RefundCreateParams


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
    with translated_errors():
        return _read_refund(connection.client().v1.refunds.create(params, {"idempotency_key": refund.idempotency_key}))


def retrieve_refund(refund_id: str) -> StripeRefund:
    """Read one refund as it is now. Raises: GatewayUnavailable, GatewayRefused."""
    with translated_errors():
        return _read_refund(connection.client().v1.refunds.retrieve(refund_id, None, {"max_network_retries": 0}))


def refunds_of(payment_intent_id: str) -> list[StripeRefund]:
    """Read all refunds of one payment, page by page. Raises: GatewayUnavailable, GatewayRefused."""
    with translated_errors():
        found = connection.client().v1.refunds.list({"payment_intent": payment_intent_id, "limit": connection.PAGE})
        return [_read_refund(refund) for refund in found.auto_paging_iter()]


def retrieve_dispute(dispute_id: str) -> StripeDispute:
    """Read one dispute as it is now. Raises: GatewayUnavailable, GatewayRefused."""
    with translated_errors():
        return _read_dispute(connection.client().v1.disputes.retrieve(dispute_id, None, {"max_network_retries": 0}))


def refunds_since(moment: datetime) -> Iterator[StripeRefund]:
    """Read all refunds created since `moment`, page by page. Raises: GatewayUnavailable, GatewayRefused."""
    with translated_errors():
        yield from map(_read_refund, connection.client().v1.refunds.list(since(moment)).auto_paging_iter())


def disputes_since(moment: datetime) -> Iterator[StripeDispute]:
    """Read all disputes created since `moment`, page by page. Raises: GatewayUnavailable, GatewayRefused."""
    with translated_errors():
        yield from map(_read_dispute, connection.client().v1.disputes.list(since(moment)).auto_paging_iter())


def _read_refund(refund: "stripe.Refund") -> StripeRefund:
    labels: Mapping[str, str] = refund.metadata.to_dict() if refund.metadata else {}
    states = {"succeeded": RefundState.SUCCEEDED, "failed": RefundState.FAILED, "canceled": RefundState.FAILED}
    return StripeRefund(
        id=refund.id,
        state=states.get(refund.status or "", RefundState.PENDING),
        amount=refund.amount,
        currency=refund.currency,
        payment_intent_id=id_of(refund.payment_intent),
        key=labels.get("refund", ""),
        failure=getattr(refund, "failure_reason", None) or "",  # Stripe leaves it out unless the refund failed
    )


def _read_dispute(dispute: "stripe.Dispute") -> StripeDispute:
    due_by = dispute.evidence_details.due_by
    return StripeDispute(
        id=dispute.id,
        amount=dispute.amount,
        currency=dispute.currency,
        payment_intent_id=id_of(dispute.payment_intent),
        reason=dispute.reason,
        # "warning_…" is an inquiry: nothing has been taken yet.
        is_withheld=dispute.status in ("needs_response", "under_review", "lost"),
        is_won={"lost": False, "won": True, "warning_closed": True, "prevented": True}.get(dispute.status),
        opened_at=datetime.fromtimestamp(dispute.created, UTC),
        respond_by=datetime.fromtimestamp(due_by, UTC) if due_by else None,
    )
