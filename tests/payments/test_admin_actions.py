"""What 财务 does in the back office: every button calls one verb."""

from io import BytesIO

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from courses.models import Enrolment
from lms.users import roles
from payments import refunds
from payments.admin.actions import ACTIONS
from payments.models import Attention, Coupon, Grant, Order, Payment, Refund
from tests.factories.courses import make_course
from tests.factories.payments import AttentionFactory, CouponFactory, OrderFactory
from tests.factories.users import UserFactory
from tests.payments.test_admin import back_office

pytestmark = pytest.mark.django_db


def member_of(role: roles.Role) -> Client:
    roles.sync()
    user = UserFactory()
    roles.join(user=user, role=role)
    return back_office(user)


@pytest.fixture
def finance() -> Client:
    return member_of(roles.FINANCE)


def act(client: Client, name: str, row, **data):
    return client.post(f"/cms/payments/act/{name}/{row.pk}/", data, follow=True)


def test_every_action_asks_for_its_permission(asked):
    support = member_of(roles.SUPPORT)

    for action in ACTIONS:
        row = asked if action.model is Refund else AttentionFactory()
        assert support.get(f"/cms/payments/act/{action.name}/{row.pk}/").status_code == 302  # Wagtail: no permission


def test_an_unknown_action_or_row_is_404(finance):
    assert finance.get("/cms/payments/act/nothing/1/").status_code == 404
    assert finance.get("/cms/payments/act/resolve/999999/").status_code == 404


def test_approve_sends_the_money(finance, asked, django_capture_on_commit_callbacks):
    assert "同意退款" in finance.get(f"/cms/refund/inspect/{asked.pk}/").content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        act(finance, "approve", asked, amount="880.00", answer="同意")

    asked.refresh_from_db()
    assert (asked.status, asked.amount_fen, asked.answer) == ("SUCCEEDED", 88_000, "同意")
    assert Order.objects.get().status == Order.Status.REFUNDED


def test_approve_says_that_a_second_person_is_awaited(finance, asked, settings, django_capture_on_commit_callbacks):
    settings.REFUND_TWO_PERSONS_FEN = 50_000

    with django_capture_on_commit_callbacks(execute=True):
        first = act(finance, "approve", asked, amount="880.00").content.decode()
        asked.refresh_from_db()
        waiting = asked.status
        second = act(member_of(roles.FINANCE), "approve", asked, amount="880.00").content.decode()

    assert waiting == "REQUESTED"
    assert "还没有退出：金额较大，等另一位同事对同样的 ¥880.00 再同意一次" in first
    assert "系统正在请 Stripe 退回" in second


@pytest.mark.parametrize(
    ("method", "words"), [("STRIPE", "系统请 Stripe 原路退回"), ("BANK", "由财务在网银汇回付款的账户")]
)
def test_approve_says_which_way_the_money_goes(method, words, finance, asked):
    Payment.objects.update(
        method=method,
        session_id=None,
        payment_intent_id="",
        session_expires_at=None if method == "BANK" else F("created_at"),
    )

    page = finance.get(f"/cms/payments/act/approve/{asked.pk}/").content.decode()

    assert words in page
    assert ("请 Stripe" in page) == (method == "STRIPE")


@pytest.mark.parametrize("amount", ["", "0", "-1", "880.01", "1e9", "x", "0.001"])
def test_approve_refuses_odd_amounts_in_words(amount, finance, asked):
    answer = act(finance, "approve", asked, amount=amount)

    asked.refresh_from_db()
    assert answer.status_code == 200
    assert asked.status == "REQUESTED"


def test_reject_and_again(finance, asked):
    act(finance, "reject", asked, answer="已学完")

    asked.refresh_from_db()
    assert (asked.status, asked.answer) == ("REJECTED", "已学完")
    assert "已经有了决定" in act(finance, "reject", asked, answer="再").content.decode()


def test_unlocking_by_hand_takes_two(finance, stripe_double, payment, order, now):
    payment.status, payment.settled_at, payment.received_amount, payment.received_currency = (
        "SUCCEEDED",
        now,
        88_000,
        "cny",
    )
    payment.save()
    order.ledger.create(
        key=f"received:{payment.pk}",
        order=order,
        payment=payment,
        debit="STRIPE",
        credit="UNAPPLIED",
        amount_fen=88_000,
        at=now,
        note="x",
    )
    item = AttentionFactory(order=order, payment=payment)
    act(finance, "propose", item, reason="银行延迟")
    assert "提出和确认必须是两个人" in act(finance, "confirm", item).content.decode()

    act(member_of(roles.FINANCE), "confirm", item)

    item.refresh_from_db()
    assert item.was_unlocked
    assert Enrolment.objects.get().source_ref == order.number


def test_resolve_keeps_the_reason(finance):
    item = AttentionFactory()

    act(finance, "resolve", item, reason="已电话说明")

    assert Attention.objects.get().resolution == "已电话说明"


