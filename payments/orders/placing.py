"""Placing an order: the price of now is copied, the coupon claimed, the sale booked."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from courses.models import CoursePage, Enrolment
from lms.users.models import User
from payments import access, coupons, history, ledger, refund_rule, seat_prices
from payments.models import MAX_QUANTITY, Order, OrderEvent, OrderLine
from payments.orders import refusals
from payments.orders.closing import expire


def place(*, buyer: User, course: CoursePage, coupon_code: str = "", now: datetime) -> Order:
    """
    Order a course for oneself at its price of now; a pending order of it comes back instead of a second one.

    An order that a coupon brings down to nothing is paid at once.
    Raises: NotOnSale, AlreadyEnrolled, coupons.CouponRefused; and what `expire` raises if an older order has lapsed but
    cannot be closed yet. Source: docs/rules/money.md, rules P3, P5 and P13.
    """
    own = Order.objects.of(buyer).personal(course)
    lapsed = own.lapsed(now).first()
    if lapsed:
        expire(order=lapsed, now=now)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=buyer.pk)  # one order at a time for one person
        pending = own.pending().first()
        if pending:
            return pending
        if Enrolment.objects.of(buyer).standing().in_any_edition(course).exists():
            raise refusals.AlreadyEnrolled
        order = Order(kind=Order.Kind.PERSON, buyer=buyer)
        return _write(order, course, quantity=1, unit_fen=course.price_fen, coupon_code=coupon_code, now=now)


@transaction.atomic
def place_for_company(
    *,
    buyer: User,
    course: CoursePage,
    company_title: str,
    company_code: str = "",
    quantity: int,
    coupon_code: str = "",
    now: datetime,
) -> Order:
    """
    Order so many seats in a course for a company, at the table's price for that many.

    Raises: BadQuantity, CompanyMissing, NotOnSale, coupons.CouponRefused.
    Source: docs/rules/money.md, rules P3, P13, P18 and P19.
    """
    if not 1 <= quantity <= MAX_QUANTITY:
        raise refusals.BadQuantity
    company_title = company_title.strip()[:100]
    if not company_title:
        raise refusals.CompanyMissing
    order = Order(
        kind=Order.Kind.COMPANY, buyer=buyer, company_title=company_title, company_code=company_code.strip()[:18]
    )
    unit_fen = seat_prices.unit_fen(course, quantity)
    return _write(order, course, quantity=quantity, unit_fen=unit_fen, coupon_code=coupon_code, now=now)


def _write(order: Order, course: CoursePage, *, quantity: int, unit_fen: int, coupon_code: str, now: datetime) -> Order:
    """Fill in an order of one line, write it and everything that hangs on it. Runs inside a transaction."""
    if course.price_fen <= 0 or not CoursePage.objects.on_sale().filter(pk=course.pk).exists():
        raise refusals.NotOnSale
    line = OrderLine(course=course, title=course.title, unit_fen=unit_fen, quantity=quantity)
    if coupon_code.strip():
        offer = coupons.claim(code=coupon_code, buyer=order.buyer, course=course, full_fen=line.full_fen, now=now)
        order.coupon, line.discount_fen = offer.coupon, offer.discount_fen
    order.number = _new_number(now)
    order.title = course.title
    order.amount_fen = line.amount_fen
    order.refund_rule = refund_rule.CURRENT
    order.placed_at, order.expires_at = now, now + timedelta(minutes=settings.ORDER_EXPIRY_MINUTES)
    is_free = order.amount_fen == 0
    if is_free:
        order.status, order.paid_at = Order.Status.PAID, now
    order.save(force_insert=True)
    line.order = order
    line.save(force_insert=True)
    ledger.book_sale(order=order, lines=[line], now=now)
    note = f"优惠码 {order.coupon.code}" if order.coupon else ""
    history.record(order=order, kind=OrderEvent.Kind.PLACED, actor=order.buyer, note=note, now=now)
    if is_free:
        access.open_for(order=order, now=now)
        history.record(order=order, kind=OrderEvent.Kind.PAID, note="应付 0 元，直接开通", now=now)
    return order


def _new_number(now: datetime) -> str:
    """The local date and twelve random digits: 20 digits that can be read out on the phone and not be guessed."""
    return f"{timezone.localdate(now):%Y%m%d}{secrets.randbelow(10**12):012d}"
