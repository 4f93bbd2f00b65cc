from datetime import timedelta

import pytest

from courses.models import Enrolment
from payments import fulfilment, orders, stripe_gateway
from payments.models import Order, Payment
from tests.factories.courses import EnrolmentFactory, make_course
from tests.factories.payments import OrderFactory

pytestmark = pytest.mark.django_db


def test_place_copies_name_and_price(alice, now, settings):
    settings.ORDER_EXPIRY_MINUTES = 45
    course = make_course(price_fen=88_000)

    order = orders.place(buyer=alice, course=course, now=now)
    course.price_fen = 99_000
    course.save()

    order.refresh_from_db()
    assert len(order.number) == 20
    assert order.number.isdigit()
    assert (order.amount_fen, order.currency, order.title) == (88_000, "cny", course.title)
    assert (order.status, order.expires_at) == (Order.Status.PENDING, now + timedelta(minutes=45))


def test_place_twice_gives_the_same_order(alice, now):
    course = make_course()

    first, second = (orders.place(buyer=alice, course=course, now=now) for _ in range(2))

    assert first == second


def test_place_refuses_who_is_enrolled(alice, now):
    enrolment = EnrolmentFactory(learner=alice)

    with pytest.raises(orders.AlreadyEnrolled):
        orders.place(buyer=alice, course=enrolment.course, now=now)

    assert not Order.objects.exists()


def test_place_refuses_a_course_that_is_not_live(alice, now):
    course = make_course()
    course.unpublish()

    with pytest.raises(orders.NotOnSale):
        orders.place(buyer=alice, course=course, now=now)


def test_place_closes_a_lapsed_order_first(alice, now):
    old = OrderFactory(buyer=alice, placed_at=now - timedelta(hours=2))

    new = orders.place(buyer=alice, course=old.lines.get().course, now=now)

    old.refresh_from_db()
    assert (old.status, new.status) == (Order.Status.EXPIRED, Order.Status.PENDING)


def test_begin_payment_opens_a_page_and_uses_it_again(stripe_double, order, now):
    first = orders.begin_payment(order=order, now=now)
    second = orders.begin_payment(order=order, now=now)

    assert first == second
    assert first.session_url.startswith(f"{stripe_double.url}/c/pay/cs_test_")
    session = stripe_double.api("GET", f"/v1/checkout/sessions/{first.session_id}")
    assert (session["amount_total"], session["currency"]) == (88_000, "cny")
    assert (session["client_reference_id"], session["locale"]) == (order.number, "zh")
    assert session["payment_method_types"] == ["card", "alipay", "wechat_pay"]
    assert session["metadata"] == {"order": order.number, "payment": first.idempotency_key}


def test_begin_payment_after_a_lost_answer_gets_the_same_session(stripe_double, order, now):
    """Stripe made the session, the line broke each time: the key brings the same session back."""
    stripe_double.faults(lose_answer=3)
    with pytest.raises(stripe_gateway.GatewayUnavailable):
        orders.begin_payment(order=order, now=now)
    assert Payment.objects.get().session_id is None

    payment = orders.begin_payment(order=order, now=now)

    made = stripe_double.api("GET", "/v1/checkout/sessions?limit=100")["data"]
    assert [s["id"] for s in made if s["client_reference_id"] == order.number] == [payment.session_id]


def test_begin_payment_survives_two_errors_of_stripe(stripe_double, order, now):
    stripe_double.faults(error=2)

    assert orders.begin_payment(order=order, now=now).session_url


def test_begin_payment_near_the_end_gives_the_page_stripes_shortest_life(stripe_double, order, now):
    order.expires_at = now + timedelta(minutes=5)
    order.save()

    assert orders.begin_payment(order=order, now=now).session_expires_at == now + orders.SHORTEST_SESSION


def test_begin_payment_opens_a_new_page_after_a_failed_one(stripe_double, payment, order, now):
    stripe_double.shop(payment.session_id, "later_fail")
    stripe_double.webhook("checkout.session.async_payment_failed", payment.session_id)

    again = orders.begin_payment(order=order, now=now)

    payment.refresh_from_db()
    assert (payment.status, again.status) == (Payment.Status.FAILED, Payment.Status.OPEN)


def test_begin_payment_refuses_a_closed_order(stripe_double, now):
    with pytest.raises(orders.OrderClosed):
        orders.begin_payment(order=OrderFactory(cancelled=True), now=now)


