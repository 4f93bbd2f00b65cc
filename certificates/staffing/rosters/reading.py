"""A roster file → people without mistakes, or every mistake. Source: docs/rules/staffing.md, rule S9."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, islice

from certificates.masking import name_key
from certificates.staffing.rosters import cells, entries, texts, workbooks
from certificates.staffing.rosters.cells import Cell
from certificates.staffing.rosters.entries import Entry, Problem, Roster, RosterUnusable, unusable_file

ZIP_MARK = b"PK\x03\x04"
OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls of before 2007, and .xlsx under a password
ENCRYPTED_MARK = "EncryptedPackage".encode("utf-16-le")
USE_TEMPLATE = "请下载模板，按模板的表头填写"

READERS: dict[str, tuple[str, Callable[[Cell], object]]] = {
    entries.NAME: ("name", cells.name),
    entries.STAFF_NUMBER: ("staff_number", cells.plain),
    entries.DEPARTMENT: ("department", cells.plain),
    entries.SITE: ("site", cells.plain),
    entries.LEVEL: ("level", cells.plain),
    entries.POST: ("post", cells.plain),
    entries.IS_MANAGER: ("is_manager", cells.yes_or_no),
    entries.JOINED_ON: ("joined_on", cells.day),
    entries.LEFT_ON: ("left_on", cells.day),
    entries.CERTIFICATE: ("certificate_number", cells.certificate_number),
}


def read(content: bytes) -> Roster:
    """
    Read a whole roster from an .xlsx or .csv file.

    All or nothing: raises RosterUnusable with every mistake, by the sheet's row number, column and remedy.
    Source: docs/rules/staffing.md, rule S9.
    """
    if not content.strip():
        raise unusable_file("文件是空的", USE_TEMPLATE)
    if len(content) > entries.MAX_BYTES:
        raise unusable_file(f"文件超过 {entries.MAX_BYTES // 1024 // 1024} MB", "请删去图片和不需要的列，或分成几份")
    if content.startswith(OLE_MARK):
        is_encrypted = ENCRYPTED_MARK in content
        raise unusable_file(
            "文件加了密码" if is_encrypted else "这是旧版 .xls 文件",
            "请去掉密码后再上传" if is_encrypted else workbooks.SAVE_AGAIN,
        )
    table = _from_workbook(content) if content.startswith(ZIP_MARK) else _from_text(content)
    people = _people(table)
    if not people:
        raise unusable_file("表头下面没有人", "请从表头的下一行开始，一行填一个人")
    return Roster(people, hashlib.sha256(content).hexdigest(), tuple(table.ignored), frozenset(table.columns))


def read_rows(rows: Sequence[Mapping[str, Cell]], *, sha256: str) -> Roster:
    """
    Read people that a program sends under the names of Entry's fields; the n-th of them is row n.

    All or nothing: raises RosterUnusable. Source: docs/rules/api.md, rule I8.
    """
    titles = [title for title in entries.COLUMNS if rows and READERS[title][0] in rows[0]]
    odd = [n for n, row in enumerate(rows, start=1) if row.keys() != rows[0].keys()]
    if odd:
        remedy = "请让每一行带同样的字段，没有内容的写空字符串或 null"
        raise RosterUnusable(*(Problem(n, entries.NAME, "字段与第 1 行的不一致", remedy) for n in odd))
    cells_of = [["" if (cell := row[READERS[title][0]]) is None else cell for title in titles] for row in rows]
    columns = {title: column for column, title in enumerate(titles)}
    return Roster(_people(Table(columns, [], 0, enumerate(cells_of, start=1))), sha256, (), frozenset(columns))


@dataclass(slots=True)
class Table:
    """A header that has been understood, and the rows below it with their numbers in the sheet."""

    columns: dict[str, int]
    ignored: list[str]
    header_row: int
    body: Iterable[tuple[int, list[Cell]]] = field(default=())


def _from_text(content: bytes) -> Table:
    table = _find_header(texts.rows_of(content))
    if table is None:
        raise _no_header()
    return table


def _from_workbook(content: bytes) -> Table:
    found = []
    for sheet in workbooks.open_sheets(content):
        table = _find_header(sheet.rows())
        if table:
            found.append((sheet, table))
    if not found:
        raise _no_header()
    if len(found) > 1:
        names = "、".join(f"“{sheet.name[:20]}”" for sheet, _ in found[:5])
        raise unusable_file(f"有 {len(found)} 张工作表都像花名册：{names}", "请把人员合并到一张工作表里")
    sheet, table = found[0]
    merged = sheet.merged_from(table.header_row)
    if merged:
        raise unusable_file(f"有合并单元格：{'、'.join(merged[:5])}", "请取消合并，并在每一格填上内容")
    return table


def _no_header() -> RosterUnusable:
    wanted = "”“".join(entries.REQUIRED_COLUMNS)
    return unusable_file(f"前 {entries.HEADER_WITHIN_ROWS} 行里找不到表头“{wanted}”", USE_TEMPLATE)


def _find_header(rows: Iterator[list[Cell]]) -> Table | None:
    """Take rows until one of them names the people's column; the rest is the body."""
    numbered = enumerate(rows, start=1)
    for number, row in islice(numbered, entries.HEADER_WITHIN_ROWS):
        titles = [_title(cell) for cell in row]
        if entries.NAME in titles:
            return _understand_header(number, titles, numbered)
    return None


