"""What an invigilator does to attempts that are open: more time, closing them, telling people something."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F

from exams.attempts.closing import close_if_overdue
from exams.attempts.marking import mark
from exams.models import Attempt, Extension, RoomMessage
from lms.errors import DomainError
from lms.users.models import User

log = structlog.get_logger(__name__)
MAX_MINUTES = 180
MAX_REASON = 200
MAX_TEXT = 300
BATCH = 500  # rows locked and written by one statement


class AttemptNotOpen(DomainError):
    """It is closed already; the sentence says by whom and what is left to do."""

    message = "这次考试已经收卷，不能再延时或收卷。对成绩有异议的，请考生在结果页申请成绩复核。"


class BadInvigilation(DomainError):
    """Minutes, reason or text are missing or beyond their bounds. Nothing was changed."""


def extend(*, attempt: Attempt, minutes: int, reason: str, person: User, now: datetime) -> Extension:
    """
    Give one open attempt more minutes; its page is told.

    Raises: BadInvigilation; AttemptNotOpen if it is closed, or the clock is about to.
    Source: docs/rules/exam-room.md, rule R6.
    """
    extensions = extend_all(attempts=[attempt], minutes=minutes, reason=reason, person=person, now=now)
    if not extensions:
        raise AttemptNotOpen
    return extensions[0]


def extend_all(
    *, attempts: Iterable[Attempt], minutes: int, reason: str, person: User, now: datetime
) -> list[Extension]:
    """
    Give each of these attempts that is open the same minutes, in one transaction; closed ones are left out.

    Raises: BadInvigilation. Source: docs/rules/exam-room.md, rule R6.
    """
    if not 1 <= minutes <= MAX_MINUTES:
        raise BadInvigilation(f"延长的时间要在 1 到 {MAX_MINUTES} 分钟之间。请改一下再提交。")
    reason = _sentence(reason, name="原因", longest=MAX_REASON)
    extensions: list[Extension] = []
    with transaction.atomic():
        for rows in _locked(attempts):
            opened = [row for row in rows if row.status == Attempt.Status.OPEN and not row.is_overdue(now)]
            extensions += Extension.objects.bulk_create(
                Extension(
                    attempt=row,
                    minutes=minutes,
                    reason=reason,
                    old_deadline_at=row.deadline_at,
                    new_deadline_at=row.deadline_at + timedelta(minutes=minutes),
                    granted_at=now,
                    granted_by=person,
                )
                for row in opened
            )
            Attempt.objects.filter(pk__in=[row.pk for row in opened]).update(
                deadline_at=F("deadline_at") + timedelta(minutes=minutes), news=F("news") + 1
            )
    log.info("attempts_extended", count=len(extensions), minutes=minutes, person=person.pk)
    return extensions


def force_hand_in(*, attempt: Attempt, reason: str, person: User, now: datetime) -> Attempt:
    """
    Close one open attempt and mark what its journal holds; the result page says who closed it and why.

    Raises: BadInvigilation; AttemptNotOpen if the candidate or the clock was first: that closing stands.
    Source: docs/rules/exam-room.md, rule R6.
    """
    reason = _sentence(reason, name="原因", longest=MAX_REASON)
    close_if_overdue(attempt=attempt, now=now)
    with transaction.atomic():
        locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
        if locked.status != Attempt.Status.OPEN:
            raise AttemptNotOpen
        if now > locked.deadline_at:
            raise AttemptNotOpen("考试时间已到，系统会在几秒内到时收卷，不用再收。")
        locked.forced_by, locked.forced_reason = person, reason
        locked.news += 1
        mark(locked, now=now, closed_by=Attempt.ClosedBy.INVIGILATOR)
    log.info("attempt_forced", attempt=locked.pk, person=person.pk)
    return locked


@transaction.atomic
def send_message(*, attempts: Iterable[Attempt], text: str, person: User, now: datetime) -> int:
    """
    Show a sentence on the page of each of these attempts that is open; return how many that were.

    Raises: BadInvigilation. Source: docs/rules/exam-room.md, rule R6.
    """
    text = _sentence(text, name="消息", longest=MAX_TEXT)
    sent = 0
    for rows in _locked(attempts):
        opened = [row.pk for row in rows if row.status == Attempt.Status.OPEN]
        RoomMessage.objects.bulk_create(
            RoomMessage(attempt_id=pk, text=text, sent_at=now, sent_by=person) for pk in opened
        )
        Attempt.objects.filter(pk__in=opened).update(news=F("news") + 1)
        sent += len(opened)
    log.info("message_sent", count=sent, person=person.pk)
    return sent


def _locked(attempts: Iterable[Attempt]) -> Iterator[Sequence[Attempt]]:
    """Lock the rows, always in the same order, so that two invigilators wait for each other and never in a circle."""
    pks = sorted({attempt.pk for attempt in attempts})
    for first in range(0, len(pks), BATCH):
        rows = Attempt.objects.select_for_update().filter(pk__in=pks[first : first + BATCH])
        yield list(rows.only("status", "deadline_at").order_by("pk"))


def _sentence(text: str, *, name: str, longest: int) -> str:
    text = " ".join(text.split())
    if not text:
        raise BadInvigilation(f"请填写{name}，考生看得到。")
    if len(text) > longest:
        raise BadInvigilation(f"{name}最多 {longest} 字，现在有 {len(text)} 字。请写短一些。")
    return text
