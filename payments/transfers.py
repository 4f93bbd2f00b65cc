"""
对公转账: chosen by the buyer, matched by 财务. Money that arrives is booked first and judged afterwards.

All transfers of an order are one payment, so that what came in parts can be used, refunded and unlocked as a whole.
Source: docs/rules/money.md, rules B1-B5.
"""

import secrets
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from lms.errors import DomainError
from lms.money import format_fen
from lms.users.models import User
from payments import attention, fulfilment, history, ledger, orders, refunds
from payments.models import Account, Attention, BankEntry, BankStatement, Order, OrderEvent, Payment

Status = BankEntry.Status
LONGEST_AGE = timedelta(days=3 * 365)


class NotOffered(DomainError):
    message = "现在不能用对公转账，请在线支付，或联系客服。"


class NotChosen(DomainError):
    message = "这张订单没有在等待对公转账，请刷新后再看。"


class EntryKnown(DomainError):
    message = "这个银行流水号已经登记过，同一笔钱不会入账两次。"


class EntryTaken(DomainError):
    message = "这笔到账已经入账，请刷新列表。"


class BadEntry(DomainError):
    message = "金额要大于 0，入账日期不能晚于今天，流水号不能空着。"


def is_offered() -> bool:
    """Say whether there is an account to transfer to. Source: docs/rules/money.md, rule B1."""
    return bool(settings.BANK_ACCOUNT_NAME and settings.BANK_NAME and settings.BANK_ACCOUNT_NUMBER)


def choose(*, order: Order, by: User, now: datetime) -> Payment:
    """
    Let an order wait for a transfer instead of an online payment, whose page is closed first.

    Raises: NotOffered, and as orders.cancel. Source: docs/rules/money.md, rule B1.
    """
    if not is_offered():
        raise NotOffered
    waiting = order.payments.live().filter(method=Payment.Method.BANK).first()
    if waiting:
        return waiting
    withdrawn = orders.withdraw_offer(order, now)
    with transaction.atomic():
        locked = orders.lock_pending(order, withdrawn, now)
        if locked.expires_at <= now:
            raise orders.OrderLapsed
        if locked.payments.filter(status=Payment.Status.SUCCEEDED).exists():
            raise orders.PaymentUnderReview
        locked.expires_at = now + timedelta(days=settings.BANK_TRANSFER_DAYS)
        locked.save(update_fields=["expires_at"])
        history.record(order=locked, kind=OrderEvent.Kind.TRANSFER_CHOSEN, actor=by, now=now)
        return _new_payment(locked, Payment.Status.OPEN, now)


@transaction.atomic
def drop(*, order: Order, by: User, now: datetime) -> Order:
    """Go back to paying online, while no money has come. Raises: NotChosen, orders.PaymentProcessing. Rule B1."""
    locked = Order.objects.select_for_update().get(pk=order.pk)
    waiting = locked.payments.live().filter(method=Payment.Method.BANK).first()
    if waiting is None or locked.status != Order.Status.PENDING:
        raise NotChosen
    if ledger.unapplied(waiting) > 0:
        raise orders.PaymentProcessing(orders.PART_PAID)
    waiting.status, waiting.settled_at = Payment.Status.FAILED, now
    waiting.save(update_fields=["status", "settled_at"])
    locked.expires_at = now + timedelta(minutes=settings.ORDER_EXPIRY_MINUTES)
    locked.save(update_fields=["expires_at"])
    history.record(order=locked, kind=OrderEvent.Kind.TRANSFER_DROPPED, actor=by, now=now)
    return locked


def waiting_payment(order: Order) -> Payment | None:
    """Return the payment of an order that waits for a transfer, or for the rest of one."""
    if order.status != Order.Status.PENDING:
        return None
    return order.payments.live().filter(method=Payment.Method.BANK).first()


def rest_of(payment: Payment) -> int:
    """Return what is still missing of a payment that waits. Units: fen."""
    return max(0, payment.amount_fen - _usable(payment))


