from datetime import date, timedelta

import pytest
from django.utils import timezone

from courses.models import Enrolment
from payments import (
    attention,
    fulfilment,
    invoices,
    ledger,
    orders,
    refunds,
    rescue,
    statements,
    stripe_gateway,
    takings,
    transfers,
)
from payments.models import Account, Attention, BankEntry, BankStatement, Order, Payment, Refund
from payments.statement_reading import StatementUnusable, read
from tests.factories.courses import make_course
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db
HEAD = "交易日期,交易流水号,借方金额,贷方金额,对方户名,对方账号,摘要,附言\n"


@pytest.fixture
def bought(alice, now) -> Order:
    """Alice's pending order of ¥880.00, placed by the verb, so that its ledger is there."""
    return orders.place(buyer=alice, course=make_course(), now=now)


@pytest.fixture
def waiting(bought, alice, now) -> Payment:
    return transfers.choose(order=bought, by=alice, now=now)


def arrive(order, fen, by, now, serial="S1") -> BankEntry:
    entry = transfers.record(serial=serial, booked_on=now.date(), amount_fen=fen, by=by, now=now)
    return transfers.match(entry=entry, order=order, by=by, now=now)


def facts(order: Order) -> tuple[str, int, int, int, bool]:
    """State, receivable, money without a place, bank; and whether the buyer may study."""
    order.refresh_from_db()
    entries = order.ledger.all()
    sums = (ledger.balance(entries, account) for account in (Account.RECEIVABLE, Account.UNAPPLIED, Account.BANK))
    return (order.status, *sums, Enrolment.objects.of(order.buyer).standing().exists())  # type: ignore[return-value]  # three sums


# --- B1 -------------------------------------------------------------------------------------------------------------
def test_choosing_gives_days_and_choosing_again_changes_nothing(bought, waiting, alice, now):
    bought.refresh_from_db()

    assert bought.expires_at == now + timedelta(days=7)
    assert transfers.choose(order=bought, by=alice, now=now).pk == waiting.pk
    with pytest.raises(orders.PaymentProcessing, match="改用在线支付"):
        orders.begin_payment(order=bought, now=now)


def test_choosing_closes_the_page_at_stripe_and_dropping_opens_a_new_one(stripe_double, bought, alice, now):
    first = orders.begin_payment(order=bought, now=now)

    transfers.choose(order=bought, by=alice, now=now)
    first.refresh_from_db()
    assert first.status == Payment.Status.FAILED
    transfers.drop(order=bought, by=alice, now=now)

    assert orders.begin_payment(order=bought, now=now).session_id != first.session_id
    with pytest.raises(transfers.NotChosen):
        transfers.drop(order=bought, by=alice, now=now)


def test_without_an_account_it_is_not_offered(bought, alice, now, settings):
    settings.BANK_ACCOUNT_NUMBER = ""

    with pytest.raises(transfers.NotOffered):
        transfers.choose(order=bought, by=alice, now=now)


def test_an_order_that_waits_for_a_transfer_expires_without_stripe(bought, waiting, now, gateway_down):
    assert orders.expire_lapsed(now=now + timedelta(days=8)) == 1

    assert facts(bought) == ("EXPIRED", 0, 0, 0, False)


# --- B3, B4 ---------------------------------------------------------------------------------------------------------
def test_the_whole_sum_unlocks(bought, waiting, staff, now):
    entry = arrive(bought, 88_000, staff, now)

    assert (entry.outcome, facts(bought)) == ("已付清，已开通", ("PAID", 0, 0, 88_000, True))
    assert invoices.billable(bought) == 88_000
    with pytest.raises(transfers.EntryTaken):
        transfers.match(entry=entry, order=bought, by=staff, now=now)
    with pytest.raises(transfers.EntryKnown):
        arrive(bought, 88_000, staff, now)


