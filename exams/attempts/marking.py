"""Marking: once at the closing, always under the lock of the attempt's row."""

import secrets
from dataclasses import asdict
from datetime import datetime

from django.utils import timezone

from exams import grading
from exams.models import Attempt, ItemVersion

RECEIPT_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is misread over the telephone


def mark(locked: Attempt, *, now: datetime, closed_by: Attempt.ClosedBy = Attempt.ClosedBy.CANDIDATE) -> None:
    """
    Close the open attempt whose row the caller has locked: status, 回执号, points, result.

    `closed_by` says who closes it while the time runs; after the deadline it is the clock that has closed it.
    Source: docs/rules/grading.md, rules G1-G6 and G9.
    """
    by_clock = now > locked.deadline_at
    result = _grade(locked)
    locked.status = Attempt.Status.MARKED
    locked.closed_at = locked.deadline_at if by_clock else now
    locked.closed_by = Attempt.ClosedBy.CLOCK if by_clock else closed_by
    locked.receipt_number = _receipt_number(now)
    _write(locked, result)
    locked.save()


def _grade(attempt: Attempt) -> grading.Result:
    questions = attempt.questions
    keys = dict(ItemVersion.objects.filter(pk__in=[q.version for q in questions]).values_list("pk", "key"))
    answers = {position: answer for position, (_, answer) in attempt.entries.standing().items()}
    return grading.grade(paper=questions, keys=keys, answers=answers, pass_centi=attempt.pass_centi)


def _write(attempt: Attempt, result: grading.Result) -> None:
    attempt.points_centi = result.points_centi
    attempt.has_passed = result.has_passed
    attempt.result = {"modules": {code: asdict(module) for code, module in result.modules.items()}}
    attempt.rule_version = grading.RULE_VERSION


def _receipt_number(now: datetime) -> str:
    return f"{timezone.localtime(now):%Y%m%d}-" + "".join(secrets.choice(RECEIPT_LETTERS) for _ in range(8))
