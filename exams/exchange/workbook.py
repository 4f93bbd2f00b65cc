"""Our own Excel table: reading it after it has been shown to be harmless. Source: docs/content.md, chapter 7."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import TypeVar

from python_calamine import CalamineError, CalamineSheet, SheetTypeEnum, load_workbook

from exams.exchange.decoding import Archive
from exams.exchange.entries import (
    BLOOM_NAMES,
    KIND_NAMES,
    LETTERS,
    MAX_ITEMS,
    TRUE_FALSE,
    Entry,
    FileRefused,
    Found,
    Unreadable,
    clean,
    one_line,
    truth_of,
)

CODE, KIND, POOL, MODULE, POINT, LEVEL, BLOOM = "题号", "题型", "题池", "模块", "知识点", "难度", "认知层次"
STEM, ANSWER, NOTES, RUBRIC = "题干", "答案", "错项说明", "评分标准"
EXPLANATION, SOURCE, LESSON, VERIFIED = "解析", "出处", "课", "已核对"
OPTIONS = tuple(f"选项{letter}" for letter in LETTERS)
COLUMNS = (CODE, KIND, POOL, MODULE, POINT, LEVEL, BLOOM, STEM, *OPTIONS)
COLUMNS += (ANSWER, NOTES, RUBRIC, EXPLANATION, SOURCE, LESSON, VERIFIED)
REQUIRED = (KIND, STEM, ANSWER)
POOLS = {"正式考试": "LIVE", "正式": "LIVE", "练习": "PRACTICE"}
LEVELS = {"易": 1, "中": 2, "难": 3, "1": 1, "2": 2, "3": 3}
YES_NO = {"是": True, "否": False, "": False}
SAMPLE = "示例"
HEADER_WITHIN_ROWS = 10
MAX_COLUMNS = 64
MAX_CELLS = MAX_ITEMS * MAX_COLUMNS
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
FORMULA = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\br=["']([A-Z]+\d+)["'][^>]*>\s*<(?:\w+:)?f[\s>/]""")
REFERENCE = re.compile(rb"""<(?:\w+:)?(?:c|row)\b[^>]*?\br=["']([A-Z]*)(\d+)["']""")
CELL = re.compile(rb"<(?:\w+:)?c[\s>/]")
SAVE_AGAIN = "请用 Excel 或 WPS 另存为“Excel 工作簿（.xlsx）”。"
KINDS = {name: kind for kind, name in KIND_NAMES.items()}
Value = TypeVar("Value")


def read(archive: Archive) -> Found:
    """Read the sheet that has our header. Raises: FileRefused if no sheet has, or the file is not plain."""
    _examine(archive)
    found = Found(unit="行")
    for number, row in _table(archive):
        try:
            found.entries.append(_entry(number, row))
        except Unreadable as fault:
            found.refuse(number, fault.field, str(fault))
    return found


def _examine(archive: Archive) -> None:
    """Refuse formulas, document types and far-away cells: the reader is native code and lays out a full rectangle."""
    for name in archive.names:
        if not name.lower().endswith((".xml", ".rels")):
            continue
        content = archive.read(name)
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise FileRefused(f"文件里有文档类型定义（DOCTYPE），不能接收。{SAVE_AGAIN}")
        if not SHEET.fullmatch(name):
            continue
        if formula := FORMULA.search(content):
            cell = formula[1].decode()
            raise FileRefused(f"{cell} 格是公式，不能接收。请复制全表，“选择性粘贴 → 数值”以后再导入。")
        if len(CELL.findall(content)) > MAX_CELLS or any(_is_far(ref) for ref in REFERENCE.finditer(content)):
            raise FileRefused(f"表格太大：最多 {MAX_ITEMS:,} 行、{MAX_COLUMNS} 列。请删去多余的行列，或分成几份。")


def _is_far(reference: re.Match[bytes]) -> bool:
    column, row = reference[1], reference[2]
    return len(column) > 2 or (len(column) == 2 and column > b"BL") or len(row) > 6 or int(row) > MAX_ITEMS + 20