def test_transfers_are_takings(bought, waiting, staff, now):
    arrive(bought, 50_000, staff, now)
    arrive(bought, 38_000, staff, now, "S2")

    today = timezone.localdate(now)
    [day] = takings.by_day(first=today, last=today)

    assert (day.count, day.received_fen, day.net_fen) == (2, 88_000, 88_000)


def test_too_little_waits_for_the_rest(bought, waiting, alice, staff, now, gateway_down):
    entry = arrive(bought, 50_000, staff, now)

    assert "还差 ¥380.00" in entry.outcome
    assert facts(bought) == ("PENDING", 88_000, -50_000, 50_000, False)
    assert orders.expire_lapsed(now=now + timedelta(days=30)) == 0
    for refused in (orders.cancel, transfers.drop):
        with pytest.raises(orders.PaymentProcessing, match="已收到一部分"):
            refused(order=bought, by=alice, now=now)

    arrive(bought, 38_000, staff, now, "S2")

    assert facts(bought) == ("PAID", 0, 0, 88_000, True)
    assert not Attention.objects.open().exists()
    assert refunds.refundable(bought.payments.get()) == 88_000


def test_too_much_unlocks_and_the_surplus_goes_back_by_bank(bought, waiting, staff, now):
    arrive(bought, 90_000, staff, now)
    assert facts(bought) == ("PAID", 0, -2_000, 90_000, True)

    refund = rescue.return_money(item=Attention.objects.open().get(), by=staff, reason="多付", now=now)
    assert (refund.amount_fen, refund.next_try_at) == (2_000, None)
    with pytest.raises(attention.ReasonMissing):
        refunds.sent_by_bank(refund=refund, by=staff, reference=" ", now=now)
    refunds.sent_by_bank(refund=refund, by=staff, reference="OUT1", now=now)
    with pytest.raises(refunds.NotToSend):
        refunds.sent_by_bank(refund=refund, by=staff, reference="OUT1", now=now)

    assert facts(bought) == ("PAID", 0, 0, 88_000, True)


def test_a_refund_by_bank_withdraws_access_and_the_invoice(bought, waiting, staff, now):
    arrive(bought, 88_000, staff, now)
    payment = bought.payments.get()
    refund = refunds.give_back(payment=payment, by=staff, amount_fen=88_000, reason="退", ends_access=True, now=now)

    refunds.sent_by_bank(refund=refund, by=staff, reference="OUT1", now=now)

    assert facts(bought) == ("REFUNDED", 0, 0, 0, False)
    assert (Refund.objects.get().bank_reference, invoices.billable(bought)) == ("OUT1", 0)


def test_a_rest_that_does_not_come(bought, waiting, staff, now):
    arrive(bought, 50_000, staff, now)
    with pytest.raises(attention.ReasonMissing):
        transfers.close_part_paid(order=bought, by=staff, reason="", now=now)

    transfers.close_part_paid(order=bought, by=staff, reason="买家不要了", now=now)
    assert facts(bought) == ("CANCELLED", 0, -50_000, 50_000, False)
    refund = rescue.return_money(item=Attention.objects.open().get(), by=staff, reason="退回", now=now)
    refunds.sent_by_bank(refund=refund, by=staff, reference="OUT1", now=now)

    assert facts(bought) == ("CANCELLED", 0, 0, 0, False)


def test_returning_a_part_closes_the_order(bought, waiting, staff, now):
    arrive(bought, 50_000, staff, now)

    refund = rescue.return_money(item=Attention.objects.open().get(), by=staff, reason="余款不来", now=now)
    refunds.sent_by_bank(refund=refund, by=staff, reference="OUT1", now=now)

    assert facts(bought) == ("CANCELLED", 0, 0, 0, False)


def test_two_people_may_unlock_a_part_paid_order(bought, waiting, staff, now):
    arrive(bought, 87_999, staff, now)
    item = Attention.objects.open().get()
    rescue.propose(item=item, by=staff, reason="手续费一分", now=now)

    rescue.confirm(item=item, by=UserFactory(is_staff=True), now=now)

    assert facts(bought) == ("PAID", 0, 0, 87_999, True)
    assert bought.payments.get().status == Payment.Status.SUCCEEDED


