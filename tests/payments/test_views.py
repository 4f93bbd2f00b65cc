import secrets
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from courses.models import Enrolment
from payments import orders, transfers
from payments.models import Order, Payment, Refund
from tests.factories.courses import EnrolmentFactory, make_course
from tests.factories.payments import AttentionFactory, OrderFactory, PaymentFactory

pytestmark = pytest.mark.django_db
BUY = {"shown_fen": "88000", "accepts_refund_rule": "on"}


def url(name: str, order: Order) -> str:
    return reverse(f"payments:{name}", args=[order.number])


# --- order_create ---------------------------------------------------------------------------------------------------
def test_order_create_shows_what_is_bought(as_alice):
    course = make_course(modules=2, lessons=3)

    page = as_alice.get(f"/orders/buy/{course.pk}/").content.decode()

    assert "¥880.00" in page
    assert "2 个模块，6 节课" in page
    assert 'href="/refund/"' in page


def test_order_create_orders_and_goes_to_stripe(as_alice, alice, stripe_double):
    course = make_course()

    answer = as_alice.post(f"/orders/buy/{course.pk}/", BUY)

    order = Order.objects.get()
    assert (order.buyer, order.lines.get().course_id, order.amount_fen) == (alice, course.pk, 88_000)
    assert (answer.status_code, answer["Location"]) == (303, order.payments.get().session_url)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"shown_fen": "88000"}, "请先阅读退款规则"),
        ({"shown_fen": "100", "accepts_refund_rule": "on"}, "应付金额现在是 ¥880.00"),
        ({"shown_fen": "-1", "accepts_refund_rule": "on"}, "应付金额现在是 ¥880.00"),
        ({"shown_fen": "x" * 9000, "accepts_refund_rule": "on"}, "应付金额现在是 ¥880.00"),
        ({}, "请先阅读退款规则"),
    ],
)
def test_order_create_refuses_in_words(data, words, as_alice):
    answer = as_alice.post(f"/orders/buy/{make_course().pk}/", data)

    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert 'name="shown_fen" value="88000"' in answer.content.decode()
    assert not Order.objects.exists()


def test_order_create_goes_on_with_the_pending_order(as_alice, order):
    answer = as_alice.get(f"/orders/buy/{order.lines.get().course_id}/")

    assert answer["Location"] == url("order_detail", order)


def test_order_create_sends_the_enrolled_to_their_lessons(as_alice, alice):
    enrolment = EnrolmentFactory(learner=alice)

    answer = as_alice.post(f"/orders/buy/{enrolment.course_id}/", BUY)

    assert answer["Location"] == reverse("learn")
    assert not Order.objects.exists()


@pytest.mark.parametrize("pk", [0, 999, 10**30])
def test_order_create_of_no_course_is_404(pk, as_alice):
    assert as_alice.get(f"/orders/buy/{pk}/").status_code == 404


def test_order_create_of_an_unpublished_course_is_404(as_alice):
    course = make_course()
    course.unpublish()

    assert as_alice.get(f"/orders/buy/{course.pk}/").status_code == 404


def test_order_create_needs_a_login(db):
    course = make_course()

    assert Client().get(f"/orders/buy/{course.pk}/")["Location"].startswith("/accounts/login/")


def test_order_create_without_stripe_keeps_the_order_and_says_what_to_do(as_alice, gateway_down):
    answer = as_alice.post(f"/orders/buy/{make_course().pk}/", BUY, follow=True)

    page = answer.content.decode()
    assert answer.redirect_chain == [(url("order_detail", Order.objects.get()), 302)]
    assert "支付服务暂时没有响应，没有扣款，请稍后再试。" in page
    assert "去付款" in page


def test_order_create_when_stripe_answers_500(as_alice, stripe_double):
    stripe_double.faults(error=10)

    answer = as_alice.post(f"/orders/buy/{make_course().pk}/", BUY, follow=True)

    assert answer.status_code == 200
    assert "支付服务暂时没有响应" in answer.content.decode()