def test_coupons_are_made_by_the_batch_and_stopped(finance):
    form = {
        "name": "春季",
        "code": "",
        "count": "3",
        "kind": "AMOUNT",
        "value": "100.50",
        "valid_from": "2026-01-01 00:00",
    }

    page = finance.post("/cms/coupon/create/", form, follow=True).content.decode()

    made = list(Coupon.objects.all())
    assert ({coupon.value for coupon in made}, len({coupon.batch for coupon in made})) == ({10_050}, 1)
    assert all(coupon.code in page for coupon in made)
    act(finance, "stop", made[0], reason="泄露")
    made[0].refresh_from_db()
    assert made[0].stopped_reason == "泄露"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "PERCENT", "value": "101"},
        {"value": "0"},
        {"count": "0"},
        {"count": "999999"},
        {"code": "TAKEN", "count": "1"},
        {"code": "X", "count": "2"},
        {"valid_from": "2026-02-01 00:00", "valid_until": "2026-01-01 00:00"},
    ],
)
def test_coupons_refuse_odd_values_in_words(wrong, finance):
    CouponFactory(code="TAKEN")
    form = {"name": "x", "count": "1", "kind": "AMOUNT", "value": "1", "valid_from": "2026-01-01 00:00"} | wrong

    answer = finance.post("/cms/coupon/create/", form)

    assert answer.status_code == 200
    assert Coupon.objects.count() == 1


def test_grants_are_given_and_revoked(finance, alice):
    course = make_course()

    finance.post("/cms/grant/create/", {"email": alice.email, "course": course.pk, "reason": "讲师家属"})

    grant = Grant.objects.get()
    assert (grant.learner, grant.value_fen) == (alice, 88_000)
    act(finance, "revoke", grant, reason="给错人")
    assert not Enrolment.objects.standing().exists()


@pytest.mark.parametrize("path", ["refund", "dispute", "attention", "ledger", "coupon", "grant"])
def test_lists_open_empty_and_full(path, finance, asked):
    AttentionFactory()
    CouponFactory()

    assert finance.get(f"/cms/{path}/").status_code == 200


def test_order_page_shows_everything_about_it(finance, paid):
    page = finance.get(f"/cms/order/inspect/{paid.pk}/").content.decode()

    assert all(words in page for words in ("明细", "账本", "课程收入", "付款到账，已开通", "系统"))


# --- the finance page -----------------------------------------------------------------------------------------------
def test_finance_shows_takings_and_links_to_their_rows(finance, paid):
    page = finance.get("/cms/finance/").content.decode()

    today = f"{timezone.localdate():%Y-%m-%d}"
    link = f"/cms/ledger/?at_from={today}&amp;at_to={today}&amp;fact=received"
    assert f'<a href="{link}">¥880.00</a>' in page
    rows = finance.get(link.replace("&amp;", "&")).content.decode()
    assert paid.number in rows


def test_finance_totals_lead_to_all_their_rows(finance, paid, staff, now):
    """A refund that came back is in the figure, and so in the rows behind it."""
    payment = paid.payments.get()
    refund = refunds.give_back(payment=payment, by=staff, amount_fen=10_000, reason="补偿", ends_access=False, now=now)
    refunds.send(refund_pk=refund.pk, now=now)
    period = {"first": "2026-01-01", "last": f"{timezone.localdate()}"}

    page = finance.get("/cms/finance/", period).content.decode()

    for fact, amount, rows in (("received", "¥880.00", 1), ("refunds", "¥100.00", 1), ("net", "¥780.00", 2)):
        link = f"/cms/ledger/?at_from=2026-01-01&amp;at_to={timezone.localdate()}&amp;fact={fact}"
        assert f'<a href="{link}">{amount}</a>' in page
        assert listed(finance.get(link.replace("&amp;", "&"))) == rows


def listed(answer) -> int:
    return len(answer.context["object_list"])


def test_lists_go_on_on_a_second_page(finance):
    for _ in range(51):
        AttentionFactory()

    assert listed(finance.get("/cms/attention/")) == 50
    assert listed(finance.get("/cms/attention/?p=2")) == 1


def test_finance_counts_what_waits(finance, asked):
    OrderFactory()

    page = finance.get("/cms/finance/").content.decode()

    assert '<a href="/cms/order/?status=PENDING">1</a>' in page
    assert '<a href="/cms/refund/?status=REQUESTED">1</a>' in page


def test_finance_exports(finance, paid):
    answer = finance.get("/cms/finance/", {"export": "xlsx"})

    sheet = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert sheet[1] == [f"{timezone.localdate():%Y-%m-%d}", 1, 880, 0, 0, 880]


@pytest.mark.parametrize(
    "query",
    [
        {"first": "x", "last": ""},
        {"first": "2026-02-01", "last": "2026-01-01"},
        {"first": "0001-01-01", "last": "9999-12-31"},
    ],
)
def test_finance_takes_any_period(query, finance):
    assert finance.get("/cms/finance/", query).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_finance_takes_the_same_queries(count, finance, django_assert_max_num_queries):
    for _ in range(count):
        OrderFactory()
    finance.get("/cms/finance/")

    with django_assert_max_num_queries(35):
        finance.get("/cms/finance/")


def test_finance_is_for_finance():
    assert member_of(roles.SUPPORT).get("/cms/finance/").status_code == 302
