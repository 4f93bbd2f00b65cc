"""What a learner does with lessons: open one, be present in it, finish it; and how far that brings them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Count, Q, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Left
from wagtail.models import Page

from courses import progress, seats
from courses.models import CoursePage, Enrolment, LessonPage, LessonProgress, ModulePage
from courses.progress import CourseProgress, LessonStep, ModuleProgress
from lms.errors import DomainError
from lms.users.models import User

CHECK = "check"


class NotEnrolled(DomainError):
    message = "你还没有报名这门课，或报名已撤回，所以不能记录学习。请到课程页报名；已付款仍看到这句话，请联系客服。"


class NotOpened(DomainError):
    message = "还没有开始计时。请打开这一课，学到最低时间后再确认学完。"


class TooEarly(DomainError):
    """The lesson's least time is not reached; `remaining` is in seconds."""

    def __init__(self, remaining: int) -> None:
        self.remaining = remaining
        super().__init__(f"还差 {progress.duration_text(remaining)}才能确认学完。请继续学习这一课，时间会自动累计。")


@dataclass(frozen=True, kw_only=True)
class LessonStanding:
    """One visitor before one lesson: the unsaved `row` of somebody who has not opened it yet has no first_opened_at."""

    course: CoursePage
    is_enrolled: bool
    row: LessonProgress | None = None
    following: LessonPage | None = None

    @property
    def seconds_text(self) -> str:
        return progress.duration_text(self.row.seconds) if self.row else ""

    @property
    def needed_text(self) -> str:
        return progress.duration_text(self.row.needed_seconds) if self.row else ""


def open_lesson(*, learner: User, lesson: LessonPage, now: datetime) -> LessonProgress:
    """
    Start, or start again, the clock of a lesson; from now on it is the one lesson of this learner that accrues.

    The least time is settled here and never rises afterwards.
    A company's seat is used from the first lesson on: nobody can swap it any more.
    Raises: NotEnrolled.
    Source: docs/rules/study-time.md, rules T1-T3; docs/rules/seats.md, rule S5.
    """
    enrolment = _must_be_enrolled(learner, lesson)
    needed = needed_seconds(lesson=lesson)
    with transaction.atomic():
        if enrolment.source == Enrolment.Source.SEAT and not seats.begin(enrolment=enrolment, now=now):
            raise NotEnrolled
        row, is_new = LessonProgress.objects.select_for_update().get_or_create(
            learner=learner,
            lesson=lesson,
            defaults={"first_opened_at": now, "opened_at": now, "last_seen_at": now, "needed_seconds": needed},
        )
        if not is_new and now >= row.last_seen_at:
            row.opened_at = row.last_seen_at = now
            row.needed_seconds = min(row.needed_seconds, needed)
            row.save(update_fields=["opened_at", "last_seen_at", "needed_seconds"])
    return row


def record_presence(*, learner: User, lesson: LessonPage, now: datetime) -> LessonProgress:
    """
    Credit the time since the learner was last seen in this lesson; a lesson never opened before is opened.

    Worth nothing while another lesson, opened later, is the one that accrues.
    Raises: NotEnrolled.
    Source: docs/rules/study-time.md, rules T1-T2.
    """
    _must_be_enrolled(learner, lesson)
    with transaction.atomic():
        row = _locked(learner, lesson)
        if row:
            _credit(row, now)
            return row
    return open_lesson(learner=learner, lesson=lesson, now=now)


def complete_lesson(*, learner: User, lesson: LessonPage, now: datetime) -> LessonProgress:
    """
    Complete a lesson: enough credited time, and the learner says so. Saying so is a presence ping too.

    A lesson completed before keeps its first date.
    Raises: NotEnrolled, NotOpened; TooEarly, which says how long is left (the time credited so far is kept).
    Source: docs/rules/study-time.md, rule T3.
    """
    _must_be_enrolled(learner, lesson)
    with transaction.atomic():
        row = _locked(learner, lesson)
        if row is None:
            raise NotOpened
        _credit(row, now)
        if not row.completed_at and row.remaining_seconds == 0:
            row.completed_at = now
            row.save(update_fields=["completed_at"])
    if not row.completed_at:
        raise TooEarly(row.remaining_seconds)
    return row


def is_accruing(row: LessonProgress) -> bool:
    """Say whether this is the lesson that its learner opened last. Source: docs/rules/study-time.md, rule T2."""
    newest = LessonProgress.objects.filter(learner=row.learner_id).newest_first().values_list("pk", flat=True).first()
    return newest == row.pk


def needed_seconds(*, lesson: LessonPage) -> int:
    """Return the least time that completes a lesson, in seconds. Source: docs/rules/study-time.md, rule T3."""
    return progress.minimum_seconds(
        characters=_measure([lesson])[0], own=lesson.min_seconds, site=settings.LESSON_MIN_SECONDS
    )


def study_hours(*, course: CoursePage) -> int:
    """Return the 学时 of a course, computed from what it has published. Source: docs/rules/study-time.md, rule T4."""
    modules = set(ModulePage.objects.live().child_of(course).values_list("path", flat=True))
    lessons = LessonPage.objects.live().descendant_of(course)
    characters, checks = _measure(lesson for lesson in lessons if lesson.path[: -Page.steplen] in modules)
    return progress.study_hours(characters=characters, checks=checks)


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
    return LessonStanding(course=course, is_enrolled=True, row=row, following=following)


def _must_be_enrolled(learner: User, lesson: LessonPage) -> Enrolment:
    enrolment = Enrolment.objects.standing().of(learner).covering(lesson).first()
    if enrolment is None:
        raise NotEnrolled
    return enrolment


def _locked(learner: User, lesson: LessonPage) -> LessonProgress | None:
    return LessonProgress.objects.select_for_update().filter(learner=learner, lesson=lesson).first()


def _credit(row: LessonProgress, now: datetime) -> None:
    if not is_accruing(row):
        return
    earned = progress.credit(seen_at=row.last_seen_at, now=now)
    row.seconds += earned.seconds
    row.last_seen_at = earned.seen_at
    row.save(update_fields=["seconds", "last_seen_at"])


def _measure(lessons: Iterable[LessonPage]) -> tuple[int, int]:
    """Count the characters that are read and the checks that are answered."""
    blocks = [child for lesson in lessons for child in lesson.body]
    read = [child for child in blocks if child.block_type != CHECK]
    texts = [text for child in read for text in child.block.get_searchable_content(child.value)]
    return sum(map(progress.count_characters, texts)), len(blocks) - len(read)
