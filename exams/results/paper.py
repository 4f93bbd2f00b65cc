"""
The paper of a closed attempt, question by question, in its own order and letters: with answers, or with the key too.

Only `keyed_paper` reads keys and explanations; who may see them is decided in exams.results.review.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.safestring import SafeString, mark_safe

from courses.models import CoursePage, LessonPage
from exams import grading, keys
from exams.attempts.printing import TRUTH
from exams.grading import BLANK, LETTERS, NUMERIC, TRUE_FALSE, Question, Void
from exams.models import Attempt, Item, ItemVersion, KeyFix
from exams.models.keyfix import Marked
from exams.results.essays import Line, comments_of, marks_of, rubric_of
from exams.rich_text import Rich, rich, rich_line, rich_whole

CLEARED = "不作答"
OR = " 或 "
VOIDS = {Void.FULL: "答案更正：这道题人人给满分。", Void.DROP: "答案更正：这道题不计分，总分按其余题目折算。"}


@dataclass(frozen=True)
class Choice:
    """One printed option as HTML. `is_right` is None where the key is not shown."""

    letter: str
    text: SafeString
    is_chosen: bool
    is_right: bool | None


@dataclass(frozen=True)
class Solution:
    """
    What belongs to the key, in printed letters. Units: `points_centi` in hundredths.

    `rubric` and `comments` are those of a 简答; `note` says what a key fix did to the question.
    """

    letters: str
    words: str
    points_centi: int
    explanation: SafeString
    source: str
    lesson: LessonPage | None
    reasons: tuple[tuple[str, SafeString], ...] = ()
    rubric: tuple[Line, ...] = ()
    comments: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class ReviewedQuestion:
    """
    One question afterwards. Units: `of_centi` in hundredths. `solution` is None where the key is not shown.

    `material` is that of the 案例, printed with its first sub-question.
    """

    number: int
    kind: str
    of_centi: int
    stem: Rich
    choices: tuple[Choice, ...]
    words: str
    is_answered: bool
    is_typed: bool
    unit: str
    material: SafeString
    solution: Solution | None

    @property
    def lost_points(self) -> bool:
        """Whether it brought less than it could; only known with the key."""
        return self.solution is not None and self.solution.points_centi < self.of_centi

    @property
    def verdict(self) -> tuple[str, str, str]:
        """Tone, icon and word of how it went; only known with the key."""
        points = self.solution.points_centi if self.solution else 0
        if not self.of_centi:
            return "", "pencil", "不计分"
        if not self.lost_points:
            return "good", "check-circle-fill", "答对"
        if points > 0:
            return "look", "exclamation-triangle-fill", "得部分分" if self.is_typed else "漏选"
        return ("lost", "x-circle-fill", "答错") if self.is_answered else ("", "x-lg", "未答")


def own_paper(attempt: Attempt) -> list[ReviewedQuestion]:
    """Read questions and the answers that stand. No key is read."""
    fields = ("pk", "stem", "options", "unit")
    versions = {version.pk: version for version in _versions(attempt).only(*fields)}
    answers = _answers(attempt)
    return [_reviewed(attempt, position, versions, answers.get(position, "")) for position in range(len(attempt.paper))]


def keyed_paper(attempt: Attempt) -> list[ReviewedQuestion]:
    """Read questions, answers that stand, key in force, points by today's rule, explanation, source and lesson."""
    versions = _versions(attempt).in_bulk()
    marked = KeyFix.objects.marking_of(versions)
    lessons = _lessons(attempt.exam.course, {version.lesson_slug for version in versions.values()} - {""})
    answers, scripts = _answers(attempt), marks_of(attempt)
    questions = []
    for position, question in enumerate(attempt.questions):
        version, answer = versions[question.version], answers.get(position, "")
        marks = scripts.get(position, ())
        given = 0 if marked[version.pk].void else next((mark.script.points_centi or 0 for mark in marks), 0)
        solution = Solution(
            letters=_right_letters(question, marked[version.pk].key),
            words=_key_in_words(question, version.options, marked[version.pk].key),
            points_centi=_points(attempt, question, marked[version.pk], answer) + given,
            explanation=rich_whole(version.explanation),
            source=version.source,
            lesson=lessons.get(version.lesson_slug),
            reasons=_reasons(question, version),
            rubric=rubric_of(version, marks),
            comments=tuple(line for mark in marks for line in comments_of(mark)),
            note=VOIDS[void] if (void := marked[version.pk].void) else "",
        )
        questions.append(_reviewed(attempt, position, versions, answer, solution))
    return questions


