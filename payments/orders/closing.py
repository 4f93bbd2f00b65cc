"""
Closing an order that is not paid. Its page at Stripe is closed first, with no transaction open; then the order's row is
locked and looked at again.
"""

from datetime import datetime

import structlog
from django.db import transaction

from lms.errors import DomainError
from lms.users.models import User
from payments import history, ledger, stripe_gateway
from payments.models import Order, OrderEvent, Payment
from payments.orders import paying, refusals
from payments.stripe_facts import SessionState

EXPIRY_BATCH = 100

log = structlog.get_logger(__name__)


def cancel(*, order: Order, by: User | None = None, now: datetime) -> Order:
    """
    Close a pending order because its buyer says so, after closing its payment page at Stripe.

    Raises: OrderClosed, OrderBusy, PaymentArrived, PaymentProcessing, GatewayUnavailable.
    Source: docs/rules/money.md, rules P4 and P5.
    """
    withdrawn = withdraw_offer(order, now)
    with transaction.atomic():
        locked = lock_pending(order, withdrawn, now)
        locked.status = Order.Status.CANCELLED
        close_locked(locked, OrderEvent.Kind.CANCELLED, by, now)
    return locked


def expire(*, order: Order, now: datetime) -> Order:
    """
    Close a pending order whose time is over, after closing its payment page at Stripe.

    Raises: as `cancel`. Source: docs/rules/money.md, rule P5.
    """
    withdrawn = withdraw_offer(order, now)
    with transaction.atomic():
        locked = lock_pending(order, withdrawn, now)
        locked.status = Order.Status.EXPIRED
        close_locked(locked, OrderEvent.Kind.EXPIRED, None, now)
    return locked


def expire_lapsed(*, now: datetime) -> int:
    """
    Close the pending orders whose time is over and return how many were closed.

    An order that is being paid stays as it is: settling it is the work of payments.fulfilment.
    """
    closed = 0
    waiting = Order.objects.lapsed(now).exclude(payments__status=Payment.Status.PROCESSING)
    for order in waiting.order_by("expires_at")[:EXPIRY_BATCH]:
        try:
            expire(order=order, now=now)
            closed += 1
        except stripe_gateway.GatewayUnavailable:
            break  # nor will Stripe answer for the next one
        except DomainError as refusal:
            log.info("order not expired", order=order.number, why=str(refusal))
    return closed


def withdraw_offer(order: Order, now: datetime) -> Payment | None:
    """Make sure at Stripe that nobody can pay this order any more, and return the payment that is dead by that."""
    fresh = Order.objects.get(pk=order.pk)
    if fresh.status != Order.Status.PENDING:
        raise refusals.OrderClosed
    payment = fresh.payments.live().first()
    if payment is None or payment.method == Payment.Method.BANK:
        if payment and ledger.unapplied(payment) > 0:
            raise refusals.PaymentProcessing(refusals.PART_PAID)
        return payment
    session = paying.session_of(payment, now)
    if session.state is SessionState.OPEN:
        session = stripe_gateway.expire_session(session.id)
    paying.refuse_if_taken(payment, session)
    return payment


def lock_pending(order: Order, withdrawn: Payment | None, now: datetime) -> Order:
    """Lock an order whose page was closed, and end that payment. Raises: OrderClosed, OrderBusy."""
    locked = Order.objects.select_for_update().get(pk=order.pk)
    if locked.status != Order.Status.PENDING:
        raise refusals.OrderClosed
    if withdrawn:
        paying.fail(withdrawn, now)
    if locked.payments.live().exists():  # begun in another tab while we talked to Stripe
        raise refusals.OrderBusy
    return locked


def close_locked(locked: Order, kind: OrderEvent.Kind, by: User | None, now: datetime) -> None:
    """Write down the end of a locked order whose new status the caller has set."""
    locked.closed_at = now
    locked.save(update_fields=["status", "closed_at"])
    ledger.reverse_sale(order=locked, now=now)
    history.record(order=locked, kind=kind, actor=by, now=now)


def give_up_locked(locked: Order, payment: Payment, *, by: User, reason: str, now: datetime) -> None:
    """Close a locked order whose rest does not come; what came of it has no place any more."""
    payment.status, payment.settled_at = Payment.Status.SUCCEEDED, now
    payment.save(update_fields=["status", "settled_at"])
    locked.status = Order.Status.CANCELLED
    close_locked(locked, OrderEvent.Kind.CANCELLED, by, now)
    history.record(order=locked, kind=OrderEvent.Kind.MONEY_HELD, actor=by, note=reason, now=now)
