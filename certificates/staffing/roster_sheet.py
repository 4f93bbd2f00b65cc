"""A company's roster as a workbook in the columns of the template. Source: docs/rules/companies.md, rule C17."""

from collections.abc import Iterable
from datetime import date
from io import BytesIO

import xlsxwriter

from certificates.staffing.models import Employment
from certificates.staffing.rosters import entries

FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")


def plain(written: str) -> str:
    """Return a text that no spreadsheet takes for a formula. Source: docs/rules/companies.md, rule C17."""
    return f"'{written}" if written.startswith(FORMULA_MARKS) else written


def workbook(employments: Iterable[Employment], *, today: date) -> bytes:
    """Return an .xlsx with one row for each stretch of employment, as of today; it can be sent back as it is."""
    output = BytesIO()
    with xlsxwriter.Workbook(output, {"constant_memory": True, "in_memory": True}) as book:
        dated = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("花名册")
        sheet.freeze_panes(1, 1)
        for column, title in enumerate(entries.COLUMNS):
            sheet.write_string(0, column, title)
        for number, employment in enumerate(employments, start=1):
            person = employment.person
            texts = (
                *(person.name, person.staff_number, person.department, person.site.name if person.site else ""),
                *(person.level, person.post, "是" if person.judged_on(today).is_manager else "否"),
            )
            for column, written in enumerate(texts):
                sheet.write_string(number, column, plain(written))
            for column, day in ((7, employment.joined_on), (8, employment.left_on)):
                if day:
                    sheet.write_datetime(number, column, day, dated)
            sheet.write_string(number, 9, plain(person.certificate_number))
    return output.getvalue()
