from datetime import date, timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from lms.users.models import OutgoingMail
from payments import invoice_sweep, invoices, ledger, refunds
from payments.invoice_rules import Title
from payments.invoicing import Issued, ServiceUnavailable
from payments.models import Account, InvoiceRequest, Order, OrderEvent, Refund
from payments.stripe_facts import RefundState, StripeRefund
from tests.factories.payments import OrderFactory, PaymentFactory
from tests.payments.test_invoice_rules import COMPANY, PDF

pytestmark = pytest.mark.django_db
Status = InvoiceRequest.Status
NUMBER, RED, NEXT = (f"{timezone.localdate():%y}32700000012345678{n}" for n in "123")


@pytest.fixture
def asked_for(bought, alice, now) -> InvoiceRequest:
    return invoices.request(order=bought, by=alice, title=COMPANY, email="tickets@example.com", now=now)


@pytest.fixture
def issued(asked_for, staff, now) -> InvoiceRequest:
    return issue(asked_for, staff, now)


def issue(invoice, by, now, number=NUMBER) -> InvoiceRequest:
    today = timezone.localdate(now)
    return invoices.issue(invoice=invoice, by=by, number=number, issued_on=today, files={"PDF": PDF}, now=now)


def pay_back(order: Order, fen: int, now, state=RefundState.SUCCEEDED, refund_id="re_1") -> None:
    theirs = StripeRefund(
        id=refund_id, payment_intent_id="pi_1", key="", amount=fen, currency="cny", state=state, failure=""
    )
    refunds.follow(theirs, now=now)


def deeds(order: Order) -> list[str]:
    return list(order.events.order_by("pk").values_list("kind", flat=True))


# --- F1 -------------------------------------------------------------------------------------------------------------
def test_an_invoice_says_what_was_paid(asked_for, bought):
    row = InvoiceRequest.objects.get()

    assert (row.status, row.amount_fen, row.title, row.tax_number) == (
        Status.REQUESTED,
        88_000,
        COMPANY.title,
        COMPANY.tax_number,
    )
    assert deeds(bought) == [OrderEvent.Kind.INVOICE_REQUESTED]


def test_money_without_a_place_is_not_invoiced(bought, now):
    extra = PaymentFactory(order=bought, status="SUCCEEDED", settled_at=now, received_amount=100)
    extra.received_currency = "cny"
    ledger.book_receipt(payment=extra, order=bought, is_applied=False, now=now)

    assert invoices.billable(bought) == 88_000


def test_an_unpaid_order_has_no_invoice(order, alice, now):
    with pytest.raises(invoices.NothingToInvoice):
        invoices.request(order=order, by=alice, title=COMPANY, email="a@example.com", now=now)


def test_one_invoice_at_a_time(asked_for, bought, alice, now):
    with pytest.raises(invoices.AlreadyRequested):
        invoices.request(order=bought, by=alice, title=COMPANY, email="a@example.com", now=now)


def test_a_bad_title_changes_nothing(bought, alice, now):
    with pytest.raises(invoices.BadTitle) as refusal:
        invoices.request(order=bought, by=alice, title=Title(True, False, "公司名称", "123"), email="a@b.cn", now=now)

    assert list(refusal.value.problems) == ["tax_number"]
    assert not InvoiceRequest.objects.exists()


# --- F6 -------------------------------------------------------------------------------------------------------------
def test_a_request_is_corrected_and_taken_back_until_it_is_issued(asked_for, bought, alice, now):
    changed = invoices.change(
        invoice=asked_for, by=alice, title=Title(False, False, "张三"), email="b@example.com", now=now
    )
    assert (changed.title_kind, changed.title, changed.tax_number, changed.email) == (
        "PERSON",
        "张三",
        "",
        "b@example.com",
    )

    invoices.withdraw(invoice=asked_for, by=alice, now=now)
    assert InvoiceRequest.objects.get().status == Status.WITHDRAWN
    assert invoices.request(order=bought, by=alice, title=COMPANY, email="a@example.com", now=now).pk != asked_for.pk


def test_an_issued_invoice_stays_as_it_is(issued, alice, staff, now):
    with pytest.raises(invoices.NotRequested):
        invoices.change(invoice=issued, by=alice, title=COMPANY, email="a@example.com", now=now)
    with pytest.raises(invoices.NotRequested):
        invoices.withdraw(invoice=issued, by=alice, now=now)
    with pytest.raises(invoices.NotRequested):
        issue(issued, staff, now, NEXT)


