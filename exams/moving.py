"""Going on to the next edition of a course, for those who have not sat its exam yet."""

from datetime import datetime

from django.db import transaction

from courses import editions
from courses.models import EditionMove, Enrolment
from exams.models import Attempt
from lms.errors import DomainError
from lms.users.models import User


class ExamBegun(DomainError):
    message = "你在这一版的考试里已经开始过正式考试，所以留在这一版：学完、补考、领证都照这一版进行，不受新版影响。"


def has_begun_exam(*, learner: User, enrolment: Enrolment) -> bool:
    """Say whether somebody ever began a formal attempt in this edition. Source: docs/rules/editions.md, rule Z7."""
    return Attempt.objects.of(learner).filter(exam__course=enrolment.course_id, is_mock=False).exists()


@transaction.atomic
def move(*, enrolment: Enrolment, now: datetime) -> EditionMove:
    """
    Move a learner to the edition on sale.

    Raises: ExamBegun, editions.EnrolmentOver, editions.NoNewerEdition. Source: docs/rules/editions.md, rules Z6-Z7.
    """
    locked = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    if has_begun_exam(learner=locked.learner, enrolment=locked):
        raise ExamBegun
    return editions.move(enrolment=locked, now=now)
