"""Questions about a lesson: learners ask, teachers answer. Source: docs/rules/learning.md, rules L10-L17."""

from courses.questions.answering import AlreadyClosed, NotPublished, TooManyPinned, answer, decline, hide, pin, unpin
from courses.questions.asking import (
    AlreadyAnswered,
    AskedTooOften,
    PersonalData,
    TooManyWaiting,
    ask,
    mark_seen,
    withdraw,
)

__all__ = [
    "AlreadyAnswered",
    "AlreadyClosed",
    "AskedTooOften",
    "NotPublished",
    "PersonalData",
    "TooManyPinned",
    "TooManyWaiting",
    "answer",
    "ask",
    "decline",
    "hide",
    "mark_seen",
    "pin",
    "unpin",
    "withdraw",
]
