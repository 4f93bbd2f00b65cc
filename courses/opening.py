"""Which lessons are open to a learner who is enrolled. Reads only. docs/rules/learning.md, rules L18-L21."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from courses import pacing
from courses.models import CoursePage, Enrolment, LessonOrder, LessonPage, LessonProgress
from courses.models.pages import Chapter
from courses.pacing import Closed, Part, Why
from lms.errors import DomainError
from lms.users.models import User


class NotOpenYet(DomainError):
    """`closed` says why."""

    def __init__(self, closed: Closed) -> None:
        self.closed = closed
        super().__init__(explain(closed))


def explain(closed: Closed) -> str:
    """Say in one sentence why a lesson is closed and what opens it."""
    if closed.opens_on:
        return f"这一课将在 {closed.opens_on:%Y-%m-%d} 开放，到时再来学。"
    return {
        Why.PREREQUISITE: "这门课要先学完先修课才打开课文。请先学完先修课。",
        Why.MODULE: "要先学完前面的模块，这一课才打开。请接着学前面没学完的课。",
    }.get(closed.why, "要先学完前面的课，这一课才打开。请接着学前面没学完的课。")


def closed_in(*, learner: User, course: CoursePage, chapters: Sequence[Chapter], now: datetime) -> dict[int, Closed]:
    """
    Return the lessons of a course that are closed to somebody enrolled in it, by key.

    Without a query for a course that is free in its order, its dates and its prerequisites.
    Source: docs/rules/learning.md, rules L18-L20.
    """
    is_timed = any(chapter.module.opens_after_days for chapter in chapters)
    if course.lesson_order == LessonOrder.FREE and not is_timed and course.prerequisite_id is None:
        return {}
    enrolment = Enrolment.objects.standing().of(learner).filter(course=course).first()
    if enrolment is None:
        return {}
    return pacing.closed_lessons(
        parts=[
            Part(
                lessons=tuple(lesson.pk for lesson in chapter.lessons),
                opens_after_days=chapter.module.opens_after_days,
            )
            for chapter in chapters
        ],
        order=course.lesson_order,
        done=set(_done(learner)),
        enrolled_on=timezone.localdate(enrolment.enrolled_at),
        today=timezone.localdate(now),
        is_prerequisite_met=course.prerequisite is None or _has_finished(learner, course.prerequisite),
    )


def closure_of(*, learner: User, lesson: LessonPage, now: datetime) -> Closed | None:
    """Return why one lesson is closed to somebody enrolled in its course, or None if it is open."""
    if lesson.is_preview:
        return None
    course = CoursePage.objects.ancestor_of(lesson).select_related("prerequisite").get()
    return closed_in(learner=learner, course=course, chapters=course.chapters(), now=now).get(lesson.pk)


def must_be_open(*, learner: User, lesson: LessonPage, now: datetime) -> None:
    """Refuse a lesson that is closed. Raises: NotOpenYet. Source: docs/rules/learning.md, rule L21."""
    closed = closure_of(learner=learner, lesson=lesson, now=now)
    if closed:
        raise NotOpenYet(closed)


def _done(learner: User) -> list[int]:
    rows = LessonProgress.objects.of(learner).exclude(completed_at=None)
    return list(rows.values_list("lesson_id", flat=True))


def _has_finished(learner: User, course: CoursePage) -> bool:
    """Say whether the learner has completed every lesson of an edition of this course."""
    done = set(_done(learner))
    for edition in CoursePage.objects.filter(series=course.series):
        lessons = [lesson.pk for chapter in edition.chapters() for lesson in chapter.lessons]
        if lessons and done.issuperset(lessons):
            return True
    return False
