"""The job behind a correction: first what it would do, then doing it. It may stop and go on anywhere."""

import time
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from exams import attempts
from exams.grading import Result
from exams.models import Attempt, KeyFix, KeyFixRow, Marking
from exams.models.keyfix import marked_by
from exams.results import history, mails

PORTION = 200  # attempts looked at, or rows taken, at once
SWEEP_SECONDS = 20  # one sweep stops after this; the next goes on
Status = KeyFix.Status

log = structlog.get_logger(__name__)


def work_off(*, now: datetime, seconds: float = SWEEP_SECONDS) -> int:
    """
    Go on with every correction that is being prepared or carried out, for so many seconds; return how many moved on.

    Source: docs/rules/key-fix.md, rules K4 and K6.
    """
    until, settled = time.monotonic() + seconds, 0
    for fix in KeyFix.objects.unfinished().select_related("version__item", "decided_by"):
        step = _prepare if fix.status == Status.PREPARING else _carry_out
        settled += step(fix, now, until)
        if time.monotonic() > until:
            break
    return settled


def affected(fix: KeyFix) -> QuerySet[Attempt]:
    """
    Return the marked attempts that may have the version on their paper.

    Each paper has to be looked at; a database that can, narrows them down.
    """
    rows = Attempt.objects.filter(status=Attempt.Status.MARKED)
    if connection.features.supports_json_field_contains:
        rows = rows.filter(paper__contains=[[fix.version_id]])
    return rows


def _prepare(fix: KeyFix, now: datetime, until: float) -> bool:
    """PREPARING → PROPOSED once every attempt has been looked at."""
    if not _scan(fix, until, is_foreseen=True):
        return False
    ready = KeyFix.objects.filter(pk=fix.pk, status=Status.PREPARING)
    return bool(ready.update(status=Status.PROPOSED, previewed_at=now))


def _carry_out(fix: KeyFix, now: datetime, until: float) -> bool:
    """REGRADING → DONE once nothing waits, and nothing was closed under the old key at the moment of approval."""
    if not _regrade_waiting(fix, now, until):
        return False
    if fix.decided_at is None or now < fix.decided_at + timedelta(seconds=settings.KEY_FIX_SETTLE_SECONDS):
        return False  # a hand-in that had read the old key may not be committed yet
    if not _scan(fix, until, is_foreseen=False) or not _regrade_waiting(fix, now, until):
        return False
    return bool(KeyFix.objects.filter(pk=fix.pk, status=Status.REGRADING).update(status=Status.DONE, finished_at=now))


def _scan(fix: KeyFix, until: float, *, is_foreseen: bool) -> bool:
    """Write a row for each attempt with the version on its paper and no row; return whether all were looked at."""
    marked = marked_by(fix.version.key, fix.action, fix.key)
    while portion := list(affected(fix).filter(pk__gt=fix.scanned_to).order_by("pk")[:PORTION]):
        known = set(fix.rows.filter(attempt__in=portion).values_list("attempt", flat=True))
        rows = [
            _row(fix, attempt, attempts.result_of(attempt, trial={fix.version_id: marked}), is_foreseen=is_foreseen)
            for attempt in portion
            if attempt.pk not in known and any(row[0] == fix.version_id for row in attempt.paper)
        ]
        fix.scanned_to = portion[-1].pk
        with transaction.atomic():
            KeyFixRow.objects.bulk_create(rows, ignore_conflicts=True)
            KeyFix.objects.filter(pk=fix.pk).update(scanned_to=fix.scanned_to)
        if time.monotonic() > until:
            return False
    return True


def _row(fix: KeyFix, attempt: Attempt, result: Result, *, is_foreseen: bool) -> KeyFixRow:
    return KeyFixRow(
        fix=fix,
        attempt=attempt,
        is_foreseen=is_foreseen,
        before_centi=attempt.points_centi,
        before_passed=bool(attempt.has_passed),
        after_centi=result.points_centi,
        after_passed=result.has_passed,
    )


def _regrade_waiting(fix: KeyFix, now: datetime, until: float) -> bool:
    """Mark again what waits; return whether nothing does any more. One that fails is tried again by the next sweep."""
    last = 0
    while rows := list(fix.rows.waiting().filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:PORTION]):
        for pk in rows:
            last = pk
            try:
                _regrade(pk, fix, now)
            except Exception:
                log.exception("attempt not marked again", key_fix=fix.pk, row=pk)
            if time.monotonic() > until:
                return False
    return not fix.rows.waiting().exists()


@transaction.atomic
def _regrade(pk: int, fix: KeyFix, now: datetime) -> None:
    """One attempt: marking, record and letter in one transaction, so each happens once. Source: K6 and K8."""
    row = KeyFixRow.objects.select_for_update(of=("self",)).select_related("attempt").get(pk=pk)
    if row.regraded_at is not None or fix.decided_by is None:  # another worker was here
        return
    attempt = attempts.remark(attempt=row.attempt, cause=Marking.Cause.KEY_FIX, person=fix.decided_by, now=now)
    row.final_centi, row.final_passed, row.regraded_at = attempt.points_centi, attempt.has_passed, now
    row.save(update_fields=["final_centi", "final_passed", "regraded_at"])
    change = history.last_change(attempt)
    if change and change.has_changed and not attempt.is_mock:
        mails.tell_key_fix(fix=fix, attempt=attempt)