def test_begin_payment_refuses_a_lapsed_order(stripe_double, order):
    with pytest.raises(orders.OrderLapsed):
        orders.begin_payment(order=order, now=order.expires_at)


def test_begin_payment_that_is_paid_says_so(stripe_double, payment, order, now):
    stripe_double.shop(payment.session_id)

    with pytest.raises(orders.PaymentArrived) as arrival:
        orders.begin_payment(order=order, now=now)

    assert (arrival.value.session_id, arrival.value.order) == (payment.session_id, order)


def test_begin_payment_refuses_while_the_bank_decides(stripe_double, payment, order, now):
    stripe_double.shop(payment.session_id, "later")

    with pytest.raises(orders.PaymentProcessing):
        orders.begin_payment(order=order, now=now)


def test_begin_payment_that_stripe_refuses_is_not_tried_with_the_same_key(stripe_double, order, now, settings):
    settings.STRIPE_PAYMENT_METHODS = ["nonsense"]
    with pytest.raises(stripe_gateway.GatewayRefused):
        orders.begin_payment(order=order, now=now)

    settings.STRIPE_PAYMENT_METHODS = ["card"]

    assert orders.begin_payment(order=order, now=now).session_url
    assert list(order.payments.order_by("pk").values_list("status", flat=True)) == ["FAILED", "OPEN"]


def test_cancel_closes_the_page_at_stripe(stripe_double, payment, order, now):
    cancelled = orders.cancel(order=order, now=now)

    payment.refresh_from_db()
    session = stripe_double.api("GET", f"/v1/checkout/sessions/{payment.session_id}")
    assert (cancelled.status, cancelled.closed_at) == (Order.Status.CANCELLED, now)
    assert (payment.status, session["status"]) == (Payment.Status.FAILED, "expired")


def test_cancel_before_any_payment_needs_no_stripe(gateway_down, order, now):
    assert orders.cancel(order=order, now=now).status == Order.Status.CANCELLED


def test_cancel_of_an_order_that_was_just_paid_says_so(stripe_double, payment, order, now):
    stripe_double.shop(payment.session_id)

    with pytest.raises(orders.PaymentArrived):
        orders.cancel(order=order, now=now)

    order.refresh_from_db()
    assert order.status == Order.Status.PENDING


def test_cancel_without_an_answer_of_stripe_changes_nothing(payment, gateway_down, order, now):
    with pytest.raises(stripe_gateway.GatewayUnavailable):
        orders.cancel(order=order, now=now)

    order.refresh_from_db()
    assert order.status == Order.Status.PENDING


@pytest.mark.parametrize("state", ["paid", "cancelled", "expired"])
def test_cancel_refuses_an_order_that_is_not_pending(state, now):
    with pytest.raises(orders.OrderClosed):
        orders.cancel(order=OrderFactory(**{state: True}), now=now)


def test_expire_lapsed_closes_what_is_over_and_nothing_else(stripe_double, payment, order, now):
    fresh = OrderFactory(placed_at=order.expires_at)

    assert orders.expire_lapsed(now=order.expires_at) == 1

    order.refresh_from_db()
    fresh.refresh_from_db()
    assert (order.status, fresh.status) == (Order.Status.EXPIRED, Order.Status.PENDING)
    assert stripe_double.api("GET", f"/v1/checkout/sessions/{payment.session_id}")["status"] == "expired"


def test_expire_lapsed_leaves_an_order_that_is_paid_at_stripe(stripe_double, payment, order):
    stripe_double.shop(payment.session_id)

    assert orders.expire_lapsed(now=order.expires_at) == 0

    fulfilment.settle(session_id=payment.session_id, now=order.expires_at)
    order.refresh_from_db()
    assert order.status == Order.Status.PAID
    assert Enrolment.objects.get().source_ref == order.number


def test_expire_lapsed_leaves_an_order_whose_bank_decides(stripe_double, payment, order, now):
    stripe_double.shop(payment.session_id, "later")
    fulfilment.settle(session_id=payment.session_id, now=now)

    assert orders.expire_lapsed(now=order.expires_at) == 0


def test_expire_lapsed_waits_for_stripe_to_answer(payment, gateway_down, order):
    assert orders.expire_lapsed(now=order.expires_at) == 0

    order.refresh_from_db()
    assert order.status == Order.Status.PENDING
