"""
Money without a place, put to use by hand: one person proposes, another confirms.

Source: docs/rules/money.md, rule P12.
"""

from datetime import datetime

from django.db import transaction

from lms.errors import DomainError
from lms.money import format_fen
from lms.users.models import User
from payments import access, attention, history, ledger, orders, refunds
from payments.models import Account, Attention, Order, OrderEvent, Payment, Refund


class NoMoneyHere(DomainError):
    message = "这件事没有可以使用的人民币款项：可能已经退回，或币种不符。请刷新后再看。"


class OrderIsPaid(DomainError):
    message = "这张订单已经付清，不需要人工开通。多收的款项请退回。"


class HasAccess(DomainError):
    message = "买家已经有这门课的学习资格，人工开通不会给他任何东西。请把款项退回。"


class NotProposed(DomainError):
    message = "还没有人提出人工开通。请先提出并写明理由，再由另一位同事确认。"


class SamePerson(DomainError):
    message = "提出和确认必须是两个人，请另一位同事来确认。"


@transaction.atomic
def propose(*, item: Attention, by: User, reason: str, now: datetime) -> Attention:
    """
    Say why this money should unlock this order. A new proposal replaces the old one.

    Raises: attention.AlreadyResolved, attention.ReasonMissing, NoMoneyHere, OrderIsPaid.
    Source: docs/rules/money.md, rule P12.
    """
    order, _payment, locked = _lock(item)
    if not reason.strip():
        raise attention.ReasonMissing
    locked.proposed_by, locked.proposed_at, locked.proposal = by, now, reason.strip()[:200]
    locked.save(update_fields=["proposed_by", "proposed_at", "proposal"])
    history.record(order=order, kind=OrderEvent.Kind.UNLOCK_PROPOSED, actor=by, note=locked.proposal, now=now)
    return locked


@transaction.atomic
def confirm(*, item: Attention, by: User, now: datetime) -> Order:
    """
    Unlock the order with the money that waits: what is missing is written off, what is too much stays and can go back.

    Raises: NotProposed, SamePerson, HasAccess, and as `propose`. Source: docs/rules/money.md, rule P12.
    """
    order, payment, locked = _lock(item)
    if locked.proposed_by is None:
        raise NotProposed
    if locked.proposed_by_id == by.pk:
        raise SamePerson
    if order.status != Order.Status.PENDING:  # the sale was booked back when the order was closed
        ledger.book_sale(order=order, lines=list(order.lines.all()), now=now, key=f"again-{locked.pk}")
    usable = min(order.amount_fen, ledger.unapplied(payment))
    for key, debit, amount in (
        ("applied", Account.UNAPPLIED, usable),
        ("written-off", Account.WRITE_OFF, order.amount_fen - usable),
    ):
        ledger.post(
            key=f"{key}:{locked.pk}",
            order=order,
            payment=payment,
            debit=debit,
            credit=Account.RECEIVABLE,
            amount_fen=amount,
            note="人工开通",
            now=now,
        )
    order.status, order.paid_at, order.closed_at = Order.Status.PAID, now, None
    order.save(update_fields=["status", "paid_at", "closed_at"])
    Payment.objects.live().filter(pk=payment.pk).update(status=Payment.Status.SUCCEEDED, settled_at=now)  # part paid
    if access.open_for(order=order, now=now):
        raise HasAccess
    locked.was_unlocked = True
    attention.close(item=locked, by=by, reason=f"人工开通：{locked.proposal}"[:200], now=now)
    surplus = ledger.unapplied(payment)
    if surplus:
        text, key = f"人工开通之后还多出 {format_fen(surplus)}，请退回。", f"surplus:{locked.pk}"
        attention.call(kind=Attention.Kind.MONEY, key=key, text=text, order=order, payment=payment, now=now)
    history.record(order=order, kind=OrderEvent.Kind.UNLOCKED, actor=by, note=locked.proposal, now=now)
    return order


@transaction.atomic
def return_money(*, item: Attention, by: User, reason: str, now: datetime) -> Refund:
    """
    Send back what of this matter's payment has no place, and settle the matter; an order that was part paid is closed.

    Raises: attention.AlreadyResolved, attention.ReasonMissing, NoMoneyHere, refunds.TooMuch.
    Source: docs/rules/money.md, rules P12, R2 and B4.
    """
    payment = _payment_of(item)
    order = Order.objects.select_for_update().get(pk=payment.order_id)
    payment.refresh_from_db()
    locked = attention.lock(item)
    surplus = min(ledger.unapplied(payment), refunds.refundable(payment))
    if surplus <= 0:
        raise NoMoneyHere
    made = refunds.give_back(payment=payment, by=by, amount_fen=surplus, reason=reason, ends_access=False, now=now)
    attention.close(item=locked, by=by, reason=f"退回：{reason.strip()}", now=now)
    if order.status == Order.Status.PENDING and payment.status == Payment.Status.PROCESSING:
        orders.give_up_locked(order, payment, by=by, reason=f"部分到账的钱已退回：{reason.strip()}"[:300], now=now)
    return made


@transaction.atomic
def withdraw_access(*, item: Attention, by: User, reason: str, now: datetime) -> Attention:
    """
    Take the order's access back because of what happened at Stripe, and settle the matter.

    Raises: attention.AlreadyResolved, attention.ReasonMissing, refunds.NothingToRefund.
    Source: docs/rules/money.md, rule P17.
    """
    if item.order is None:
        raise refunds.NothingToRefund
    refunds.end_access(order=item.order, by=by, reason=reason, now=now)
    locked = attention.lock(item)
    attention.close(item=locked, by=by, reason=f"已撤回学习资格：{reason.strip()}", now=now)
    return locked


def _payment_of(item: Attention) -> Payment:
    if item.payment is None:
        raise NoMoneyHere
    return item.payment


def _lock(item: Attention) -> tuple[Order, Payment, Attention]:
    """The order first, as everywhere, then the matter."""
    payment = _payment_of(item)
    order = Order.objects.select_for_update().get(pk=payment.order_id)
    locked = attention.lock(item)
    if order.status in (Order.Status.PAID, Order.Status.REFUNDED):
        raise OrderIsPaid
    on_its_way = payment.refunds.counting().exists()
    if payment.received_currency != order.currency or on_its_way or ledger.unapplied(payment) <= 0:
        raise NoMoneyHere
    return order, payment, locked
