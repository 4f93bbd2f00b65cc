"""What the teacher does: answer, publish, pin, decline."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from courses.models import LessonPage, LessonQuestion
from lms.errors import DomainError
from lms.users import outbox
from lms.users.models import User

State = LessonQuestion.State
MOST_PINNED = 5  # in one lesson


class AlreadyClosed(DomainError):
    message = "这个提问已经答复过了，不能再按“不予回答”处理。需要的话请修改回答，或撤下公开。"


class NotPublished(DomainError):
    message = "只有公开的问答可以置顶或撤下。请先公开它。"


class TooManyPinned(DomainError):
    message = f"这一课已经置顶了 {MOST_PINNED} 条。请先取消一条。"


@transaction.atomic
def answer(
    *, question: LessonQuestion, by: User, answer: str, is_public: bool, public_text: str = "", now: datetime
) -> LessonQuestion:
    """
    Answer a question, or correct the answer, for the asker alone or for all learners of the lesson; the asker hears.

    `public_text` is the question as others read it, the asker's own words if empty.
    Source: docs/rules/learning.md, rules L13-L14.
    """
    locked = _locked(question)
    is_new = locked.answer != answer or locked.state == State.DECLINED
    locked.state = State.PUBLISHED if is_public else State.ANSWERED
    locked.public_text = (public_text.strip() or locked.text) if is_public else ""
    locked.is_pinned = locked.is_pinned and is_public
    locked.answer, locked.answered_by = answer, by
    if is_new:
        _tell(locked, now)
    locked.save()
    return locked


@transaction.atomic
def decline(*, question: LessonQuestion, by: User, reason: str, now: datetime) -> LessonQuestion:
    """
    Close a question without an answer; the asker reads why.

    Raises: AlreadyClosed. Source: docs/rules/learning.md, rule L15.
    """
    locked = _locked(question)
    if locked.state != State.WAITING:
        raise AlreadyClosed
    locked.state, locked.answer, locked.answered_by = State.DECLINED, reason, by
    _tell(locked, now)
    locked.save()
    return locked


@transaction.atomic
def hide(*, question: LessonQuestion) -> LessonQuestion:
    """Take a published answer down: the asker alone reads it from now on. Raises: NotPublished. Source: rule L15."""
    locked = _published(question)
    locked.state, locked.public_text, locked.is_pinned = State.ANSWERED, "", False
    locked.save(update_fields=["state", "public_text", "is_pinned"])
    return locked


@transaction.atomic
def pin(*, question: LessonQuestion) -> LessonQuestion:
    """
    Make a published answer a frequent question of its lesson.

    Raises: NotPublished, TooManyPinned. Source: docs/rules/learning.md, rule L16.
    """
    LessonPage.objects.order_by().select_for_update().values_list("pk").get(pk=question.lesson_id)  # one pin at a time
    locked = _published(question)
    others = LessonQuestion.objects.filter(lesson=locked.lesson_id, is_pinned=True).exclude(pk=locked.pk)
    if others.count() >= MOST_PINNED:
        raise TooManyPinned
    locked.is_pinned = True
    locked.save(update_fields=["is_pinned"])
    return locked


@transaction.atomic
def unpin(*, question: LessonQuestion) -> LessonQuestion:
    """Take a frequent question down; it stays published. Raises: NotPublished. Source: rule L16."""
    locked = _published(question)
    locked.is_pinned = False
    locked.save(update_fields=["is_pinned"])
    return locked


def _locked(question: LessonQuestion) -> LessonQuestion:
    return LessonQuestion.objects.select_for_update().get(pk=question.pk)


def _published(question: LessonQuestion) -> LessonQuestion:
    locked = _locked(question)
    if not locked.is_published:
        raise NotPublished
    return locked


def _tell(question: LessonQuestion, now: datetime) -> None:
    """Leave the mail and the notice that there is something new to read."""
    question.answered_at, question.is_unseen = now, True
    context = {
        "question": question,
        "lesson": question.lesson,
        "url": settings.SITE_URL + reverse("courses:question_detail", args=[question.pk]),
        "site_name": settings.SITE_NAME,
        "support_email": settings.SUPPORT_EMAIL,
    }
    message = EmailMessage(
        f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}你在《{question.lesson.title}》的提问有了答复",
        render_to_string("courses/mail/question_answered.txt", context),
        to=[question.asker.email],
    )
    outbox.queue(message=message, now=now)
