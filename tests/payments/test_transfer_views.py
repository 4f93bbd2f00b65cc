import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from payments import orders, transfers
from payments.models import BankEntry, BankStatement, Order, Payment, TransferReceipt
from tests.factories.courses import make_course
from tests.factories.users import UserFactory
from tests.payments.test_admin import back_office
from tests.payments.test_invoice_rules import PDF
from tests.payments.test_transfers import statement

pytestmark = pytest.mark.django_db


@pytest.fixture
def bought(alice, now) -> Order:
    return orders.place(buyer=alice, course=make_course(), now=now)


@pytest.fixture
def waiting(bought, alice, now) -> Payment:
    return transfers.choose(order=bought, by=alice, now=now)


@pytest.fixture
def finance() -> Client:
    user = UserFactory(is_staff=True)
    codenames = ["access_admin", "view_bankentry", "match_bankentry", "view_order"]
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return back_office(user)


def words(answer) -> str:
    return answer.content.decode()


def upload(content: bytes, name="回单.pdf") -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile(name, content)}


def test_transfer_choose_leads_to_the_pro_forma_and_drop_back(as_alice, bought, settings):
    assert "对公转账" in words(as_alice.get(f"/orders/{bought.number}/"))

    page = words(as_alice.post(f"/orders/{bought.number}/transfer/choose/", follow=True))
    for text in (settings.BANK_ACCOUNT_NAME, settings.BANK_ACCOUNT_NUMBER, bought.number, "¥880.00"):
        assert text in page
    assert "等待转账" in words(as_alice.get(f"/orders/{bought.number}/"))
    assert "等待转账" in words(as_alice.get("/orders/"))
    assert as_alice.get(f"/orders/{bought.number}/status/").json() == {"state": "TRANSFER"}

    as_alice.post(f"/orders/{bought.number}/transfer/drop/")
    assert as_alice.get(f"/orders/{bought.number}/status/").json() == {"state": "PENDING"}
    assert as_alice.get(f"/orders/{bought.number}/transfer/")["Location"] == f"/orders/{bought.number}/"


def test_the_rest_is_stated(as_alice, bought, waiting, staff, now):
    entry = transfers.record(serial="S1", booked_on=now.date(), amount_fen=50_000, by=staff, now=now)
    transfers.match(entry=entry, order=bought, by=staff, now=now)

    page = words(as_alice.get(f"/orders/{bought.number}/transfer/"))

    assert "¥380.00" in page
    assert "部分到账" in words(as_alice.get(f"/orders/{bought.number}/"))
    assert "已收到一部分" in words(as_alice.post(f"/orders/{bought.number}/cancel/", follow=True))


def test_receipts_are_private(client, as_alice, as_charlie, finance, bought, waiting):
    url = f"/orders/{bought.number}/transfer/"

    assert as_alice.post(url, upload(PDF)).status_code == 302

    path = f"/orders/receipts/{TransferReceipt.objects.get().pk}/"
    for allowed in (as_alice, finance):
        assert b"".join(allowed.get(path)) == PDF
    assert as_charlie.get(path).status_code == 404
    assert client.get(path).status_code == 302
    for refused in (url, f"{url}choose/", f"{url}drop/"):
        assert as_charlie.post(refused).status_code == 404


@pytest.mark.parametrize("content", [b"", b"MZ", b"<svg/>", b"%PDF-" + b" " * 5 * 1024 * 1024])
def test_other_files_are_refused_in_words(content, as_alice, bought, waiting):
    answer = as_alice.post(f"/orders/{bought.number}/transfer/", upload(content))

    assert "请上传 PDF、PNG 或 JPEG" in words(answer)
    assert not TransferReceipt.objects.exists()


def test_five_receipts_are_enough(as_alice, bought, waiting):
    for _ in range(5):
        as_alice.post(f"/orders/{bought.number}/transfer/", upload(PDF))

    assert "最多上传 5 份" in words(as_alice.post(f"/orders/{bought.number}/transfer/", upload(PDF)))


