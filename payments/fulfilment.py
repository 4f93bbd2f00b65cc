"""
From "Stripe says something happened" to "the learner may study". Every verb here may run twice, late and side by side.

Source: docs/rules/money.md, rules P6-P9.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import structlog
from django.db import transaction
from django.db.models import F, Q

from lms.money import format_fen
from payments import access, attention, disputes, history, ledger, refunds, stripe_gateway
from payments.models import Attention, Order, OrderEvent, Payment, StripeEvent
from payments.stripe_facts import Session, SessionState

SESSION_EVENTS = {
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
}
REFUND_EVENTS = {"refund.created", "refund.updated", "refund.failed"}
DISPUTE_EVENTS = {
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
}
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
LOOK_AGAIN_AFTER = timedelta(seconds=5)  # a page is waiting
RECONCILE_AFTER = timedelta(seconds=60)  # nobody is waiting
BATCH = 100

log = structlog.get_logger(__name__)


class Outcome(StrEnum):
    """What came of looking at a session. The text is shown in the back office."""

    UNLOCKED = "已入账，已开通"
    ALREADY = "此前已入账"
    ATTENTION = "已入账，需要人工处理"
    WAITING = "等待买家付款"
    PROCESSING = "银行处理中"
    NOT_PAID = "未付成"
    NOT_OURS = "没有对应的支付"
    FOLLOWED = "已按 Stripe 记下"
    RECORDED = "只记录，不处理"


def handle_event(*, event_pk: int, now: datetime) -> None:
    """
    Do what a stored event asks for, once; if Stripe does not answer, leave it for a later try.

    Source: docs/rules/money.md, rules P6 and P9.
    """
    pending = StripeEvent.objects.pending().filter(pk=event_pk)
    # Claimed before the work, so that an event that crashes its worker waits its turn like the others.
    if not pending.update(tries=F("tries") + 1, next_try_at=now + FIRST_RETRY):
        return
    event = pending.get()
    pending.update(next_try_at=now + min(FIRST_RETRY * 2 ** min(event.tries - 1, 12), LONGEST_RETRY))
    try:
        outcome = _do(event, now)
    except stripe_gateway.GatewayUnavailable as refusal:
        pending.update(outcome=f"等待重试：{refusal}")
        return
    pending.update(handled_at=now, outcome=outcome)


def _do(event: StripeEvent, now: datetime) -> Outcome:
    if event.kind in SESSION_EVENTS:
        return settle(session_id=event.object_id, now=now)
    if event.kind in REFUND_EVENTS:
        is_ours = refunds.follow(stripe_gateway.retrieve_refund(event.object_id), now=now)
    elif event.kind in DISPUTE_EVENTS:
        is_ours = disputes.follow(stripe_gateway.retrieve_dispute(event.object_id), now=now)
    else:
        return Outcome.RECORDED
    return Outcome.FOLLOWED if is_ours else Outcome.NOT_OURS


def settle(*, session_id: str, now: datetime) -> Outcome:
    """
    Read a Checkout Session again from Stripe and let our rows follow: paid and all facts agree → order paid, learner
    enrolled, in one transaction; paid otherwise → money recorded for a person; closed → payment failed.

    Raises: GatewayUnavailable, GatewayRefused. Source: docs/rules/money.md, rules P6-P9.
    """
    session = stripe_gateway.retrieve_session(session_id)
    known = Q(session_id=session_id)
    if session.payment_key:  # we may have died between Stripe's answer and our commit
        known |= Q(idempotency_key=session.payment_key)
    payment = Payment.objects.filter(known).first()
    if payment is None:
        log.warning("session without payment", session=session_id)
        return Outcome.NOT_OURS
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=payment.order_id)
        payment.refresh_from_db()
        payment.session_id, payment.checked_at = session_id, now
        outcome = _follow(order, payment, session, now)
        payment.save()
    log.info("session settled", order=order.number, session=session_id, outcome=outcome)
    return outcome


def look_again(*, order_pk: int, now: datetime) -> None:
    """
    Re-read the live payment of an order whose buyer is waiting, unless somebody did so a moment ago.

    Source: docs/rules/money.md, rule P6.
    """
    due = Payment.objects.filter(order=order_pk).not_checked_since(now - LOOK_AGAIN_AFTER)
    session_id = due.values_list("session_id", flat=True).first()
    if session_id and due.filter(session_id=session_id).update(checked_at=now):
        settle(session_id=session_id, now=now)


def reconcile(*, now: datetime) -> int:
    """
    Re-read from Stripe the live payments that nobody has looked at lately, so that a lost webhook costs minutes.

    Returns how many of them moved on. Source: docs/rules/money.md, rules P9 and B5.
    """
    moved = _drop_unopened(now)
    for payment in Payment.objects.not_checked_since(now - RECONCILE_AFTER).select_related("order")[:BATCH]:
        try:
            outcome = settle(session_id=str(payment.session_id), now=now)
            if outcome is Outcome.WAITING and payment.order.status != Order.Status.PENDING:
                # The order was paid or closed another way: its page must not take money any more.
                stripe_gateway.expire_session(str(payment.session_id))
                outcome = settle(session_id=str(payment.session_id), now=now)
        except stripe_gateway.GatewayUnavailable:
            break
        moved += outcome not in (Outcome.WAITING, Outcome.PROCESSING)
    return moved


def _drop_unopened(now: datetime) -> int:
    """End the payments whose page no buyer ever saw, once their order was paid or closed another way."""
    unseen = Payment.objects.live().filter(method=Payment.Method.STRIPE, session_id=None)
    over = unseen.filter(checked_at__lte=now - RECONCILE_AFTER).exclude(order__status=Order.Status.PENDING)
    return over.update(status=Payment.Status.FAILED, settled_at=now)


def _follow(order: Order, payment: Payment, session: Session, now: datetime) -> Outcome:
    """Move the payment (and with it the order) on; never backwards, for answers may overtake each other."""
    if session.state is SessionState.PAID:
        return _receive(order, payment, session, now)
    if payment.status == Payment.Status.SUCCEEDED:
        return Outcome.ALREADY
    if session.is_closed:
        if payment.status != Payment.Status.FAILED:
            payment.status, payment.settled_at = Payment.Status.FAILED, now
        return Outcome.NOT_PAID
    if payment.status == Payment.Status.OPEN and session.state is SessionState.PROCESSING:
        payment.status = Payment.Status.PROCESSING
    return Outcome.PROCESSING if payment.status == Payment.Status.PROCESSING else Outcome.WAITING


def _receive(order: Order, payment: Payment, session: Session, now: datetime) -> Outcome:
    if payment.status == Payment.Status.SUCCEEDED:
        return Outcome.ALREADY
    payment.status, payment.settled_at = Payment.Status.SUCCEEDED, now
    payment.received_amount, payment.received_currency = session.amount, session.currency
    payment.payment_intent_id = session.payment_intent_id
    objection = _objection(order, session)
    ledger.book_receipt(payment=payment, order=order, is_applied=not objection, now=now)
    if objection:
        history.record(order=order, kind=OrderEvent.Kind.MONEY_HELD, note=objection, now=now)
    else:
        objection = unlock(order=order, note=session.payment_intent_id, now=now)
    if objection:
        key, kind = f"money:{payment.pk}", Attention.Kind.MONEY
        attention.call(kind=kind, key=key, text=objection, order=order, payment=payment, now=now)
        return Outcome.ATTENTION
    return Outcome.UNLOCKED


def unlock(*, order: Order, note: str, now: datetime) -> str:
    """
    Mark a locked order as paid and give what it bought, whatever way the money came.

    Returns a sentence for 财务 if the buyer had it already, else nothing. Source: docs/rules/money.md, rules P7 and P8.
    """
    order.status, order.paid_at = Order.Status.PAID, now
    order.save(update_fields=["status", "paid_at"])
    objection = access.open_for(order=order, now=now)
    history.record(order=order, kind=OrderEvent.Kind.PAID, note=note, now=now)
    return objection


def _objection(order: Order, session: Session) -> str:
    """Say why this money must not unlock this order, or nothing. Source: docs/rules/money.md, rules P7 and P8."""
    if session.order_number != order.number:
        return f"订单号不符：Stripe 记录的是“{session.order_number[:40]}”。"
    if (session.amount, session.currency) != (order.amount_fen, order.currency):
        received = format_fen(session.amount) if session.currency == "cny" else f"{session.amount} {session.currency}"
        return f"金额或币种不符：实收 {received}，应收 {format_fen(order.amount_fen)}。"
    if order.status in (Order.Status.PAID, Order.Status.REFUNDED):
        return "重复付款：订单此前已经付清，请退回这一笔。"
    if order.status != Order.Status.PENDING:
        return f"订单{order.get_status_display()}后才收到款项，请联系买家：退款或恢复报名。"
    return ""
