"""The course as it is in the repository, and a learner who has finished it."""

from datetime import datetime, timedelta
from pathlib import Path

from courses import enrolment, glossary, learning, loading
from courses.models import CoursePage, Enrolment, LessonPage, LessonProgress
from courses.timing.accrual import CREDIT_LIMIT_SECONDS
from lms.users.demo import READY
from lms.users.models import User

CONTENT = Path(__file__).parent / "content"
COURSE_SLUG = "aftersales-manager"
STUDIED_DAYS_AGO = 3


def load(*, now: datetime) -> None:
    """Load the course and its glossary, and let the demo's ready learner finish it. Safe to run twice."""
    loading.load_course(CONTENT, now=now)
    glossary.load_glossary(CONTENT)
    course = CoursePage.objects.get(slug=COURSE_SLUG)
    if learner := User.objects.filter(email=READY).first():
        began = now - timedelta(days=STUDIED_DAYS_AGO)
        enrolment.enrol(learner=learner, course=course, source=Enrolment.Source.GRANT, source_ref="演示", now=began)
        finish(learner, course, began)


def finish(learner: User, course: CoursePage, now: datetime) -> None:
    """Study each lesson that is not complete yet for as long as it asks, one after the other."""
    completed = LessonProgress.objects.of(learner).exclude(completed_at=None).values("lesson")
    for lesson in LessonPage.objects.live().descendant_of(course).exclude(pk__in=completed).order_by("path"):
        row = learning.open_lesson(learner=learner, lesson=lesson, now=now)
        while row.remaining_seconds:
            now += timedelta(seconds=CREDIT_LIMIT_SECONDS)
            row = learning.record_presence(learner=learner, lesson=lesson, now=now)
        learning.complete_lesson(learner=learner, lesson=lesson, now=now)
