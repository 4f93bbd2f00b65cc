"""A .csv file → rows of cells."""

import codecs
import csv
from collections.abc import Iterator
from io import StringIO
from itertools import islice

from certificates.staffing.rosters import entries
from certificates.staffing.rosters.cells import Cell
from certificates.staffing.rosters.entries import unusable_file

UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
DELIMITERS = ",\t;，"


def rows_of(content: bytes) -> Iterator[list[Cell]]:
    """
    Give the records of a csv file, blank ones included. The separator is the one that the header uses most.

    Raises: RosterUnusable if the bytes are no text, or quotes do not match.
    """
    written = _decode(content)
    lines = csv.reader(StringIO(written, newline=""), delimiter=_delimiter(written), strict=True)
    try:
        for record in lines:
            if len(record) > entries.MAX_COLUMNS and any(cell.strip() for cell in record[entries.MAX_COLUMNS :]):
                raise unusable_file(f"超过 {entries.MAX_COLUMNS} 列", "请只保留模板里的列，删去右侧多余的内容")
            yield list(record[: entries.MAX_COLUMNS])
    except csv.Error as error:
        raise unusable_file(
            f"第 {lines.line_num} 行附近的引号不成对，或一格内容过长", "请检查该行，或另存为 .xlsx 后再上传"
        ) from error


def _decode(content: bytes) -> str:
    is_utf16 = content.startswith(UTF16_MARKS)
    if is_utf16 or b"\x00" not in content:
        for encoding in ("utf-16",) if is_utf16 else ("utf-8-sig", "gb18030"):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise unusable_file("这不是 .xlsx 工作簿，也不是能识别的 .csv 文本", "请下载模板填写，保存为 .xlsx 后上传")


def _delimiter(written: str) -> str:
    header = next((line for line in islice(StringIO(written), entries.HEADER_WITHIN_ROWS) if entries.NAME in line), "")
    return max(DELIMITERS, key=header.count)
