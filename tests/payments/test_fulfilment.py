import re
from datetime import timedelta

import pytest

from courses.models import Enrolment
from payments import fulfilment, orders
from payments.fulfilment import Outcome
from payments.models import Attention, Order, Payment, StripeEvent
from tests.factories.courses import EnrolmentFactory
from tests.factories.payments import PaymentFactory, StripeEventFactory

pytestmark = pytest.mark.django_db


def test_settle_of_paid_money_unlocks(stripe_double, payment, order, now):
    stripe_double.shop(payment.session_id, method="wechat_pay")

    assert fulfilment.settle(session_id=payment.session_id, now=now) is Outcome.UNLOCKED

    order.refresh_from_db()
    payment.refresh_from_db()
    enrolment = Enrolment.objects.get()
    assert (order.status, order.paid_at) == (Order.Status.PAID, now)
    assert (payment.status, payment.settled_at) == (Payment.Status.SUCCEEDED, now)
    assert not Attention.objects.exists()
    assert (payment.received_amount, payment.received_currency) == (88_000, "cny")
    assert payment.payment_intent_id.startswith("pi_")
    assert (enrolment.learner, enrolment.course_id) == (order.buyer, order.lines.get().course_id)
    assert (enrolment.source, enrolment.source_ref) == (Enrolment.Source.PAYMENT, order.number)


def test_settle_twice_unlocks_once(stripe_double, payment, now):
    stripe_double.shop(payment.session_id)

    outcomes = [fulfilment.settle(session_id=payment.session_id, now=now) for _ in range(2)]

    assert outcomes == [Outcome.UNLOCKED, Outcome.ALREADY]
    assert Enrolment.objects.count() == 1


def test_settle_of_an_open_page_changes_nothing(payment, order, now):
    assert fulfilment.settle(session_id=payment.session_id, now=now) is Outcome.WAITING

    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.status, payment.status, payment.checked_at) == (Order.Status.PENDING, Payment.Status.OPEN, now)


def test_settle_after_a_decline_still_waits(stripe_double, payment, now):
    stripe_double.shop(payment.session_id, "decline")

    assert fulfilment.settle(session_id=payment.session_id, now=now) is Outcome.WAITING


def test_settle_of_delayed_money_waits_and_then_unlocks(stripe_double, payment, order, now):
    stripe_double.shop(payment.session_id, "later")
    assert fulfilment.settle(session_id=payment.session_id, now=now) is Outcome.PROCESSING
    stripe_double.webhook("checkout.session.async_payment_succeeded", payment.session_id)

    assert fulfilment.settle(session_id=payment.session_id, now=now) is Outcome.UNLOCKED


def test_settle_of_delayed_money_that_never_comes(stripe_double, payment, order, now):
    stripe_double.shop(payment.session_id, "later_fail")
    stripe_double.webhook("checkout.session.async_payment_failed", payment.session_id)

    assert fulfilment.settle(session_id=payment.session_id, now=now) is Outcome.NOT_PAID

    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.status, payment.status) == (Order.Status.PENDING, Payment.Status.FAILED)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"amount_total": 100}, "金额或币种不符：实收 ¥1.00，应收 ¥880.00。"),
        ({"currency": "usd"}, "金额或币种不符：实收 88000 usd，应收 ¥880.00。"),
        ({"client_reference_id": "20261122000000000000"}, "订单号不符：Stripe 记录的是“20261122000000000000”。"),
        ({"client_reference_id": None}, "订单号不符：Stripe 记录的是“”。"),
        ({"amount_total": 0, "payment_status": "no_payment_required"}, "金额或币种不符：实收 ¥0.00，应收 ¥880.00。"),
    ],
)
def test_settle_of_tampered_money_unlocks_nothing_and_shows_it(fields, reason, stripe_double, payment, order, now):
    stripe_double.shop(payment.session_id)
    stripe_double.alter("checkout.session", payment.session_id, **fields)

    assert fulfilment.settle(session_id=payment.session_id, now=now) is Outcome.ATTENTION

    order.refresh_from_db()
    assert order.status == Order.Status.PENDING
    assert [item.text for item in payment.attentions.open()] == [reason]
    assert not Enrolment.objects.exists()
    with pytest.raises(orders.PaymentUnderReview):
        orders.begin_payment(order=order, now=now)


@pytest.mark.parametrize(("status", "word"), [("CANCELLED", "已取消"), ("EXPIRED", "已过期")])
def test_settle_of_late_money_is_recorded_for_a_person(status, word, stripe_double, payment, order, now):
    Order.objects.update(status=status, closed_at=now)
    Payment.objects.update(status=Payment.Status.FAILED, settled_at=now)
    stripe_double.shop(payment.session_id)

    assert fulfilment.settle(session_id=payment.session_id, now=now) is Outcome.ATTENTION

    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.status, payment.status) == (status, Payment.Status.SUCCEEDED)
    assert Attention.objects.get(payment=payment).text == f"订单{word}后才收到款项，请联系买家：退款或恢复报名。"
    assert not Enrolment.objects.exists()


