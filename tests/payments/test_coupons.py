from datetime import timedelta

import pytest

from courses.models import Enrolment
from payments import coupons, discount, orders
from payments.attention import ReasonMissing
from payments.models import MAX_QUANTITY, Account, Coupon, Order
from tests.factories.courses import make_course
from tests.factories.payments import CouponFactory
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("percent", "off"), [(1, 880), (10, 8_800), (33, 29_040), (99, 87_120), (100, 88_000)])
def test_percent_off(percent, off):
    assert discount.percent_off(full_fen=88_000, percent=percent) == off


@pytest.mark.parametrize(
    ("value", "off"), [(1, 1), (87_600, 87_600), (87_601, 88_000), (88_000, 88_000), (999_999, 88_000)]
)
def test_amount_off_never_leaves_a_rest_that_cannot_be_charged(value, off):
    assert discount.amount_off(full_fen=88_000, value_fen=value) == off


def test_place_with_a_coupon_copies_the_discount_and_books_it(alice, now):
    coupon = CouponFactory(code="SPRING")

    order = orders.place(buyer=alice, course=make_course(), coupon_code=" spr-ing ", now=now)

    line = order.lines.get()
    assert (order.coupon, order.amount_fen, line.unit_fen, line.discount_fen) == (coupon, 78_000, 88_000, 10_000)
    assert list(order.ledger.order_by("pk").values_list("debit", "credit", "amount_fen")) == [
        (Account.RECEIVABLE, Account.REVENUE, 88_000),
        (Account.DISCOUNT, Account.RECEIVABLE, 10_000),
    ]


def test_place_with_a_coupon_for_everything_is_paid_at_once(alice, now):
    CouponFactory(code="FREE", kind=Coupon.Kind.PERCENT, value=100)

    order = orders.place(buyer=alice, course=make_course(), coupon_code="FREE", now=now)

    assert (order.status, order.amount_fen, order.paid_at) == (Order.Status.PAID, 0, now)
    assert Enrolment.objects.get().source_ref == order.number


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"valid_from": timedelta(seconds=1)}, coupons.CouponNotYet),
        ({"valid_until": timedelta(0)}, coupons.CouponOver),
        ({"only_email": "bob@example.com"}, coupons.CouponOfAnother),
        ({"only_domain": "example.org"}, coupons.CouponOfAnother),
        ({"max_uses": 0}, coupons.CouponUsedUp),
        ({"max_uses_each": 0}, coupons.CouponUsedUp),
    ],
)
def test_place_refuses_a_coupon_that_does_not_fit(fields, refusal, alice, now):
    moments = {name: now + value if isinstance(value, timedelta) else value for name, value in fields.items()}
    CouponFactory(code="NO", **{"valid_from": now - timedelta(days=1)} | moments)

    with pytest.raises(refusal):
        orders.place(buyer=alice, course=make_course(), coupon_code="NO", now=now)

    assert not Order.objects.exists()


@pytest.mark.parametrize("code", ["NOTHING", "x" * 5_000, "\x00", "'; --"])
def test_place_refuses_an_unknown_coupon(code, alice, now):
    with pytest.raises(coupons.UnknownCoupon):
        orders.place(buyer=alice, course=make_course(), coupon_code=code, now=now)


def test_place_refuses_the_coupon_of_another_course(alice, now):
    CouponFactory(code="OTHER", course=make_course())

    with pytest.raises(coupons.CouponOfAnotherCourse):
        orders.place(buyer=alice, course=make_course(), coupon_code="OTHER", now=now)


@pytest.mark.parametrize("fields", [{"only_email": "ALICE@example.com"}, {"only_domain": "@Example.com"}])
def test_place_takes_the_coupon_of_this_person_or_company(fields, alice, now):
    CouponFactory(code="OURS", **fields)

    assert orders.place(buyer=alice, course=make_course(), coupon_code="OURS", now=now).amount_fen == 78_000


def test_a_use_comes_back_when_the_order_is_cancelled(alice, charlie, now):
    CouponFactory(code="ONE", max_uses=1)
    first = orders.place(buyer=alice, course=make_course(), coupon_code="ONE", now=now)
    course = make_course()
    with pytest.raises(coupons.CouponUsedUp):
        orders.place(buyer=charlie, course=course, coupon_code="ONE", now=now)

    orders.cancel(order=first, now=now)

    assert orders.place(buyer=charlie, course=course, coupon_code="ONE", now=now).amount_fen == 78_000


def test_a_person_uses_a_coupon_as_often_as_it_says(alice, charlie, now):
    CouponFactory(code="EACH", max_uses_each=1)
    orders.place(buyer=alice, course=make_course(), coupon_code="EACH", now=now)

    with pytest.raises(coupons.CouponUsedUp, match="你已经用过"):
        orders.place(buyer=alice, course=make_course(), coupon_code="EACH", now=now)

    assert orders.place(buyer=charlie, course=make_course(), coupon_code="EACH", now=now).amount_fen == 78_000


def test_create_batch_makes_different_codes_under_one_name(now):
    staff = UserFactory(is_staff=True)
    fields = {"name": "春季", "kind": "PERCENT", "value": 10, "valid_from": now}

    made = coupons.create_batch(count=200, by=staff, fields=fields, now=now)

    assert Coupon.objects.filter(batch=made[0].batch, created_by=staff).count() == 200
    assert {len(coupon.code) for coupon in made} == {coupons.CODE_LENGTH}


@pytest.mark.parametrize("count", [0, -1, coupons.LARGEST_BATCH + 1, 10**9])
def test_create_batch_refuses_odd_sizes(count, now):
    with pytest.raises(coupons.BatchTooLarge):
        coupons.create_batch(count=count, by=UserFactory(), fields={}, now=now)

    assert not Coupon.objects.exists()


def test_stop_ends_a_coupon_with_a_reason(alice, now):
    coupon, staff = CouponFactory(code="STOP"), UserFactory(is_staff=True)
    with pytest.raises(ReasonMissing):
        coupons.stop(coupon=coupon, by=staff, reason=" ", now=now)

    stopped = coupons.stop(coupon=coupon, by=staff, reason="泄露", now=now)

    assert (stopped.stopped_at, stopped.stopped_by, stopped.stopped_reason) == (now, staff, "泄露")
    with pytest.raises(coupons.CouponStopped):
        orders.place(buyer=alice, course=make_course(), coupon_code="STOP", now=now)
    with pytest.raises(coupons.CouponStopped):
        coupons.stop(coupon=coupon, by=staff, reason="再停一次", now=now)


@pytest.mark.parametrize("quantity", [0, -1, MAX_QUANTITY + 1, 10**9])
def test_place_for_company_refuses_odd_quantities(quantity, alice, now):
    with pytest.raises(orders.BadQuantity):
        orders.place_for_company(buyer=alice, course=make_course(), company_title="甲公司", quantity=quantity, now=now)

    assert not Order.objects.exists()


def test_place_for_company_needs_its_name(alice, now):
    with pytest.raises(orders.CompanyMissing):
        orders.place_for_company(buyer=alice, course=make_course(), company_title=" ", quantity=3, now=now)


def test_place_for_company_multiplies(alice, now):
    CouponFactory(code="TEN", kind=Coupon.Kind.PERCENT, value=10)

    order = orders.place_for_company(
        buyer=alice, course=make_course(), company_title="甲公司", quantity=30, coupon_code="TEN", now=now
    )

    assert (order.kind, order.amount_fen) == (Order.Kind.COMPANY, 30 * 88_000 * 9 // 10)
    assert not Enrolment.objects.exists()
