"""Closed attempts with late answers, as the review and the appeals need them."""

from datetime import timedelta

from exams import attempts
from exams.attempts import Entry
from exams.models import Attempt, LateReview
from tests.factories.exams import S, right_answer

CLOCK_ERROR = timedelta(minutes=60)  # how far the device's clock runs ahead


def make_late(attempt: Attempt, *, positions: tuple[int, ...] = (0,), before_bell: int = 30) -> LateReview:
    """
    Let the clock close an open attempt, then deliver right answers to these positions ten minutes late.

    The device's clock is an hour ahead; it says that the answers were written `before_bell` seconds before the bell.
    Three answers came in time, one after half an hour in a queue.
    """
    bell_at = attempt.deadline_at
    for minutes, waited, position in ((10, 1, 1), (20, 1, 2), (60, 1800, 3)):
        received_at = attempt.started_at + timedelta(minutes=minutes)
        written_at = received_at - timedelta(seconds=waited) + CLOCK_ERROR
        entry = Entry(S + minutes, position, "", client_at=written_at)
        attempts.save_answers(attempt=attempt, entries=[entry], now=received_at)
    attempts.close_overdue(now=bell_at + timedelta(seconds=10))
    written_at = bell_at - timedelta(seconds=before_bell) + CLOCK_ERROR
    entries = [Entry(S + 100 + at, at, right_answer(attempt, at), client_at=written_at) for at in positions]
    attempts.save_answers(attempt=attempt, entries=entries, now=bell_at + timedelta(minutes=10))
    attempt.refresh_from_db()
    return attempt.late_reviews.latest("pk")