def test_order_create_after_a_lapsed_order_that_was_paid_settles_it(as_alice, stripe_double, payment, order):
    stripe_double.shop(payment.session_id)
    Order.objects.update(placed_at=timezone.now() - timedelta(hours=2), expires_at=timezone.now())

    answer = as_alice.post(
        f"/orders/buy/{order.lines.get().course_id}/", {"shown_fen": "88000", "accepts_refund_rule": "on"}
    )

    order.refresh_from_db()
    assert (answer["Location"], order.status) == (url("order_detail", order), Order.Status.PAID)


# --- order_pay ------------------------------------------------------------------------------------------------------
def test_order_pay_goes_to_the_open_page(as_alice, payment, order):
    answer = as_alice.post(url("order_pay", order))

    assert (answer.status_code, answer["Location"]) == (303, payment.session_url)


def test_order_pay_of_what_is_paid_already_settles(as_alice, stripe_double, payment, order):
    stripe_double.shop(payment.session_id)

    answer = as_alice.post(url("order_pay", order), follow=True)

    assert "付款成功，课程已开通" in answer.content.decode()
    assert Enrolment.objects.count() == 1


def test_order_pay_of_a_closed_order_says_so(as_alice, alice, stripe_double):
    order = OrderFactory(buyer=alice, cancelled=True)

    assert "不能再付款" in as_alice.post(url("order_pay", order), follow=True).content.decode()


# --- order_cancel ---------------------------------------------------------------------------------------------------
def test_order_cancel_cancels(as_alice, payment, order):
    page = as_alice.post(url("order_cancel", order), follow=True).content.decode()

    order.refresh_from_db()
    assert order.status == Order.Status.CANCELLED
    assert "订单已取消，没有扣款。" in page
    assert "重新下单" in page


def test_order_cancel_of_what_was_just_paid_opens_the_course(as_alice, stripe_double, payment, order):
    stripe_double.shop(payment.session_id)

    page = as_alice.post(url("order_cancel", order), follow=True).content.decode()

    assert "付款成功，课程已开通" in page


def test_order_cancel_without_stripe_changes_nothing(as_alice, payment, gateway_down, order):
    page = as_alice.post(url("order_cancel", order), follow=True).content.decode()

    order.refresh_from_db()
    assert order.status == Order.Status.PENDING
    assert "订单还没有取消" in page


def test_order_cancel_twice_says_so(as_alice, order):
    as_alice.post(url("order_cancel", order))

    assert "已经关闭" in as_alice.post(url("order_cancel", order), follow=True).content.decode()


# --- order_detail, order_status, order_list -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({}, "去付款"),
        ({"paid": True}, "开始学习"),
        ({"cancelled": True}, "订单已取消"),
        ({"expired": True}, "订单已过期"),
    ],
)
def test_order_detail_in_each_state(state, words, as_alice, alice):
    order = OrderFactory(buyer=alice, **state)

    assert words in as_alice.get(url("order_detail", order)).content.decode()


def test_order_detail_past_its_time(as_alice, alice, now):
    order = OrderFactory(buyer=alice, placed_at=now - timedelta(hours=2))

    assert "支付时间已过" in as_alice.get(url("order_detail", order)).content.decode()


def test_order_detail_while_the_bank_decides(as_alice, order):
    PaymentFactory(order=order, status=Payment.Status.PROCESSING)

    assert "等待银行确认" in as_alice.get(url("order_detail", order)).content.decode()


def test_order_detail_with_money_that_needs_a_person(as_alice, order, now):
    PaymentFactory(order=order, status=Payment.Status.SUCCEEDED, settled_at=now, received_amount=1)
    AttentionFactory(order=order)

    page = as_alice.get(url("order_detail", order)).content.decode()

    assert "有一笔款项正在人工核对" in page
    assert "去付款" not in page


def test_order_detail_on_return_from_stripe_needs_no_webhook(
    as_alice, stripe_double, payment, order, django_capture_on_commit_callbacks
):
    stripe_double.faults(drop=100)
    back = stripe_double.shop(payment.session_id)
    Payment.objects.update(checked_at=timezone.now() - timedelta(seconds=10))

    with django_capture_on_commit_callbacks(execute=True):
        as_alice.get(back.removeprefix("http://127.0.0.1:8000"))

    assert back.endswith(f"{url('order_detail', order)}?returned=1")
    assert as_alice.get(url("order_status", order)).json() == {"state": "PAID"}


