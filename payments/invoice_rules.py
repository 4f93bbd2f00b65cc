"""
What an invoice must say before it can be issued, and what a file must be to belong to one. No framework.

Source: docs/rules/money.md, rules F2-F5.
"""

import re
import unicodedata
import zipfile
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from typing import Any

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from stdnum.cn import uscc

MAX_FILE_BYTES = 5 * 1024 * 1024
MAX_PARTS = 2000  # of an OFD container; a real one has some tens
FIRST_YEAR = 2021  # the first digital invoices
NUMBER = re.compile(r"\d{20}")
TAX_NUMBER = re.compile(r"[0-9A-Z]{18}")
TITLE = re.compile(r"[\w\s（）()·•.,，、&＆《》“”\"'/+-]{2,100}")
PHONE = re.compile(r"[\d+() -]{7,30}")
ACCOUNT = re.compile(r"\d{8,32}")


@dataclass(frozen=True, slots=True)
class Title:
    """Whom the invoice is made out to, as typed or, after `check_title`, as it will be printed."""

    is_company: bool
    is_special: bool
    title: str
    tax_number: str = ""
    address: str = ""
    phone: str = ""
    bank_name: str = ""
    bank_account: str = ""


TEXTS = ("title", "tax_number", "address", "phone", "bank_name", "bank_account")


def check_title(typed: Title) -> tuple[Title, dict[str, str]]:
    """
    Return the title in its normal form, and a sentence for each field that cannot stay as it is.

    A person has no tax number here; a company has one, and for 专票 also address, phone, bank and account.
    Source: docs/rules/money.md, rules F2 and F3.
    """
    texts: dict[str, Any] = {name: _plain(getattr(typed, name)) for name in TEXTS}
    clean = replace(typed, **texts)
    problems: dict[str, str] = {}
    if not TITLE.fullmatch(clean.title):
        problems["title"] = "请填写抬头：2 到 100 个字，与营业执照或证件上的名称一致，不含特殊符号。"
    if not clean.is_company:
        if clean.is_special:
            problems["kind"] = "专用发票只能开给单位。个人请选普通发票。"
        return Title(is_company=False, is_special=False, title=clean.title), problems
    clean = replace(clean, tax_number=re.sub(r"[\s-]", "", clean.tax_number).upper())
    if problem := _tax_number_problem(clean.tax_number):
        problems["tax_number"] = problem
    return _check_bank(clean, problems)


def check_number(number: str, *, issued_on: date) -> str:
    """
    Return what is wrong with the number of a digital invoice issued on that day, or nothing.

    20 digits; the first two are the year. Source: docs/rules/money.md, rule F4.
    """
    if not NUMBER.fullmatch(number):
        return f"发票号码是 20 位数字，现在是 {len(number)} 位。请照发票右上角的号码填写。"
    if issued_on.year < FIRST_YEAR or int(number[:2]) != issued_on.year % 100:
        return f"号码的前两位是开票年份：{number[:2]} 与开票日期 {issued_on} 对不上，请核对。"
    return ""


def check_file(content: bytes, *, wanted: str, number: str) -> str:
    """
    Return what is wrong with a file that should be the PDF, OFD or XML of this invoice, or nothing. Bytes decide.

    Source: docs/rules/money.md, rule F5.
    """
    if not content:
        return "文件是空的，请重新选择。"
    if len(content) > MAX_FILE_BYTES:
        return f"文件超过 {MAX_FILE_BYTES // 1024 // 1024} MB。发票文件一般只有几百 KB，请确认没有选错。"
    return {"PDF": _pdf_problem, "OFD": _ofd_problem, "XML": _xml_problem}[wanted](content, number)


def _plain(text: str) -> str:
    """Half-width letters and digits, single spaces, nothing invisible; Chinese brackets stay as printed."""
    kept = "".join(c if c in "（），“”" else unicodedata.normalize("NFKC", c) for c in text)
    return " ".join("".join(c for c in kept if c.isspace() or c.isprintable()).split())


def _tax_number_problem(number: str) -> str:
    if not number:
        return "请填写统一社会信用代码，18 位，在营业执照上。"
    if not TAX_NUMBER.fullmatch(number):
        return f"统一社会信用代码是 18 位数字和大写字母，现在是 {len(number)} 位。请照营业执照填写。"
    if not uscc.is_valid(number):
        return "统一社会信用代码的校验位不对，很可能有一位抄错了（没有字母 I、O、S、V、Z）。请对照营业执照逐位核对。"
    return ""


def _check_bank(clean: Title, problems: dict[str, str]) -> tuple[Title, dict[str, str]]:
    clean = replace(clean, bank_account=re.sub(r"[\s-]", "", clean.bank_account))
    rules = {
        "address": (bool(clean.address), "注册地址"),
        "phone": (bool(PHONE.fullmatch(clean.phone)), "注册电话（7 到 30 位数字）"),
        "bank_name": (bool(clean.bank_name), "开户银行全称"),
        "bank_account": (bool(ACCOUNT.fullmatch(clean.bank_account)), "银行账号（8 到 32 位数字）"),
    }
    for name, (is_good, label) in rules.items():
        if (clean.is_special or getattr(clean, name)) and not is_good:
            problems[name] = f"请填写{label}" + ("，开专用发票要用。" if clean.is_special else "，或者留空。")
    return clean, problems


def _pdf_problem(content: bytes, _number: str) -> str:
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-1024:]:
        return "这不是完整的 PDF 文件，请从电子税务局重新下载。"
    return ""


def _ofd_problem(content: bytes, _number: str) -> str:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        parts = []
    if len(parts) > MAX_PARTS or "ofd.xml" not in {part.filename.lower() for part in parts}:
        return "这不是 OFD 文件，请从电子税务局重新下载。"
    return ""


def _xml_problem(content: bytes, number: str) -> str:
    try:
        words = {text.strip() for text in fromstring(content).itertext()}
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return "这不是能读的 XML 文件，请从电子税务局重新下载。"
    if number not in words:
        return f"这份 XML 里没有号码 {number}，可能选错了文件，或号码抄错了。"
    return ""
