"""A report as xlsx."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import xlsxwriter

from courses.record_sheet import TEXTS_ONLY, write


def workbook_of(*, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Write one table down. Texts stay texts."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, TEXTS_ONLY) as book:
        write(book.add_worksheet(title[:31]), book.add_format({"bold": True}), columns, rows)
    return buffer.getvalue()