def record(
    *,
    serial: str,
    booked_on: date,
    amount_fen: int,
    payer_name: str = "",
    payer_account: str = "",
    remark: str = "",
    by: User,
    statement: BankStatement | None = None,
    now: datetime,
) -> BankEntry:
    """
    Put one sum that came to our account on record, whoever it is from.

    Raises: BadEntry, EntryKnown. Source: docs/rules/money.md, rule B3.
    """
    serial = "".join(serial.split())[:64]
    if not serial or amount_fen <= 0 or not (now - LONGEST_AGE).date() < booked_on <= (now + timedelta(days=1)).date():
        raise BadEntry
    try:
        with transaction.atomic():
            return BankEntry.objects.create(
                serial=serial,
                booked_on=booked_on,
                amount_fen=amount_fen,
                payer_name=payer_name.strip()[:100],
                payer_account=payer_account.strip()[:40],
                remark=remark.strip()[:200],
                statement=statement,
                recorded_by=by,
                recorded_at=now,
            )
    except IntegrityError as error:
        raise EntryKnown from error


@transaction.atomic
def match(*, entry: BankEntry, order: Order, by: User, now: datetime) -> BankEntry:
    """
    Book a sum for an order: all of it there → paid and unlocked; too little → the order goes on waiting; too much or
    no place for it → a person is asked. `outcome` of the entry says which.

    Raises: EntryTaken. Source: docs/rules/money.md, rules B3-B5.
    """
    locked = Order.objects.select_for_update().get(pk=order.pk)
    taken = BankEntry.objects.select_for_update().get(pk=entry.pk)
    if taken.status == Status.MATCHED:
        raise EntryTaken
    payment = _payment_for(locked, now)
    payment.received_amount = (payment.received_amount or 0) + taken.amount_fen
    payment.received_currency, payment.checked_at = "cny", now
    ledger.post(
        key=f"transfer:{taken.pk}",
        order=locked,
        payment=payment,
        debit=Account.BANK,
        credit=Account.UNAPPLIED,
        amount_fen=taken.amount_fen,
        note=f"转账到账 {taken.serial}",
        now=now,
    )
    if locked.status != Order.Status.PENDING:
        outcome = _hold(locked, payment, taken, f"订单{locked.get_status_display()}，转账无处入账，请核对后退回", now)
    elif _usable(payment) >= locked.amount_fen:
        outcome = _pay(locked, payment, taken, now)
    elif payment.status in (Payment.Status.OPEN, Payment.Status.PROCESSING):
        outcome = _wait_for_rest(locked, payment, by, now)
    else:
        outcome = _hold(locked, payment, taken, "转账金额不足，订单的在线支付页还开着，请联系买家", now)
    payment.save()
    taken.status, taken.payment, taken.outcome = Status.MATCHED, payment, outcome
    taken.decided_by, taken.decided_at = by, now
    taken.save()
    return taken


@transaction.atomic
def set_aside(*, entry: BankEntry, by: User, reason: str, now: datetime) -> BankEntry:
    """
    Say that a sum is not for an order. It can still be matched later.

    Raises: EntryTaken, attention.ReasonMissing. Source: docs/rules/money.md, rule B6.
    """
    locked = BankEntry.objects.select_for_update().get(pk=entry.pk)
    if locked.status != Status.UNMATCHED:
        raise EntryTaken
    if not reason.strip():
        raise attention.ReasonMissing
    locked.status, locked.outcome, locked.decided_by, locked.decided_at = (
        Status.SET_ASIDE,
        reason.strip()[:200],
        by,
        now,
    )
    locked.save()
    return locked


