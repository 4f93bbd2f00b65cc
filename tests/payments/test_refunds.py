from datetime import timedelta

import pytest

from courses.models import Enrolment
from payments import fulfilment, refund_requests, refunds, stripe_gateway
from payments.attention import ReasonMissing
from payments.models import Account, Attention, LedgerEntry, Order, OrderEvent, Refund
from payments.stripe_facts import RefundState, StripeRefund
from tests.factories.exams import AttemptFactory
from tests.factories.payments import OrderFactory, StripeEventFactory

pytestmark = pytest.mark.django_db


def balances(order: Order) -> dict[str, int]:
    book = dict.fromkeys(Account, 0)
    for entry in LedgerEntry.objects.filter(order=order):
        book[entry.debit] += entry.amount_fen
        book[entry.credit] -= entry.amount_fen
    return {account.value: value for account, value in book.items() if value}


def agree(refund, staff, now, amount_fen=88_000, **options):
    return refund_requests.approve(
        refund=refund, by=staff, amount_fen=amount_fen, now=now, **{"ends_access": True} | options
    )


def test_request_keeps_what_the_rule_says(asked, paid, alice, now):
    assert (asked.status, asked.amount_fen, asked.clause, asked.rule_version) == ("REQUESTED", 88_000, "R1", "2026-11")
    assert [holds for _, holds in asked.findings] == [True, True, True]
    assert (asked.payment, asked.requested_by, asked.reason) == (paid.payments.get(), alice, "买错了")


def test_request_after_an_exam_is_for_a_person_to_decide(paid, alice, now):
    AttemptFactory(candidate=alice, exam__course=paid.lines.get().course)

    made = refund_requests.request(order=paid, by=alice, reason="生病", now=now)

    assert (made.clause, made.amount_fen) == ("R3", 0)
    assert [holds for _, holds in made.findings] == [True, True, False]


def test_request_refuses_twice_and_where_nothing_was_paid(asked, paid, alice, now):
    with pytest.raises(refund_requests.AlreadyAsked):
        refund_requests.request(order=paid, by=alice, reason="", now=now)
    with pytest.raises(refunds.NothingToRefund):
        refund_requests.request(order=OrderFactory(buyer=alice, paid=True), by=alice, reason="", now=now)


def test_take_back_leaves_everything_as_it_was(asked, paid, alice, now):
    refund_requests.take_back(refund=asked, by=alice, now=now)

    assert refund_requests.request(order=paid, by=alice, reason="还是要退", now=now).status == "REQUESTED"
    with pytest.raises(refund_requests.AlreadyDecided):
        refund_requests.take_back(refund=asked, by=alice, now=now)


def test_reject_says_why(asked, staff, now):
    with pytest.raises(refund_requests.AnswerMissing):
        refund_requests.reject(refund=asked, by=staff, answer=" ", now=now)

    refused = refund_requests.reject(refund=asked, by=staff, answer="已经学完", now=now)

    assert (refused.status, refused.answer, refused.decided_by) == ("REJECTED", "已经学完", staff)
    with pytest.raises(refund_requests.AlreadyDecided):
        agree(asked, staff, now)


@pytest.mark.parametrize("amount", [0, -1, 88_001, 10**12])
def test_approve_refuses_odd_amounts(amount, asked, staff, now):
    with pytest.raises(refunds.TooMuch):
        agree(asked, staff, now, amount_fen=amount)

    asked.refresh_from_db()
    assert asked.status == "REQUESTED"


def test_money_goes_back_and_access_ends(stripe_double, asked, paid, staff, now):
    agree(asked, staff, now, answer="同意")

    refunds.send(refund_pk=asked.pk, now=now)

    asked.refresh_from_db()
    paid.refresh_from_db()
    made = stripe_double.api("GET", f"/v1/refunds/{asked.stripe_refund_id}")
    assert (asked.status, asked.settled_at, made["amount"]) == ("SUCCEEDED", now, 88_000)
    assert (paid.status, paid.closed_at) == (Order.Status.REFUNDED, now)
    assert Enrolment.objects.get().withdrawn_reason == f"已退款（订单 {paid.number}）"
    assert balances(paid) == {"REVENUE": -88_000, "REFUND": 88_000}
    assert list(paid.events.order_by("pk").values_list("kind", "actor")) == [
        ("PLACED", paid.buyer_id),
        ("PAID", None),
        ("REFUND_REQUESTED", paid.buyer_id),
        ("REFUND_APPROVED", staff.pk),
        ("ACCESS_WITHDRAWN", staff.pk),
        ("REFUNDED", None),
    ]


