"""The paper as the candidate reads it: stems, materials and options in printed order, never keys or explanations."""

from dataclasses import dataclass
from itertools import groupby

from exams.attempts.pages import slots_of
from exams.grading import CASE, LETTERS, MULTI, TRUE_FALSE, Question
from exams.models import Attempt, Item, ItemVersion

TRUTH = {"T": "对", "F": "错"}


@dataclass(frozen=True)
class PrintedOption:
    letter: str
    text: str


@dataclass(frozen=True)
class PrintedQuestion:
    """
    One question on the page, without its answer: that comes with the page's session.

    `length`: how many characters may be typed, 0 = nothing is typed. `material` is that of the 案例 it belongs to, and
    `part` which sub-question of it this is, from 1.
    """

    position: int
    kind: str
    points_centi: int
    stem: str
    options: tuple[PrintedOption, ...]
    length: int = 0
    unit: str = ""
    material: str = ""
    part: int = 0

    @property
    def number(self) -> int:
        return self.position + 1

    @property
    def is_multi(self) -> bool:
        return self.kind == MULTI


@dataclass(frozen=True)
class Section:
    """All questions of one kind; 案例 with all their sub-questions are one. `points_centi` is 0 if they differ."""

    title: str
    points_centi: int
    questions: tuple[PrintedQuestion, ...]


def sections_of(attempt: Attempt) -> list[Section]:
    """Print the frozen paper, section by section."""
    questions = attempt.questions
    wanted = {question.version for question in questions} | {question.case for question in questions} - {0}
    texts = {
        pk: (stem, options, unit)
        for pk, stem, options, unit in ItemVersion.objects.filter(pk__in=wanted).values_list(
            "pk", "stem", "options", "unit"
        )
    }
    printed = []
    part = 0
    for position, (question, slot) in enumerate(zip(questions, slots_of(questions), strict=True)):
        stem, options, unit = texts[question.version]
        follows = position > 0 and questions[position - 1].case == question.case
        part = (part + 1 if follows else 1) if question.case else 0
        printed.append(
            PrintedQuestion(
                position=position,
                kind=question.kind,
                points_centi=question.points_centi,
                stem=stem,
                options=_options(question, options),
                length=slot.length,
                unit=unit,
                material=texts[question.case][0] if question.case else "",
                part=part,
            )
        )
    return [
        Section(
            title=f"{Item.Kind(kind).label}题",
            points_centi=group[0].points_centi if len({one.points_centi for one in group}) == 1 else 0,
            questions=tuple(group),
        )
        for kind, rows in groupby(printed, key=lambda question: CASE if question.part else question.kind)
        for group in [list(rows)]
    ]


def _options(question: Question, options: list[str]) -> tuple[PrintedOption, ...]:
    if question.kind == TRUE_FALSE:
        return tuple(PrintedOption(letter, TRUTH[letter]) for letter in question.letters)
    return tuple(
        PrintedOption(letter, options[LETTERS.index(original)])
        for letter, original in zip(question.letters, question.order, strict=True)
    )
