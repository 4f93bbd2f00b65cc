"""What an order gives and what its end takes away: the one place where money meets enrolment."""

from datetime import datetime

from courses import enrolment
from courses.models import Enrolment
from payments.models import Order


def open_for(*, order: Order, now: datetime) -> str:
    """
    Give the buyer what the order bought. Return a sentence for 财务 if they had it already, else nothing.

    A company's order gives seats, which are named later; it enrols nobody by itself.
    """
    if order.kind != Order.Kind.PERSON:
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
    """Take back what the order gave; study progress stays. Return how many enrolments ended."""
    given = Enrolment.objects.standing().filter(source=Enrolment.Source.PAYMENT, source_ref=order.number)
    ended = 0
    for standing in given:
        enrolment.withdraw(enrolment=standing, reason=reason, now=now)
        ended += 1
    return ended
