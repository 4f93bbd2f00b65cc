"""All of a learner's notes as a file: Markdown for reading on, .xlsx for sorting. docs/rules/learning.md, rule L9."""

import re
from collections.abc import Iterable
from io import BytesIO
from itertools import groupby

import xlsxwriter
from django.utils import timezone

from courses.models import Note

COLUMNS = (("课", 30), ("种类", 10), ("原文", 50), ("笔记", 60), ("写于", 17), ("改于", 17))
SPECIAL = re.compile(r"([\\`*_\[\]<>#|])")


def markdown(notes: Iterable[Note]) -> str:
    """Write notes, in course order, as one Markdown document. What the learner typed stays text, not mark-up."""
    parts = ["# 我的笔记\n"]
    for title, of_lesson in groupby(notes, key=lambda note: note.lesson.title):
        parts.append(f"## {_plain(title)}\n")
        for note in of_lesson:
            if note.quote:
                parts.append("\n".join(f"> {_plain(line)}" for line in note.quote.splitlines()) + "\n")
            if note.text:
                parts.append("\n".join(f"{_plain(line)}  " for line in note.text.splitlines()) + "\n")
            parts.append(f"（{kind_of(note)}，{timezone.localtime(note.updated_at):%Y-%m-%d %H:%M}）\n")
    return "\n".join(parts)


def workbook(notes: Iterable[Note]) -> bytes:
    """Return an .xlsx with one line a note. What the learner typed is written as text, never as a formula."""
    output = BytesIO()
    with xlsxwriter.Workbook(output, {"in_memory": True}) as book:
        heading = book.add_format({"bold": True, "bg_color": "#E3EFEC", "border": 1})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        dated = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"})
        sheet = book.add_worksheet("笔记")
        sheet.freeze_panes(1, 0)
        for column, (title, width) in enumerate(COLUMNS):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, title, heading)
        for line, note in enumerate(notes, start=1):
            for column, text in enumerate((note.lesson.title, kind_of(note), note.quote, note.text)):
                sheet.write_string(line, column, text, wrapped)
            for column, moment in enumerate((note.created_at, note.updated_at), start=4):
                sheet.write_datetime(line, column, timezone.make_naive(moment), dated)
    return output.getvalue()


def kind_of(note: Note) -> str:
    """Say what a note is: 全课笔记, 笔记, or a mark by its colour."""
    if note.colour:
        return f"{Note.Colour(note.colour).label}标记"
    return "笔记" if note.quote else "全课笔记"


def _plain(text: str) -> str:
    return SPECIAL.sub(r"\\\1", text)
