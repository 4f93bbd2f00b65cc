"""Money without a place, and the people who decide about it."""

import pytest

from courses.models import Enrolment
from payments import attention, fulfilment, grants, orders, refunds, rescue
from payments.models import Attention, Order, Refund
from tests.factories.courses import make_course
from tests.factories.payments import AttentionFactory
from tests.factories.users import UserFactory
from tests.payments.test_refunds import balances

pytestmark = pytest.mark.django_db


@pytest.fixture
def first():
    return UserFactory(is_staff=True)


@pytest.fixture
def second():
    return UserFactory(is_staff=True)


@pytest.fixture
def late(stripe_double, alice, now):
    """Alice's order was closed, and then her money came: 100 fen too little or too much if a test says so."""

    def arrive(amount: int = 88_000, *, is_closed: bool = True) -> Attention:
        order = orders.place(buyer=alice, course=make_course(), now=now)
        payment = orders.begin_payment(order=order, now=now)
        stripe_double.shop(payment.session_id)
        stripe_double.alter("checkout.session", payment.session_id, amount_total=amount)
        if is_closed:
            payment.status, payment.settled_at = "FAILED", now
            payment.save()
            order.status, order.closed_at = Order.Status.EXPIRED, now
            orders.close_locked(order, "EXPIRED", None, now)
        assert fulfilment.settle(session_id=payment.session_id, now=now) is fulfilment.Outcome.ATTENTION
        return Attention.objects.get()

    return arrive


def test_two_people_unlock_a_late_payment(late, first, second, now):
    item = late()
    rescue.propose(item=item, by=first, reason="银行延迟", now=now)
    with pytest.raises(rescue.SamePerson):
        rescue.confirm(item=item, by=first, now=now)

    order = rescue.confirm(item=item, by=second, now=now)

    item.refresh_from_db()
    assert (order.status, order.paid_at, order.closed_at) == (Order.Status.PAID, now, None)
    assert (item.resolved_by, item.proposed_by, item.was_unlocked) == (second, first, True)
    assert Enrolment.objects.get().source_ref == order.number
    assert balances(order) == {"REVENUE": -88_000, "STRIPE": 88_000}
    assert list(order.events.order_by("-pk").values_list("kind", "actor")[:2]) == [
        ("UNLOCKED", second.pk),
        ("UNLOCK_PROPOSED", first.pk),
    ]


@pytest.mark.parametrize(
    ("amount", "book"),
    [
        (87_900, {"REVENUE": -88_000, "STRIPE": 87_900, "WRITE_OFF": 100}),
        (88_100, {"REVENUE": -88_000, "STRIPE": 88_100, "UNAPPLIED": -100}),
    ],
)
def test_unlocking_books_what_is_missing_or_too_much(amount, book, late, first, second, now):
    item = late(amount, is_closed=False)
    rescue.propose(item=item, by=first, reason="少一元，算了", now=now)

    assert balances(rescue.confirm(item=item, by=second, now=now)) == book


def test_what_is_too_much_is_shown_again_and_goes_back(late, first, second, now):
    item = late(88_100, is_closed=False)
    rescue.propose(item=item, by=first, reason="多付一元", now=now)
    rescue.confirm(item=item, by=second, now=now)

    rest = Attention.objects.open().get()
    refund = rescue.return_money(item=rest, by=first, reason="多付", now=now)

    assert (rest.text, refund.amount_fen) == ("人工开通之后还多出 ¥1.00，请退回。", 100)


def test_who_studies_already_is_not_unlocked(late, alice, first, second, now):
    item = late()
    grants.give(learner=alice, course=item.order.lines.get().course, by=first, reason="补偿", now=now)
    rescue.propose(item=item, by=first, reason="银行延迟", now=now)

    with pytest.raises(rescue.HasAccess):
        rescue.confirm(item=item, by=second, now=now)

    item.refresh_from_db()
    assert (item.resolved_at, item.order.status) == (None, Order.Status.EXPIRED)


def test_confirm_needs_a_proposal_and_propose_a_reason(late, first, now):
    item = late()

    with pytest.raises(rescue.NotProposed):
        rescue.confirm(item=item, by=first, now=now)
    with pytest.raises(attention.ReasonMissing):
        rescue.propose(item=item, by=first, reason=" ", now=now)


def test_late_money_goes_back(stripe_double, late, first, now):
    item = late()

    refund = rescue.return_money(item=item, by=first, reason="买家不要了", now=now)
    refunds.send(refund_pk=refund.pk, now=now)

    refund.refresh_from_db()
    item.refresh_from_db()
    assert (refund.status, refund.amount_fen, refund.origin) == ("SUCCEEDED", 88_000, "STAFF")
    assert (item.resolution, item.resolved_by) == ("退回：买家不要了", first)
    assert balances(item.order) == {}
    with pytest.raises(attention.AlreadyResolved):
        rescue.return_money(item=item, by=first, reason="再退", now=now)


def test_money_on_its_way_back_cannot_unlock(late, first, second, now):
    item = late()
    rescue.propose(item=item, by=first, reason="恢复", now=now)
    refunds.give_back(payment=item.payment, by=first, amount_fen=88_000, reason="退", ends_access=False, now=now)

    with pytest.raises(rescue.NoMoneyHere):
        rescue.confirm(item=item, by=second, now=now)

    assert not Enrolment.objects.exists()


def test_money_in_another_currency_cannot_unlock(stripe_double, late, first, now):
    item = late()
    item.payment.received_currency = "usd"
    item.payment.save()

    with pytest.raises(rescue.NoMoneyHere):
        rescue.propose(item=item, by=first, reason="x", now=now)


def test_resolve_needs_a_reason_and_happens_once(first, now):
    item = AttentionFactory()
    with pytest.raises(attention.ReasonMissing):
        attention.resolve(item=item, by=first, reason="", now=now)

    attention.resolve(item=item, by=first, reason="已电话说明", now=now)

    with pytest.raises(attention.AlreadyResolved):
        attention.resolve(item=item, by=first, reason="再来", now=now)
    event = item.order.events.get()
    assert (event.kind, event.actor, event.note) == ("RESOLVED", first, "已电话说明")


def test_withdraw_access_after_a_refund_at_stripe(stripe_double, alice, first, now):
    order = orders.place(buyer=alice, course=make_course(), now=now)
    payment = orders.begin_payment(order=order, now=now)
    stripe_double.shop(payment.session_id)
    fulfilment.settle(session_id=payment.session_id, now=now)
    order.refresh_from_db()
    item = AttentionFactory(order=order, kind=Attention.Kind.REFUND)

    rescue.withdraw_access(item=item, by=first, reason="已在 Stripe 全额退款", now=now)

    order.refresh_from_db()
    assert (order.status, Refund.objects.count()) == (Order.Status.REFUNDED, 0)
    assert not Enrolment.objects.standing().exists()
