"""What the database itself refuses."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from payments import history, ledger
from payments.models import Account, LedgerEntry, OrderEvent, OrderLine
from tests.factories.payments import OrderFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def booked(now):
    order = OrderFactory()
    ledger.book_sale(order=order, lines=order.lines.all(), now=now)
    history.record(order=order, kind=OrderEvent.Kind.PLACED, actor=order.buyer, now=now)
    return order


@pytest.mark.parametrize("model", [LedgerEntry, OrderEvent, OrderLine])
@pytest.mark.parametrize("act", ["update", "delete", "save", "remove"])
def test_history_cannot_be_changed_or_deleted(model, act, booked, now):
    row = model.objects.get()
    moment = "order_id" if model is OrderLine else "at"
    acts = {
        "update": lambda: model.objects.update(**{moment: getattr(row, moment)}),
        "delete": lambda: model.objects.all()._raw_delete("default"),
        "save": row.save,
        "remove": row.delete,
    }

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        acts[act]()

    assert model.objects.get() == row


def test_a_fact_is_booked_once(booked, now):
    ledger.book_sale(order=booked, lines=booked.lines.all(), now=now)

    assert list(booked.ledger.values_list("debit", "credit", "amount_fen")) == [("RECEIVABLE", "REVENUE", 88_000)]


def test_an_entry_has_two_sides(booked, now):
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.create(
            key="x", order=booked, debit=Account.BANK, credit=Account.BANK, amount_fen=1, at=now, note="x"
        )


@pytest.mark.parametrize("quantity", [0, 2_001])
def test_a_line_has_a_sane_quantity(quantity, booked):
    other = OrderFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        OrderLine.objects.create(
            order=booked, course=other.lines.get().course, title="x", unit_fen=1, quantity=quantity
        )
