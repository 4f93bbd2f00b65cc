from datetime import timedelta

import pytest

from courses.models import Enrolment
from payments import attention, ledger, orders, reconciliation, stripe_gateway, tasks, transfers
from payments.models import Account, Attention, Order, Refund
from payments.stripe_gateway import connection
from tests.factories.courses import make_course

pytestmark = pytest.mark.django_db


@pytest.fixture
def sweep(now):
    def run(hours: int = 0) -> list[tuple[str, str, str]]:
        """Reconcile a little later; return what differs."""
        moment = now + timedelta(hours=hours, minutes=5)
        report = reconciliation.sweep(since=now - timedelta(minutes=1), now=moment)
        ours = set(Order.objects.values_list("number", flat=True))
        return [(d.text, d.ours, d.theirs) for d in report.differences if d.order is None or d.order.number in ours]

    return run


def test_sweep_finds_nothing_where_both_sides_agree(paid, sweep):
    assert [row for row in sweep() if "我们没有这笔支付" not in row[0]] == []


def test_sweep_takes_in_money_whose_webhook_and_row_were_lost(stripe_double, payment, order, now, sweep):
    stripe_double.faults(drop=100)
    stripe_double.shop(payment.session_id)

    sweep()

    order.refresh_from_db()
    assert order.status == Order.Status.PAID


def test_money_that_came_by_bank_is_no_difference(stripe_double, alice, staff, now, sweep):
    order = orders.place(buyer=alice, course=make_course(), now=now)
    for serial, fen in (("S1", 50_000), ("S2", 40_000)):
        entry = transfers.record(serial=serial, booked_on=now.date(), amount_fen=fen, by=staff, now=now)
        transfers.match(entry=entry, order=order, by=staff, now=now)

    assert [row for row in sweep() if "我们没有这笔支付" not in row[0]] == []


def test_sweep_takes_in_a_refund_begun_at_stripe(stripe_double, paid, sweep):
    stripe_double.faults(drop=100)
    intent = paid.payments.get().payment_intent_id
    stripe_double.api("POST", "/v1/refunds", f"payment_intent={intent}&amount=100".encode())

    sweep()

    assert Refund.objects.get().origin == Refund.Origin.STRIPE


def test_sweep_takes_in_a_dispute(stripe_double, paid, sweep):
    stripe_double.faults(drop=100)
    stripe_double.dispute(paid.payments.get().payment_intent_id)

    sweep()

    assert ledger.balance(paid.ledger.all(), Account.DISPUTE) == 88_000


def test_a_difference_is_listed_once_settled_once_and_comes_back_only_if_it_changes(paid, staff, now, sweep):
    payment = paid.payments.get()
    payment.received_amount = 88_100
    payment.save()
    expected = [
        ("实收金额与 Stripe 的不同。", "¥881.00", "¥880.00"),
        ("账本与实收不同。", "账本 ¥880.00", "实收 ¥881.00"),
    ]
    assert [row for row in sweep() if row in expected] == expected
    mine = Attention.objects.filter(kind="MISMATCH", order=paid)
    for item in mine.open():
        attention.resolve(item=item, by=staff, reason="查明", now=now)

    sweep(hours=1)
    assert mine.open().count() == 0

    payment.received_amount = 88_200
    payment.save()
    sweep(hours=2)
    assert mine.open().count() == 2


def test_a_difference_that_is_gone_closes_itself(paid, sweep):
    payment = paid.payments.get()
    payment.received_amount = 88_100
    payment.save()
    sweep()
    payment.received_amount = 88_000
    payment.save()

    sweep(hours=1)

    mine = Attention.objects.filter(order=paid)
    assert set(mine.values_list("resolution", "resolved_by")) == {("再次对账时双方已一致", None)}


def test_money_that_stripe_does_not_know_is_a_difference(paid, sweep):
    payment = paid.payments.get()
    payment.payment_intent_id = "pi_that_never_was"
    payment.save()

    assert ("我们记了收到，Stripe 没有这笔款。", "¥880.00", "没有") in sweep()


def test_a_paid_order_without_access_is_a_difference(paid, sweep):
    Enrolment.objects.all().delete()

    assert ("订单已支付，买家没有学习资格。", "没有资格", "已付款") in sweep()


def test_a_refunded_order_with_access_is_a_difference(paid, now, sweep):
    Order.objects.update(status=Order.Status.REFUNDED, closed_at=now)

    assert ("订单已退款，学习资格还在。", "有资格", "已退款") in sweep()


def test_reconcile_with_stripe_waits_when_stripe_is_silent(paid, gateway_down):
    tasks.reconcile_with_stripe()

    with pytest.raises(stripe_gateway.GatewayUnavailable):
        reconciliation.sweep(since=paid.placed_at, now=paid.placed_at)


def test_lists_are_read_page_by_page(stripe_double, paid, monkeypatch):
    monkeypatch.setattr(connection, "PAGE", 1)

    found = list(stripe_gateway.intents_since(paid.placed_at - timedelta(days=1)))

    assert len(found) == len({intent.id for intent in found})
    assert paid.payments.get().payment_intent_id in {intent.id for intent in found}
