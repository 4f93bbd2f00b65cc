"""
An .xlsx file → rows of cells, after it has been shown to be harmless.

The reader lays a sheet out as a full rectangle and is native code, so a far-away cell or a zip bomb would take the
whole process down. Everything is therefore measured first: the zip's directory, then each part's XML as a stream.
"""

import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from xml.parsers import expat

from python_calamine import CalamineError, CalamineSheet, SheetTypeEnum, load_workbook

from certificates.staffing.rosters import entries
from certificates.staffing.rosters.cells import BROKEN, Cell
from certificates.staffing.rosters.entries import unusable_file

MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_RATIO = 200  # a real roster packs about 10 : 1
SMALL_BYTES = 1024 * 1024  # below this no ratio does harm
MAX_PARTS = 500
MAX_CELLS = 4_000_000
LAST_ROW = entries.MAX_ROWS + entries.HEADER_WITHIN_ROWS
SAVE_AGAIN = "请用 Excel 或 WPS 打开，另存为“Excel 工作簿（.xlsx）”后再上传"
REFERENCE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")


def _letters(column: int) -> str:
    """Name a column that is counted from 0: 27 → "AB"."""
    high, low = divmod(column, 26)
    return (_letters(high - 1) if high else "") + chr(65 + low)


COLUMN_NAMES = {_letters(column): column for column in range(entries.MAX_COLUMNS)}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook that has passed every test."""

    name: str
    calamine: CalamineSheet
    broken: dict[int, set[int]]  # row → columns, both from 0, where some sheet has a formula without a value

    def rows(self) -> Iterator[list[Cell]]:
        """Give the rows of the sheet from its first one, blank rows included."""
        left = (self.calamine.start or (0, 0))[1]
        for number, values in enumerate(self.calamine.iter_rows()):
            row: list[Cell] = list(values)
            for column in self.broken.get(number, ()):
                if 0 <= column - left < len(row) and row[column - left] == "":
                    row[column - left] = BROKEN
            yield row

    def merged_from(self, row: int) -> list[str]:
        """Return the merged ranges that reach a row (counted from 1) or below, as A1:B2."""
        ranges = self.calamine.merged_cell_ranges or []
        return [
            f"{_letters(left)}{top + 1}:{_letters(right)}{bottom + 1}"
            for (top, left), (bottom, right) in ranges
            if bottom + 1 >= row
        ]


def open_sheets(content: bytes) -> list[Sheet]:
    """Return the worksheets of an .xlsx file. Raises: RosterUnusable if it is damaged, too big or not plain."""
    broken = _examine(content)
    try:
        book = load_workbook(BytesIO(content))
        names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        return [Sheet(name, book.get_sheet_by_name(name), broken) for name in names]
    except (CalamineError, OSError, ValueError) as error:
        raise unusable_file("文件已损坏，读不出工作表", SAVE_AGAIN) from error


def _examine(content: bytes) -> dict[int, set[int]]:
    """Refuse what is no plain workbook, what would unpack to too much, and what is damaged; return broken cells."""
    survey = _Survey()
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _examine_directory(archive)
            if archive.testzip() is not None:
                raise unusable_file("文件已损坏，无法打开", SAVE_AGAIN)
            for part in archive.infolist():
                survey.walk(archive, part)
    # NotImplementedError is zipfile's own answer to a compression that it does not know.
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise unusable_file("文件已损坏，无法打开", SAVE_AGAIN) from error
    return survey.broken


def _examine_directory(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = {part.filename.lower() for part in parts}
    if any(part.flag_bits & 0x1 for part in parts):
        raise unusable_file("文件加了密码", "请去掉密码后再上传")
    if "xl/workbook.xml" not in names:
        raise unusable_file("这不是 .xlsx 工作簿", SAVE_AGAIN)
    if any(name.endswith("vbaproject.bin") for name in names):
        raise unusable_file("文件带有宏，不能接收", SAVE_AGAIN)
    unpacked = sum(part.file_size for part in parts)
    too_dense = any(p.file_size > SMALL_BYTES and p.file_size > MAX_RATIO * max(1, p.compress_size) for p in parts)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED_BYTES or too_dense:
        raise unusable_file("文件解压后过大，不能接收", "请只保留花名册一张表、需要的列和有人的行，再另存为新的 .xlsx")


class _Survey:
    """Walks through the cells of every sheet: how far they reach, and which hold an error instead of a value."""

    def __init__(self) -> None:
        self.broken: defaultdict[int, set[int]] = defaultdict(set)
        self.cells = 0
        self.reference = ""
        self.is_in_sheet = self.is_error = self.awaits_value = False

    def walk(self, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
        """Stream one part through the XML parser; what is no XML, or XML without sheet data, holds no cells."""
        self.is_in_sheet = self.awaits_value = False
        parser = expat.ParserCreate()
        parser.StartElementHandler = self.start
        parser.StartDoctypeDeclHandler = self.refuse_doctype
        try:
            with archive.open(part) as stream:
                parser.ParseFile(stream)
        except (expat.ExpatError, LookupError) as error:  # LookupError: an encoding that does not exist
            if b"sheetData" in archive.read(part):
                raise unusable_file("文件已损坏，工作表读不完整", SAVE_AGAIN) from error
        self.note_missing_value()

    def refuse_doctype(self, *_: object) -> None:
        raise unusable_file("文件内部含有不应有的声明，不能接收", SAVE_AGAIN)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "sheetData":
            self.is_in_sheet = True
        elif not self.is_in_sheet:
            return
        elif tag == "c":
            self.note_missing_value()
            self.reference = attributes.get("r", "")
            self.is_error = self.awaits_value = attributes.get("t") == "e"
        elif tag == "f":
            self.awaits_value = True
        elif tag in ("v", "is"):
            self.awaits_value = self.is_error  # an error's value is only its name
            self.measure()

    def measure(self) -> None:
        """Refuse a value that lies too far out to be laid out in memory."""
        self.cells += 1
        place = REFERENCE.fullmatch(self.reference)
        if place is None:
            raise unusable_file("文件由不常见的软件生成，单元格没有位置", SAVE_AGAIN)
        if int(place[2]) > LAST_ROW:
            raise unusable_file(f"超过 {entries.MAX_ROWS:,} 行", "请分成几份分别检查，或删去表格下方多余的内容")
        if place[1] not in COLUMN_NAMES or self.cells > MAX_CELLS:
            raise unusable_file(f"超过 {entries.MAX_COLUMNS} 列", "请只保留模板里的列，删去右侧多余的内容")

    def note_missing_value(self) -> None:
        place = REFERENCE.fullmatch(self.reference) if self.awaits_value else None
        if place and place[1] in COLUMN_NAMES:
            self.broken[int(place[2]) - 1].add(COLUMN_NAMES[place[1]])
