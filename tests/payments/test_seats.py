"""Seats sold: the price table, the order for a company, and the money of unused seats."""

from datetime import timedelta

import pytest
from django.urls import reverse

from courses import learning, seats
from courses.models import Enrolment, Seat, SeatBatch
from payments import fulfilment, orders, refund_requests, refunds, seat_prices, volume
from payments.models import LedgerEntry, Order, VolumePrice
from payments.volume import Step, Tier
from tests.factories.courses import lessons_of, make_course
from tests.factories.payments import CouponFactory
from tests.factories.seats import link_token
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db
TIERS = [Tier(10, 95), Tier(50, 90)]
USCC = "91350100M000100Y43"
TITLE = "青山家电有限公司"


@pytest.fixture
def course(db):
    VolumePrice.objects.create(from_quantity=10, percent=95)
    VolumePrice.objects.create(from_quantity=50, percent=90)
    return make_course(lessons=2)


@pytest.fixture
def filled(course):
    return {
        "quantity": "12",
        "company_title": TITLE,
        "company_code": USCC,
        "coupon": "",
        "shown_fen": "1003200",
        "accepts_refund_rule": "on",
    }


@pytest.fixture
def bought(stripe_double, alice, course, now) -> Order:
    """Alice has bought and paid 12 seats at 95 %."""
    order = orders.place_for_company(buyer=alice, course=course, company_title=TITLE, quantity=12, now=now)
    payment = orders.begin_payment(order=order, now=now)
    stripe_double.shop(payment.session_id)
    fulfilment.settle(session_id=payment.session_id, now=now)
    order.refresh_from_db()
    return order


def start(order, now, *, count=1):
    batch = SeatBatch.objects.get(order_number=order.number)
    token = link_token(batch, places=count, now=now)
    for _ in range(count):
        learner = UserFactory()
        seats.claim(token=token, learner=learner, now=now)
        learning.open_lesson(learner=learner, lesson=lessons_of(batch.course)[0], now=now)


# --- the price ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("quantity", "unit_fen"), [(1, 88_000), (9, 88_000), (10, 83_600), (49, 83_600), (50, 79_200), (2000, 79_200)]
)
def test_unit_price_by_quantity(quantity, unit_fen):
    assert volume.unit_fen(price_fen=88_000, quantity=quantity, tiers=TIERS) == unit_fen


def test_unit_price_leaves_parts_of_a_fen_to_the_buyer():
    assert volume.unit_fen(price_fen=999, quantity=10, tiers=TIERS) == 949
    assert volume.unit_fen(price_fen=1, quantity=10, tiers=TIERS) == 1


def test_steps_cover_every_quantity():
    assert volume.steps(price_fen=88_000, tiers=TIERS) == [
        Step(1, 9, 100, 88_000),
        Step(10, 49, 95, 83_600),
        Step(50, None, 90, 79_200),
    ]
    assert volume.steps(price_fen=88_000, tiers=[]) == [Step(1, None, 100, 88_000)]


def test_a_course_with_rows_of_its_own_uses_only_those(course):
    VolumePrice.objects.create(course=course, from_quantity=20, percent=80)

    assert seat_prices.tiers_of(course) == [Tier(20, 80)]
    assert seat_prices.tiers_of(make_course()) == TIERS


# --- the order ------------------------------------------------------------------------------------------------------
def test_place_for_company_copies_the_price(alice, course, now):
    order = orders.place_for_company(
        buyer=alice, course=course, company_title=TITLE, company_code=USCC, quantity=12, now=now
    )
    VolumePrice.objects.all().delete()

    line = order.lines.get()
    assert (line.unit_fen, line.quantity, order.amount_fen, order.company_code) == (83_600, 12, 1_003_200, USCC)


def test_coupon_comes_off_the_table_price(alice, course, now):
    CouponFactory(code="TEN", kind="PERCENT", value=10)

    order = orders.place_for_company(
        buyer=alice, course=course, company_title=TITLE, quantity=12, coupon_code="TEN", now=now
    )

    assert (order.lines.get().discount_fen, order.amount_fen) == (100_320, 902_880)


def test_paid_order_gives_seats_and_enrols_nobody(bought, alice):
    batch = SeatBatch.objects.get()

    assert (batch.order_number, batch.holder, batch.company, batch.size) == (bought.number, alice, TITLE, 12)
    assert Seat.objects.free().count() == 12
    assert not Enrolment.objects.exists()


def test_order_page_shows_seats_and_the_next_step(bought, as_alice):
    page = as_alice.get(reverse("payments:order_detail", args=[bought.number])).content.decode()

    assert "12 个席位已开通" in page
    assert f"/seats/batches/{SeatBatch.objects.get().pk}/" in page
    assert TITLE in page


# --- seat_order_create ----------------------------------------------------------------------------------------------
def test_seat_order_create_shows_the_table(course, as_alice):
    page = as_alice.get(f"/orders/seats/{course.pk}/").content.decode()

    assert page.index("10–49") < page.index("¥836.00") < page.index("50 及以上") < page.index("¥792.00")


