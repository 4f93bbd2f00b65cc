"""
Our rows, our ledger and our enrolments against Stripe's objects, one by one. What can be made good is made good; what
cannot is listed for 财务. Source: docs/rules/money.md, rule P16.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.db.models import Exists, OuterRef, Q, Sum

from courses.models import Enrolment
from lms.money import format_fen
from payments import attention, disputes, fulfilment, refunds, stripe_gateway
from payments.models import Attention, Order, Payment, Refund
from payments.stripe_facts import Intent, RefundState, SessionState, StripeRefund

WINDOW = timedelta(days=3)
MARGIN = timedelta(hours=1)  # an object at Stripe is never much older than our row about it
SETTLING = timedelta(minutes=2)  # what is younger may still be on its way to us

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on which both sides do not agree."""

    text: str
    stripe_id: str = ""
    ours: str = ""
    theirs: str = ""
    order: Order | None = None
    payment: Payment | None = None
    refund: Refund | None = None

    @property
    def key(self) -> str:
        """The same difference has the same key; if one side says something else, it is another one."""
        order = self.order.number if self.order else ""
        facts = "|".join((self.text, self.stripe_id, self.ours, self.theirs, order))
        return f"mismatch:{hashlib.sha256(facts.encode()).hexdigest()[:40]}"


@dataclass(slots=True)
class Report:
    """How much was compared, how much was made good, and what is left for a person."""

    sessions: int = 0
    intents: int = 0
    refunds: int = 0
    disputes: int = 0
    healed: int = 0
    differences: list[Difference] = field(default_factory=list)


def sweep(*, since: datetime, now: datetime) -> Report:
    """
    Compare everything that began since `since`, and list what differs.

    Raises: GatewayUnavailable, GatewayRefused; what was made good until then stays so.
    Source: docs/rules/money.md, rule P16.
    """
    report = Report()
    start = since - MARGIN
    _make_sessions_good(start, now, report)
    intents = {intent.id: intent for intent in stripe_gateway.intents_since(start)}
    theirs = {refund.id: refund for refund in stripe_gateway.refunds_since(start)}
    report.intents, report.refunds = len(intents), len(theirs)
    _make_refunds_good(theirs, now, report)
    for dispute in stripe_gateway.disputes_since(start):
        report.disputes += 1
        disputes.follow(dispute, now=now)
    report.differences = [
        *_about_intents(intents, since, now),
        *_about_refunds(theirs, since, now),
        *_about_ledger(since, now),
        *_about_access(since, now),
    ]
    _write_down(report.differences, since, now)
    log.info("reconciled", compared=report.intents, healed=report.healed, differences=len(report.differences))
    return report


def _make_sessions_good(start: datetime, now: datetime, report: Report) -> None:
    for session in stripe_gateway.sessions_since(start):
        report.sessions += 1
        if session.state is not SessionState.PAID:
            continue
        known = Payment.objects.filter(Q(session_id=session.id) | Q(idempotency_key=session.payment_key)).first()
        if known and known.status != Payment.Status.SUCCEEDED:
            fulfilment.settle(session_id=session.id, now=now)
            report.healed += 1


def _make_refunds_good(theirs: dict[str, StripeRefund], now: datetime, report: Report) -> None:
    ours = dict(Refund.objects.filter(stripe_refund_id__in=theirs).values_list("stripe_refund_id", "status"))
    agreed = {
        RefundState.PENDING: Refund.Status.APPROVED,
        RefundState.SUCCEEDED: Refund.Status.SUCCEEDED,
        RefundState.FAILED: Refund.Status.FAILED,
    }
    for refund in theirs.values():
        if ours.get(refund.id) != agreed[refund.state] and refunds.follow(refund, now=now):
            report.healed += 1


