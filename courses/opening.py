"""Which lessons are open to a learner who is enrolled. Reads only. docs/rules/learning.md, rules L18-L21."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from courses import pacing
from courses.models import CoursePage, Enrolment, LessonOrder, LessonPage, LessonProgress, ModulePage
from courses.models.pages import Chapter
from courses.pacing import Closed, Part, Why
from lms.users.models import User


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
    previews = {lesson.pk for chapter in chapters for lesson in chapter.lessons if lesson.is_preview}
    closed = pacing.closed_lessons(
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
    return {pk: why for pk, why in closed.items() if pk not in previews}


def closed_of(*, learner: User, course: CoursePage, now: datetime) -> dict[int, Closed]:
    """Return the same for a course whose modules are not at hand: with one query if it restricts nothing."""
    is_timed = ModulePage.objects.live().child_of(course).filter(opens_after_days__gt=0).exists()
    if course.lesson_order == LessonOrder.FREE and not is_timed and course.prerequisite_id is None:
        return {}
    return closed_in(learner=learner, course=course, chapters=course.chapters(), now=now)


def closure_of(*, enrolment: Enrolment, lesson: LessonPage, now: datetime) -> Closed | None:
    """Return why one lesson is closed to somebody enrolled in its course, or None if it is open. Rule L21."""
    course = enrolment.course
    if lesson.is_preview:
        return None
    if course.lesson_order == LessonOrder.FREE and course.prerequisite_id is None:
        module = ModulePage.objects.order_by().filter(path=lesson.path[: -ModulePage.steplen])
        days = module.values_list("opens_after_days", flat=True).first() or 0
        opens_on = timezone.localdate(enrolment.enrolled_at) + timedelta(days=days)
        if timezone.localdate(now) >= opens_on:
            return None
    return closed_of(learner=enrolment.learner, course=course, now=now).get(lesson.pk)


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