def single(
    *,
    number: int,
    question: Question,
    version: ItemVersion,
    case: ItemVersion | None,
    answer: str,
    course: CoursePage | None,
) -> ReviewedQuestion:
    """Read one question outside an exam, with its key if `course` is given: that is where its lesson is looked for."""
    solution = None
    if course is not None:
        marked = KeyFix.objects.marking_of([version.pk])[version.pk]
        points = grading.score(
            kind=question.kind, key=marked.key, answer=question.original(answer), points_centi=question.points_centi
        )
        solution = Solution(
            letters=_right_letters(question, marked.key),
            words=_key_in_words(question, version.options, marked.key),
            points_centi=question.points_centi if marked.void and answer else points,
            explanation=rich_whole(version.explanation),
            source=version.source,
            lesson=_lessons(course, {version.lesson_slug} - {""}).get(version.lesson_slug),
            reasons=_reasons(question, version),
            note="",
        )
    return _printed_question(number, question, version, case, answer, solution)


def answer_in_words(question: Question, options: list[str], answer: str) -> str:
    """Say what was chosen, the printed letters each with its option, or what was typed."""
    if question.kind == TRUE_FALSE:
        return TRUTH.get(answer, CLEARED)
    if question.is_typed:
        return answer or CLEARED
    return "；".join(f"{letter} {_option(question, options, letter)}" for letter in answer) or CLEARED


def _key_in_words(question: Question, options: list[str], key: str) -> str:
    if question.kind == NUMERIC:
        return OR.join(map(str, keys.numbers_of(key)))
    if question.kind == BLANK:
        return OR.join(keys.words_of(key))
    if question.is_typed:
        return ""
    return OR.join(answer_in_words(question, options, _printed(question, one)) for one in key.split(keys.OR))


def _right_letters(question: Question, key: str) -> str:
    return (
        "" if question.is_typed else "".join(letter for letter in question.letters if letter in _printed(question, key))
    )


def _printed(question: Question, key: str) -> str:
    """Translate letters of the item version into printed ones."""
    return "".join(letter for letter in question.letters if question.original(letter) in key)


def _reasons(question: Question, version: ItemVersion) -> tuple[tuple[str, SafeString], ...]:
    """Say why options are wrong, by printed letter, where the author wrote it."""
    if not version.notes:
        return ()
    notes = ((letter, version.notes[LETTERS.index(question.original(letter))]) for letter in question.letters)
    return tuple((letter, rich_line(note)) for letter, note in notes if note)


def _versions(attempt: Attempt) -> QuerySet[ItemVersion]:
    wanted = {question.version for question in attempt.questions} | {question.case for question in attempt.questions}
    return ItemVersion.objects.filter(pk__in=wanted)


def _answers(attempt: Attempt) -> dict[int, str]:
    return {position: answer for position, (_, answer) in attempt.entries.standing().items()}


def _lessons(course: CoursePage, slugs: set[str]) -> dict[str, LessonPage]:
    if not slugs:
        return {}
    return {lesson.slug: lesson for lesson in LessonPage.objects.live().descendant_of(course).filter(slug__in=slugs)}


def _points(attempt: Attempt, question: Question, marked: Marked, answer: str) -> int:
    if marked.void is Void.FULL:
        return question.points_centi
    return grading.score(
        kind=question.kind,
        key=marked.key,
        answer=question.original(answer),
        points_centi=question.points_centi,
        rule=attempt.rule,
    )


def _reviewed(
    attempt: Attempt,
    position: int,
    versions: Mapping[int, ItemVersion],
    answer: str,
    solution: Solution | None = None,
) -> ReviewedQuestion:
    question = Question(*attempt.paper[position])
    is_first = position == 0 or Question(*attempt.paper[position - 1]).case != question.case
    case = versions[question.case] if question.case and is_first else None
    return _printed_question(position + 1, question, versions[question.version], case, answer, solution)


def _printed_question(
    number: int,
    question: Question,
    version: ItemVersion,
    case: ItemVersion | None,
    answer: str,
    solution: Solution | None,
) -> ReviewedQuestion:
    return ReviewedQuestion(
        number=number,
        kind=Item.Kind(question.kind).label,
        of_centi=question.points_centi,
        stem=rich(version.stem),
        choices=tuple(
            Choice(
                letter=letter,
                text=rich_line(_option(question, version.options, letter)),
                is_chosen=letter in answer,
                is_right=None if solution is None else letter in solution.letters,
            )
            for letter in question.letters
        ),
        words=answer_in_words(question, version.options, answer),
        is_answered=bool(answer),
        is_typed=question.is_typed,
        unit=version.unit,
        material=rich_whole(case.stem) if case else mark_safe(""),
        solution=solution,
    )


def _option(question: Question, options: list[str], letter: str) -> str:
    return TRUTH[letter] if question.kind == TRUE_FALSE else options["ABCDEFGHIJ".index(question.original(letter))]
