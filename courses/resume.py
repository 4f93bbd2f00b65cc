"""Where a learner stopped reading."""

from datetime import datetime

from courses.models import LessonPage, ReadingPlace
from lms.users.models import User


def save_place(*, learner: User, lesson: LessonPage, quote: str, position: int, now: datetime) -> ReadingPlace:
    """
    Remember the paragraph read last in a lesson, over whatever was remembered before.

    `quote` is its beginning without white space, `position` the number of such characters before it.
    Source: docs/rules/learning.md, rule L1.
    """
    place, _ = ReadingPlace.objects.update_or_create(
        learner=learner, lesson=lesson, defaults={"quote": quote, "position": position, "saved_at": now}
    )
    return place