# --- B5 -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("late", ["CANCELLED", "EXPIRED"])
def test_money_for_a_closed_order_is_kept_and_shown(late, bought, waiting, alice, staff, now):
    close = orders.cancel if late == "CANCELLED" else orders.expire
    close(order=bought, now=now)

    arrive(bought, 88_000, staff, now)

    assert facts(bought) == (late, 0, -88_000, 88_000, False)
    assert "无处入账" in Attention.objects.open().get().text


def test_a_second_transfer_of_a_paid_order_is_a_surplus(bought, waiting, staff, now):
    arrive(bought, 88_000, staff, now)
    arrive(bought, 88_000, staff, now, "S2")

    assert facts(bought) == ("PAID", 0, -88_000, 176_000, True)
    assert bought.payments.get().received_amount == 176_000


def test_a_transfer_beside_an_open_stripe_page(stripe_double, bought, staff, now):
    stripe = orders.begin_payment(order=bought, now=now)

    arrive(bought, 100, staff, now)
    assert facts(bought) == ("PENDING", 88_000, -100, 100, False)
    arrive(bought, 87_900, staff, now, "S2")
    assert facts(bought)[0] == "PAID"
    fulfilment.reconcile(now=now + timedelta(minutes=2))

    stripe.refresh_from_db()
    assert stripe.status == Payment.Status.FAILED


def test_a_transfer_beside_a_page_that_stripe_never_gave(gateway_down, bought, staff, now):
    with pytest.raises(stripe_gateway.GatewayUnavailable):
        orders.begin_payment(order=bought, now=now)

    arrive(bought, 88_000, staff, now)
    fulfilment.reconcile(now=now + timedelta(minutes=2))

    assert sorted(bought.payments.values_list("method", "status")) == [("BANK", "SUCCEEDED"), ("STRIPE", "FAILED")]


@pytest.mark.parametrize(
    ("serial", "fen", "days"), [("", 1, 0), (" ", 1, 0), ("S", 0, 0), ("S", -1, 0), ("S", 1, 2), ("S", 1, -2000)]
)
def test_bad_entries_are_refused(serial, fen, days, staff, now):
    with pytest.raises(transfers.BadEntry):
        transfers.record(serial=serial, booked_on=now.date() + timedelta(days=days), amount_fen=fen, by=staff, now=now)

    assert not BankEntry.objects.exists()


# --- B6 -------------------------------------------------------------------------------------------------------------
def statement(*rows: str) -> bytes:
    return ("账户明细,,,\n" + HEAD + "".join(f"{row}\n" for row in rows)).encode("gb18030")


def test_a_statement_is_previewed_and_written_as_a_whole(bought, waiting, staff, now):
    transfers.record(serial="OLD", booked_on=now.date(), amount_fen=5, by=staff, now=now)
    rows = [
        f"2026-11-21,N1,,880.00,江苏示范公司,123,转账,订单 {bought.number}",
        "2026-11-21,OLD,,0.05,某人,1,转账,",
        '20261121,N2,,"1,234.50",某人,1,转账,不知道',
        "2026-11-21,N3,99.00,,某人,1,手续费,",
        "合计,,99.00,2114.55,,,,",
    ]
    draft = statements.load(content=statement(*rows), name="11月.csv", by=staff, now=now)
    seen = statements.proposals(draft)

    assert draft.skipped == 2
    assert [(p.serial, p.amount_fen, p.is_known, p.order, p.is_sure) for p in seen] == [
        ("N1", 88_000, False, bought, True),
        ("OLD", 5, True, None, False),
        ("N2", 123_450, False, None, False),
    ]
    assert BankEntry.objects.count() == 1

    assert statements.confirm(statement=draft, chosen={"N1"}, by=staff, now=now) == {
        "matched": 1,
        "unmatched": 1,
        "known": 1,
    }
    assert facts(bought)[0] == "PAID"
    assert set(BankEntry.objects.unmatched().values_list("serial", flat=True)) == {"OLD", "N2"}
    with pytest.raises(statements.NotDraft):
        statements.confirm(statement=draft, chosen=set(), by=staff, now=now)
    with pytest.raises(statements.NothingNew):
        statements.load(content=statement(*rows), name="again.csv", by=staff, now=now)


