import pytest
from django.urls import reverse

from courses.models import Enrolment
from payments import refund_requests
from payments.models import Order, Refund
from tests.factories.courses import make_course
from tests.factories.exams import AttemptFactory
from tests.factories.payments import CouponFactory, OrderFactory

pytestmark = pytest.mark.django_db
BUY = {"shown_fen": "78000", "accepts_refund_rule": "on"}


def url(name: str, order: Order) -> str:
    return reverse(f"payments:{name}", args=[order.number])


# --- coupons on the confirmation page -------------------------------------------------------------------------------
def test_order_create_shows_what_a_coupon_takes_off(as_alice):
    CouponFactory(code="SPRING")

    page = as_alice.get(f"/orders/buy/{make_course().pk}/", {"coupon": "spring"}).content.decode()

    assert all(words in page for words in ("优惠码 SPRING", "−¥100.00", "¥780.00", 'value="78000"'))


@pytest.mark.parametrize("code", ["nothing", "x" * 41, "'\"<script>"])
def test_order_create_refuses_a_wrong_coupon_in_words(code, as_alice):
    answer = as_alice.get(f"/orders/buy/{make_course().pk}/", {"coupon": code})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "is-invalid" in page
    assert "¥880.00" in page
    assert "<script>" not in page.partition('name="coupon"')[2][:200]


def test_order_create_orders_at_the_price_with_the_coupon(as_alice, stripe_double):
    CouponFactory(code="SPRING")

    answer = as_alice.post(f"/orders/buy/{make_course().pk}/?coupon=SPRING", BUY)

    order = Order.objects.get()
    session = stripe_double.api("GET", f"/v1/checkout/sessions/{order.payments.get().session_id}")
    assert (answer.status_code, order.amount_fen, session["amount_total"]) == (303, 78_000, 78_000)


def test_order_create_with_a_coupon_that_ended_meanwhile_shows_the_new_price(as_alice, now):
    CouponFactory(code="SPRING", valid_until=now)

    page = as_alice.post(f"/orders/buy/{make_course().pk}/?coupon=SPRING", BUY).content.decode()

    assert "应付金额现在是 ¥880.00" in page
    assert not Order.objects.exists()


def test_order_create_with_a_coupon_for_everything_needs_no_payment(as_alice):
    CouponFactory(code="FREE", kind="PERCENT", value=100)

    page = as_alice.post(
        f"/orders/buy/{make_course().pk}/?coupon=FREE", BUY | {"shown_fen": "0"}, follow=True
    ).content.decode()

    assert "付款成功，课程已开通" in page
    assert Enrolment.objects.count() == 1


# --- refund_create, refund_take_back --------------------------------------------------------------------------------
def test_refund_create_shows_the_rule_and_takes_the_request(as_alice, paid):
    page = as_alice.get(url("refund_create", paid)).content.decode()
    assert all(words in page for words in ("可以全额退款", "¥880.00", "学完 0 / 10 课", "尚未取得证书"))

    answer = as_alice.post(url("refund_create", paid), {"reason": ""}, follow=True)

    assert Refund.objects.get().status == "REQUESTED"
    assert "退款申请已提交" in answer.content.decode()
    assert "等待答复" in answer.content.decode()


def test_refund_create_outside_the_rule_needs_a_reason(as_alice, alice, paid):
    AttemptFactory(candidate=alice, exam__course=paid.lines.get().course)

    page = as_alice.post(url("refund_create", paid), {"reason": " "}).content.decode()

    assert "不满足全额退款的条件" in page
    assert "请说明情况" in page
    assert not Refund.objects.exists()


def test_refund_create_twice_says_so(as_alice, asked):
    page = as_alice.post(url("refund_create", asked.order), {"reason": "x"}, follow=True).content.decode()

    assert "已有一份退款申请" in page
    assert Refund.objects.count() == 1


def test_refund_create_of_what_was_not_paid_says_so(as_alice, order):
    assert "没有可以退的款项" in as_alice.get(url("refund_create", order), follow=True).content.decode()


def test_refund_take_back(as_alice, asked):
    page = as_alice.post(url("refund_take_back", asked.order), follow=True).content.decode()

    asked.refresh_from_db()
    assert asked.status == "WITHDRAWN"
    assert "退款申请已收回" in page
    assert as_alice.post(url("refund_take_back", asked.order)).status_code == 404


@pytest.mark.parametrize("name", ["refund_create", "refund_take_back"])
def test_somebody_elses_refund_is_404(name, as_charlie, asked):
    assert as_charlie.post(url(name, asked.order), {"reason": "x"}).status_code == 404


def test_order_detail_after_a_refusal_shows_the_answer(as_alice, asked, staff, now):
    refund_requests.reject(refund=asked, by=staff, answer="课程已经学完", now=now)

    page = as_alice.get(url("order_detail", asked.order)).content.decode()

    assert "答复：课程已经学完" in page
    assert "申请退款" in page


def test_order_detail_of_a_refunded_order(as_alice, alice, now):
    order = OrderFactory(buyer=alice, status="REFUNDED", paid_at=now, closed_at=now)

    assert "订单已退款" in as_alice.get(url("order_detail", order)).content.decode()


@pytest.mark.parametrize(("limit", "is_said"), [(50_000, True), (88_000, False)])
def test_refund_create_says_when_two_people_decide(limit, is_said, as_alice, paid, settings):
    settings.REFUND_TWO_PERSONS_FEN = limit

    page = as_alice.get(f"/orders/{paid.number}/refund/").content.decode()

    assert ("由两位工作人员分别同意后才退出" in page) == is_said