# --- F4, F5 ---------------------------------------------------------------------------------------------------------
def test_issuing_keeps_the_file_and_tells_the_buyer(issued, staff, django_capture_on_commit_callbacks):
    row, file = InvoiceRequest.objects.get(), issued.files.get()

    assert (row.status, row.number, row.issued_by) == (Status.ISSUED, NUMBER, staff)
    with default_storage.open(str(file.file)) as stored:
        assert stored.read() == PDF
    assert (file.format, file.is_red, file.size) == ("PDF", False, len(PDF))
    mail = OutgoingMail.objects.get()
    assert (mail.to, NUMBER in mail.subject) == ("tickets@example.com", True)


@pytest.mark.parametrize(
    ("number", "day", "files", "field"),
    [
        ("123", timezone.localdate(), {"PDF": PDF}, "number"),
        (NUMBER, timezone.localdate() - timedelta(days=366), {"PDF": PDF}, "number"),
        (f"{NUMBER}", date(timezone.localdate().year, 12, 31) + timedelta(days=0), {"PDF": PDF}, "issued_on"),
        (NUMBER, timezone.localdate(), {}, "pdf"),
        (NUMBER, timezone.localdate(), {"XML": NUMBER.join(("<a>", "</a>")).encode()}, "pdf"),
        (NUMBER, timezone.localdate(), {"PDF": b"GIF89a"}, "pdf"),
        (NUMBER, timezone.localdate(), {"PDF": PDF, "XML": b"<a/>"}, "xml"),
    ],
)
def test_what_does_not_fit_is_refused(number, day, files, field, asked_for, staff, now):
    if timezone.localdate().month == 12 and field == "issued_on":
        day = timezone.localdate() + timedelta(days=1)

    with pytest.raises(invoices.BadInvoice) as refusal:
        invoices.issue(invoice=asked_for, by=staff, number=number, issued_on=day, files=files, now=now)

    assert refusal.value.field == field
    assert (InvoiceRequest.objects.get().status, asked_for.files.count()) == (Status.REQUESTED, 0)


def test_a_number_is_used_once_and_a_refused_file_is_not_kept(issued, staff, now, settings):
    other = OrderFactory(paid=True)
    another = InvoiceRequest.objects.create(
        order=other, title_kind="PERSON", title="李四", email="c@example.com", amount_fen=1, requested_at=now,
        changed_at=now,
    )  # fmt: skip
    before = sorted((settings.MEDIA_ROOT / "invoices").iterdir())

    with pytest.raises(invoices.BadInvoice, match="已经登记在订单"):
        issue(another, staff, now)

    assert sorted((settings.MEDIA_ROOT / "invoices").iterdir()) == before


# --- F7, F8 ---------------------------------------------------------------------------------------------------------
def test_a_full_refund_withdraws_a_request(asked_for, bought, now):
    pay_back(bought, 88_000, now)

    row = InvoiceRequest.objects.get()
    assert (row.status, row.reason) == (Status.WITHDRAWN, "订单已退款")


def test_a_partial_refund_lowers_a_request(asked_for, bought, now):
    pay_back(bought, 30_000, now)

    row = InvoiceRequest.objects.get()
    assert (row.status, row.amount_fen) == (Status.REQUESTED, 58_000)


def test_a_full_refund_after_issue_calls_for_the_red_invoice(issued, bought, staff, now):
    pay_back(bought, 88_000, now)
    issued.refresh_from_db()
    assert (issued.status, issued.reason) == (Status.REVERSING, "订单已退款 ¥880.00")

    today = timezone.localdate(now)
    invoices.reverse(invoice=issued, by=staff, number=RED, issued_on=today, files={"PDF": PDF}, now=now)

    row = InvoiceRequest.objects.get()
    assert (row.status, row.red_number, row.reversed_by) == (Status.REVERSED, RED, staff)
    assert list(row.files.order_by("pk").values_list("is_red", flat=True)) == [False, True]
    assert OutgoingMail.objects.count() == 2


def test_a_partial_refund_reverses_the_whole_and_asks_anew_for_the_rest(issued, bought, staff, now):
    pay_back(bought, 30_000, now)
    issued.refresh_from_db()

    today = timezone.localdate(now)
    invoices.reverse(invoice=issued, by=staff, number=RED, issued_on=today, files={}, now=now)

    old, new = InvoiceRequest.objects.order_by("pk")
    assert (old.status, old.amount_fen) == (Status.REVERSED, 88_000)
    assert (new.status, new.amount_fen, new.title, new.email) == (Status.REQUESTED, 58_000, old.title, old.email)


def test_a_refund_that_came_back_leaves_the_invoice_standing(issued, bought, now):
    pay_back(bought, 88_000, now)
    pay_back(bought, 88_000, now, state=RefundState.FAILED)

    issued.refresh_from_db()
    assert (issued.status, issued.reason) == (Status.ISSUED, "")
    assert Refund.objects.get().status == Refund.Status.FAILED


