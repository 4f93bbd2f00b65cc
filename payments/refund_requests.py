"""A buyer asks for money back, and somebody decides. Source: docs/rules/money.md, rules R1-R4."""

import secrets
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from certificates.models import Certificate
from courses import learning, seats
from exams.models import Attempt
from lms.errors import DomainError
from lms.money import format_fen
from lms.users.models import User
from payments import history, refund_rule, refunds
from payments.models import Order, OrderEvent, Refund
from payments.refund_rule import Facts, SeatFacts, Verdict


class AlreadyAsked(DomainError):
    message = "这张订单已有一份退款申请，请等待答复；需要补充说明请联系客服。"


class AlreadyDecided(DomainError):
    message = "这份退款申请已经有了决定，请刷新页面查看。"


class SecondPersonNeeded(DomainError):
    message = "您已经同意过这笔退款；金额较大，要由另一位同事再同意一次。"


class AnswerMissing(DomainError):
    message = "请写明答复，买家会看到。"


def verdict_of(*, order: Order, now: datetime) -> Verdict:
    """
    Apply the order's refund rule to its buyer's study as it is now.

    Raises: NothingToRefund. Source: docs/rules/money.md, rules R1 and R3.
    """
    payment = refunds.applied_payment(order)
    remaining = refunds.refundable(payment) if payment else 0
    if payment is None or order.paid_at is None or not remaining or order.status != Order.Status.PAID:
        raise refunds.NothingToRefund
    if order.kind == Order.Kind.COMPANY:
        return _verdict_of_seats(order, remaining, now)
    courses = [line.course for line in order.lines.select_related("course")]
    steps = learning.progress_in(learner=order.buyer, courses=courses).values()
    facts = Facts(
        paid_on=timezone.localdate(order.paid_at),
        asked_on=timezone.localdate(now),
        lessons_done=sum(step.lessons_done for step in steps),
        lessons_total=sum(step.lessons_total for step in steps),
        exam_started=Attempt.objects.of(order.buyer).formal().filter(exam__course__in=courses).exists(),
        certificate_issued=Certificate.objects.of(order.buyer).filter(attempt__exam__course__in=courses).exists(),
        remaining_fen=remaining,
    )
    return refund_rule.judge(version=order.refund_rule, facts=facts)


def _verdict_of_seats(order: Order, remaining_fen: int, now: datetime) -> Verdict:
    assert order.paid_at is not None  # noqa: S101  # verdict_of has refused what is not paid
    facts = SeatFacts(
        paid_on=timezone.localdate(order.paid_at),
        asked_on=timezone.localdate(now),
        unused=seats.unused_count(order_number=order.number),
        total=order.lines.get().quantity,
        paid_fen=order.amount_fen,
        remaining_fen=remaining_fen,
    )
    return refund_rule.judge_seats(version=order.refund_rule, facts=facts)


@transaction.atomic
def request(*, order: Order, by: User, reason: str, now: datetime) -> Refund:
    """
    Ask for money back. What the rule says now is kept with the request.

    Raises: AlreadyAsked, NothingToRefund. Source: docs/rules/money.md, rule R4.
    """
    locked = Order.objects.select_for_update().get(pk=order.pk)
    if locked.refunds.filter(status__in=[Refund.Status.REQUESTED, Refund.Status.APPROVED]).exists():
        raise AlreadyAsked
    verdict = verdict_of(order=locked, now=now)
    payment = refunds.applied_payment(locked)
    assert payment is not None  # noqa: S101  # else verdict_of has refused
    made = Refund.objects.create(
        order=locked,
        payment=payment,
        origin=Refund.Origin.BUYER,
        status=Refund.Status.REQUESTED,
        amount_fen=verdict.amount_fen,
        currency=payment.received_currency,
        reason=reason.strip()[:300],
        rule_version=verdict.version,
        clause=verdict.clause,
        findings=[[finding.text, finding.holds] for finding in verdict.findings],
        ends_access=True,
        requested_by=by,
        requested_at=now,
        idempotency_key=secrets.token_hex(16),
    )
    history.record(order=locked, kind=OrderEvent.Kind.REFUND_REQUESTED, actor=by, note=made.reason, now=now)
    return made


@transaction.atomic
def take_back(*, refund: Refund, by: User, now: datetime) -> Refund:
    """Withdraw a request that nobody has decided. Raises: AlreadyDecided. Source: docs/rules/money.md, rule R4."""
    locked = _lock_request(refund)
    locked.status = Refund.Status.WITHDRAWN
    locked.save(update_fields=["status"])
    history.record(order=locked.order, kind=OrderEvent.Kind.REFUND_TAKEN_BACK, actor=by, now=now)
    return locked


@transaction.atomic
def approve(*, refund: Refund, by: User, amount_fen: int, ends_access: bool, answer: str = "", now: datetime) -> Refund:
    """
    Agree to a request; a task sends the money. A large sum is only proposed until a second person agrees to the same.

    Raises: AlreadyDecided, SecondPersonNeeded, refunds.TooMuch. Source: docs/rules/money.md, rules R4-R6 and R9.
    """
    locked = _lock_request(refund)
    if not 0 < amount_fen <= refunds.refundable(locked.payment):
        raise refunds.TooMuch
    is_same = (locked.amount_fen, locked.ends_access) == (amount_fen, ends_access)
    if is_same and locked.proposed_by_id == by.pk:
        raise SecondPersonNeeded
    is_seconded = is_same and locked.proposed_by_id is not None
    locked.amount_fen, locked.ends_access, locked.answer = amount_fen, ends_access, answer.strip()[:300]
    if refunds.needs_two(locked.payment, amount_fen) and not is_seconded:
        locked.proposed_by = by
        locked.save()
        note = f"{format_fen(amount_fen)} {locked.answer}".strip()
        history.record(order=locked.order, kind=OrderEvent.Kind.REFUND_PROPOSED, actor=by, note=note, now=now)
        return locked
    locked.status, locked.decided_by, locked.decided_at = Refund.Status.APPROVED, by, now
    locked.next_try_at = refunds.first_try(locked.payment, now)
    locked.save()
    note = f"{format_fen(amount_fen)} {locked.answer}".strip()
    history.record(order=locked.order, kind=OrderEvent.Kind.REFUND_APPROVED, actor=by, note=note, now=now)
    return locked


@transaction.atomic
def reject(*, refund: Refund, by: User, answer: str, now: datetime) -> Refund:
    """Say no, with the reason. Raises: AlreadyDecided, AnswerMissing. Source: docs/rules/money.md, rule R4."""
    locked = _lock_request(refund)
    locked.answer = answer.strip()[:300]
    if not locked.answer:
        raise AnswerMissing
    locked.status, locked.decided_by, locked.decided_at, locked.settled_at = Refund.Status.REJECTED, by, now, now
    locked.save()
    history.record(order=locked.order, kind=OrderEvent.Kind.REFUND_REJECTED, actor=by, note=locked.answer, now=now)
    return locked


def _lock_request(refund: Refund) -> Refund:
    Order.objects.select_for_update().get(pk=refund.order_id)
    locked = Refund.objects.select_related("order", "payment").get(pk=refund.pk)
    if locked.status != Refund.Status.REQUESTED:
        raise AlreadyDecided
    return locked