def test_settle_of_a_second_payment_is_recorded_for_a_person(stripe_double, payment, order, now):
    stripe_double.shop(payment.session_id)
    Order.objects.update(status=Order.Status.PAID, paid_at=now)

    assert fulfilment.settle(session_id=payment.session_id, now=now) is Outcome.ATTENTION

    payment.refresh_from_db()
    assert Attention.objects.get(payment=payment).text == "重复付款：订单此前已经付清，请退回这一笔。"


def test_settle_for_somebody_who_was_enrolled_meanwhile_tells_finance(stripe_double, payment, order, now):
    EnrolmentFactory(learner=order.buyer, course=order.lines.get().course, source_ref="G-7")
    stripe_double.shop(payment.session_id)

    assert fulfilment.settle(session_id=payment.session_id, now=now) is Outcome.ATTENTION

    order.refresh_from_db()
    payment.refresh_from_db()
    assert order.status == Order.Status.PAID
    assert Attention.objects.get(payment=payment).text == "买家付款前已有学习资格（赠与），请核对是否退款。"


def test_settle_finds_a_payment_whose_session_we_never_noted(stripe_double, payment, order, now):
    Payment.objects.update(session_id=None)
    stripe_double.shop(payment.session_id)

    assert fulfilment.settle(session_id=payment.session_id, now=now) is Outcome.UNLOCKED


def test_settle_of_a_session_that_is_not_ours(stripe_double, now):
    assert fulfilment.settle(session_id="cs_test_of_another_shop", now=now) is Outcome.NOT_OURS


def test_settle_of_a_session_that_stripe_does_not_know(stripe_double, order, now):
    payment = PaymentFactory(order=order)

    assert fulfilment.settle(session_id=payment.session_id, now=now) is Outcome.NOT_PAID

    payment.refresh_from_db()
    assert payment.status == Payment.Status.FAILED


def test_handle_event_is_handled_once(stripe_double, payment, now):
    stripe_double.shop(payment.session_id)
    event = StripeEventFactory(object_id=payment.session_id)

    for moment in (now, now + timedelta(hours=1)):
        fulfilment.handle_event(event_pk=event.pk, now=moment)

    event.refresh_from_db()
    assert (event.handled_at, event.outcome, event.tries) == (now, Outcome.UNLOCKED, 1)


def test_handle_event_of_an_unknown_kind_is_only_recorded(now):
    event = StripeEventFactory(kind="customer.created", object_id="cus_1")

    fulfilment.handle_event(event_pk=event.pk, now=now)

    event.refresh_from_db()
    assert (event.handled_at, event.outcome) == (now, Outcome.RECORDED)


def test_handle_event_waits_longer_each_time_stripe_is_silent(gateway_down, now):
    event = StripeEventFactory()
    waits = []

    for _ in range(9):
        fulfilment.handle_event(event_pk=event.pk, now=now)
        event.refresh_from_db()
        waits.append((event.next_try_at - now).total_seconds())

    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert (event.handled_at, event.tries) == (None, 9)
    assert event.outcome.startswith("等待重试：")
    assert not StripeEvent.objects.due(now).exists()
    assert StripeEvent.objects.due(now + timedelta(hours=1)).get() == event


def test_look_again_asks_stripe_at_most_every_few_seconds(stripe_double, payment, order, now):
    stripe_double.shop(payment.session_id)

    fulfilment.look_again(order_pk=order.pk, now=now + timedelta(seconds=1))
    order.refresh_from_db()
    assert order.status == Order.Status.PENDING

    fulfilment.look_again(order_pk=order.pk, now=now + timedelta(seconds=6))
    order.refresh_from_db()
    assert order.status == Order.Status.PAID


def test_reconcile_finds_money_whose_webhook_was_lost(stripe_double, payment, order, now):
    stripe_double.faults(drop=100)
    stripe_double.shop(payment.session_id)

    assert fulfilment.reconcile(now=now + timedelta(seconds=90)) == 1

    order.refresh_from_db()
    assert order.status == Order.Status.PAID


def test_reconcile_leaves_alone_what_was_looked_at_lately(payment, gateway_down, now):
    assert fulfilment.reconcile(now=now + timedelta(seconds=30)) == 0


def test_reconcile_closes_the_page_of_an_order_that_is_settled_otherwise(stripe_double, payment, order, now):
    Order.objects.update(status=Order.Status.PAID, paid_at=now)

    assert fulfilment.reconcile(now=now + timedelta(seconds=90)) == 1

    payment.refresh_from_db()
    assert payment.status == Payment.Status.FAILED
    assert stripe_double.api("GET", f"/v1/checkout/sessions/{payment.session_id}")["status"] == "expired"


def test_reconcile_stops_when_stripe_is_silent(gateway_down, now):
    PaymentFactory.create_batch(2)

    assert fulfilment.reconcile(now=now) == 0


def test_the_handbook_names_every_event_that_is_acted_on(settings):
    named = set(
        re.findall(r"^   - `([a-z_.]+)`$", (settings.BASE_DIR / "docs/operations.md").read_text(), re.MULTILINE)
    )

    assert named == fulfilment.SESSION_EVENTS | fulfilment.REFUND_EVENTS | fulfilment.DISPUTE_EVENTS
