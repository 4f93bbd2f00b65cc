import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from payments import invoices
from payments.models import InvoiceRequest
from tests.factories.payments import InvoiceRequestFactory, OrderFactory
from tests.factories.users import UserFactory
from tests.payments.test_admin import back_office
from tests.payments.test_invoice_rules import COMPANY, PDF
from tests.payments.test_invoices import NUMBER, RED, issue

pytestmark = pytest.mark.django_db
Status = InvoiceRequest.Status
FILLED = {"title_kind": "COMPANY", "kind": "ORDINARY", "title": COMPANY.title, "tax_number": COMPANY.tax_number}
FILLED |= {"email": "tickets@example.com"}


@pytest.fixture
def asked_for(bought, alice, now) -> InvoiceRequest:
    return invoices.request(order=bought, by=alice, title=COMPANY, email="tickets@example.com", now=now)


@pytest.fixture
def issued(asked_for, staff, now) -> InvoiceRequest:
    return issue(asked_for, staff, now)


@pytest.fixture
def finance() -> Client:
    user = UserFactory(is_staff=True)
    codenames = ["access_admin", "view_invoicerequest", "issue_invoicerequest"]
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return back_office(user)


def words(answer) -> str:
    return answer.content.decode()


# --- invoice_create -------------------------------------------------------------------------------------------------
def test_invoice_create_takes_the_request(as_alice, bought):
    assert "申请发票" in words(as_alice.get(f"/orders/{bought.number}/"))
    assert "¥880.00" in words(as_alice.get(f"/orders/{bought.number}/invoice/"))

    answer = as_alice.post(f"/orders/{bought.number}/invoice/", FILLED)

    made = InvoiceRequest.objects.get()
    assert (made.amount_fen, answer["Location"]) == (88_000, f"/invoices/{made.pk}/")
    assert as_alice.get(f"/orders/{bought.number}/invoice/")["Location"] == f"/invoices/{made.pk}/"
    assert COMPANY.title in words(as_alice.get(f"/orders/{bought.number}/"))


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"tax_number": "91110000600037341M"}, "校验位不对"),
        ({"tax_number": ""}, "请填写统一社会信用代码"),
        ({"tax_number": "9" * 9000}, "40"),
        ({"title": ""}, "请填写抬头"),
        ({"title": "\x00公司"}, "空字符"),
        ({"email": "nobody"}, "没有提交成功"),
        ({"kind": "SPECIAL"}, "开专用发票要用"),
        ({"kind": "SPECIAL", "title_kind": "PERSON"}, "专用发票只能开给单位"),
        ({"kind": "OTHER"}, "没有提交成功"),
        ({"title_kind": ""}, "没有提交成功"),
    ],
)
def test_invoice_create_refuses_in_words(changed, text, as_alice, bought):
    answer = as_alice.post(f"/orders/{bought.number}/invoice/", FILLED | changed)

    assert answer.status_code == 200
    assert "没有提交成功" in words(answer)
    assert text in words(answer)
    assert not InvoiceRequest.objects.exists()


def test_invoice_create_of_an_unpaid_order_leads_back(as_alice, order):
    answer = as_alice.get(f"/orders/{order.number}/invoice/")

    assert answer["Location"] == f"/orders/{order.number}/"


def test_the_last_title_is_proposed_again(as_alice, alice, bought):
    InvoiceRequestFactory(order__buyer=alice, title="上次的公司")

    assert "上次的公司" in words(as_alice.get(f"/orders/{bought.number}/invoice/"))


# --- invoice_edit, invoice_withdraw, invoice_detail -----------------------------------------------------------------
def test_invoice_edit_until_it_is_issued(as_alice, asked_for, staff, now):
    url = f"/invoices/{asked_for.pk}/edit/"
    assert COMPANY.tax_number in words(as_alice.get(url))
    assert "校验位不对" in words(as_alice.post(url, FILLED | {"tax_number": "91110000600037341M"}))
    as_alice.post(url, FILLED | {"title": "改过的公司"})
    assert InvoiceRequest.objects.get().title == "改过的公司"

    issue(asked_for, staff, now)

    assert as_alice.post(url, FILLED)["Location"] == f"/invoices/{asked_for.pk}/"
    assert InvoiceRequest.objects.get().title == "改过的公司"


def test_invoice_withdraw(as_alice, asked_for):
    page = as_alice.post(f"/invoices/{asked_for.pk}/withdraw/", follow=True)

    assert InvoiceRequest.objects.get().status == Status.WITHDRAWN
    assert "重新申请发票" in words(page)
    assert "不能再修改" in words(as_alice.post(f"/invoices/{asked_for.pk}/withdraw/", follow=True))


def test_invoice_detail_says_its_state(as_alice, issued, staff, now):
    assert NUMBER in words(as_alice.get(f"/invoices/{issued.pk}/"))

    invoices.call_for_reversal(invoice=issued, by=staff, reason="抬头写错", now=now)
    assert "这张发票要红冲" in words(as_alice.get(f"/invoices/{issued.pk}/"))

    invoices.reverse(invoice=issued, by=staff, number=RED, issued_on=timezone.localdate(now), files={}, now=now)
    page = words(as_alice.get(f"/invoices/{issued.pk}/"))
    assert "已经红冲" in page
    assert RED in page


