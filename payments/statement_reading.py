"""
A bank's statement (.xlsx or .csv) → the sums that came in, or every mistake. No framework.

Banks name their columns differently; the header is found by its titles. Source: docs/rules/money.md, rule B6.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from io import StringIO
from itertools import islice

from certificates.staffing.rosters import RosterUnusable, cells, workbooks
from lms.errors import DomainError

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 5000
MAX_FEN = 10**12
HEADER_WITHIN_ROWS = 30
SHOWN_PROBLEMS = 20
ZIP_MARK, OLE_MARK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
TITLES = {
    "serial": ("交易流水号", "流水号", "银行流水号", "交易流水", "核心流水号", "交易序号", "账户明细编号-交易流水号"),
    "day": ("交易日期", "交易时间", "记账日期", "入账日期", "日期"),
    "credit": ("贷方金额", "收入金额", "贷方发生额", "收入", "转入金额", "贷方发生额/元", "贷方发生额(收入)"),
    "amount": ("金额", "交易金额", "发生额"),
    "direction": ("借贷标志", "借贷方向", "借贷", "收支", "收支方向", "交易方向"),
    "payer_name": ("对方户名", "对方名称", "对方账户名称", "付款人名称", "对方单位名称", "付款户名"),
    "payer_account": ("对方账号", "付款人账号", "对方账户", "付款账号"),
    "remark": ("附言", "交易附言", "用途", "摘要", "备注"),
}  # fmt: skip
INCOMING = frozenset({"贷", "贷方", "收入", "收", "C", "CR", "入", "转入"})


@dataclass(frozen=True, slots=True)
class Line:
    """One sum that came in. Units: fen."""

    serial: str
    booked_on: date
    amount_fen: int
    payer_name: str
    payer_account: str
    remark: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What a statement holds: sums that came in, and how many rows were something else."""

    lines: tuple[Line, ...]
    skipped: int


