import zipfile
from datetime import date
from io import BytesIO

import pytest

from payments.invoice_rules import Title, check_file, check_number, check_title

COMPANY = Title(is_company=True, is_special=False, title="江苏示范服务有限公司", tax_number="91110000600037341L")
NUMBER = "26327000000123456789"
PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"
XML = f"<EInvoice><EIid>{NUMBER}</EIid></EInvoice>".encode()


def ofd() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("OFD.xml", "<OFD/>")
    return file.getvalue()


def special(**changed) -> Title:
    whole = {"address": "南京市中山路 1 号", "phone": "025-88888888", "bank_name": "工商银行南京分行"}
    whole |= {"bank_account": "4301 0200 0900 0123"} | changed
    return Title(is_company=True, is_special=True, title=COMPANY.title, tax_number=COMPANY.tax_number, **whole)


# --- R F2, F3 -------------------------------------------------------------------------------------------------------
def test_title_is_brought_into_its_normal_form():
    typed = Title(
        is_company=True, is_special=False, title=" ＡＢＣ（江苏）\u200b有限公司 ", tax_number="9111 0000-600037341l"
    )

    assert check_title(typed) == (
        Title(is_company=True, is_special=False, title="ABC（江苏）有限公司", tax_number="91110000600037341L"),
        {},
    )


def test_a_person_gives_a_name_and_nothing_else():
    typed = Title(is_company=False, is_special=False, title="张三", tax_number="91110000600037341L", address="南京")

    assert check_title(typed) == (Title(is_company=False, is_special=False, title="张三"), {})


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("", "请填写统一社会信用代码"),
        ("91110000600037341", "现在是 17 位"),
        ("91110000600037341M", "校验位不对"),
        ("91110000600037314L", "校验位不对"),  # two digits swapped
        ("9111000060003734IL", "校验位不对"),  # I for 1
        ("320102199001011234", "校验位不对"),  # an identity number
        ("91110000600037341L" * 9, "现在是 162 位"),
        ("９１１１０００００００３７３４１Ｌ甲", "18 位"),
    ],
)
def test_wrong_tax_numbers_are_refused_in_words(number, words):
    _, problems = check_title(Title(is_company=True, is_special=False, title="江苏示范公司", tax_number=number))

    assert list(problems) == ["tax_number"]
    assert words in problems["tax_number"]


@pytest.mark.parametrize("title", ["", "甲", "甲" * 101, "=1+1|cmd", "<b>公司", "公司;drop"])
def test_strange_titles_are_refused(title):
    _, problems = check_title(Title(is_company=False, is_special=False, title=title))

    assert list(problems) == ["title"]


def test_a_special_invoice_is_for_companies():
    _, problems = check_title(Title(is_company=False, is_special=True, title="张三"))

    assert list(problems) == ["kind"]


def test_a_special_invoice_wants_the_bank_too():
    assert check_title(special())[1] == {}
    for name in ("address", "phone", "bank_name", "bank_account"):
        assert list(check_title(special(**{name: ""}))[1]) == [name]
    assert list(check_title(special(bank_account="12345"))[1]) == ["bank_account"]
    assert list(check_title(special(phone="打前台"))[1]) == ["phone"]


# --- F4 -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("number", "day", "words"),
    [
        (NUMBER, date(2026, 11, 22), ""),
        (NUMBER[:-1], date(2026, 11, 22), "现在是 19 位"),
        (f"{NUMBER}1", date(2026, 11, 22), "现在是 21 位"),
        (f"X{NUMBER[1:]}", date(2026, 11, 22), "20 位数字"),
        (NUMBER, date(2025, 12, 31), "对不上"),
        (f"16{NUMBER[2:]}", date(2016, 1, 1), "对不上"),
    ],
)
def test_number(number, day, words):
    problem = check_number(number, issued_on=day)

    assert words in problem
    assert bool(words) == bool(problem)


# --- F5 -------------------------------------------------------------------------------------------------------------
def test_files_are_what_they_say():
    assert [check_file(c, wanted=w, number=NUMBER) for w, c in (("PDF", PDF), ("OFD", ofd()), ("XML", XML))] == [""] * 3


@pytest.mark.parametrize(
    ("content", "wanted", "words"),
    [
        (b"", "PDF", "空的"),
        (PDF + b" " * 5 * 1024 * 1024, "PDF", "超过 5 MB"),
        (b"MZ" + PDF, "PDF", "不是完整的 PDF"),
        (PDF[:-6], "PDF", "不是完整的 PDF"),
        (b"PK\x03\x04", "OFD", "不是 OFD"),
        (PDF, "OFD", "不是 OFD"),
        (b"<a>", "XML", "不是能读的 XML"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "XML", "不是能读的 XML"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "XML", "不是能读的 XML"),
        (b"<a><b>26327000000000000000</b></a>", "XML", "没有号码"),
    ],
)
def test_other_files_are_refused_in_words(content, wanted, words):
    assert words in check_file(content, wanted=wanted, number=NUMBER)
