"""
The token of an open page: who answers which attempt, from which session, and what its questions let one answer.

All of it is frozen when the page is opened, so a save needs neither the login session nor the paper.
Source: docs/rules/exam-room.md, rule R4.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from django.core import signing

from exams.grading import BLANK, LETTERS, MULTI, NUMERIC, SHORT, TRUE_FALSE, Question
from exams.models import Attempt, AttemptSession
from lms.errors import DomainError

SALT = "exams.page"
VALID_AFTER_BELL = timedelta(days=7)  # so long may what was written in time wait for a network
TRUTH = "t"
FIELDS = {NUMERIC: "n", BLANK: "w", SHORT: "z"}
LENGTHS = {"n": 40, "w": 200, "z": 2000}  # characters: docs/rules/grading.md, rule G20


class PageUnknown(DomainError):
    message = "这个考试页面的凭证无效或已过期。请刷新页面；答案还在这台设备上，刷新后会继续发送。"


class Slot(NamedTuple):
    """What may be answered in one place of the paper: letters, or where there are none a text of `length` at most."""

    letters: str
    is_multi: bool
    length: int = 0


class Page(NamedTuple):
    """One open page. `expires` is in seconds since 1970."""

    attempt: int
    candidate: int
    session: int
    expires: int
    needs_safe_browser: bool
    slots: tuple[Slot, ...]


def slots_of(questions: Sequence[Question]) -> tuple[Slot, ...]:
    """Say for each question what may be answered. Source: docs/rules/grading.md, rules G1 and G20."""
    return tuple(_slot_of(_mark_of(question)) for question in questions)


def token_of(*, session: AttemptSession, attempt: Attempt) -> str:
    """Sign what the page of `session` may do until a week after the bell."""
    expires = int((attempt.deadline_at + VALID_AFTER_BELL).timestamp())
    shape = "".join(map(_mark_of, attempt.questions))
    fields = (attempt.pk, attempt.candidate_id, session.number, expires, attempt.exam.needs_safe_browser, shape)
    return signing.dumps(fields, salt=SALT)


def read_token(token: str, *, now: datetime) -> Page:
    """Return the page that `token` was made for. Raises: PageUnknown if it is not ours or too old."""
    try:
        page = _read(token)
    except signing.BadSignature as mistake:
        raise PageUnknown from mistake
    if page.expires < now.timestamp():
        raise PageUnknown
    return page


@lru_cache(maxsize=10_000)  # the same page sends its token with every answer
def _read(token: str) -> Page:
    attempt, candidate, session, expires, needs_safe_browser, shape = signing.loads(token, salt=SALT)
    return Page(attempt, candidate, session, expires, needs_safe_browser, tuple(map(_slot_of, shape)))


def _mark_of(question: Question) -> str:
    """Write one question as a letter: t = 判断; d = one of A–D; D = any of A–D; n, w, z = what is typed."""
    if question.kind == TRUE_FALSE:
        return TRUTH
    if question.is_typed:
        return FIELDS[question.kind]
    mark = LETTERS[len(question.order) - 1]
    return mark if question.kind == MULTI else mark.lower()


@lru_cache
def _slot_of(mark: str) -> Slot:
    if mark == TRUTH:
        return Slot("TF", is_multi=False)
    if mark in LENGTHS:
        return Slot("", is_multi=False, length=LENGTHS[mark])
    return Slot(LETTERS[: LETTERS.index(mark.upper()) + 1], is_multi=mark.isupper())
