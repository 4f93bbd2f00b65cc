"""What the learning centre tells a learner besides progress: answers, the way back, what is closed."""

from dataclasses import dataclass
from datetime import datetime

from courses import opening, reminders
from courses.models import CoursePage, LessonQuestion, Note, ReadingPlace
from courses.pacing import Closed
from courses.progress import CourseProgress, LessonStep
from lms.users.models import User

ANSWERS_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Desk:
    """`closed` holds the lessons that are not open yet; `closure` says why the next one is, `first` comes before it."""

    closed: dict[int, Closed]
    closure: str
    first: LessonStep | None
    place: ReadingPlace | None
    answers: list[LessonQuestion]
    note_count: int
    question_count: int
    is_reminded: bool


def desk_of(*, learner: User, course: CoursePage, progress: CourseProgress, now: datetime) -> Desk:
    """Return the desk of somebody enrolled in a course. Source: docs/rules/learning.md, rules L2, L14, L19, L22."""
    closed = opening.closed_of(learner=learner, course=course, now=now)
    closure = closed.get(progress.next_lesson_pk or 0)
    steps = {step.pk: step for module in progress.modules for step in module.lessons}
    mine = LessonQuestion.objects.of(learner)
    return Desk(
        closed=closed,
        closure=opening.explain(closure) if closure else "",
        first=steps.get(closure.first or 0) if closure else None,
        place=ReadingPlace.objects.filter(learner=learner, lesson=progress.next_lesson_pk).first(),
        answers=list(mine.unseen().select_related("lesson").defer("lesson__body").order_by("pk")[:ANSWERS_SHOWN]),
        note_count=Note.objects.of(learner).count(),
        question_count=mine.count(),
        is_reminded=reminders.is_on(learner),
    )
