"""How much there is to learn: the least time of a lesson, the 学时 of a course."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from wagtail.models import Page

from courses import progress
from courses.models import CoursePage, LessonPage, ModulePage

CHECK = "check"


def needed_seconds(*, lesson: LessonPage) -> int:
    """Return the least time that completes a lesson, in seconds. Source: docs/rules/study-time.md, rule T3."""
    return progress.minimum_seconds(
        characters=_measure([lesson])[0], own=lesson.min_seconds, site=settings.LESSON_MIN_SECONDS
    )


@dataclass(frozen=True, kw_only=True)
class Size:
    """What a course holds: its 学时, and the minutes of each lesson by its key."""

    study_hours: int
    minutes: Mapping[int, int]


def study_hours(*, course: CoursePage) -> int:
    """Return the 学时 of a course, computed from what it has published. Source: docs/rules/study-time.md, rule T4."""
    return size_of(course=course).study_hours


def size_of(*, course: CoursePage) -> Size:
    """Measure what a course has published. Source: docs/rules/syllabus.md, rule Y40."""
    modules = set(ModulePage.objects.live().child_of(course).values_list("path", flat=True))
    lessons = LessonPage.objects.live().descendant_of(course)
    sizes = {lesson.pk: _measure([lesson]) for lesson in lessons if lesson.path[: -Page.steplen] in modules}
    return Size(
        study_hours=progress.study_hours(
            characters=sum(characters for characters, _ in sizes.values()),
            checks=sum(checks for _, checks in sizes.values()),
        ),
        minutes={
            pk: progress.study_minutes(characters=characters, checks=checks)
            for pk, (characters, checks) in sizes.items()
        },
    )


def _measure(lessons: Iterable[LessonPage]) -> tuple[int, int]:
    """Count the characters that are read and the checks that are answered."""
    blocks = [child for lesson in lessons for child in lesson.body]
    read = [child for child in blocks if child.block_type != CHECK]
    texts = [text for child in read for text in child.block.get_searchable_content(child.value)]
    return sum(map(progress.count_characters, texts)), len(blocks) - len(read)
