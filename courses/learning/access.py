"""Who may have time recorded in a lesson."""

from datetime import datetime

from courses import opening
from courses.models import Enrolment, LessonPage
from lms.errors import DomainError
from lms.users.models import User


class NotEnrolled(DomainError):
    message = "你还没有报名这门课，或报名已撤回，所以不能记录学习。请到课程页报名；已付款仍看到这句话，请联系客服。"


class NotOpenYet(NotEnrolled):
    """The enrolment stands, but this lesson is not open yet; the message says what opens it."""


def must_be_enrolled(*, learner: User, lesson: LessonPage) -> Enrolment:
    """Return the standing enrolment that covers a lesson. Raises: NotEnrolled. Source: study-time.md, rule T7."""
    enrolment = Enrolment.objects.standing().of(learner).covering(lesson).first()
    if enrolment is None:
        raise NotEnrolled
    return enrolment


def must_be_open(*, enrolment: Enrolment, lesson: LessonPage, now: datetime) -> None:
    """Refuse a lesson that is closed for its order or its date. Raises: NotOpenYet. Source: learning.md, rule L21."""
    closed = opening.closure_of(enrolment=enrolment, lesson=lesson, now=now)
    if closed:
        raise NotOpenYet(opening.explain(closed))
