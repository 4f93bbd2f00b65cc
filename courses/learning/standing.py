"""How far a learner is: in a lesson, in a course, in many courses."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Left
from wagtail.models import Page

from courses import progress
from courses.learning.measuring import needed_seconds
from courses.models import CoursePage, Enrolment, LessonPage, LessonProgress, LessonRating, ModulePage
from courses.progress import CourseProgress, LessonStep, ModuleProgress
from lms.users.models import User


@dataclass(frozen=True, kw_only=True)
class LessonStanding:
    """One visitor before one lesson: the unsaved `row` of somebody who has not opened it yet has no first_opened_at."""

    course: CoursePage
    is_enrolled: bool
    row: LessonProgress | None = None
    following: LessonPage | None = None
    rating: LessonRating | None = None

    @property
    def idle_seconds(self) -> int:
        return settings.STUDY_IDLE_SECONDS

    @property
    def seconds_text(self) -> str:
        return progress.duration_text(self.row.seconds) if self.row else ""

    @property
    def needed_text(self) -> str:
        return progress.duration_text(self.row.needed_seconds) if self.row else ""


def course_progress(*, learner: User, course: CoursePage) -> CourseProgress:
    """Return how far a learner is in a course, in three queries. Source: docs/rules/study-time.md, rules T5-T6."""
    return progress_in(learner=learner, courses=[course])[course.pk]


def progress_in(*, learner: User, courses: Sequence[CoursePage]) -> dict[int, CourseProgress]:
    """
    Return how far a learner is in each of some courses, by the course's key, in three queries whatever their number.

    Only live lessons in live modules count. Source: docs/rules/study-time.md, rules T5-T6.
    """
    if not courses:
        return {}
    inside = reduce(or_, (Q(path__startswith=course.path) for course in courses))
    modules = list(ModulePage.objects.live().filter(inside).order_by("path").values_list("path", "code", "title"))
    lessons = list(
        LessonPage.objects.live().filter(inside).order_by("path").values_list("path", "pk", "title", "url_path")
    )
    rows = list(
        LessonProgress.objects.of(learner)
        .filter(lesson__in=[pk for _, pk, _, _ in lessons])
        .newest_first()
        .values_list("lesson_id", "completed_at")
    )
    done = {pk for pk, completed_at in rows if completed_at}

    def of_module(course: CoursePage, path: str, code: str, title: str) -> ModuleProgress:
        steps = tuple(
            LessonStep(pk=pk, title=name, path=url_path.removeprefix(course.url_path), is_done=pk in done)
            for lesson_path, pk, name, url_path in lessons
            if lesson_path.startswith(path)
        )
        return ModuleProgress(
            code=code, title=title, done=sum(step.is_done for step in steps), total=len(steps), lessons=steps
        )

    def of_course(course: CoursePage) -> CourseProgress:
        parts = tuple(of_module(course, *module) for module in modules if module[0].startswith(course.path))
        order = [step.pk for part in parts for step in part.lessons]
        last = next((pk for pk, _ in rows if pk in order), None)
        lessons_done = sum(part.done for part in parts)
        return CourseProgress(
            lessons_done=lessons_done,
            lessons_total=len(order),
            is_finished=0 < lessons_done == len(order),
            next_lesson_pk=progress.next_lesson(order=order, done=done, last=last),
            modules=parts,
        )

    return {course.pk: of_course(course) for course in courses}


def lessons_by_course(*, courses: Sequence[CoursePage]) -> dict[int, list[int]]:
    """
    Return the keys of the lessons that count in each of some courses, by the course's key, in two queries.

    Source: docs/rules/study-time.md, rule T5.
    """
    if not courses:
        return {}
    inside = reduce(or_, (Q(path__startswith=course.path) for course in courses))
    modules = set(ModulePage.objects.live().filter(inside).values_list("path", flat=True))
    lessons = list(LessonPage.objects.live().filter(inside).values_list("path", "pk"))
    counting = [(path, pk) for path, pk in lessons if path[: -Page.steplen] in modules]
    return {course.pk: [pk for path, pk in counting if path.startswith(course.path)] for course in courses}


def lesson_counts(*, learner: User, course_path: str) -> dict[str, Combinable]:
    """
    Return `lessons_total` and `lessons_done` as expressions to annotate a query with: no statement of their own.

    Counts what course_progress counts, for whoever needs no more. Source: docs/rules/study-time.md, rules T5.
    """
    inside = Q(path__startswith=course_path)
    length = len(course_path) + Page.steplen  # of a module's path
    modules = ModulePage.objects.live().filter(inside, depth=length // Page.steplen).values("path")
    lessons = LessonPage.objects.live().filter(inside).order_by()
    lessons = lessons.alias(module=Left("path", length)).filter(module__in=modules)
    done = LessonProgress.objects.of(learner).filter(completed_at__isnull=False, lesson__in=lessons.values("pk"))
    total = lessons.values("depth").annotate(count=Count("pk")).values("count")
    return {
        "lessons_total": Coalesce(Subquery(total), 0),
        "lessons_done": Coalesce(Subquery(done.values("learner").annotate(count=Count("pk")).values("count")), 0),
    }


def lesson_standing(*, learner: User | AnonymousUser, lesson: LessonPage) -> LessonStanding:
    """Return what the panel under a lesson says to this visitor. Reads only; opening is the learner's own act."""
    course = CoursePage.objects.ancestor_of(lesson).get()
    if not isinstance(learner, User) or not Enrolment.objects.standing().of(learner).filter(course=course).exists():
        return LessonStanding(course=course, is_enrolled=False)
    row = LessonProgress.objects.of(learner).filter(lesson=lesson).first()
    if row is None:
        row = LessonProgress(learner=learner, lesson=lesson, needed_seconds=needed_seconds(lesson=lesson))
    next_pk = course_progress(learner=learner, course=course).next_lesson_pk if row.completed_at else None
    following = LessonPage.objects.get(pk=next_pk) if next_pk else None
    rating = LessonRating.objects.filter(learner=learner, lesson=lesson).first() if row.pk else None
    return LessonStanding(course=course, is_enrolled=True, row=row, following=following, rating=rating)