class StatementUnusable(DomainError):
    """Nothing was taken over; `problems` names the mistakes by row. Source: docs/rules/money.md, rule B6."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems[:SHOWN_PROBLEMS]
        more = len(problems) - len(self.problems)
        super().__init__("；".join(self.problems) + (f"；还有 {more} 处。" if more else ""))


def read(content: bytes) -> Statement:
    """Read a whole statement, all or nothing. Raises: StatementUnusable. Source: docs/rules/money.md, rule B6."""
    if not content.strip():
        raise StatementUnusable("文件是空的，请重新从网银下载")
    if len(content) > MAX_BYTES:
        raise StatementUnusable(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请按日期分几次下载")
    if content.startswith(OLE_MARK):
        raise StatementUnusable("这是旧版 .xls 或加了密码的文件，请另存为 .xlsx 或 .csv 后再上传")
    rows = _sheet_rows(content) if content.startswith(ZIP_MARK) else _text_rows(content)
    columns, start = _header(rows)
    if len(rows) - start > MAX_ROWS:
        raise StatementUnusable(f"超过 {MAX_ROWS} 行，请按日期分几次下载")
    return _lines(rows, columns, start)


def _lines(rows: list[list[object]], columns: dict[str, list[int]], start: int) -> Statement:
    lines: list[Line] = []
    problems: list[str] = []
    seen: set[str] = set()
    skipped = 0
    for number, row in enumerate(islice(rows, start, None), start=start + 1):
        if not any(cells.text(cell) for cell in row):
            continue
        try:
            line = _line(row, columns)
        except ValueError as error:
            problems.append(f"第 {number} 行：{'，'.join(map(str, error.args))}")
            continue
        if line is None:
            skipped += 1
        elif line.serial in seen:
            problems.append(f"第 {number} 行：流水号 {line.serial} 在文件里出现了两次")
        else:
            seen.add(line.serial)
            lines.append(line)
    if problems:
        raise StatementUnusable(*problems)
    return Statement(tuple(lines), skipped)


def _line(row: list[object], columns: dict[str, list[int]]) -> Line | None:
    """Read one row, or None if no money came in by it: spending, totals, reversals."""

    def of(name: str) -> str:
        parts = [cells.text(row[at]) for at in columns.get(name, ()) if at < len(row)]
        return " ".join(dict.fromkeys(part for part in parts if part))

    serial = "".join(of("serial").split())
    amount = of("credit") if "credit" in columns else of("amount")
    if not serial and not any(mark.isdigit() for mark in of("day")):
        return None  # a total, or a note under the table
    if "credit" not in columns and of("direction").upper() not in INCOMING:
        return None
    fen = _fen(amount) if amount else 0
    if fen <= 0:
        return None
    if not serial:
        raise ValueError("没有流水号，无法防止重复入账")
    return Line(
        serial[:64], _day(row, columns), fen, of("payer_name")[:100], of("payer_account")[:40], of("remark")[:200]
    )


def _day(row: list[object], columns: dict[str, list[int]]) -> date:
    cell = row[columns["day"][0]] if columns["day"][0] < len(row) else ""
    if isinstance(cell, str):
        found = re.match(r"\d{8}(?!\d)|\d{8}(?=\d{6}$)", cell.strip())
        cell = found.group() if found else cell
    day = cells.day(cell)
    if day is None:
        raise ValueError("没有交易日期")
    return day


def _fen(written: str) -> int:
    plain = re.sub(r"[,，¥￥元\s]", "", written)
    try:
        yuan = Decimal(plain)
    except InvalidOperation as error:
        raise ValueError(f"金额“{written[:20]}”看不懂") from error
    if not yuan.is_finite() or abs(yuan) > MAX_FEN // 100:
        raise ValueError(f"金额“{written[:20]}”不合理")
    fen = yuan * 100
    if fen != fen.to_integral_value():
        raise ValueError(f"金额“{written[:20]}”超过两位小数")
    return int(fen)


def _header(rows: list[list[object]]) -> tuple[dict[str, list[int]], int]:
    """Find the row that names the columns; return where each is, and the first row of data."""
    for number, row in enumerate(rows[:HEADER_WITHIN_ROWS]):
        titles = [re.sub(r"\s", "", cells.text(cell)) for cell in row]
        columns: dict[str, list[int]] = {}
        for name, known in TITLES.items():
            places = [titles.index(title) for title in known if title in titles]
            if places:
                columns[name] = places if name == "remark" else places[:1]
        has_amount = "credit" in columns or {"amount", "direction"} <= columns.keys()
        if {"serial", "day"} <= columns.keys() and has_amount:
            return columns, number + 1
    raise StatementUnusable("没有找到表头：要有“交易流水号”“交易日期”和“贷方金额”（或“金额”和“借贷标志”）三类列")


def _sheet_rows(content: bytes) -> list[list[object]]:
    try:
        sheet = workbooks.open_sheets(content)[0]
        rows = [list(row) for row in islice(sheet.rows(), MAX_ROWS + HEADER_WITHIN_ROWS + 1)]
    except RosterUnusable as refusal:
        problem = refusal.problems[0]
        raise StatementUnusable(f"{problem.message}，{problem.remedy}".replace("花名册", "流水")) from refusal
    except IndexError as error:
        raise StatementUnusable("工作簿里没有工作表") from error
    return rows


def _text_rows(content: bytes) -> list[list[object]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            written = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        written = "\0"
    if "\0" in written:
        raise StatementUnusable("这不是 .xlsx，也不是能识别的 .csv 文本，请重新从网银下载")
    delimiter = max(",\t;|", key=lambda mark: max((line.count(mark) for line in written.splitlines()[:30]), default=0))
    try:
        return list(map(list, islice(_records(written, delimiter), MAX_ROWS + HEADER_WITHIN_ROWS + 1)))
    except csv.Error as error:
        raise StatementUnusable("引号不成对，或一格内容过长，请另存为 .xlsx 后再上传") from error


def _records(written: str, delimiter: str) -> Iterable[list[str]]:
    return csv.reader(StringIO(written, newline=""), delimiter=delimiter, strict=True)
