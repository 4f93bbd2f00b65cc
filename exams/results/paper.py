"""
The paper of a closed attempt, question by question, in its own order and letters: with answers, or with the key too.

Only `keyed_paper` reads keys and explanations; who may see them is decided in exams.results.review.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from courses.models import CoursePage, LessonPage
from exams import grading
from exams.attempts.printing import TRUTH
from exams.grading import TRUE_FALSE, Question
from exams.models import Attempt, Item, ItemVersion

CLEARED = "不作答"


@dataclass(frozen=True)
class Choice:
    """One printed option. `is_right` is None where the key is not shown."""

    letter: str
    text: str
    is_chosen: bool
    is_right: bool | None


@dataclass(frozen=True)
class Solution:
    """What belongs to the key, in printed letters. Units: `points_centi` in hundredths."""

    letters: str
    words: str
    points_centi: int
    explanation: str
    source: str
    lesson: LessonPage | None


@dataclass(frozen=True)
class ReviewedQuestion:
    """One question afterwards. Units: `of_centi` in hundredths. `solution` is None where the key is not shown."""

    number: int
    kind: str
    of_centi: int
    stem: str
    choices: tuple[Choice, ...]
    words: str
    is_answered: bool
    solution: Solution | None

    @property
    def lost_points(self) -> bool:
        """Whether it brought less than it could; only known with the key."""
        return self.solution is not None and self.solution.points_centi < self.of_centi


def own_paper(attempt: Attempt) -> list[ReviewedQuestion]:
    """Read questions and the answers that stand. No key is read."""
    texts = {pk: (stem, options) for pk, stem, options in _versions(attempt).values_list("pk", "stem", "options")}
    answers = _answers(attempt)
    return [
        _reviewed(position, question, texts[question.version], answers.get(position, ""))
        for position, question in enumerate(attempt.questions)
    ]


def keyed_paper(attempt: Attempt) -> list[ReviewedQuestion]:
    """Read questions, answers that stand, key, points by today's rule, explanation, source and lesson."""
    versions = _versions(attempt).in_bulk()
    lessons = _lessons(attempt.exam.course, {version.lesson_slug for version in versions.values()} - {""})
    answers = _answers(attempt)
    questions = []
    for position, question in enumerate(attempt.questions):
        version, answer = versions[question.version], answers.get(position, "")
        solution = _solution(question, version, answer, lessons)
        questions.append(_reviewed(position, question, (version.stem, version.options), answer, solution))
    return questions


def answer_in_words(question: Question, options: list[str], answer: str) -> str:
    """Say what was chosen: the printed letters, each with its option."""
    if question.kind == TRUE_FALSE:
        return TRUTH.get(answer, CLEARED)
    return "；".join(f"{letter} {_option(question, options, letter)}" for letter in answer) or CLEARED


def _versions(attempt: Attempt) -> QuerySet[ItemVersion]:
    return ItemVersion.objects.filter(pk__in=[question.version for question in attempt.questions])


def _answers(attempt: Attempt) -> dict[int, str]:
    return {position: answer for position, (_, answer) in attempt.entries.standing().items()}


def _lessons(course: CoursePage, slugs: set[str]) -> dict[str, LessonPage]:
    if not slugs:
        return {}
    return {lesson.slug: lesson for lesson in LessonPage.objects.live().descendant_of(course).filter(slug__in=slugs)}


def _reviewed(
    position: int, question: Question, text: tuple[str, list[str]], answer: str, solution: Solution | None = None
) -> ReviewedQuestion:
    stem, options = text
    return ReviewedQuestion(
        number=position + 1,
        kind=Item.Kind(question.kind).label,
        of_centi=question.points_centi,
        stem=stem,
        choices=tuple(
            Choice(
                letter=letter,
                text=_option(question, options, letter),
                is_chosen=letter in answer,
                is_right=None if solution is None else letter in solution.letters,
            )
            for letter in question.letters
        ),
        words=answer_in_words(question, options, answer),
        is_answered=bool(answer),
        solution=solution,
    )


def _solution(question: Question, version: ItemVersion, answer: str, lessons: Mapping[str, LessonPage]) -> Solution:
    letters = "".join(letter for letter in question.letters if question.original(letter) in version.key)
    return Solution(
        letters=letters,
        words=answer_in_words(question, version.options, letters),
        points_centi=grading.score(
            kind=question.kind,
            key=version.key,
            answer=question.original(answer),
            points_centi=question.points_centi,
        ),
        explanation=version.explanation,
        source=version.source,
        lesson=lessons.get(version.lesson_slug),
    )


def _option(question: Question, options: list[str], letter: str) -> str:
    return TRUTH[letter] if question.kind == TRUE_FALSE else options["ABCDEFGHIJ".index(question.original(letter))]
