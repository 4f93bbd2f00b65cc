"""The paper as the candidate reads it: stems and options in printed order, never keys or explanations."""

from dataclasses import dataclass
from itertools import groupby

from exams.grading import LETTERS, MULTI, TRUE_FALSE, Question
from exams.models import Attempt, Item, ItemVersion

TRUTH = {"T": "对", "F": "错"}


@dataclass(frozen=True)
class PrintedOption:
    letter: str
    text: str


@dataclass(frozen=True)
class PrintedQuestion:
    """One question on the page, without its answer: that comes with the page's session."""

    position: int
    kind: str
    points_centi: int
    stem: str
    options: tuple[PrintedOption, ...]

    @property
    def number(self) -> int:
        return self.position + 1

    @property
    def is_multi(self) -> bool:
        return self.kind == MULTI


@dataclass(frozen=True)
class Section:
    """All questions of one kind."""

    title: str
    points_centi: int
    questions: tuple[PrintedQuestion, ...]


def sections_of(attempt: Attempt) -> list[Section]:
    """Print the frozen paper, section by section."""
    questions = attempt.questions
    texts = {
        pk: (stem, options)
        for pk, stem, options in ItemVersion.objects.filter(pk__in=[q.version for q in questions]).values_list(
            "pk", "stem", "options"
        )
    }
    printed = []
    for position, question in enumerate(questions):
        stem, options = texts[question.version]
        printed.append(
            PrintedQuestion(
                position=position,
                kind=question.kind,
                points_centi=question.points_centi,
                stem=stem,
                options=_options(question, options),
            )
        )
    return [
        Section(title=f"{Item.Kind(kind).label}题", points_centi=group[0].points_centi, questions=tuple(group))
        for kind, rows in groupby(printed, key=lambda question: question.kind)
        for group in [list(rows)]
    ]


def _options(question: Question, options: list[str]) -> tuple[PrintedOption, ...]:
    if question.kind == TRUE_FALSE:
        return tuple(PrintedOption(letter, TRUTH[letter]) for letter in question.letters)
    return tuple(
        PrintedOption(letter, options[LETTERS.index(original)])
        for letter, original in zip(question.letters, question.order, strict=True)
    )
