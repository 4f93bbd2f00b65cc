"""
Money back: sent through Stripe and followed until it is there. Asking and deciding is payments.refund_requests.

No transaction is open while Stripe is asked; afterwards the order's row is locked and looked at again.
Source: docs/rules/money.md, rules R2, R5; docs/rules/money.md, rule R6.
"""

import secrets
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum

from lms.errors import DomainError
from lms.money import format_fen
from lms.users.models import User
from payments import access, attention, history, invoices, ledger, stripe_gateway
from payments.models import Account, Attention, Order, OrderEvent, Payment, Refund
from payments.stripe_facts import RefundState, StripeRefund

FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
BATCH = 50

log = structlog.get_logger(__name__)


class NothingToRefund(DomainError):
    message = "这张订单没有可以退的款项。"


class TooMuch(DomainError):
    message = "退款金额要大于 0，且不能超过这笔支付还没有退的金额。"


class OneIsWaiting(DomainError):
    message = "这张订单还有一份没有决定的退款，请先决定它。"


class NotToSend(DomainError):
    message = "这笔退款不是等待银行汇出的退款，可能已经登记过。请刷新后再看。"


def refundable(payment: Payment) -> int:
    """Return what was received and is neither back nor on its way back. Units: the currency's smallest."""
    gone = payment.refunds.counting().aggregate(total=Sum("amount_fen", default=0))["total"]
    return max(0, (payment.received_amount or 0) - int(gone))


def needs_two(payment: Payment, amount_fen: int) -> bool:
    """Say whether this sum, with what of the payment went back before, is one that two people decide (rule R9)."""
    gone = (payment.received_amount or 0) - refundable(payment)
    return gone + amount_fen > settings.REFUND_TWO_PERSONS_FEN


def applied_payment(order: Order) -> Payment | None:
    """Return the payment whose money paid this order."""
    return order.payments.filter(ledger__credit=Account.RECEIVABLE).first()


@transaction.atomic
def give_back(*, payment: Payment, by: User, amount_fen: int, reason: str, ends_access: bool, now: datetime) -> Refund:
    """
    Send money back because we say so: a surplus, a failed refund once more, a goodwill sum. A task sends it; a large
    sum waits for a second person's word (payments.refund_requests.approve).

    Raises: TooMuch, OneIsWaiting, attention.ReasonMissing. Source: docs/rules/money.md, rules R2, R5 and R9.
    """
    order = Order.objects.select_for_update().get(pk=payment.order_id)
    if not reason.strip():
        raise attention.ReasonMissing
    if not 0 < amount_fen <= refundable(payment):
        raise TooMuch
    # Money without a place goes back by the ledger's figure; nobody chooses the sum.
    is_large = amount_fen > ledger.unapplied(payment) and needs_two(payment, amount_fen)
    if is_large and order.refunds.requested().exists():
        raise OneIsWaiting
    made = Refund.objects.create(
        order=order,
        payment=payment,
        origin=Refund.Origin.STAFF,
        status=Refund.Status.REQUESTED if is_large else Refund.Status.APPROVED,
        amount_fen=amount_fen,
        currency=payment.received_currency,
        reason=reason.strip()[:300],
        ends_access=ends_access,
        requested_by=by,
        requested_at=now,
        proposed_by=by if is_large else None,
        decided_by=None if is_large else by,
        decided_at=None if is_large else now,
        next_try_at=None if is_large else first_try(payment, now),
        idempotency_key=secrets.token_hex(16),
    )
    kind = OrderEvent.Kind.REFUND_PROPOSED if is_large else OrderEvent.Kind.REFUND_APPROVED
    history.record(order=order, kind=kind, actor=by, note=made.reason, now=now)
    return made


