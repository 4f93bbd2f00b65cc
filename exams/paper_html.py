"""
The questions of a sitting page as HTML.

Fifty questions through the template engine take longer than all else of the page. So the template of a question is
rendered once for each shape (kind, points, number of options) with marks in place of what differs, and filled by
joining strings. What is filled in has been made HTML by exams.rich_text, once for each text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from exams.attempts.printing import PrintedOption, PrintedQuestion, Section
from exams.grading import DEFAULT_RULE, MULTI, Rule
from exams.rich_text import rich, rich_line, rich_whole
from lms.templatetags import points

TEMPLATE, CASE_TEMPLATE = "exams/includes/question.html", "exams/includes/case.html"
MARK = "\ue000"  # private use: in no text of ours, and nothing that escaping would change
MARKED = re.compile(f"{MARK}(\\w+){MARK}")


class Shape(NamedTuple):
    """What the HTML of two questions may differ in besides texts and numbers."""

    title: str
    kind: str
    points_centi: int
    letters: tuple[str, ...]
    length: int
    has_unit: bool
    has_rest: bool
    multi_words: str


@dataclass(frozen=True)
class PaperSection:
    """
    A section as the page's template needs it. `cells`: position and number of each question, as text.

    `note` says what each question brings; "" where they differ.
    """

    title: str
    note: str
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
    multi_words: str
    stem: str
    rest: str
    options: tuple[PrintedOption, ...]
    length: int
    unit: str


def paper_section(section: Section, rule: Rule = DEFAULT_RULE) -> PaperSection:
    """Print a section's questions; `rule` is what the attempt is marked by."""
    is_multi = section.questions[0].is_multi and not section.questions[0].part
    worth = f"每题 {points(section.points_centi)} 分" if section.points_centi else ""
    return PaperSection(
        title=section.title,
        note="；".join(words for words in (worth, rule.multi_words if is_multi else "") if words),
        count=len(section.questions),
        cells=tuple((str(question.position), str(question.number)) for question in section.questions),
        html=mark_safe("".join(_pieces(section, rule))),  # noqa: S308  # escaped below
    )


def _pieces(section: Section, rule: Rule) -> Iterator[str]:
    """Print questions one by one; those of a 案例 together below its material, which is printed once."""
    questions = section.questions
    starts = [place for place, question in enumerate(questions) if question.part <= 1]
    for start, end in pairwise([*starts, len(questions)]):
        html = "".join(_question(question, section.title, rule) for question in questions[start:end])
        yield _case(questions[start:end], html) if questions[start].material else html


def _case(questions: Sequence[PrintedQuestion], html: str) -> str:
    values = {
        "material": rich_whole(questions[0].material),
        "first": str(questions[0].number),
        "last": str(questions[-1].number),
        "questions": html,
    }
    return _filled(_case_skeleton(is_one=len(questions) == 1), values)


def _question(question: PrintedQuestion, title: str, rule: Rule) -> str:
    stem = rich(question.stem)
    shape = Shape(
        title=title,
        kind=question.kind,
        points_centi=question.points_centi,
        letters=tuple(option.letter for option in question.options),
        length=question.length,
        has_unit=bool(question.unit),
        has_rest=bool(stem.rest),
        multi_words=rule.multi_words if question.is_multi else "",
    )
    values = {
        "position": str(question.position),
        "number": str(question.number),
        "stem": stem.line,
        "rest": stem.rest,
        "unit": escape(question.unit),
    }
    values |= {option.letter: rich_line(option.text) for option in question.options}
    return _filled(_skeleton(shape), values)


@lru_cache
def _case_skeleton(*, is_one: bool) -> list[str]:
    """Return the frame of a 案例 as `_skeleton` does."""
    marks = {name: _mark(name) for name in ("material", "first", "last", "questions")}
    return MARKED.split(render_to_string(CASE_TEMPLATE, marks | ({"last": marks["first"]} if is_one else {})))


@lru_cache(maxsize=1000)
def _skeleton(shape: Shape) -> list[str]:
    """Return text, name of what goes in, text, and so on."""
    blank = Blank(
        position=_mark("position"),
        number=_mark("number"),
        kind=shape.kind,
        points_centi=shape.points_centi,
        is_multi=shape.kind == MULTI,
        multi_words=shape.multi_words,
        stem=_mark("stem"),
        rest=_mark("rest") if shape.has_rest else "",
        options=tuple(PrintedOption(letter, _mark(letter)) for letter in shape.letters),
        length=shape.length,
        unit=_mark("unit") if shape.has_unit else "",
    )
    return MARKED.split(render_to_string(TEMPLATE, {"question": blank, "title": shape.title}))


def _filled(skeleton: Sequence[str], values: Mapping[str, str]) -> str:
    return "".join(values[part] if at % 2 else part for at, part in enumerate(skeleton))


def _mark(name: str) -> str:
    return f"{MARK}{name}{MARK}"
