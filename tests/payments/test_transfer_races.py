"""Two colleagues at the same statement: on PostgreSQL, where they really run side by side."""

from itertools import count

import pytest

from courses.models import Enrolment
from lms.errors import DomainError
from payments import invoices, ledger, orders, transfers
from payments.models import Account, Attention, BankEntry, InvoiceRequest, Payment
from tests.factories.courses import make_course
from tests.payments.test_invoice_rules import COMPANY
from tests.payments.test_races import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def bought(alice, now):
    order = orders.place(buyer=alice, course=make_course(), now=now)
    transfers.choose(order=order, by=alice, now=now)
    return order


def attempt(verb, **given) -> str:
    try:
        verb(**given)
    except DomainError as refusal:
        return type(refusal).__name__
    return "done"


def test_one_entry_matched_by_four_at_once_is_booked_once(bought, staff, now):
    entry = transfers.record(serial="S1", booked_on=now.date(), amount_fen=88_000, by=staff, now=now)

    outcomes = at_once(4, lambda: attempt(transfers.match, entry=entry, order=bought, by=staff, now=now))

    assert sorted(outcomes) == ["EntryTaken"] * 3 + ["done"]
    assert Payment.objects.get().received_amount == 88_000
    assert Enrolment.objects.count() == 1


def test_one_serial_recorded_by_four_at_once_is_one_entry(staff, now):
    given = {"serial": "S1", "booked_on": now.date(), "amount_fen": 1, "by": staff, "now": now}

    assert sorted(at_once(4, lambda: attempt(transfers.record, **given))) == ["EntryKnown"] * 3 + ["done"]


def test_four_quarters_at_once_unlock_once(bought, staff, now):
    entries = [
        transfers.record(serial=f"S{n}", booked_on=now.date(), amount_fen=22_000, by=staff, now=now) for n in range(4)
    ]
    turn = count()

    outcomes = at_once(4, lambda: attempt(transfers.match, entry=entries[next(turn)], order=bought, by=staff, now=now))

    bought.refresh_from_db()
    assert (outcomes, bought.status, Enrolment.objects.count()) == (["done"] * 4, "PAID", 1)
    assert [ledger.balance(bought.ledger.all(), a) for a in (Account.BANK, Account.UNAPPLIED)] == [88_000, 0]
    assert not Attention.objects.open().exists()
    assert set(BankEntry.objects.values_list("status", flat=True)) == {"MATCHED"}


def test_four_requests_at_once_are_one_invoice(bought, alice, staff, now):
    entry = transfers.record(serial="S1", booked_on=now.date(), amount_fen=88_000, by=staff, now=now)
    transfers.match(entry=entry, order=bought, by=staff, now=now)
    given = {"order": bought, "by": alice, "title": COMPANY, "email": "a@example.com", "now": now}

    assert sorted(at_once(4, lambda: attempt(invoices.request, **given))) == ["AlreadyRequested"] * 3 + ["done"]
    assert InvoiceRequest.objects.count() == 1