def _title(cell: Cell) -> str:
    written = cells.text(cell).replace(" ", "").strip("*:")
    return entries.OTHER_TITLES.get(written, written)


def _understand_header(number: int, titles: list[str], body: Iterable[tuple[int, list[Cell]]]) -> Table:
    columns = {title: titles.index(title) for title in entries.COLUMNS if title in titles}
    problems = [
        Problem(number, title, f"表头缺少“{title}”一列", USE_TEMPLATE)
        for title in entries.REQUIRED_COLUMNS
        if title not in columns
    ] + [
        Problem(number, title, f"表头有 {titles.count(title)} 列“{title}”", "请只保留一列")
        for title in columns
        if titles.count(title) > 1
    ]
    if problems:
        raise RosterUnusable(*problems)
    ignored = [title[:20] for title in titles if title and title not in columns]
    return Table(columns, ignored, number, body)


def _people(table: Table) -> tuple[Entry, ...]:
    people, problems = _read_people(table)
    problems += _duplicates(people)
    if problems:
        raise RosterUnusable(*sorted(problems, key=lambda problem: problem.row or 0))
    return tuple(people)


def _read_people(table: Table) -> tuple[list[Entry], list[Problem]]:
    people: list[Entry] = []
    problems: list[Problem] = []
    readers = [(title, table.columns[title], *READERS[title]) for title in entries.COLUMNS if title in table.columns]
    filled = 0
    for number, row in table.body:
        if not any(cell is not None and str(cell).strip() for cell in row):
            continue
        filled += 1
        if filled > entries.MAX_ROWS:
            raise unusable_file(f"超过 {entries.MAX_ROWS:,} 行", "请分成几份分别检查")
        values: dict[str, object] = {}
        mistakes: list[Problem] = []
        for title, column, attribute, reader in readers:
            try:
                values[attribute] = reader(row[column] if column < len(row) else "")
            except ValueError as error:
                message, remedy = error.args
                mistakes.append(Problem(number, title, message, remedy))
        mistakes += _contradictions(number, values)
        problems += mistakes
        if not mistakes:
            people.append(Entry(row=number, **values))  # type: ignore[arg-type]  # READERS pairs name and type
    return people, problems


def _contradictions(number: int, values: dict[str, object]) -> Iterator[Problem]:
    joined_on, left_on = values.get("joined_on"), values.get("left_on")
    if isinstance(joined_on, date) and isinstance(left_on, date) and left_on < joined_on:
        yield Problem(number, entries.LEFT_ON, f"离职日期 {left_on} 早于入职日期 {joined_on}", "请核对两个日期")
    if str(values.get("name", "")).startswith(entries.SAMPLE_PREFIX):
        yield Problem(number, entries.NAME, "这是模板自带的示例行", "请删除示例行后再上传")


def _duplicates(people: list[Entry]) -> list[Problem]:
    """Name each row that repeats an earlier one. The same person may come back after having left."""
    groups: defaultdict[object, list[Entry]] = defaultdict(list)
    for person in people:
        by_description = (name_key(person.name), person.department, person.site, person.post, person.joined_on)
        groups[person.staff_number or by_description].append(person)
    return list(chain.from_iterable(_repeats(group) for group in groups.values() if len(group) > 1))


def _repeats(group: list[Entry]) -> Iterator[Problem]:
    group.sort(key=lambda person: (person.joined_on or date.min, person.row))
    latest = group[0]
    for person in group[1:]:
        first, second = sorted((latest, person), key=lambda one: one.row)
        if name_key(person.name) != name_key(latest.name):
            yield Problem(
                second.row,
                entries.STAFF_NUMBER,
                f"工号 {person.staff_number} 与第 {first.row} 行相同，但姓名不同",
                "请核对工号，一个工号只能给一个人",
            )
        elif (person.joined_on or date.min) <= (latest.left_on or date.max):
            yield Problem(
                second.row,
                entries.STAFF_NUMBER if person.staff_number else entries.NAME,
                f"与第 {first.row} 行重复",
                "同一个人只留一行；离职后再入职的，请填好前一段的离职日期",
            )
        if (person.left_on or date.max) > (latest.left_on or date.max):
            latest = person