def test_part_of_the_money_goes_back_and_access_stays(stripe_double, asked, paid, staff, now):
    agree(asked, staff, now, amount_fen=30_000, ends_access=False)
    refunds.send(refund_pk=asked.pk, now=now)

    paid.refresh_from_db()
    assert (paid.status, Enrolment.objects.standing().count()) == (Order.Status.PAID, 1)
    assert refunds.refundable(paid.payments.get()) == 58_000
    assert refund_requests.verdict_of(order=paid, now=now).amount_fen == 58_000


def test_send_twice_sends_once(stripe_double, asked, paid, staff, now):
    agree(asked, staff, now)
    refunds.send(refund_pk=asked.pk, now=now)

    refunds.send(refund_pk=asked.pk, now=now + timedelta(hours=2))

    intent = paid.payments.get().payment_intent_id
    assert len(stripe_double.api("GET", f"/v1/refunds?payment_intent={intent}")["data"]) == 1
    assert paid.ledger.filter(refund=asked).count() == 1


def test_send_after_a_lost_answer_finds_the_refund_again(stripe_double, asked, paid, staff, now):
    """Stripe sent the money, the line broke each time, and a day later it has forgotten the key."""
    agree(asked, staff, now)
    stripe_double.faults(lose_answer=3)
    refunds.send(refund_pk=asked.pk, now=now)
    asked.refresh_from_db()
    assert (asked.status, asked.tries) == ("APPROVED", 1)
    Refund.objects.update(idempotency_key=asked.idempotency_key)

    assert refunds.send_due(now=now + timedelta(days=2)) == 1

    asked.refresh_from_db()
    intent = paid.payments.get().payment_intent_id
    assert asked.status == "SUCCEEDED"
    assert len(stripe_double.api("GET", f"/v1/refunds?payment_intent={intent}")["data"]) == 1


def test_send_waits_while_stripe_is_silent(asked, staff, gateway_down, now):
    agree(asked, staff, now)

    refunds.send(refund_pk=asked.pk, now=now)

    asked.refresh_from_db()
    assert (asked.status, asked.tries, asked.next_try_at) == ("APPROVED", 1, now + timedelta(seconds=30))
    assert refunds.send_due(now=now) == 0


def test_send_that_stripe_refuses_is_shown_to_a_person(stripe_double, asked, paid, staff, now):
    stripe_double.api("POST", "/v1/refunds", f"payment_intent={paid.payments.get().payment_intent_id}".encode())
    agree(asked, staff, now)

    refunds.send(refund_pk=asked.pk, now=now)

    asked.refresh_from_db()
    paid.refresh_from_db()
    assert (asked.status, paid.status) == ("FAILED", Order.Status.PAID)
    assert "没有退成" in Attention.objects.get(refund=asked).text
    assert Enrolment.objects.standing().exists()


def test_a_slow_refund_ends_access_at_once_and_is_booked_when_it_arrives(stripe_double, asked, paid, staff, now):
    stripe_double.control("POST", "slow_refunds", {"on": True})
    agree(asked, staff, now)
    refunds.send(refund_pk=asked.pk, now=now)
    asked.refresh_from_db()
    paid.refresh_from_db()
    assert (asked.status, paid.status) == ("APPROVED", Order.Status.REFUNDED)
    assert balances(paid) == {"REVENUE": -88_000, "STRIPE": 88_000}

    stripe_double.end_refund(asked.stripe_refund_id, "succeeded")
    refunds.send_due(now=now + timedelta(hours=1))

    asked.refresh_from_db()
    assert asked.status == "SUCCEEDED"
    assert balances(paid) == {"REVENUE": -88_000, "REFUND": 88_000}


