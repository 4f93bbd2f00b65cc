"""Marking, once at the closing, and marking again; always under the lock of the attempt's row."""

import secrets
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from exams import grading
from exams.models import Attempt, ItemVersion, Marking
from lms.errors import DomainError
from lms.users.models import User

RECEIPT_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is misread over the telephone
RESULT_FIELDS = ["points_centi", "has_passed", "result", "rule_version"]
CLOSING_FIELDS = ["status", "closed_at", "closed_by", "forced_by", "forced_reason", "news", "receipt_number"]
CLOSING_FIELDS += RESULT_FIELDS


class NotMarked(DomainError):
    message = "这次考试还没有收卷，不能重新评分。请在收卷以后再试。"


def mark(locked: Attempt, *, now: datetime, closed_by: Attempt.ClosedBy = Attempt.ClosedBy.CANDIDATE) -> None:
    """
    Close the open attempt whose row the caller has locked: status, 回执号, points, result.

    `closed_by` says who closes it while the time runs; after the deadline it is the clock that has closed it.
    Source: docs/rules/grading.md, rules G1-G6 and G9.
    """
    by_clock = now > locked.deadline_at
    result = result_of(locked)
    locked.status = Attempt.Status.MARKED
    locked.closed_at = locked.deadline_at if by_clock else now
    locked.closed_by = Attempt.ClosedBy.CLOCK if by_clock else closed_by
    locked.receipt_number = _receipt_number(now)
    _write(locked, result)
    locked.save(update_fields=CLOSING_FIELDS)


@transaction.atomic
def remark(*, attempt: Attempt, cause: Marking.Cause, person: User, now: datetime) -> Attempt:
    """
    Mark a closed attempt again, from its paper and what stands in its journal, with today's rule.

    Every re-marking is a row, also if no figure changes; before the first one the original becomes row 1. When and how
    the attempt was closed, its 回执号 and its pass mark never change. Raises: NotMarked.
    Source: docs/rules/exam-room.md, rule R8.
    """
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if locked.status != Attempt.Status.MARKED or locked.closed_at is None:
        raise NotMarked
    last = locked.markings.aggregate(last=Max("number"))["last"]
    if last is None:
        last = 1
        _note(locked, number=last, cause=Marking.Cause.HAND_IN, person=None, now=locked.closed_at)
    _write(locked, result_of(locked))
    locked.save(update_fields=RESULT_FIELDS)
    _note(locked, number=last + 1, cause=cause, person=person, now=now)
    return locked


def result_of(attempt: Attempt) -> grading.Result:
    """
    Grade what stands in the journal with today's rule, changing nothing.

    Units: hundredths of a point. Source: docs/rules/grading.md, rules G1-G6.
    """
    questions = attempt.questions
    keys = dict(ItemVersion.objects.filter(pk__in=[q.version for q in questions]).values_list("pk", "key"))
    answers = {position: answer for position, (_, answer) in attempt.entries.standing().items()}
    return grading.grade(paper=questions, keys=keys, answers=answers, pass_centi=attempt.pass_centi)


def _write(attempt: Attempt, result: grading.Result) -> None:
    attempt.points_centi = result.points_centi
    attempt.has_passed = result.has_passed
    attempt.result = {"modules": {code: asdict(module) for code, module in result.modules.items()}}
    attempt.rule_version = grading.RULE_VERSION


def _note(attempt: Attempt, *, number: int, cause: Marking.Cause, person: User | None, now: datetime) -> None:
    Marking.objects.create(
        attempt=attempt,
        number=number,
        cause=cause,
        points_centi=attempt.points_centi,
        has_passed=bool(attempt.has_passed),
        result=attempt.result,
        rule_version=attempt.rule_version,
        made_at=now,
        made_by=person,
    )


def _receipt_number(now: datetime) -> str:
    return f"{timezone.localtime(now):%Y%m%d}-" + "".join(secrets.choice(RECEIPT_LETTERS) for _ in range(8))
