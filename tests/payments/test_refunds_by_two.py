"""Large sums take two people. Source: docs/rules/money.md, rule R9."""

from datetime import datetime

import pytest

from lms.users.models import User
from payments import ledger, refund_requests, refunds
from payments.models import Refund
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def large(settings) -> None:
    """¥880.00 is a large sum, ¥500.00 is not."""
    settings.REFUND_TWO_PERSONS_FEN = 50_000


def approve(refund: Refund, by: User, now: datetime, amount_fen: int = 88_000, *, ends_access: bool = True) -> str:
    return refund_requests.approve(refund=refund, by=by, amount_fen=amount_fen, ends_access=ends_access, now=now).status


def test_a_large_refund_takes_two_people(large, asked, staff, now):
    colleague = UserFactory(is_staff=True)

    assert approve(asked, staff, now) == "REQUESTED"
    with pytest.raises(refund_requests.SecondPersonNeeded):
        approve(asked, staff, now)
    assert Refund.objects.to_send(now).count() == 0
    assert approve(asked, colleague, now) == "APPROVED"

    asked.refresh_from_db()
    assert (asked.proposed_by, asked.decided_by) == (staff, colleague)


def test_other_terms_are_a_new_proposal(large, asked, staff, now):
    colleague = UserFactory(is_staff=True)
    approve(asked, staff, now)

    assert approve(asked, colleague, now, 70_000) == "REQUESTED"
    assert approve(asked, colleague, now, 70_000, ends_access=False) == "REQUESTED"
    assert approve(asked, staff, now, 70_000, ends_access=False) == "APPROVED"


def test_a_large_sum_in_small_parts_takes_two_as_well(large, paid, staff, now):
    payment = paid.payments.get()
    back = {"payment": payment, "by": staff, "reason": "补偿", "ends_access": False, "now": now}

    first = refunds.give_back(amount_fen=40_000, **back)
    second = refunds.give_back(amount_fen=40_000, **back)

    assert (first.status, second.status) == ("APPROVED", "REQUESTED")
    with pytest.raises(refunds.OneIsWaiting):
        refunds.give_back(amount_fen=20_000, **back)
    with pytest.raises(refund_requests.SecondPersonNeeded):
        approve(second, staff, now, 40_000, ends_access=False)
    assert approve(second, UserFactory(is_staff=True), now, 40_000, ends_access=False) == "APPROVED"


def test_the_buyer_cannot_take_back_what_staff_proposed(large, paid, staff, now, client):
    refunds.give_back(
        payment=paid.payments.get(), by=staff, amount_fen=88_000, reason="补偿", ends_access=True, now=now
    )
    client.force_login(paid.buyer)

    assert "收回申请" not in client.get(f"/orders/{paid.number}/").content.decode()
    assert client.post(f"/orders/{paid.number}/refund/take-back/").status_code == 404


def test_money_without_a_place_goes_back_by_one(large, paid, staff, now):
    payment = paid.payments.get()
    ledger.post(
        key="surplus",
        order=paid,
        payment=payment,
        amount_fen=88_000,
        currency="cny",
        debit="STRIPE",
        credit="UNAPPLIED",
        note="重复付款",
        now=now,
    )

    made = refunds.give_back(payment=payment, by=staff, amount_fen=88_000, reason="多付", ends_access=False, now=now)

    assert made.status == "APPROVED"