def test_order_detail_on_return_without_stripe_is_a_page(as_alice, payment, gateway_down, order):
    Payment.objects.update(checked_at=timezone.now() - timedelta(seconds=10))

    answer = as_alice.get(url("order_detail", order) + "?returned=1")

    assert answer.status_code == 200
    assert "正在向支付服务确认" in answer.content.decode()


def test_order_status_moves_on_when_paid_on_another_device(
    as_alice, stripe_double, payment, order, django_capture_on_commit_callbacks
):
    assert as_alice.get(url("order_status", order)).json() == {"state": "PENDING"}
    stripe_double.faults(drop=100)
    stripe_double.shop(payment.session_id, method="wechat_pay")
    Payment.objects.update(checked_at=timezone.now() - timedelta(seconds=10))

    with django_capture_on_commit_callbacks(execute=True):
        as_alice.get(url("order_status", order))

    assert as_alice.get(url("order_status", order)).json() == {"state": "PAID"}


@pytest.mark.parametrize(
    ("name", "method"),
    [("order_detail", "get"), ("order_status", "get"), ("order_pay", "post"), ("order_cancel", "post")],
)
def test_somebody_elses_order_is_404(name, method, as_charlie, order):
    assert getattr(as_charlie, method)(url(name, order)).status_code == 404


@pytest.mark.parametrize("name", ["order_pay", "order_cancel"])
def test_changing_verbs_are_post_only(name, as_alice, order):
    assert as_alice.get(url(name, order)).status_code == 405


@pytest.mark.parametrize("number", ["1", "x" * 20, "%00" * 20, "2" * 21])
def test_order_detail_of_no_number_is_404(number, as_alice):
    assert as_alice.get(f"/orders/{number}/").status_code == 404


def test_order_list_empty(as_alice):
    assert "还没有订单" in as_alice.get("/orders/").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_order_list_takes_the_same_queries(count, as_alice, alice, django_assert_num_queries):
    for _ in range(count):
        OrderFactory(buyer=alice)
    OrderFactory()

    with django_assert_num_queries(6):  # session, user, count, orders, their payments, what is open
        page = as_alice.get("/orders/").content.decode()

    assert page.count("order-row") == count


@pytest.mark.parametrize("count", [1, 3])
def test_order_detail_takes_the_same_queries(count, as_alice, alice, bought, now, django_assert_num_queries):
    for _ in range(count):
        PaymentFactory(order=bought, status=Payment.Status.FAILED, settled_at=now)
        AttentionFactory(order=bought)
        Refund.objects.create(
            order=bought,
            payment=bought.payments.get(status="SUCCEEDED"),
            origin="BUYER",
            status="REJECTED",
            amount_fen=0,
            currency="cny",
            requested_by=alice,
            requested_at=now,
            decided_at=now,
            settled_at=now,
            idempotency_key=secrets.token_hex(16),
        )

    with django_assert_num_queries(20):
        page = as_alice.get(url("order_detail", bought)).content.decode()

    assert page.count("refund-row") == count


@pytest.mark.parametrize("count", [1, 3])
def test_order_detail_of_a_company_takes_the_same_queries(count, as_alice, alice, now, django_assert_num_queries):
    order = orders.place_for_company(
        buyer=alice, course=make_course(), company_title="青山家电有限公司", quantity=count, now=now
    )
    payment = transfers.choose(order=order, by=alice, now=now)
    entry = transfers.record(serial="S1", booked_on=now.date(), amount_fen=payment.amount_fen, by=alice, now=now)
    transfers.match(entry=entry, order=order, by=alice, now=now)

    as_alice.get(url("order_detail", order))  # the session keeps from now on that this person holds seats

    with django_assert_num_queries(15):
        assert f"{count} 个" in as_alice.get(url("order_detail", order)).content.decode()


@pytest.mark.parametrize("page", ["0", "-1", "999", "x", ""])
def test_order_list_takes_any_page_number(page, as_alice, order):
    assert as_alice.get("/orders/", {"page": page}).status_code == 200