def test_one_bad_line_and_nothing_is_written(bought, waiting, staff, now):
    rows = [f"2026-11-21,N1,,880.00,,,,{bought.number}", "1900-01-01,N2,,1.00,,,,"]
    BankStatement.objects.create(
        name="x", sha256="", skipped=0, uploaded_by=staff, uploaded_at=now,
        lines=[{"serial": "N1", "booked_on": "2026-11-21", "amount_fen": 88_000, "payer_name": "", "payer_account": "",
                "remark": bought.number},
               {"serial": "N2", "booked_on": "1990-01-01", "amount_fen": 1, "payer_name": "", "payer_account": "",
                "remark": ""}],
    )  # fmt: skip
    with pytest.raises(StatementUnusable):
        statements.load(content=statement(*rows), name="x", by=staff, now=now)

    with pytest.raises(transfers.BadEntry):
        statements.confirm(statement=BankStatement.objects.get(), chosen={"N1"}, by=staff, now=now)

    assert not BankEntry.objects.exists()
    assert facts(bought) == ("PENDING", 88_000, 0, 0, False)


def test_a_company_is_recognised_by_name_and_amount_but_not_ticked(alice, staff, now):
    order = orders.place_for_company(
        buyer=alice, course=make_course(), company_title="江苏示范公司", quantity=2, now=now
    )
    draft = statements.load(
        content=statement("2026-11-21,N1,,1760.00,江苏示范公司,,,培训费"), name="x", by=staff, now=now
    )

    (proposal,) = statements.proposals(draft)

    assert (proposal.order, proposal.is_sure, proposal.rest_fen) == (order, False, 176_000)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b" ", "空的"),
        (b"x" * (5 * 1024 * 1024 + 1), "超过 5 MB"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版 .xls"),
        (b"PK\x03\x04broken", "损坏"),
        (b"\x00\x01", "不是 .xlsx"),
        (b"a,b\n1,2\n", "没有找到表头"),
        (statement("2026-11-21,N1,,abc,,,,"), "第 3 行：金额“abc”看不懂"),
        (statement("2026-11-21,N1,,1.001,,,,"), "超过两位小数"),
        (statement("2026-11-21,N1,,1e30,,,,"), "不合理"),
        (statement("2026-11-21,N1,,NaN,,,,"), "不合理"),
        (statement("2026-13-21,N1,,1.00,,,,"), "第 3 行"),
        (statement("2026-11-21,,,1.00,,,,"), "没有流水号"),
        (statement("2026-11-21,N1,,1,,,,", "2026-11-21,N1,,1,,,,"), "第 4 行：流水号 N1 在文件里出现了两次"),
        (statement('2026-11-21,"N1,,1,,,,'), "引号不成对"),
    ],
)
def test_statements_that_cannot_be_read_are_refused_in_words(content, words):
    with pytest.raises(StatementUnusable) as refusal:
        read(content)

    assert words in str(refusal.value)


def test_amount_and_direction_columns_and_workbooks_are_read(tmp_path):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    path = tmp_path / "x.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["日期", "流水号", "金额", "借贷标志", "对方户名", "用途"])
    sheet.write_row(1, 0, ["20261121 10:11:12", "N1", 880.1, "贷", "甲", "订单"])
    sheet.write_row(2, 0, ["2026-11-21", "N2", 5, "借", "乙", ""])
    book.close()

    found = read(path.read_bytes())

    assert [(line.serial, line.booked_on, line.amount_fen) for line in found.lines] == [
        ("N1", date(2026, 11, 21), 88_010)
    ]
    assert found.skipped == 1