def test_finance_records_and_matches(finance, bought, waiting, now):
    given = {"serial": "S1", "booked_on": str(now.date()), "amount": "880.00", "remark": f"订单{bought.number}"}
    assert "流水号" in words(finance.post("/cms/bank/record/", given | {"amount": "0"}))
    assert BankEntry.objects.count() == 0

    answer = finance.post("/cms/bank/record/", given)
    entry = BankEntry.objects.get()
    assert (answer["Location"], entry.amount_fen) == (f"/cms/bank/{entry.pk}/match/", 88_000)
    assert "已经登记过" in words(finance.post("/cms/bank/record/", given))
    assert bought.number in words(finance.get(answer["Location"]))
    assert "没有这张订单" in words(finance.post(answer["Location"], {"number": "1" * 20}))
    finance.post(answer["Location"], {"number": bought.number})

    bought.refresh_from_db()
    assert bought.status == Order.Status.PAID


def test_finance_sets_aside(finance, staff, now):
    entry = transfers.record(serial="S1", booked_on=now.date(), amount_fen=5, by=staff, now=now)

    assert finance.post(f"/cms/bank/{entry.pk}/set-aside/", {"reason": ""}).status_code == 200
    finance.post(f"/cms/bank/{entry.pk}/set-aside/", {"reason": "结息"})

    assert BankEntry.objects.values_list("status", "outcome").get() == ("SET_ASIDE", "结息")


def test_finance_imports_a_statement(finance, bought, waiting):
    assert "没有找到表头" in words(finance.post("/cms/bank/statement/", upload(b"a,b", "a.csv")))
    content = statement(f"2026-11-21,N1,,880.00,甲,,,{bought.number}", "2026-11-21,N2,,1.00,乙,,,")

    preview = finance.post("/cms/bank/statement/", upload(content, "a.csv"))["Location"]
    page = words(finance.get(preview))
    assert (bought.number in page, "待认领" in page, page.count("checked")) == (True, True, 1)
    finance.post(preview, {"match": ["N1", "N2", "nonsense"]})

    assert list(BankEntry.objects.order_by("serial").values_list("serial", "status")) == [
        ("N1", "MATCHED"),
        ("N2", "UNMATCHED"),
    ]
    assert finance.get(preview).status_code == 302
    assert "什么也没有写" in words(finance.post(preview, {"match": ["N1"]}, follow=True))


def test_a_draft_is_thrown_away(finance, bought):
    content = statement("2026-11-21,N1,,880.00,甲,,,")
    preview = finance.post("/cms/bank/statement/", upload(content, "a.csv"))["Location"]

    finance.post(preview, {"discard": "1"})

    assert (BankStatement.objects.get().status, BankEntry.objects.count()) == ("DISCARDED", 0)


def test_looking_is_not_matching(staff, now):
    entry = transfers.record(serial="S1", booked_on=now.date(), amount_fen=5, by=staff, now=now)
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["access_admin", "view_bankentry"]))
    client = back_office(user)

    assert client.get("/cms/bank/").status_code == 200
    for path in ("record/", "statement/", f"{entry.pk}/match/", f"{entry.pk}/set-aside/"):
        assert client.get(f"/cms/bank/{path}").status_code in (302, 403)


def test_the_list_takes_the_same_queries(finance, staff, now, django_assert_max_num_queries):
    def enter(serial):
        transfers.record(serial=serial, booked_on=now.date(), amount_fen=5, by=staff, now=now)

    enter("S1")
    finance.get("/cms/bank/")
    with django_assert_max_num_queries(60) as one:
        finance.get("/cms/bank/")
    enter("S2")
    enter("S3")

    with django_assert_max_num_queries(len(one.captured_queries)):
        finance.get("/cms/bank/")


def test_the_preview_takes_the_same_queries(finance, alice, now, django_assert_max_num_queries):
    def preview(count):
        made = [orders.place(buyer=UserFactory(), course=make_course(), now=now) for _ in range(count)]
        rows = [f"2026-11-21,N{count}{at},,880.00,甲,,,{order.number}" for at, order in enumerate(made)]
        return finance.post("/cms/bank/statement/", upload(statement(*rows), "a.csv"))["Location"]

    one_row, three_rows = preview(1), preview(3)
    finance.get(one_row)
    with django_assert_max_num_queries(60) as one:
        finance.get(one_row)

    with django_assert_max_num_queries(len(one.captured_queries)):
        finance.get(three_rows)
