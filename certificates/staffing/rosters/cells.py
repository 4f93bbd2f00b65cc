"""One cell of a roster → one value. Each function returns the value or raises ValueError(what, remedy)."""

import re
import sys
import unicodedata
from datetime import date, datetime

from stdnum.cn import ric

from certificates import numbering

Cell = object  # str, number, bool, date or datetime: whatever a spreadsheet holds
BROKEN = "#错误值"  # stands for a formula without a value

MAX_TEXT = 100
MAX_NAME = 50
MAX_CERTIFICATE = 30
FIRST_DAY, LAST_DAY = date(1950, 1, 1), date(2100, 12, 31)

YES = frozenset({"是", "Y", "YES", "1", "TRUE", "T", "√", "✓", "对"})
NO = frozenset({"否", "N", "NO", "0", "FALSE", "F", "×", "✗", "不是"})
NOTHING = frozenset({"", "无", "-", "--", "—", "——", "/", "没有", "暂无", "N/A"})
DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?")
DIGITS_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
NAME = re.compile(r"[^\W_](?:[^\W_]|[ ·•・‧∙.'’()-])*")


def text(cell: Cell) -> str:
    """Return the cell as people would type it: half-width, no invisible characters, single spaces, 1001.0 as "1001"."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    written = unicodedata.normalize("NFKC", str(cell))
    if not written.isprintable():
        written = "".join(" " if c.isspace() else c for c in written if c.isspace() or c.isprintable())
    return " ".join(written.split())


def plain(cell: Cell) -> str:
    """Read a free text such as a department."""
    found = text(cell)
    if found == BROKEN:
        raise ValueError("公式出错或没有计算结果", "请填写正确的内容，或把公式粘贴为数值后保存")
    if len(found) > MAX_TEXT:
        raise ValueError(f"超过 {MAX_TEXT} 个字", f"请缩短到 {MAX_TEXT} 个字以内")
    if is_id_number(found):
        raise ValueError("像是身份证号码", "平台不收花名册里的身份证号码，请删去或改用工号")
    return sys.intern(found)  # departments and posts repeat thousands of times


def name(cell: Cell) -> str:
    """Read a person's name: letters of any script with dots, hyphens or brackets inside."""
    found = plain(cell)
    if not found:
        raise ValueError("空着", "请填写姓名；不需要的行请整行删除")
    if not NAME.fullmatch(found):
        raise ValueError(f"“{found[:20]}”不像姓名", "姓名只能有文字和间隔号，不能以符号开头")
    if len(found) > MAX_NAME:
        raise ValueError(f"超过 {MAX_NAME} 个字", "请填写证件上的姓名")
    return found


def yes_or_no(cell: Cell) -> bool:
    """Read 是 or 否 in any of the usual ways."""
    found = text(cell).upper()
    if found in YES:
        return True
    if found in NO:
        return False
    raise ValueError(f"“{found[:20]}”看不懂" if found else "空着", "请填写“是”或“否”")


def day(cell: Cell) -> date | None:
    """Read a date, or None if the cell is empty."""
    if isinstance(cell, datetime):
        cell = cell.date()
    if not isinstance(cell, date):
        written = text(cell)
        if written in NOTHING:
            return None
        cell = _written_day(written)
    if not FIRST_DAY <= cell <= LAST_DAY:
        raise ValueError(f"{cell} 不在合理范围内", f"请核对年份，应在 {FIRST_DAY.year} 至 {LAST_DAY.year} 年之间")
    return cell


def certificate_number(cell: Cell) -> str:
    """Read a certificate number in its normal form, or "" if there is none."""
    found = plain(cell)
    if found.upper() in NOTHING:
        return ""
    found = numbering.parse(found) or "".join(found.split()).upper()
    if len(found) > MAX_CERTIFICATE:
        raise ValueError(f"超过 {MAX_CERTIFICATE} 个字符", "一格只填一个证书编号，照证书上的写法填写")
    return found


def is_id_number(written: str) -> bool:
    """Say whether a text is a valid 18-digit identity number, which no roster may carry."""
    return len(written) == 18 and ric.is_valid(written)


def _written_day(written: str) -> date:
    match = DATE.fullmatch(written) or DIGITS_DATE.fullmatch(written)
    if not match:
        raise ValueError(f"“{written[:20]}”不是日期", "请写成 2026-11-22 这样的日期")
    year, month, number = map(int, match.groups())
    try:
        return date(year, month, number)
    except ValueError as error:
        raise ValueError(f"“{written[:20]}”这一天不存在", "请核对月份和日期") from error
