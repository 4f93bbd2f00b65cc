from datetime import UTC, datetime
from io import BytesIO

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from payments import grants, ledger, refunds
from payments.models import Dispute, Payment
from tests.factories.courses import make_course
from tests.factories.payments import (
    AttentionFactory,
    CouponFactory,
    OrderFactory,
    PaymentFactory,
    StripeEventFactory,
)
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db


def back_office(user) -> Client:
    TOTP.activate(user, generate_totp_secret())
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def finance() -> Client:
    """Somebody who may view what belongs to orders, and nothing else."""
    user = UserFactory(is_staff=True)
    rows = ["order", "payment", "stripeevent", "refund", "dispute", "ledgerentry", "attention", "coupon", "grant"]
    codenames = ["access_admin", *(f"view_{row}" for row in rows)]
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return back_office(user)


def test_lists_show_money_as_people_write_it(finance):
    OrderFactory()

    assert "¥880.00" in finance.get("/cms/order/").content.decode()


@pytest.mark.parametrize(
    ("factory", "path"),
    [(OrderFactory, "order"), (PaymentFactory, "payment"), (StripeEventFactory, "stripe_event")],
)
def test_rows_can_be_looked_at_and_not_touched(factory, path, finance):
    row = factory()
    superuser = back_office(UserFactory(is_staff=True, is_superuser=True))

    for client in (finance, superuser):
        assert client.get(f"/cms/{path}/").status_code == 200
        assert client.get(f"/cms/{path}/inspect/{row.pk}/").status_code == 200
        for verb in ("new", f"edit/{row.pk}", f"delete/{row.pk}"):
            answer = client.get(f"/cms/{path}/{verb}/")
            assert answer.status_code == 404


def test_staff_without_the_permission_see_nothing():
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="access_admin"))

    assert back_office(user).get("/cms/payment/").status_code == 302


def test_inspect_writes_money_and_time_for_people(finance):
    moment = datetime(2026, 11, 22, 5, 16, 13, tzinfo=UTC)
    payment = PaymentFactory(
        status=Payment.Status.SUCCEEDED, settled_at=moment, received_amount=100, received_currency="cny"
    )
    event = StripeEventFactory(payload={"id": "evt", "words": "<script>你好"})

    page = finance.get(f"/cms/payment/inspect/{payment.pk}/").content.decode()

    assert all(words in page for words in ("¥880.00", "¥1.00", "2026-11-22 13:16:13"))
    assert "&lt;script&gt;你好" in finance.get(f"/cms/stripe_event/inspect/{event.pk}/").content.decode()


def test_events_that_are_not_handled_are_one_click_away(finance):
    waiting, done = StripeEventFactory(), StripeEventFactory(handled_at=timezone.now())

    page = finance.get("/cms/stripe_event/", {"handled": "no"}).content.decode()

    assert waiting.event_id in page
    assert done.event_id not in page


def test_orders_are_found_by_the_buyers_address(finance):
    mine, other = OrderFactory(buyer__email="find.me@example.com"), OrderFactory()

    page = finance.get("/cms/order/", {"q": "find.me"}).content.decode()

    assert mine.number in page
    assert other.number not in page


def test_orders_are_exported(finance):
    order = OrderFactory()

    answer = finance.get("/cms/order/", {"export": "xlsx"})

    rows = CalamineWorkbook.from_filelike(BytesIO(b"".join(answer))).get_sheet_by_index(0).to_python()
    assert rows[1][:4] == [order.number, order.buyer.email, order.title, 88_000]


def some_refund() -> None:
    payment = PaymentFactory(
        status=Payment.Status.SUCCEEDED, settled_at=timezone.now(), received_amount=88_000, received_currency="cny"
    )
    user = UserFactory()
    refunds.give_back(payment=payment, by=user, amount_fen=88_000, reason="x", ends_access=False, now=timezone.now())


def some_dispute() -> None:
    payment = PaymentFactory()
    Dispute.objects.create(
        payment=payment,
        stripe_dispute_id=f"du_{payment.pk}",
        amount_fen=88_000,
        currency="cny",
        reason="fraudulent",
        opened_at=timezone.now(),
    )


def some_entry() -> None:
    order = OrderFactory()
    ledger.book_sale(order=order, lines=list(order.lines.all()), now=timezone.now())


def some_grant() -> None:
    grants.give(learner=UserFactory(), course=make_course(), by=UserFactory(), reason="x", now=timezone.now())


def some_attention() -> None:
    AttentionFactory(order=OrderFactory(), payment=PaymentFactory())


LISTS = {
    "order": OrderFactory,
    "payment": PaymentFactory,
    "stripe_event": StripeEventFactory,
    "refund": some_refund,
    "dispute": some_dispute,
    "ledger": some_entry,
    "attention": some_attention,
    "coupon": CouponFactory,
    "grant": some_grant,
}


@pytest.mark.parametrize("path", LISTS)
def test_lists_take_the_same_queries(path, finance, django_assert_max_num_queries):
    LISTS[path]()
    finance.get(f"/cms/{path}/")
    with django_assert_max_num_queries(60) as one:
        assert len(finance.get(f"/cms/{path}/").context["object_list"]) == 1
    for _ in range(2):
        LISTS[path]()

    with django_assert_max_num_queries(len(one.captured_queries)):
        assert len(finance.get(f"/cms/{path}/").context["object_list"]) == 3


def test_the_second_page_of_the_ledger_takes_the_same_queries(finance, django_assert_max_num_queries):
    order = OrderFactory()
    for number in range(51):
        ledger.book_sale(order=order, lines=list(order.lines.all()), now=timezone.now(), key=f"sale-{number}")
    finance.get("/cms/ledger/")
    with django_assert_max_num_queries(60) as one:
        assert len(finance.get("/cms/ledger/", {"p": 2}).context["object_list"]) == 1
    for _ in range(2):
        some_entry()

    with django_assert_max_num_queries(len(one.captured_queries)):
        assert len(finance.get("/cms/ledger/", {"p": 2}).context["object_list"]) == 3