def _table(archive: Archive) -> Iterator[tuple[int, dict[str, str]]]:
    """Give each filled row below the header with its number in the sheet."""
    for sheet in _sheets(archive):
        start = (sheet.start or (0, 0))[0]
        header: list[str] = []
        for number, cells in enumerate(sheet.iter_rows(), start=start + 1):
            values = [_text(cell) for cell in cells]
            if header:
                row = {title: value for title, value in zip(header, values, strict=False) if title in COLUMNS}
                if any(row.values()) and not row.get(CODE, "").startswith(SAMPLE):
                    yield number, row
            elif STEM in values and KIND in values:
                header = values
                _check_header(header)
            elif number - start > HEADER_WITHIN_ROWS:
                break
        if header:
            return
    raise FileRefused(f"找不到表头（“{KIND}”“{STEM}”“{ANSWER}”等列）。请下载模板，按模板的表头填写。")


def _check_header(header: list[str]) -> None:
    missing = [title for title in REQUIRED if title not in header]
    twice = [title for title in COLUMNS if header.count(title) > 1]
    if missing:
        raise FileRefused(f"表头缺少{'、'.join(missing)}。请下载模板，按模板的表头填写。")
    if twice:
        raise FileRefused(f"表头里{'、'.join(twice)}出现了两次。请只留一列。")


def _sheets(archive: Archive) -> Iterator[CalamineSheet]:
    try:
        book = load_workbook(BytesIO(archive.content))
        for sheet in book.sheets_metadata:
            if sheet.typ == SheetTypeEnum.WorkSheet:
                yield book.get_sheet_by_name(sheet.name)
    except (CalamineError, OSError, ValueError) as fault:
        raise FileRefused(f"文件已损坏，读不出工作表。{SAVE_AGAIN}") from fault


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "对" if cell else "错"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return clean(str(cell))


def _entry(number: int, row: dict[str, str]) -> Entry:
    kind = KINDS.get(row.get(KIND, "").removesuffix("题"))
    if kind is None:
        raise Unreadable(KIND, f"只能是{'、'.join(KIND_NAMES.values())}。")
    options = [one_line(row.get(title, "")) for title in OPTIONS]
    while options and not options[-1]:
        options.pop()
    return Entry(
        place=number,
        code=row.get(CODE, ""),
        kind=kind,
        pool=_choose(row, POOL, POOLS | {"": ""}),
        module=row.get(MODULE, "")[:2] or row.get(CODE, "")[:2],
        point=one_line(row.get(POINT, "")),
        difficulty=_choose(row, LEVEL, LEVELS | {"": 0}),
        bloom=_choose(row, BLOOM, {name: level for level, name in enumerate(BLOOM_NAMES)}),
        is_verified=_choose(row, VERIFIED, YES_NO),
        stem=row.get(STEM, ""),
        options=tuple(options),
        notes=_notes(row.get(NOTES, ""), len(options)),
        rubric=tuple(_criteria(row.get(RUBRIC, ""))),
        key=_key(kind, row.get(ANSWER, "")),
        explanation=row.get(EXPLANATION, ""),
        source=one_line(row.get(SOURCE, "")),
        lesson=row.get(LESSON, ""),
    )


def _choose(row: dict[str, str], title: str, known: dict[str, Value]) -> Value:
    value = row.get(title, "")
    if value not in known:
        raise Unreadable(title, f"“{value[:20]}”看不懂，只能是{'、'.join(word for word in known if word)}。")
    return known[value]


def _key(kind: str, answer: str) -> str:
    if kind == TRUE_FALSE:
        return truth_of(answer) or answer[:1]
    if kind in {"SINGLE", "MULTI"}:
        return "".join(sorted(re.sub(r"[\s,，、;；]", "", answer.upper())))
    return one_line(answer)


def _notes(text: str, options: int) -> tuple[str, ...]:
    """Read one line a letter: A 舍去了小数."""
    notes = [""] * options
    for line in filter(None, (line.strip() for line in text.split("\n"))):
        letter = line[0].upper()
        if letter not in LETTERS[:options]:
            raise Unreadable(NOTES, f"“{line[:20]}”看不懂。一行一个，先写选项的字母，例如 A 舍去了小数。")
        notes[LETTERS.index(letter)] = one_line(line[1:].lstrip(" .．、:："))
    return tuple(notes) if any(notes) else ()


def _criteria(text: str) -> Iterator[tuple[str, int]]:
    """Read one line a criterion: 4 说出两个层面."""
    for line in filter(None, (line.strip() for line in text.split("\n"))):
        points, _, criterion = line.partition(" ")
        if not re.fullmatch(r"\d{1,3}", points) or not criterion.strip():
            raise Unreadable(RUBRIC, f"“{line[:20]}”看不懂。一行一条，先写分值，例如 4 说出两个层面。")
        yield criterion.strip(), int(points)
