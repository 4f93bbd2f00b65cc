"""Writing the book of account, and reading it. Source: docs/rules/money.md, rule P10."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet, Sum

from payments.models import Account, LedgerEntry, Order, OrderLine, Payment, Refund

MONEY_AT = {Payment.Method.STRIPE: Account.STRIPE, Payment.Method.BANK: Account.BANK}


def post(
    *,
    key: str,
    order: Order,
    debit: Account,
    credit: Account,
    amount_fen: int,
    note: str,
    now: datetime,
    currency: str = "cny",
    payment: Payment | None = None,
    refund: Refund | None = None,
) -> None:
    """
    Book one fact, once: a second row with the same key is not written. Nothing is booked for an amount of 0.

    Source: docs/rules/money.md, rule P10.
    """
    if not amount_fen:
        return
    entry = LedgerEntry(
        key=key,
        order=order,
        debit=debit,
        credit=credit,
        amount_fen=amount_fen,
        currency=currency,
        at=now,
        note=note,
        payment=payment,
        refund=refund,
    )
    LedgerEntry.objects.bulk_create([entry], ignore_conflicts=True)


def book_sale(*, order: Order, lines: Iterable[OrderLine], now: datetime, key: str = "sale") -> None:
    """Book what was sold and what was taken off. Source: docs/rules/money.md, rule P10."""
    full, discount = (sum(getattr(line, name) for line in lines) for name in ("full_fen", "discount_fen"))
    post(
        key=f"{key}:{order.pk}",
        order=order,
        debit=Account.RECEIVABLE,
        credit=Account.REVENUE,
        amount_fen=full,
        note="下单",
        now=now,
    )
    post(
        key=f"{key}-discount:{order.pk}",
        order=order,
        debit=Account.DISCOUNT,
        credit=Account.RECEIVABLE,
        amount_fen=discount,
        note="优惠",
        now=now,
    )


def reverse_sale(*, order: Order, now: datetime) -> None:
    """Book the sale back: an order closed unpaid is owed nothing for. Source: docs/rules/money.md, rule P10."""
    for entry in order.ledger.filter(Q(key=f"sale:{order.pk}") | Q(key=f"sale-discount:{order.pk}")):
        _mirror(entry, key=f"closed-{entry.key}", note="关单", now=now)


def book_receipt(*, payment: Payment, order: Order, is_applied: bool, now: datetime) -> None:
    """Book money that came in: for what is owed, or without a place. Source: docs/rules/money.md, rule P10."""
    post(
        key=f"received:{payment.pk}",
        order=order,
        payment=payment,
        debit=MONEY_AT[Payment.Method(payment.method)],
        credit=Account.RECEIVABLE if is_applied else Account.UNAPPLIED,
        amount_fen=payment.received_amount or 0,
        currency=payment.received_currency,
        note="到账" if is_applied else "到账，待处理",
        now=now,
    )


def book_refund(*, refund: Refund, now: datetime) -> None:
    """Book money that went back, first from money without a place. Source: docs/rules/money.md, rule P10."""
    payment = refund.payment
    surplus = min(refund.amount_fen, unapplied(payment))
    for key, account, amount in (
        ("refund-surplus", Account.UNAPPLIED, surplus),
        ("refund", Account.REFUND, refund.amount_fen - surplus),
    ):
        post(
            key=f"{key}:{refund.pk}",
            order=refund.order,
            payment=payment,
            refund=refund,
            debit=account,
            credit=MONEY_AT[Payment.Method(payment.method)],
            amount_fen=amount,
            currency=refund.currency,
            note="退款",
            now=now,
        )


def book_refund_back(*, refund: Refund, now: datetime) -> None:
    """Book a refund that the bank did not deliver after all. Source: docs/rules/money.md, rule P10."""
    for entry in refund.ledger.filter(key__in=[f"refund:{refund.pk}", f"refund-surplus:{refund.pk}"]):
        _mirror(entry, key=f"back-{entry.key}", note="退款被退回", now=now)


def unapplied(payment: Payment) -> int:
    """Return how much of this payment's money has no place. Units: the currency's smallest."""
    return -balance(payment.ledger.all(), Account.UNAPPLIED)


def balance(entries: QuerySet[LedgerEntry], account: Account) -> int:
    """Return debits minus credits of one account. The entries are expected to be of one currency."""
    sums = entries.aggregate(
        debits=Sum("amount_fen", filter=Q(debit=account), default=0),
        credits=Sum("amount_fen", filter=Q(credit=account), default=0),
    )
    return int(sums["debits"] - sums["credits"])


def _mirror(entry: LedgerEntry, *, key: str, note: str, now: datetime) -> None:
    post(
        key=key,
        order=entry.order,
        payment=entry.payment,
        refund=entry.refund,
        debit=Account(entry.credit),
        credit=Account(entry.debit),
        amount_fen=entry.amount_fen,
        currency=entry.currency,
        note=note,
        now=now,
    )