def send(*, refund_pk: int, now: datetime) -> None:
    """
    Have Stripe send an approved refund, and follow its answer; if Stripe is silent, a later try uses the same key.

    Source: docs/rules/money.md, rule R5.
    """
    waiting = Refund.objects.to_send(now).filter(pk=refund_pk)
    # Claimed before the work, so that two workers do not send side by side and a crash waits its turn.
    if not waiting.update(tries=F("tries") + 1, next_try_at=now + FIRST_RETRY):
        return
    refund = Refund.objects.select_related("order", "payment").get(pk=refund_pk)
    wait = min(FIRST_RETRY * 2 ** min(refund.tries - 1, 12), LONGEST_RETRY)
    Refund.objects.filter(pk=refund_pk).update(next_try_at=now + wait)
    try:
        theirs = _known_to_stripe(refund) or stripe_gateway.create_refund(refund=refund)
    except stripe_gateway.GatewayUnavailable:
        return
    except stripe_gateway.GatewayRefused as refusal:
        _fail(refund, f"Stripe 没有接受：{refusal.__cause__}", now)
        return
    follow(theirs, now=now)


def send_due(*, now: datetime) -> int:
    """Send or re-read the approved refunds that are due; return how many. Source: docs/rules/money.md, rule R5."""
    due = list(Refund.objects.to_send(now).values_list("pk", flat=True)[:BATCH])
    for pk in due:
        send(refund_pk=pk, now=now)
    return len(due)


def follow(theirs: StripeRefund, *, now: datetime) -> bool:
    """
    Let our row, the ledger, the order and access say what Stripe says about a refund, whoever began it.

    Returns whether it is about one of our payments. May run twice, late and side by side.

    Source: docs/rules/money.md, rules R5, R6; docs/rules/money.md, rule P17.
    """
    payment = Payment.objects.filter(payment_intent_id=theirs.payment_intent_id).exclude(payment_intent_id="").first()
    if payment is None:
        return False
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=payment.order_id)
        refund = order.refunds.filter(stripe_refund_id=theirs.id).first()
        if refund is None and theirs.key:
            refund = order.refunds.filter(idempotency_key=theirs.key).first()
        if refund is None:
            refund = _begun_at_stripe(order, payment, theirs, now)
        refund.stripe_refund_id = theirs.id
        if theirs.state is RefundState.FAILED:
            _move_to_failed(order, refund, theirs.failure, now)
        elif refund.status == Refund.Status.APPROVED:
            _end_access(order, refund, now)
            if theirs.state is RefundState.SUCCEEDED:
                _arrived(order, refund, format_fen(refund.amount_fen), now)
        refund.save()
    return True


@transaction.atomic
def end_access(*, order: Order, by: User, reason: str, now: datetime) -> Order:
    """
    Take back what a paid order gave, after a refund or dispute that began at Stripe.

    Raises: attention.ReasonMissing, NothingToRefund if the order is not paid. Source: docs/rules/money.md, rule P17.
    """
    locked = Order.objects.select_for_update().get(pk=order.pk)
    if not reason.strip():
        raise attention.ReasonMissing
    if locked.status != Order.Status.PAID:
        raise NothingToRefund
    _withdraw(locked, reason.strip(), by, now)
    return locked


@transaction.atomic
def sent_by_bank(*, refund: Refund, by: User, reference: str, now: datetime) -> Refund:
    """
    Put on record that 财务 has sent an approved refund at the bank; `reference` is the bank's number of it.

    Raises: NotToSend, attention.ReasonMissing without a reference. Source: docs/rules/money.md, rule B7.
    """
    order = Order.objects.select_for_update().get(pk=refund.order_id)
    locked = Refund.objects.select_related("order", "payment").get(pk=refund.pk)
    if locked.status != Refund.Status.APPROVED or locked.payment.method != Payment.Method.BANK:
        raise NotToSend
    locked.bank_reference = reference.strip()[:64]
    if not locked.bank_reference:
        raise attention.ReasonMissing
    locked.decided_by = locked.decided_by or by
    _end_access(order, locked, now)
    _arrived(order, locked, f"{format_fen(locked.amount_fen)} 银行流水 {locked.bank_reference}", now)
    locked.save()
    return locked


def first_try(payment: Payment, now: datetime) -> datetime | None:
    """Stripe's money is sent by a task; a bank transfer is sent back by 财务 at the bank."""
    return now if payment.method == Payment.Method.STRIPE else None