@transaction.atomic
def close_part_paid(*, order: Order, by: User, reason: str, now: datetime) -> Order:
    """
    Close an order whose rest does not come; what came waits to be returned.

    Raises: NotChosen, attention.ReasonMissing. Source: docs/rules/money.md, rule B4.
    """
    locked = Order.objects.select_for_update().get(pk=order.pk)
    payment = waiting_payment(locked)
    if payment is None or payment.status != Payment.Status.PROCESSING:
        raise NotChosen
    if not reason.strip():
        raise attention.ReasonMissing
    orders.give_up_locked(locked, payment, by=by, reason=reason.strip(), now=now)
    return locked


def _payment_for(order: Order, now: datetime) -> Payment:
    """Return the payment that this order's transfers belong to: the one that waits, else an earlier one, else new."""
    bank = order.payments.filter(method=Payment.Method.BANK)
    payment = bank.filter(status__in=["OPEN", "PROCESSING"]).first()
    if payment:
        return payment
    may_wait = order.status == Order.Status.PENDING and not order.payments.live().exists()
    status = Payment.Status.OPEN if may_wait else Payment.Status.SUCCEEDED
    payment = bank.order_by("-pk").first()
    if payment is None:
        return _new_payment(order, status, now)
    payment.status, payment.settled_at = status, None if may_wait else now
    return payment


def _new_payment(order: Order, status: Payment.Status, now: datetime) -> Payment:
    return Payment.objects.create(
        order=order,
        method=Payment.Method.BANK,
        idempotency_key=secrets.token_hex(16),
        amount_fen=order.amount_fen,
        currency=order.currency,
        status=status,
        received_amount=None if status == Payment.Status.OPEN else 0,
        settled_at=None if status == Payment.Status.OPEN else now,
        created_at=now,
        checked_at=now,
    )


def _usable(payment: Payment) -> int:
    """Return what has no place and is not on its way back either."""
    return min(ledger.unapplied(payment), refunds.refundable(payment))


def _pay(order: Order, payment: Payment, entry: BankEntry, now: datetime) -> str:
    ledger.post(
        key=f"transfer-applied:{order.pk}",
        order=order,
        payment=payment,
        debit=Account.UNAPPLIED,
        credit=Account.RECEIVABLE,
        amount_fen=order.amount_fen,
        note="转账付清",
        now=now,
    )
    payment.status, payment.settled_at = Payment.Status.SUCCEEDED, now
    waiting = Attention.objects.select_for_update().filter(key=f"part-paid:{payment.pk}", resolved_at=None).first()
    if waiting:
        attention.close(item=waiting, by=None, reason="余款已到，订单付清", now=now)
    objection = fulfilment.unlock(order=order, note=f"对公转账 {entry.serial}", now=now)
    surplus = _usable(payment)
    if surplus:
        objection += f"多付 {format_fen(surplus)}，请退回。"
    if objection:
        return _hold(order, payment, entry, f"已开通；{objection}", now)
    return "已付清，已开通"


def _wait_for_rest(order: Order, payment: Payment, by: User, now: datetime) -> str:
    payment.status = Payment.Status.PROCESSING
    text = f"部分到账：已收 {format_fen(_usable(payment))}，还差 {format_fen(rest_of(payment))}，订单保持待支付。"
    item = attention.call(
        kind=Attention.Kind.MONEY, key=f"part-paid:{payment.pk}", text=text, order=order, payment=payment, now=now
    )
    Attention.objects.filter(pk=item.pk).update(text=text)
    history.record(order=order, kind=OrderEvent.Kind.PART_PAID, actor=by, note=text, now=now)
    return text


def _hold(order: Order, payment: Payment, entry: BankEntry, text: str, now: datetime) -> str:
    if payment.status != Payment.Status.SUCCEEDED:
        payment.status, payment.settled_at = Payment.Status.SUCCEEDED, now
    attention.call(
        kind=Attention.Kind.MONEY, key=f"transfer:{entry.pk}", text=text, order=order, payment=payment, now=now
    )
    history.record(order=order, kind=OrderEvent.Kind.MONEY_HELD, note=text, now=now)
    return text[:200]