@pytest.mark.parametrize(
    ("asked", "quantity"),
    [("3", 3), ("2000", 2000), ("2001", 1), ("0", 1), ("-3", 1), ("三", 1), ("9" * 30, 1), ("", 1)],
)
def test_seat_order_create_starts_with_the_asked_quantity(asked, quantity, course, as_alice):
    response = as_alice.get(reverse("payments:seat_order_create", args=[course.pk]), {"quantity": asked})

    assert (response.context["form"]["quantity"].value(), response.context["sum"].quantity) == (quantity, quantity)
    assert response.context["form"]["shown_fen"].value() == response.context["sum"].full_fen


def test_seat_order_create_orders(course, filled, as_alice):
    answer = as_alice.post(f"/orders/seats/{course.pk}/", filled)

    order = Order.objects.get()
    assert answer["Location"] == reverse("payments:order_detail", args=[order.number])
    assert (order.kind, order.company_title, order.company_code, order.amount_fen) == (
        "COMPANY",
        TITLE,
        USCC,
        1_003_200,
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quantity": "0"}, "席位数至少是 1"),
        ({"quantity": "-3"}, "席位数至少是 1"),
        ({"quantity": "1000000000"}, "最多 2000 个席位"),
        ({"quantity": "9" * 5000}, "席位数"),
        ({"quantity": "1.5"}, "写成整数"),
        ({"quantity": ""}, "请填写要买几个席位"),
        ({"company_title": " "}, "请填写企业名称"),
        ({"company_title": "<b>"}, "请填写抬头"),
        ({"company_code": "91350100M000100Y44"}, "校验位不对"),
        ({"coupon": "NONE"}, "没有这个优惠码"),
        ({"shown_fen": "1"}, "应付金额是 ¥10,032.00"),
        ({"shown_fen": "x"}, "应付金额是 ¥10,032.00"),
        ({"accepts_refund_rule": ""}, "请先阅读退款规则"),
    ],
)
def test_seat_order_create_refuses_in_words(change, words, course, filled, as_alice):
    answer = as_alice.post(f"/orders/seats/{course.pk}/", filled | change)

    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("quantity=50", "¥39,600.00"),
        ("quantity=0", "至少是 1"),
        ("", "请填写"),
        ("quantity=1&coupon=x", "没有这个优惠码"),
    ],
)
def test_seat_order_sum(query, words, course, as_alice):
    answer = as_alice.get(f"/orders/seats/{course.pk}/sum/?{query}")

    assert answer.status_code == 200
    assert words in answer.content.decode()


# --- the refund of unused seats -------------------------------------------------------------------------------------
def test_refund_of_all_seats_within_the_days(bought, alice, now, stripe_double):
    refund = refund_requests.request(order=bought, by=alice, reason="", now=now)

    assert (refund.clause, refund.amount_fen) == ("R8", 1_003_200)
    give_back(refund, now)
    bought.refresh_from_db()
    assert bought.status == "REFUNDED"
    assert set(Seat.objects.values_list("state", flat=True)) == {"RECLAIMED"}


def test_refund_of_unused_seats_keeps_those_in_study(bought, alice, now, stripe_double):
    start(bought, now, count=2)
    refund = refund_requests.request(order=bought, by=alice, reason="", now=now + timedelta(hours=1))
    start_late = now + timedelta(hours=2)
    SeatBatch.objects.get().links.update(withdrawn_at=start_late)
    start(bought, start_late)

    assert (refund.clause, refund.amount_fen) == ("R8", 1_003_200 * 10 // 12)
    give_back(refund, now + timedelta(hours=3))
    bought.refresh_from_db()
    assert bought.status == "PAID"
    assert (Seat.objects.filter(state="USED").count(), Seat.objects.filter(state="RECLAIMED").count()) == (2, 10)
    assert Enrolment.objects.standing().count() == 2
    received = LedgerEntry.objects.get(key__startswith="received:").amount_fen
    assert refunds.refundable(bought.payments.get()) == received - refund.amount_fen


def test_refund_after_the_days_is_for_a_person_to_decide(bought, alice, now):
    verdict = refund_requests.verdict_of(order=bought, now=now + timedelta(days=8))

    assert (verdict.clause, verdict.amount_fen, verdict.is_owed) == ("R3", 0, False)


def test_refund_with_every_seat_in_study_is_for_a_person_to_decide(bought, now):
    start(bought, now, count=12)

    assert refund_requests.verdict_of(order=bought, now=now).clause == "R3"


def test_refund_page_says_what_comes_back(bought, as_alice, now):
    start(bought, now, count=3)

    page = as_alice.get(reverse("payments:refund_create", args=[bought.number])).content.decode()

    assert "可以退没有使用的席位" in page
    assert "9 / 12 个没有打开第一课" in page
    assert "¥7,524.00" in page


def test_access_taken_back_by_staff_takes_every_seat(bought, staff, now):
    start(bought, now, count=1)

    refunds.end_access(order=bought, by=staff, reason="争议败诉", now=now)

    assert set(Seat.objects.values_list("state", flat=True)) == {"RECLAIMED"}
    assert not Enrolment.objects.standing().exists()


def give_back(refund, now):
    for person in UserFactory.create_batch(2, is_staff=True):  # a sum that takes two
        refund_requests.approve(refund=refund, by=person, amount_fen=refund.amount_fen, ends_access=True, now=now)
    refunds.send(refund_pk=refund.pk, now=now)
    refund.refresh_from_db()
    assert refund.status == "SUCCEEDED"