def _about_intents(theirs: dict[str, Intent], since: datetime, now: datetime) -> Iterator[Difference]:
    ours = {
        payment.payment_intent_id: payment
        for payment in Payment.objects.filter(payment_intent_id__in=theirs).select_related("order")
    }
    for intent in theirs.values():
        payment = ours.get(intent.id)
        if payment is None and intent.received and intent.order_number:
            yield Difference(
                text=f"Stripe 收到了订单 {intent.order_number} 的款，我们没有这笔支付。",
                stripe_id=intent.id,
                ours="没有",
                theirs=_sum(intent.received, intent.currency),
                order=Order.objects.filter(number=intent.order_number).first(),
            )
        elif payment and (payment.received_amount, payment.received_currency) != (intent.received, intent.currency):
            yield Difference(
                text="实收金额与 Stripe 的不同。",
                stripe_id=intent.id,
                ours=_sum(payment.received_amount or 0, payment.received_currency),
                theirs=_sum(intent.received, intent.currency),
                order=payment.order,
                payment=payment,
            )
    unknown = Payment.objects.filter(
        method=Payment.Method.STRIPE,
        status=Payment.Status.SUCCEEDED,
        received_amount__gt=0,
        created_at__gte=since,
        settled_at__lte=now - SETTLING,
    ).exclude(payment_intent_id__in=theirs)
    for payment in unknown.select_related("order"):
        yield Difference(
            text="我们记了收到，Stripe 没有这笔款。",
            stripe_id=payment.payment_intent_id,
            ours=_sum(payment.received_amount or 0, payment.received_currency),
            theirs="没有",
            order=payment.order,
            payment=payment,
        )


def _about_refunds(theirs: dict[str, StripeRefund], since: datetime, now: datetime) -> Iterator[Difference]:
    sent = Refund.objects.exclude(stripe_refund_id=None).filter(requested_at__gte=since)
    for refund in sent.select_related("order", "payment"):
        made = theirs.get(str(refund.stripe_refund_id))
        if made is None and refund.requested_at <= now - SETTLING:
            yield Difference(
                text="我们记了退款，Stripe 没有。",
                stripe_id=str(refund.stripe_refund_id),
                ours=_sum(refund.amount_fen, refund.currency),
                theirs="没有",
                order=refund.order,
                payment=refund.payment,
                refund=refund,
            )
        elif made and (refund.amount_fen, refund.currency) != (made.amount, made.currency):
            yield Difference(
                text="退款金额与 Stripe 的不同。",
                stripe_id=made.id,
                ours=_sum(refund.amount_fen, refund.currency),
                theirs=_sum(made.amount, made.currency),
                order=refund.order,
                payment=refund.payment,
                refund=refund,
            )


def _about_ledger(since: datetime, now: datetime) -> Iterator[Difference]:
    """Money received must stand in the ledger, and nothing else."""
    received = Payment.objects.filter(status=Payment.Status.SUCCEEDED, settled_at__gte=since)
    money_in = Q(ledger__key__startswith="received:") | Q(ledger__key__startswith="transfer:")
    booked = Sum("ledger__amount_fen", filter=money_in, default=0)
    sums = dict(received.values_list("pk").annotate(booked=booked))
    for payment in received.select_related("order"):
        if sums.get(payment.pk, 0) != payment.received_amount:
            yield Difference(
                text="账本与实收不同。",
                stripe_id=payment.payment_intent_id,
                ours=f"账本 {_sum(sums.get(payment.pk, 0), payment.received_currency)}",
                theirs=f"实收 {_sum(payment.received_amount or 0, payment.received_currency)}",
                order=payment.order,
                payment=payment,
            )


def _about_access(since: datetime, now: datetime) -> Iterator[Difference]:
    """A paid order gives access, a refunded one does not."""
    given = Enrolment.objects.standing().filter(learner=OuterRef("buyer"))
    personal = Order.objects.filter(kind=Order.Kind.PERSON)
    without = personal.filter(status=Order.Status.PAID, paid_at__gte=since).exclude(
        Exists(given.filter(course__in=OuterRef("lines__course")))
    )
    for order in without.distinct():
        yield Difference(text="订单已支付，买家没有学习资格。", ours="没有资格", theirs="已付款", order=order)
    still = personal.filter(Exists(given.filter(source_ref=OuterRef("number"))))
    for order in still.filter(status=Order.Status.REFUNDED, closed_at__gte=since):
        yield Difference(text="订单已退款，学习资格还在。", ours="有资格", theirs="已退款", order=order)


def _write_down(differences: list[Difference], since: datetime, now: datetime) -> None:
    for found in differences:
        attention.call(
            kind=Attention.Kind.MISMATCH,
            key=found.key,
            text=found.text,
            stripe_id=found.stripe_id,
            ours=found.ours,
            theirs=found.theirs,
            order=found.order,
            payment=found.payment,
            refund=found.refund,
            now=now,
        )
    gone = Attention.objects.open().filter(kind=Attention.Kind.MISMATCH, raised_at__gte=since)
    for item in gone.exclude(key__in=[found.key for found in differences]):
        attention.close(item=item, by=None, reason="再次对账时双方已一致", now=now)


def _sum(amount: int, currency: str) -> str:
    return format_fen(amount) if currency == "cny" else f"{amount} {currency}"
