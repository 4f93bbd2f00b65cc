"""What a report speaks of: one course, and which of its learners."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from courses import learning
from courses.models import CoursePage, Enrolment
from courses.models.enrolments import EnrolmentQuerySet


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Standing enrolments in a course, of one company or all, from one day of enrolling to another, both included."""

    course: CoursePage
    company: str = ""
    from_date: date | None = None
    to_date: date | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every learner of the course is meant."""
        return not (self.company or self.from_date or self.to_date)

    def enrolments(self) -> EnrolmentQuerySet:
        rows = Enrolment.objects.standing().filter(course=self.course)
        if self.company:
            rows = rows.filter(seat__batch__company=self.company)
        if self.from_date:
            rows = rows.filter(enrolled_at__gte=_midnight(self.from_date))
        if self.to_date:
            rows = rows.filter(enrolled_at__lt=_midnight(self.to_date + timedelta(days=1)))
        return rows

    def lessons(self) -> Sequence[int]:
        """Return the keys of the lessons that count, in the course's order."""
        return learning.lessons_by_course(courses=[self.course])[self.course.pk]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.get_default_timezone())
