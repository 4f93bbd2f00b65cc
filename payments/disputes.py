"""Money that a buyer's bank wants back: we follow what Stripe says. Source: docs/rules/money.md, rule P17."""

from datetime import datetime

from django.db import transaction

from lms.money import format_fen
from payments import attention, history, ledger
from payments.models import Account, Attention, Dispute, Order, OrderEvent, Payment
from payments.stripe_facts import StripeDispute

OUTCOME = {None: Dispute.Status.OPEN, True: Dispute.Status.WON, False: Dispute.Status.LOST}


def follow(theirs: StripeDispute, *, now: datetime) -> bool:
    """
    Let our row, the ledger and the list for 财务 say what Stripe says; say whether the dispute is about one of our
    payments. Access stays: whether to withdraw it is a person's decision.

    Source: docs/rules/money.md, rule P17.
    """
    payment = Payment.objects.filter(payment_intent_id=theirs.payment_intent_id).exclude(payment_intent_id="").first()
    if payment is None:
        return False
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=payment.order_id)
        dispute, is_new = Dispute.objects.get_or_create(
            stripe_dispute_id=theirs.id,
            defaults={
                "payment": payment,
                "amount_fen": theirs.amount,
                "currency": theirs.currency,
                "reason": theirs.reason[:100],
                "opened_at": theirs.opened_at,
                "respond_by": theirs.respond_by,
            },
        )
        if is_new:
            amount = format_fen(dispute.amount_fen)
            _tell(order, dispute, "opened", f"银行发起争议 {amount}，请在期限前到 Stripe 答复。", now)
        _book(order, payment, dispute, theirs, now)
        status = OUTCOME[theirs.is_won]
        if dispute.status == Dispute.Status.OPEN and status != Dispute.Status.OPEN:
            dispute.status, dispute.closed_at = status, now
            dispute.save(update_fields=["status", "closed_at"])
            words = "款项已归还" if theirs.is_won else "款项不再归还，请决定是否撤回学习资格"
            _tell(order, dispute, "closed", f"争议{dispute.get_status_display()}：{words}。", now)
    return True


def _book(order: Order, payment: Payment, dispute: Dispute, theirs: StripeDispute, now: datetime) -> None:
    debit, credit = Account.DISPUTE, Account.STRIPE
    taken = payment.ledger.filter(key=f"dispute:{dispute.pk}").exists()
    if theirs.is_withheld and not taken:
        key, note = f"dispute:{dispute.pk}", "争议款被扣下"
    elif taken and not theirs.is_withheld:
        key, note = f"dispute-back:{dispute.pk}", "争议款归还"
        debit, credit = Account.STRIPE, Account.DISPUTE
    else:
        return
    ledger.post(
        key=key,
        order=order,
        payment=payment,
        amount_fen=dispute.amount_fen,
        currency=dispute.currency,
        debit=debit,
        credit=credit,
        note=note,
        now=now,
    )


def _tell(order: Order, dispute: Dispute, what: str, text: str, now: datetime) -> None:
    history.record(order=order, kind=OrderEvent.Kind.DISPUTED, note=text, now=now)
    attention.call(
        kind=Attention.Kind.DISPUTE,
        key=f"dispute-{what}:{dispute.pk}",
        text=text,
        order=order,
        payment=dispute.payment,
        dispute=dispute,
        stripe_id=dispute.stripe_dispute_id,
        now=now,
    )