def test_a_wrong_invoice_is_reversed_and_the_buyer_asks_again(issued, bought, alice, staff, now):
    with pytest.raises(invoices.ReversalReasonMissing):
        invoices.call_for_reversal(invoice=issued, by=staff, reason="  ", now=now)
    with pytest.raises(invoices.NotReversing):
        invoices.reverse(invoice=issued, by=staff, number=RED, issued_on=timezone.localdate(now), files={}, now=now)
    invoices.call_for_reversal(invoice=issued, by=staff, reason="抬头写错", now=now)
    with pytest.raises(invoices.NotIssued):
        invoices.call_for_reversal(invoice=issued, by=staff, reason="再来一次", now=now)
    with pytest.raises(invoices.BadInvoice, match="已经登记"):
        invoices.reverse(invoice=issued, by=staff, number=NUMBER, issued_on=timezone.localdate(now), files={}, now=now)

    invoices.reverse(invoice=issued, by=staff, number=RED, issued_on=timezone.localdate(now), files={}, now=now)

    assert InvoiceRequest.objects.get().status == Status.REVERSED  # no second request by itself
    assert invoices.request(order=bought, by=alice, title=COMPANY, email="a@example.com", now=now).amount_fen == 88_000


def test_the_ledger_is_the_only_source_of_the_amount(bought):
    assert ledger.balance(bought.ledger.all(), Account.RECEIVABLE) == 0


# --- F9 -------------------------------------------------------------------------------------------------------------
class Service:
    """A service that fails once for each serial and then issues."""

    asked: list[tuple[str, int]] = []

    def issue(self, wanted):
        self.asked.append((wanted.serial, wanted.amount_fen))
        if len(self.asked) == 1:
            raise ServiceUnavailable("维护中")
        return Issued(number=NUMBER, issued_on=timezone.localdate(), files={"PDF": PDF})

    def reverse(self, wanted):
        self.asked.append((wanted.serial, wanted.amount_fen))
        return Issued(number="not a number", issued_on=timezone.localdate())


def test_people_issue_unless_the_settings_name_a_service(asked_for, now):
    assert invoice_sweep.send_due(now=now) == 0

    row = InvoiceRequest.objects.get()
    assert (row.status, row.next_try_at) == (Status.REQUESTED, None)


def test_a_service_that_comes_later_is_handed_what_people_had_left(asked_for, now, settings, monkeypatch):
    invoice_sweep.send_due(now=now)
    monkeypatch.setattr(Service, "asked", ["an earlier one"])
    settings.INVOICING_SERVICE = f"{__name__}.Service"

    assert invoice_sweep.send_due(now=now + timedelta(days=30)) == 1
    assert InvoiceRequest.objects.get().status == Status.ISSUED


def test_a_service_that_leaves_it_to_people_is_not_asked_again(asked_for, now, settings, monkeypatch):
    monkeypatch.setattr(Service, "asked", ["an earlier one"])
    monkeypatch.setattr(Service, "issue", lambda self, wanted: self.asked.append(wanted.serial))
    settings.INVOICING_SERVICE = f"{__name__}.Service"

    assert [invoice_sweep.send_due(now=now + timedelta(hours=hour)) for hour in range(3)] == [0, 0, 0]
    assert Service.asked == ["an earlier one", asked_for.serial]


def test_a_service_is_asked_again_with_the_same_serial_and_its_answers_are_checked(
    asked_for, staff, now, settings, monkeypatch
):
    settings.INVOICING_SERVICE = f"{__name__}.Service"
    monkeypatch.setattr(Service, "asked", [])

    assert invoice_sweep.send_due(now=now) == 0
    assert InvoiceRequest.objects.get().service_error == "维护中"
    assert invoice_sweep.send_due(now=now + timedelta(seconds=30)) == 0  # not due
    assert invoice_sweep.send_due(now=now + timedelta(minutes=2)) == 1
    row = InvoiceRequest.objects.get()
    assert (row.status, row.number, row.issued_by, row.service_error) == (Status.ISSUED, NUMBER, None, "")

    invoices.call_for_reversal(invoice=row, by=staff, reason="抬头写错", now=now + timedelta(minutes=2))
    assert invoice_sweep.send_due(now=now + timedelta(minutes=3)) == 0
    row.refresh_from_db()
    assert row.status == Status.REVERSING
    assert "20 位数字" in row.service_error
    assert Service.asked == [(row.serial, 88_000), (row.serial, 88_000), (f"{row.serial}-R", 88_000)]
