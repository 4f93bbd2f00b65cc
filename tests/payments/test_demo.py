import lms.users.demo
from courses.demo import COURSE_SLUG
from courses.models import Seat
from courses.seats import unused_count
from lms.users import roles
from payments import demo
from payments.models import BankEntry, InvoiceRequest, Order
from tests.factories.courses import make_course


def test_load_twice_makes_one_order_of_seats(db, now):
    roles.sync()
    lms.users.demo.load(now=now)
    course = make_course(slug=COURSE_SLUG, lessons=2)

    demo.load(now=now)
    demo.load(now=now)

    order = Order.objects.get()
    states = list(
        Seat.objects.filter(batch__order_number=order.number).order_by("place").values_list("state", flat=True)
    )
    assert (order.status, order.buyer.email, order.amount_fen) == ("PAID", demo.HOLDER, 12 * course.price_fen)
    assert states == ["USED", "TAKEN", "NAMED", "NAMED", *["FREE"] * 8]
    assert (unused_count(order_number=order.number), BankEntry.objects.count()) == (11, 1)
    assert InvoiceRequest.objects.get().title == demo.COMPANY


def test_without_the_other_demo_there_is_nothing_to_load(db, now):
    demo.load(now=now)

    assert not Order.objects.exists()