def _known_to_stripe(refund: Refund) -> StripeRefund | None:
    """Look before sending again: Stripe forgets idempotency keys after a day, its refunds never."""
    if refund.stripe_refund_id:
        return stripe_gateway.retrieve_refund(refund.stripe_refund_id)
    if refund.tries <= 1:
        return None
    made = stripe_gateway.refunds_of(refund.payment.payment_intent_id)
    return next((theirs for theirs in made if theirs.key == refund.idempotency_key), None)


def _begun_at_stripe(order: Order, payment: Payment, theirs: StripeRefund, now: datetime) -> Refund:
    made = Refund.objects.create(
        order=order,
        payment=payment,
        origin=Refund.Origin.STRIPE,
        status=Refund.Status.APPROVED,
        amount_fen=theirs.amount,
        currency=theirs.currency,
        requested_at=now,
        decided_at=now,
        next_try_at=now + FIRST_RETRY,
        stripe_refund_id=theirs.id,
        idempotency_key=secrets.token_hex(16),
    )
    text = f"有人在 Stripe 直接退款 {format_fen(theirs.amount)}，请决定是否撤回学习资格。"
    _tell(made, f"refund-at-stripe:{made.pk}", text, now)
    return made


def _fail(refund: Refund, why: str, now: datetime) -> None:
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=refund.order_id)
        fresh = Refund.objects.select_related("payment").get(pk=refund.pk)
        _move_to_failed(order, fresh, why, now)
        fresh.save()


def _move_to_failed(order: Order, refund: Refund, why: str, now: datetime) -> None:
    if refund.status not in (Refund.Status.APPROVED, Refund.Status.SUCCEEDED):
        return
    if refund.status == Refund.Status.SUCCEEDED:
        ledger.book_refund_back(refund=refund, now=now)
        invoices.follow(order=order, now=now)
    refund.status, refund.settled_at, refund.next_try_at = Refund.Status.FAILED, now, None
    refund.failure = why[:200] or "银行退回了这笔退款"
    text = f"退款 {format_fen(refund.amount_fen)} 没有退成：{refund.failure}。请核对后重新退，或联系买家。"
    history.record(order=order, kind=OrderEvent.Kind.REFUND_FAILED, note=text, now=now)
    _tell(refund, f"refund-failed:{refund.pk}", text, now)


def _tell(refund: Refund, key: str, text: str, now: datetime) -> None:
    attention.call(
        kind=Attention.Kind.REFUND,
        key=key,
        text=text,
        order=refund.order,
        payment=refund.payment,
        refund=refund,
        stripe_id=refund.stripe_refund_id or "",
        now=now,
    )


def _arrived(order: Order, refund: Refund, note: str, now: datetime) -> None:
    refund.status, refund.settled_at, refund.next_try_at = Refund.Status.SUCCEEDED, now, None
    ledger.book_refund(refund=refund, now=now)
    history.record(order=order, kind=OrderEvent.Kind.REFUNDED, note=note, now=now)
    invoices.follow(order=order, now=now)


def _end_access(order: Order, refund: Refund, now: datetime) -> None:
    if not refund.ends_access or order.status != Order.Status.PAID:
        return
    reason = f"已退款（订单 {order.number}）"
    if order.kind == Order.Kind.COMPANY:
        since, by = refund.requested_at, refund.decided_by
        in_study = access.close_unused_seats(order=order, since=since, reason=reason, by=by, now=now)
        if in_study:  # those seats are paid for
            note = f"收回没有使用的席位，{in_study} 个学习中的保留"
            history.record(order=order, kind=OrderEvent.Kind.ACCESS_WITHDRAWN, actor=by, note=note, now=now)
            return
    _withdraw(order, reason, refund.decided_by, now)


def _withdraw(order: Order, reason: str, by: User | None, now: datetime) -> None:
    order.status, order.closed_at = Order.Status.REFUNDED, now
    order.save(update_fields=["status", "closed_at"])
    access.close_for(order=order, reason=reason, now=now)
    history.record(order=order, kind=OrderEvent.Kind.ACCESS_WITHDRAWN, actor=by, note=reason, now=now)
