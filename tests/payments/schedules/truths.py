"""What must be true when the dust has settled, and what a schedule adds to the table."""

from collections import Counter

from django.db.models import Count, Q, QuerySet, Sum

from courses.models import Enrolment, Seat, SeatBatch
from payments.models import (
    Account,
    Attention,
    BankEntry,
    Dispute,
    LedgerEntry,
    Order,
    Payment,
    Refund,
    StripeEvent,
)
from tests.payments.schedules.bank import Bank
from tests.payments.schedules.company import Company
from tests.payments.schedules.inside import StripeInside
from tests.payments.schedules.story import Story

ENDS = {"won": "WON", "warning_closed": "WON", "lost": "LOST"}
PAYS = [Account.STRIPE, Account.BANK, Account.UNAPPLIED, Account.WRITE_OFF]
Truths = dict[str, tuple[object, object]]


def faults(story: Story) -> list[str]:
    """Return what is not as it must be. Nothing, that is."""
    should = {**_of_stripe(story.stripe), **_of_the_bank(story.bank), **_of_orders(), **_of_seats(story.company)}
    twice = set(_bought_twice())
    should["both sides agree"] = (
        [],
        [found for found in story.report.differences if getattr(found.order, "pk", None) not in twice],
    )
    return [f"{name}: {left!r} ≠ {right!r}" for name, (left, right) in should.items() if left != right]


def _of_stripe(theirs: StripeInside) -> Truths:
    charged, gone, withheld = theirs.sum("charge"), _gone(theirs), _withheld(theirs)
    ours = Payment.objects.filter(method="STRIPE", status="SUCCEEDED")
    return {
        "money at Stripe = ledger": (charged - gone - withheld, _balance(Account.STRIPE)),
        "money received = what was charged": (charged, _received(ours)),
        "every charge has one payment": (
            sorted(intent["id"] for intent in theirs.store.all("payment_intent") if intent["latest_charge"]),
            sorted(ours.values_list("payment_intent_id", flat=True)),
        ),
        "every refund is ours too": (
            sorted(refund["id"] for refund in theirs.store.all("refund")),
            sorted(Refund.objects.exclude(stripe_refund_id=None).values_list("stripe_refund_id", flat=True)),
        ),
        "every dispute is ours too, with its end": (
            sorted((dispute["id"], ENDS.get(dispute["status"], "OPEN")) for dispute in theirs.store.all("dispute")),
            sorted(Dispute.objects.values_list("stripe_dispute_id", "status")),
        ),
        "what banks withhold = ledger": (withheld, _balance(Account.DISPUTE)),
        "no event is left": (0, StripeEvent.objects.pending().count()),
        "no payment is left": (0, Payment.objects.live().filter(method="STRIPE").count()),
        "no refund is left": (0, Refund.objects.filter(status="APPROVED").count()),
    }


def _of_the_bank(bank: Bank) -> Truths:
    """What no order was found for stands beside the book of account, in a list for 财务."""
    matched = BankEntry.objects.filter(status="MATCHED").aggregate(fen=Sum("amount_fen", default=0))["fen"]
    returned = Refund.objects.filter(status="SUCCEEDED", payment__method="BANK")
    return {
        "every arrival is on record once": (
            sorted((arrival.serial, arrival.fen) for arrival in bank.arrivals),
            sorted(BankEntry.objects.values_list("serial", "amount_fen")),
        ),
        "matched transfers = what payments received": (matched, _received(Payment.objects.filter(method="BANK"))),
        "matched transfers and refunds = ledger": (matched - sum(bank.sent.values()), _balance(Account.BANK)),
        "every refund by bank was sent once": (
            sorted(bank.sent.items()),
            sorted(returned.values_list("bank_reference", "amount_fen")),
        ),
        "who still waits for a transfer has sent a part": (
            0,
            Payment.objects.live().filter(method="BANK").exclude(status="PROCESSING").count(),
        ),
    }


def _of_orders() -> Truths:
    entries = LedgerEntry.objects.values_list("order_id")
    owed = Sum("amount_fen", filter=Q(debit=Account.RECEIVABLE), default=0) - Sum(
        "amount_fen", filter=Q(credit=Account.RECEIVABLE), default=0
    )
    paid = Sum("amount_fen", filter=Q(credit=Account.RECEIVABLE, debit__in=PAYS), default=0)
    bought = Order.objects.filter(status__in=["PAID", "REFUNDED"])
    twice = _bought_twice()
    personal = bought.filter(kind="PERSON").exclude(pk__in=twice)
    given = Enrolment.objects.filter(source="PAYMENT")
    homeless = Sum("amount_fen", filter=Q(credit=Account.UNAPPLIED), default=0) - Sum(
        "amount_fen", filter=Q(debit=Account.UNAPPLIED), default=0
    )
    looked_at = Attention.objects.open().filter(kind__in=["MONEY", "REFUND"])
    without_place = LedgerEntry.objects.values("payment_id").annotate(fen=homeless).filter(fen__gt=0)
    return {
        "an order is owed for while it is open": (
            {order.pk: order.amount_fen if order.status == "PENDING" else 0 for order in Order.objects.all()},
            dict(entries.annotate(fen=owed)),
        ),
        "an order is paid in full or not at all": (
            {order.pk: order.amount_fen for order in bought},
            {pk: fen for pk, fen in entries.annotate(fen=paid) if fen},
        ),
        "access = paid orders": (
            sorted(personal.filter(status="PAID").values_list("number", flat=True)),
            sorted(given.standing().values_list("source_ref", flat=True)),
        ),
        "never unlocked twice": (personal.count(), given.count()),
        "money without a place is shown to a person": (
            set(),
            set(without_place.values_list("payment_id", flat=True))
            - set(looked_at.values_list("payment_id", flat=True)),
        ),
        "nobody is called for nothing": (
            set(),
            set(looked_at.filter(kind="MONEY").exclude(order_id__in=twice).values_list("payment_id", flat=True))
            - set(LedgerEntry.objects.filter(credit=Account.UNAPPLIED).values_list("payment_id", flat=True)),
        ),
        "an open order has money that a person looks at": (
            set(),
            set(Order.objects.pending().values_list("pk", flat=True))
            - set(looked_at.values_list("order_id", flat=True)),
        ),
    }


