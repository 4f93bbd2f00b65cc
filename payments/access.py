"""What an order gives and what its end takes away: the one place where money meets enrolment."""

from datetime import datetime

from courses import enrolment, seats
from courses.models import Enrolment
from lms.users.models import User
from payments.models import Order


def open_for(*, order: Order, now: datetime) -> str:
    """
    Give the buyer what the order bought. Return a sentence for 财务 if they had it already, else nothing.

    A company's order gives seats, which are named later; it enrols nobody by itself.
    Source: docs/rules/seats.md, rule S1.
    """
    if order.kind == Order.Kind.COMPANY:
        _make_seats(order, now)
        return ""
    had = []
    for line in order.lines.select_related("course"):
        standing = enrolment.enrol(
            learner=order.buyer,
            course=line.course,
            source=Enrolment.Source.PAYMENT,
            source_ref=order.number,
            now=now,
        )
        if standing.source_ref != order.number:
            had.append(f"买家付款前已有学习资格（{standing.get_source_display()}），请核对是否退款。")
    return "".join(had)


def close_for(*, order: Order, reason: str, now: datetime) -> int:
    """Take back what the order gave; study progress stays. Return how many enrolments, or seats, ended."""
    if order.kind == Order.Kind.COMPANY:
        return seats.close_all(order_number=order.number, reason=reason, by=None, now=now)
    given = Enrolment.objects.standing().filter(source=Enrolment.Source.PAYMENT, source_ref=order.number)
    ended = 0
    for standing in given:
        enrolment.withdraw(enrolment=standing, reason=reason, now=now)
        ended += 1
    return ended


def close_unused_seats(*, order: Order, since: datetime, reason: str, by: User | None, now: datetime) -> int:
    """
    Take back the seats that were unused at `since`; return how many are still in study.

    Source: docs/rules/money.md, rule R8.
    """
    seats.close_unused(order_number=order.number, since=since, reason=reason, by=by, now=now)
    return seats.in_study_count(order_number=order.number)


def _make_seats(order: Order, now: datetime) -> None:
    line = order.lines.select_related("course").get()
    seats.make_seats(
        course=line.course,
        holder=order.buyer,
        company=order.company_title,
        company_code=order.company_code,
        order_number=order.number,
        count=line.quantity,
        now=now,
    )
