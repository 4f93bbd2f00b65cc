"""A study record as xlsx: 时间段, 按日, 按课. Texts stay texts. Source: docs/rules/study-time.md, rule T23."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import xlsxwriter
from django.utils import timezone

from courses.learning import records
from courses.learning.records import Entry

TEXTS_ONLY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


def workbook_of(entries: Sequence[Entry]) -> bytes:
    """Write a record down: each interval with its reason, and what counts by day and by lesson."""
    sums = records.add_up(entries)
    titles = {one.lesson_pk: one.lesson_title for one in entries}
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, TEXTS_ONLY) as book:
        head = book.add_format({"bold": True})
        columns = ("课", "开始", "结束", "时长（秒）", "计入（秒）", "原因", "申诉", "处理理由")
        write(book.add_worksheet("时间段"), head, columns, map(_row, entries))
        days = ((f"{day:%Y-%m-%d}", seconds) for day, seconds in sorted(sums.by_day.items()))
        write(book.add_worksheet("按日"), head, ("日期", "计入（秒）"), days)
        lessons = ((titles[pk], seconds) for pk, seconds in sums.by_lesson.items())
        write(book.add_worksheet("按课"), head, ("课", "计入（秒）"), lessons)
    return buffer.getvalue()


def write(sheet: Any, head: Any, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a table under its bold head; an empty cell for None."""
    sheet.write_row(0, 0, columns, head)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(columns) - 1, 18)
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, column, value)
            elif value is not None:
                sheet.write_number(number, column, value)


def _row(one: Entry) -> Sequence[Any]:
    length = int((one.ended_at - one.started_at).total_seconds())
    return (
        one.lesson_title,
        f"{timezone.localtime(one.started_at):%Y-%m-%d %H:%M:%S}",
        f"{timezone.localtime(one.ended_at):%Y-%m-%d %H:%M:%S}",
        length,
        length if one.counts else 0,
        one.label,
        one.appeal.get_state_display() if one.appeal else "",
        one.appeal.answer if one.appeal else "",
    )
