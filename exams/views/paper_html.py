"""
The questions of a sitting page as HTML.

Fifty questions through the template engine take longer than all else of the page. So the template of a question is
rendered once for each shape (kind, points, number of options) with marks in place of what differs, and filled by
joining strings. What is filled in is escaped here as the template would.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from exams.attempts.printing import PrintedOption, PrintedQuestion, Section
from exams.grading import MULTI

TEMPLATE = "exams/includes/question.html"
MARK = "\ue000"  # private use: in no text of ours, and nothing that escaping would change
MARKED = re.compile(f"{MARK}(\\w+){MARK}")


class Shape(NamedTuple):
    """What the HTML of two questions may differ in besides texts and numbers."""

    title: str
    kind: str
    points_centi: int
    letters: tuple[str, ...]


@dataclass(frozen=True)
class PaperSection:
    """A section as the page's template needs it. `cells`: position and number of each question, as text."""

    title: str
    points_centi: int
    is_multi: bool
    count: int
    cells: tuple[tuple[str, str], ...]
    html: SafeString


@dataclass(frozen=True)
class Blank:
    """A question whose numbers and texts are marks."""

    position: str
    number: str
    kind: str
    points_centi: int
    is_multi: bool
    stem: str
    options: tuple[PrintedOption, ...]


def paper_section(section: Section) -> PaperSection:
    """Print a section's questions."""
    return PaperSection(
        title=section.title,
        points_centi=section.points_centi,
        is_multi=section.questions[0].is_multi,
        count=len(section.questions),
        cells=tuple((str(question.position), str(question.number)) for question in section.questions),
        html=mark_safe("".join(_question(question, section.title) for question in section.questions)),  # noqa: S308  # escaped below
    )


def _question(question: PrintedQuestion, title: str) -> str:
    letters = tuple(option.letter for option in question.options)
    parts = _skeleton(Shape(title, question.kind, question.points_centi, letters))
    values = {"position": str(question.position), "number": str(question.number), "stem": escape(question.stem)}
    values |= {option.letter: escape(option.text) for option in question.options}
    return "".join(values[part] if at % 2 else part for at, part in enumerate(parts))


@lru_cache(maxsize=1000)
def _skeleton(shape: Shape) -> list[str]:
    """Return text, name of what goes in, text, and so on."""
    blank = Blank(
        position=_mark("position"),
        number=_mark("number"),
        kind=shape.kind,
        points_centi=shape.points_centi,
        is_multi=shape.kind == MULTI,
        stem=_mark("stem"),
        options=tuple(PrintedOption(letter, _mark(letter)) for letter in shape.letters),
    )
    return MARKED.split(render_to_string(TEMPLATE, {"question": blank, "title": shape.title}))


def _mark(name: str) -> str:
    return f"{MARK}{name}{MARK}"
