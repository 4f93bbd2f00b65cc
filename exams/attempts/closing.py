"""Handing in and the clock's closing. What is closed is marked at once, under the lock of the attempt's row."""

from datetime import datetime

import structlog
from django.db import transaction

from exams.attempts.marking import mark
from exams.models import Attempt

log = structlog.get_logger(__name__)


@transaction.atomic
def hand_in(*, attempt: Attempt, now: datetime) -> Attempt:
    """
    Close the attempt for good, mark it and give it its 回执号; handing in again returns the same result.

    After the deadline it is the clock that has closed it. Source: docs/rules/grading.md, rules G8 and G9.
    """
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if locked.status == Attempt.Status.OPEN:
        mark(locked, now=now)
    return locked


def close_if_overdue(*, attempt: Attempt, now: datetime) -> Attempt:
    """
    Return the attempt, closed by the clock if the bell and the network allowance are past.

    It looks again under the lock: an invigilator may have moved the bell since the caller read the row.
    Whoever reads an attempt calls this, so nobody depends on the sweep. Source: docs/rules/grading.md, rule G9.
    """
    return _close(attempt, now) if attempt.is_overdue(now) else attempt


@transaction.atomic
def _close(attempt: Attempt, now: datetime) -> Attempt:
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if locked.is_overdue(now):
        mark(locked, now=now)
    return locked


def close_overdue(*, now: datetime) -> int:
    """
    Close every overdue attempt with what its journal holds; return how many.

    A row that fails is logged and does not stop the others. Source: docs/rules/grading.md, rule G9.
    """
    closed = 0
    for attempt in Attempt.objects.overdue(now).order_by("deadline_at").only("status", "deadline_at"):
        try:
            closed += close_if_overdue(attempt=attempt, now=now).status != Attempt.Status.OPEN
        except Exception:
            log.exception("attempt_not_closed", attempt=attempt.pk)
    return closed
