"""The usage of seats as a workbook, for people who report in Excel."""

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO

import xlsxwriter
from django.utils import timezone

from courses.models import Seat

COLUMNS = (
    ("企业", 24),
    ("订单号", 22),
    ("课程", 24),
    ("序号", 6),
    ("状态", 10),
    ("姓名", 12),
    ("邮箱", 28),
    ("最后加入日", 12),
    ("邀请时间", 12),
    ("加入时间", 12),
    ("开始学习", 12),
    ("学完课数", 10),
    ("全部课数", 10),
)


def usage_workbook(rows: Iterable[tuple[Seat, str, str]]) -> bytes:
    """Return an .xlsx with one line a seat. What a buyer typed is written as text, never as a formula."""
    output = BytesIO()
    with xlsxwriter.Workbook(output, {"in_memory": True}) as book:
        heading = book.add_format({"bold": True, "bg_color": "#E3EFEC", "border": 1})
        dated = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("席位")
        sheet.freeze_panes(1, 0)
        for column, (title, width) in enumerate(COLUMNS):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, title, heading)
        for line, (seat, _, word) in enumerate(rows, start=1):
            for column, value in enumerate(_cells(seat, word)):
                if isinstance(value, datetime):
                    sheet.write_datetime(line, column, timezone.make_naive(value), dated)
                elif isinstance(value, int):
                    sheet.write_number(line, column, value)
                elif value:
                    sheet.write_string(line, column, str(value))
    return output.getvalue()


def _cells(seat: Seat, word: str) -> tuple[object, ...]:
    done = (seat.lessons_done, seat.lessons_total) if seat.learner_id else ("", "")  # type: ignore[attr-defined]  # annotated
    return (
        seat.batch.company,
        seat.batch.order_number,
        seat.batch.course.title,
        seat.place,
        word,
        seat.person_name,
        seat.email,
        f"{seat.expires_on:%Y-%m-%d}",
        seat.invited_at,
        seat.taken_at,
        seat.used_at,
        *done,
    )