def _of_seats(company: Company) -> Truths:
    orders = Order.objects.filter(kind="COMPANY")
    bought = orders.filter(status__in=["PAID", "REFUNDED"])
    sat_on = Seat.objects.filter(state__in=["TAKEN", "USED"])
    paid_back = Refund.objects.filter(ends_access=True).exclude(status__in=["REQUESTED", "REJECTED", "WITHDRAWN"])
    ended = Seat.objects.exclude(ended_at=None).exclude(pk__in=company.reclaimed)
    return {
        "seats = paid orders": (
            sorted(bought.values_list("number", "lines__quantity")),
            sorted(SeatBatch.objects.values_list("order_number").annotate(Count("seats"))),
        ),
        "who sits is enrolled, once": (
            sorted(sat_on.values_list("enrolment_id", flat=True)),
            sorted(Enrolment.objects.standing().filter(source="SEAT").values_list("pk", flat=True)),
        ),
        "a refunded order has no seat left": (
            0,
            Seat.objects.filter(ended_at=None)
            .exclude(batch__order_number__in=orders.filter(status="PAID").values("number"))
            .count(),
        ),
        "a seat ends because it was paid back or taken back": (
            set(),
            set(ended.values_list("batch__order_number", flat=True))
            - set(paid_back.values_list("order__number", flat=True)),
        ),
    }


def outcome(story: Story) -> Counter[str]:
    """What this schedule adds to the table."""
    theirs, bank = story.stripe, story.bank
    entries = BankEntry.objects.aggregate(
        matched=Sum("amount_fen", filter=Q(status="MATCHED"), default=0),
        waiting=Sum("amount_fen", filter=~Q(status="MATCHED"), default=0),
    )
    counted = Counter(f"订单：{order.get_kind_display()}{order.get_status_display()}" for order in Order.objects.all())
    counted.update(f"席位：{seat.get_state_display()}" for seat in Seat.objects.all())
    counted.update(
        {
            "Stripe 收款（分）": theirs.sum("charge"),
            "我们的 Stripe 实收（分）": _received(Payment.objects.filter(method="STRIPE")),
            "Stripe 退款（分）": _gone(theirs),
            "我们的 Stripe 退款（分）": _returned("STRIPE"),
            "Stripe 扣下的争议款（分）": _withheld(theirs),
            "账本争议款科目余额（分）": _balance(Account.DISPUTE),
            "争议": len(theirs.store.all("dispute")),
            "账本 Stripe 科目余额（分）": _balance(Account.STRIPE),
            "银行到账（分）": sum(arrival.fen for arrival in bank.arrivals),
            "银行到账：已入账（分）": entries["matched"],
            "银行到账：待认领（分）": entries["waiting"],
            "银行汇出退款（分）": sum(bank.sent.values()),
            "我们的转账退款（分）": _returned("BANK"),
            "账本银行科目余额（分）": _balance(Account.BANK),
            "待处理款（分）": -_balance(Account.UNAPPLIED),
            "学习资格：个人购买": Enrolment.objects.standing().filter(source="PAYMENT").count(),
            "学习资格：企业席位": Enrolment.objects.standing().filter(source="SEAT").count(),
            "待处理事项：款项": Attention.objects.open().filter(kind="MONEY").count(),
            "对账差异": len(story.report.differences),
            "对账补上": story.report.healed,
            "步骤": len(story.steps),
        }
    )
    return counted


def _bought_twice() -> QuerySet[Attention, int]:
    """Orders of somebody who had the course by another one: shown to a person, and nothing given twice (rule P8)."""
    return Attention.objects.filter(text__contains="买家付款前已有学习资格").values_list("order_id", flat=True)


def _received(payments: QuerySet[Payment]) -> int:
    return sum(payment.received_amount or 0 for payment in payments)


def _returned(method: str) -> int:
    sent = Refund.objects.filter(status="SUCCEEDED", payment__method=method)
    return sum(sent.values_list("amount_fen", flat=True))


def _gone(theirs: StripeInside) -> int:
    return sum(refund["amount"] for refund in theirs.store.all("refund") if refund["status"] != "failed")


def _withheld(theirs: StripeInside) -> int:
    held = ("needs_response", "under_review", "lost")
    return sum(dispute["amount"] for dispute in theirs.store.all("dispute") if dispute["status"] in held)


def _balance(account: Account) -> int:
    """Over all currencies: a tampered one is counted as it came."""
    amount = Sum("amount_fen", filter=Q(debit=account), default=0) - Sum(
        "amount_fen", filter=Q(credit=account), default=0
    )
    return LedgerEntry.objects.aggregate(balance=amount)["balance"]