# --- invoice_file ---------------------------------------------------------------------------------------------------
def test_invoice_file_is_the_buyers_and_finances(as_alice, finance, issued):
    url = f"/invoices/files/{issued.files.get().pk}/"

    for client in (as_alice, finance):
        answer = client.get(url)
        assert b"".join(answer) == PDF
        assert answer["Content-Disposition"].startswith("attachment")
        assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == (
            "nosniff",
            "max-age=0, no-cache, no-store, must-revalidate, private",
        )


def test_others_have_no_way_to_it(client, as_charlie, as_alice, issued, bought):
    file = issued.files.get()
    staff = back_office(UserFactory(is_staff=True))

    for path in (f"/invoices/files/{file.pk}/", f"/invoices/{issued.pk}/", f"/invoices/{issued.pk}/edit/"):
        assert as_charlie.get(path).status_code == 404
        assert client.get(path).status_code == 302
    assert as_charlie.post(f"/invoices/{issued.pk}/withdraw/").status_code == 404
    assert as_charlie.post(f"/orders/{bought.number}/invoice/", FILLED).status_code == 404
    assert staff.get(f"/invoices/files/{file.pk}/").status_code == 404
    assert as_alice.get(f"/media/{file.file}").status_code == 404
    assert COMPANY.title not in words(as_charlie.get("/invoices/"))


# --- invoice_list ---------------------------------------------------------------------------------------------------
def test_invoice_list_takes_the_same_queries(as_alice, alice, django_assert_num_queries):
    assert "还没有发票" in words(as_alice.get("/invoices/"))
    InvoiceRequestFactory(order__buyer=alice)
    with django_assert_num_queries(4):
        as_alice.get("/invoices/")
    InvoiceRequestFactory.create_batch(2, order__buyer=alice)

    with django_assert_num_queries(4):
        assert words(as_alice.get("/invoices/")).count("order-row") == 3


# --- back office ----------------------------------------------------------------------------------------------------
def test_finance_issues_with_files(finance, asked_for):
    url = f"/cms/invoice/{asked_for.pk}/issue/"
    assert url in words(finance.get(f"/cms/invoice/inspect/{asked_for.pk}/"))
    given = {"number": NUMBER, "issued_on": str(timezone.localdate())}

    refused = finance.post(url, given | {"pdf": SimpleUploadedFile("a.pdf", b"MZ")})
    assert "不是完整的 PDF" in words(refused)
    assert "请上传发票文件" in words(finance.post(url, given))
    tomorrow = str(timezone.localdate() + timedelta(days=1))
    assert "不能晚于今天" in words(finance.post(url, given | {"issued_on": tomorrow, "pdf": pdf()}))
    assert finance.post(url, {"issued_on": "yesterday"}).status_code == 200
    assert InvoiceRequest.objects.get().status == Status.REQUESTED

    answer = finance.post(url, given | {"pdf": pdf()})

    assert (answer.status_code, InvoiceRequest.objects.get().status) == (302, Status.ISSUED)
    assert "已经开出" in words(finance.post(url, given | {"pdf": pdf()}, follow=True))


def pdf() -> SimpleUploadedFile:
    return SimpleUploadedFile("发票.pdf", PDF)


def test_finance_reverses(finance, issued):
    finance.post(f"/cms/invoice/{issued.pk}/call/", {"reason": "抬头写错"})
    assert InvoiceRequest.objects.get().status == Status.REVERSING

    finance.post(f"/cms/invoice/{issued.pk}/reverse/", {"number": RED, "issued_on": str(timezone.localdate())})

    assert InvoiceRequest.objects.get().red_number == RED


def test_looking_is_not_issuing(issued):
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["access_admin", "view_invoicerequest"]))
    client = back_office(user)

    assert "开错了" not in words(client.get(f"/cms/invoice/inspect/{issued.pk}/"))
    for verb in ("issue", "reverse", "call"):
        assert client.post(f"/cms/invoice/{issued.pk}/{verb}/", {"reason": "x"}).status_code in (302, 403)
    assert client.get("/cms/invoice/tax-sheet/").status_code in (302, 403)
    assert InvoiceRequest.objects.get().status == Status.ISSUED


def test_the_tax_sheet_has_what_waits(finance, asked_for):
    InvoiceRequestFactory(issued=True)
    person = InvoiceRequestFactory(
        title_kind="PERSON", title="=HYPERLINK(1)", tax_number="", order=OrderFactory(paid=True)
    )

    answer = finance.get("/cms/invoice/tax-sheet/")

    book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
    heads, lines = (book.get_sheet_by_index(number).to_python() for number in (0, 1))
    assert [row[0] for row in heads[1:]] == [asked_for.serial, person.serial]
    assert heads[1][1:6] == ["普通发票", "是", "否", COMPANY.title, COMPANY.tax_number]
    assert heads[2][3:6] == ["是", "=HYPERLINK(1)", ""]
    assert lines[1][:2] + lines[1][5:] == [asked_for.serial, "*非学历教育服务*培训费", 1, 880, 880, "0.06"]


def test_the_queue_takes_the_same_queries(finance, django_assert_max_num_queries):
    InvoiceRequestFactory()
    finance.get("/cms/invoice/")
    with django_assert_max_num_queries(60) as one:
        page = words(finance.get("/cms/invoice/", {"status": "REQUESTED"}))
    assert re.search(r"江苏示范服务有限公司", page)
    InvoiceRequestFactory.create_batch(2)

    with django_assert_max_num_queries(len(one.captured_queries)):
        finance.get("/cms/invoice/", {"status": "REQUESTED"})