def test_a_refund_that_the_bank_sends_back_is_booked_back_and_shown(stripe_double, asked, paid, staff, now):
    agree(asked, staff, now)
    refunds.send(refund_pk=asked.pk, now=now)
    asked.refresh_from_db()

    stripe_double.end_refund(asked.stripe_refund_id, "failed")
    for _ in range(2):
        refunds.follow(stripe_gateway.retrieve_refund(asked.stripe_refund_id), now=now)

    asked.refresh_from_db()
    assert (asked.status, asked.failure) == ("FAILED", "declined")
    assert balances(paid) == {"REVENUE": -88_000, "STRIPE": 88_000}
    assert Attention.objects.get().key == f"refund-failed:{asked.pk}"


def test_a_refund_begun_at_stripe_is_booked_and_shown_and_leaves_access(stripe_double, paid, now):
    intent = paid.payments.get().payment_intent_id
    theirs = stripe_double.api("POST", "/v1/refunds", f"payment_intent={intent}&amount=30000".encode())
    event = StripeEventFactory(kind="refund.created", object_id=theirs["id"])

    for moment in (now, now + timedelta(hours=1)):
        fulfilment.handle_event(event_pk=event.pk, now=moment)

    event.refresh_from_db()
    refund = Refund.objects.get()
    assert event.outcome == fulfilment.Outcome.FOLLOWED
    assert (refund.origin, refund.status, refund.amount_fen) == ("STRIPE", "SUCCEEDED", 30_000)
    assert balances(paid) == {"REVENUE": -88_000, "REFUND": 30_000, "STRIPE": 58_000}
    assert Attention.objects.get().text == "有人在 Stripe 直接退款 ¥300.00，请决定是否撤回学习资格。"
    assert Enrolment.objects.standing().exists()


def test_a_refund_of_another_shop_is_not_ours(stripe_double, paid, now):
    other = StripeRefund("re_x", RefundState.SUCCEEDED, 1, "cny", "pi_x", "", "")

    assert refunds.follow(other, now=now) is False


def test_give_back_needs_a_reason_and_a_rest(paid, staff, now):
    payment = paid.payments.get()
    with pytest.raises(ReasonMissing):
        refunds.give_back(payment=payment, by=staff, amount_fen=1, reason=" ", ends_access=False, now=now)
    refunds.give_back(payment=payment, by=staff, amount_fen=80_000, reason="补偿", ends_access=False, now=now)
    with pytest.raises(refunds.TooMuch):
        refunds.give_back(payment=payment, by=staff, amount_fen=8_001, reason="补偿", ends_access=False, now=now)


# --- disputes -------------------------------------------------------------------------------------------------------
def dispute_event(stripe_double, dispute_id, kind, now):
    event = StripeEventFactory(kind=kind, object_id=dispute_id)
    fulfilment.handle_event(event_pk=event.pk, now=now)


@pytest.mark.parametrize(
    ("ending", "status", "book"),
    [
        ("won", "WON", {"REVENUE": -88_000, "STRIPE": 88_000}),
        ("lost", "LOST", {"REVENUE": -88_000, "DISPUTE": 88_000}),
    ],
)
def test_a_dispute_is_followed_to_its_end(ending, status, book, stripe_double, paid, now):
    dispute = stripe_double.dispute(paid.payments.get().payment_intent_id)
    for _ in range(2):
        dispute_event(stripe_double, dispute, "charge.dispute.created", now)
    assert balances(paid) == {"REVENUE": -88_000, "DISPUTE": 88_000}

    stripe_double.close_dispute(dispute, ending)
    for _ in range(2):
        dispute_event(stripe_double, dispute, "charge.dispute.closed", now)

    row = paid.payments.get().disputes.get()
    assert (row.status, row.closed_at) == (status, now)
    assert balances(paid) == book
    assert Attention.objects.open().count() == 2
    assert OrderEvent.objects.filter(order=paid, kind="DISPUTED").count() == 2
    assert Enrolment.objects.standing().exists()


def test_an_inquiry_takes_no_money(stripe_double, paid, now):
    dispute = stripe_double.dispute(paid.payments.get().payment_intent_id, "warning_needs_response")

    dispute_event(stripe_double, dispute, "charge.dispute.created", now)

    assert balances(paid) == {"REVENUE": -88_000, "STRIPE": 88_000}
