"""What learners think of a lesson: one to five stars and a word, for 教务 alone."""

from datetime import datetime

from courses.learning.access import must_be_enrolled
from courses.models import LessonPage, LessonProgress, LessonRating
from lms.errors import DomainError
from lms.users.models import User


class NothingToRate(DomainError):
    message = "还没有学过这一课，所以不能评价。请先打开它学一会儿。"


def rate(*, learner: User, lesson: LessonPage, stars: int, comment: str, now: datetime) -> LessonRating:
    """
    Store what a learner thinks of a lesson, in place of what they thought before.

    Raises: NotEnrolled, NothingToRate. Source: docs/rules/study-time.md, rule T27.
    """
    must_be_enrolled(learner=learner, lesson=lesson)
    if not LessonProgress.objects.of(learner).filter(lesson=lesson).exists():
        raise NothingToRate
    rating, _ = LessonRating.objects.update_or_create(
        learner=learner, lesson=lesson, defaults={"stars": stars, "comment": comment.strip(), "rated_at": now}
    )
    return rating
