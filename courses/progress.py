"""When a lesson is complete, what a course's 学时 are, what comes next: pure rules of docs/rules/study-time.md."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

CHARACTERS_PER_MINUTE = 400
CHECK_SECONDS = 60
STUDY_HOUR_SECONDS = 45 * 60
MINIMUM_PERCENT = 30

HAN = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WORD = re.compile(rf"[{HAN}]|[^\W_{HAN}]+")


@dataclass(frozen=True, kw_only=True)
class LessonStep:
    """One lesson as a step of the course; `path` is its address below the course's."""

    pk: int
    title: str
    path: str
    is_done: bool


@dataclass(frozen=True, kw_only=True)
class ModuleProgress:
    code: str
    title: str
    done: int
    total: int
    lessons: tuple[LessonStep, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CourseProgress:
    """How far one learner is in one course; `next_lesson_pk` is None when nothing is left."""

    lessons_done: int
    lessons_total: int
    is_finished: bool
    next_lesson_pk: int | None
    modules: tuple[ModuleProgress, ...]

    @property
    def next_step(self) -> LessonStep | None:
        steps = (step for module in self.modules for step in module.lessons)
        return next((step for step in steps if step.pk == self.next_lesson_pk), None)


def count_characters(text: str) -> int:
    """
    Count what is read: one for each Chinese character, one for each run of letters or digits, none for punctuation.

    Source: docs/rules/study-time.md, rule T4.
    """
    return len(WORD.findall(text))


def reading_seconds(*, characters: int) -> int:
    """
    Return how long a text takes to read at 400 characters a minute, rounded up.

    Source: docs/rules/study-time.md, rule T3.
    """
    return -(-characters * 60 // CHARACTERS_PER_MINUTE)


def minimum_seconds(*, characters: int, own: int | None, site: int) -> int:
    """
    Return the least credited time that completes a lesson: its own figure, the site's if above 0, or 30 % of reading.

    Source: docs/rules/study-time.md, rule T3.
    """
    if own is not None:
        return own
    return site or -(-characters * 60 * MINIMUM_PERCENT // (CHARACTERS_PER_MINUTE * 100))


def study_hours(*, characters: int, checks: int) -> int:
    """
    Return the 学时 (45 minutes each) of reading so many characters and answering so many checks, rounded up.

    Source: docs/rules/study-time.md, rule T4.
    """
    return -(-(reading_seconds(characters=characters) + checks * CHECK_SECONDS) // STUDY_HOUR_SECONDS)


def study_minutes(*, characters: int, checks: int) -> int:
    """
    Return the minutes of reading so many characters and answering so many checks, rounded up.

    Source: docs/rules/syllabus.md, rule Y40.
    """
    return -(-(reading_seconds(characters=characters) + checks * CHECK_SECONDS) // 60)


def next_lesson(*, order: Sequence[int], done: Collection[int], last: int | None) -> int | None:
    """
    Pick the lesson to go on with: the last one opened if unfinished, else the next unfinished after it, else the first.

    `order` holds the lessons' keys as the course has them; `last` may be None or no longer in it.
    Source: docs/rules/study-time.md, rule T6.
    """
    start = order.index(last) if last in order else 0
    return next((pk for pk in [*order[start:], *order[:start]] if pk not in done), None)


def duration_text(seconds: int) -> str:
    """Write whole seconds in words: 135 → "2 分 15 秒", 60 → "1 分钟", 5 → "5 秒"."""
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return f"{rest} 秒"
    return f"{minutes} 分 {rest} 秒" if rest else f"{minutes} 分钟"
