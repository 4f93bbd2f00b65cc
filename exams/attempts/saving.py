"""What an open page sends, stored by whichever journal fits the database."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from exams.attempts.grouping import Group
from exams.attempts.journal import Entry, Receipt, check, save_answers
from exams.attempts.pages import Page, PageUnknown
from exams.attempts.postgres import Journal, Write
from exams.models import Attempt, AttemptSession

MOST_AT_ONCE = 64
JOURNAL = Journal()
GROUP = Group(JOURNAL.store, key=lambda write: write.page.attempt, size=MOST_AT_ONCE)


def save_from_page(*, page: Page, entries: Sequence[Entry], now: datetime) -> Receipt:
    """
    Append what an open page sends; without entries note that the page is alive.

    Inside a transaction of the caller it is part of that transaction. Raises: as save_answers; PageUnknown if the
    attempt is gone or the account is disabled. Source: docs/rules/exam-room.md, rule R4.
    """
    check(entries, slots=page.slots)
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        return GROUP.do(Write(page, tuple(entries), now))
    return _save_by_rows(page=page, entries=entries, now=now)


@transaction.atomic
def _save_by_rows(*, page: Page, entries: Sequence[Entry], now: datetime) -> Receipt:
    attempt = Attempt.objects.of(page.candidate).filter(pk=page.attempt, candidate__is_active=True).only("pk").first()
    if attempt is None:
        raise PageUnknown
    if not entries:
        AttemptSession.objects.filter(attempt=attempt, number=page.session).update(seen_at=now)
    return save_answers(attempt=attempt, entries=entries, now=now)
