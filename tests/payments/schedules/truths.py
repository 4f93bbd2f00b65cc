"""What must be true when the dust has settled, and what a schedule adds to the table."""

from collections import Counter

from django.db.models import Q, Sum

from courses.models import Enrolment
from payments.models import Account, Attention, Dispute, LedgerEntry, Order, Payment, Refund, StripeEvent
from payments.reconciliation import Report
from tests.payments.schedules.inside import StripeInside

ENDS = {"won": "WON", "warning_closed": "WON", "lost": "LOST"}


def faults(theirs: StripeInside, report: Report) -> list[str]:
    """Return what is not as it must be. Nothing, that is."""
    charged, gone, withheld = theirs.sum("charge"), _gone(theirs), _withheld(theirs)
    received = sum(payment.received_amount or 0 for payment in Payment.objects.filter(status="SUCCEEDED"))
    should = {
        "money at Stripe = ledger": (charged - gone - withheld, _balance(Account.STRIPE)),
        "money received = what was charged": (received, charged),
        "every charge has one payment": (
            sorted(intent["id"] for intent in theirs.store.all("payment_intent") if intent["latest_charge"]),
            sorted(Payment.objects.filter(status="SUCCEEDED").values_list("payment_intent_id", flat=True)),
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
        "nobody owes for what is closed or paid": (0, _balance(Account.RECEIVABLE)),
        "access = paid orders": (
            sorted(Order.objects.filter(status="PAID").values_list("number", flat=True)),
            sorted(Enrolment.objects.standing().values_list("source_ref", flat=True)),
        ),
        "never unlocked twice": (
            Order.objects.filter(status__in=["PAID", "REFUNDED"]).count(),
            Enrolment.objects.count(),
        ),
        "no event is left": (0, StripeEvent.objects.pending().count()),
        "no payment is left": (0, Payment.objects.live().count()),
        "no refund is left": (0, Refund.objects.filter(status="APPROVED").count()),
        "both sides agree": ([], report.differences),
        "money without a place is shown to a person": (
            {entry.payment_id for entry in LedgerEntry.objects.filter(credit=Account.UNAPPLIED, refund=None)},
            set(Attention.objects.open().filter(kind="MONEY").values_list("payment_id", flat=True)),
        ),
        "an open order has money that a person looks at": (
            set(),
            set(Order.objects.pending().values_list("pk", flat=True))
            - set(Attention.objects.open().values_list("order_id", flat=True)),
        ),
    }
    return [f"{name}: {left!r} ≠ {right!r}" for name, (left, right) in should.items() if left != right]


def outcome(theirs: StripeInside, report: Report, steps: int) -> Counter[str]:
    """What this schedule adds to the table."""
    counted = Counter(f"订单：{order.get_status_display()}" for order in Order.objects.all())
    counted.update(
        {
            "Stripe 收款（分）": theirs.sum("charge"),
            "我们的实收（分）": sum(payment.received_amount or 0 for payment in Payment.objects.all()),
            "Stripe 退款（分）": _gone(theirs),
            "我们的退款（分）": sum(
                refund.amount_fen for refund in Refund.objects.filter(status=Refund.Status.SUCCEEDED)
            ),
            "Stripe 扣下的争议款（分）": _withheld(theirs),
            "账本争议款科目余额（分）": _balance(Account.DISPUTE),
            "争议": len(theirs.store.all("dispute")),
            "账本 Stripe 科目余额（分）": _balance(Account.STRIPE),
            "待处理款（分）": -_balance(Account.UNAPPLIED),
            "学习资格": Enrolment.objects.standing().count(),
            "待处理事项：款项": Attention.objects.open().filter(kind="MONEY").count(),
            "对账差异": len(report.differences),
            "对账补上": report.healed,
            "步骤": steps,
        }
    )
    return counted


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
