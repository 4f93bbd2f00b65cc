"""What the learner does: ask, read the answer, take an unanswered question back."""

from datetime import datetime, timedelta

from django.db import transaction

from courses.learning import NotEnrolled
from courses.models import Enrolment, LessonPage, LessonQuestion
from courses.questions import personal
from lms.errors import DomainError
from lms.users.models import User

MOST_WAITING = 20
MOST_IN_AN_HOUR = 10


class PersonalData(DomainError):
    def __init__(self, kinds: list[str]) -> None:
        super().__init__(
            f"问题里好像有{'、'.join(kinds)}，没有提交。问答可能公开给其他学员，请删掉这部分再提交；与订单、账号有关的事请写信给客服。"
        )


class TooManyWaiting(DomainError):
    message = f"你还有 {MOST_WAITING} 个提问在等回答，先等一等。不需要的可以在“我的提问”里删掉。"


class AskedTooOften(DomainError):
    message = f"一小时内最多提 {MOST_IN_AN_HOUR} 个问题，请过一会儿再提。写好的问题可以先记在笔记里。"


class AlreadyAnswered(DomainError):
    message = "这个提问已经有了答复，不能删掉。不想公开的，请写信给客服。"


@transaction.atomic
def ask(*, learner: User, lesson: LessonPage, text: str, now: datetime) -> LessonQuestion:
    """
    Put a question to the teachers; the same words again while they wait are the same question.

    Raises: NotEnrolled, PersonalData, AskedTooOften, TooManyWaiting. Source: docs/rules/learning.md, rules L10-L11.
    """
    if not Enrolment.objects.standing().of(learner).covering(lesson).exists():
        raise NotEnrolled
    text = text.strip()
    if kinds := personal.found_in(text):
        raise PersonalData(kinds)
    User.objects.select_for_update(no_key=True).get(pk=learner.pk)  # one question of a learner at a time
    waiting = LessonQuestion.objects.of(learner).waiting()
    same = waiting.about(lesson).filter(text=text).first()
    if same:
        return same
    if waiting.count() >= MOST_WAITING:
        raise TooManyWaiting
    if LessonQuestion.objects.of(learner).filter(asked_at__gt=now - timedelta(hours=1)).count() >= MOST_IN_AN_HOUR:
        raise AskedTooOften
    return LessonQuestion.objects.create(lesson=lesson, asker=learner, text=text, asked_at=now)


@transaction.atomic
def withdraw(*, question: LessonQuestion) -> None:
    """
    Delete a question that nobody has answered.

    Raises: AlreadyAnswered. Source: docs/rules/learning.md, rule L17.
    """
    locked = LessonQuestion.objects.select_for_update().filter(pk=question.pk).first()
    if locked is None:
        return
    if locked.state != LessonQuestion.State.WAITING:
        raise AlreadyAnswered
    locked.delete()


def mark_seen(*, question: LessonQuestion) -> None:
    """Record that the asker has read the answer. Source: docs/rules/learning.md, rule L14."""
    LessonQuestion.objects.filter(pk=question.pk, is_unseen=True).update(is_unseen=False)
