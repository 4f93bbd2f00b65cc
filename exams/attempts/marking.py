"""Marking, once at the closing, and marking again; always under the lock of the attempt's row."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from exams import grading
from exams.attempts import scripts
from exams.models import Attempt, KeyFix, LateReview, Marking
from exams.models.keyfix import Marked
from lms.errors import DomainError
from lms.users.models import User

RECEIPT_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is misread over the telephone
RESULT_FIELDS = ["points_centi", "has_passed", "result", "rule_version"]
CLOSING_FIELDS = ["status", "closed_at", "closed_by", "forced_by", "forced_reason", "news", "receipt_number"]
CLOSING_FIELDS += RESULT_FIELDS


class NotMarked(DomainError):
    message = "这次考试还没有收卷，不能重新评分。请在收卷以后再试。"


class StillAwaiting(DomainError):
    message = "这次考试还有简答题没有评完，或者有迟到作答等待审核，现在不能公布成绩。"


def mark(locked: Attempt, *, now: datetime, closed_by: Attempt.ClosedBy = Attempt.ClosedBy.CANDIDATE) -> None:
    """
    Close the open attempt whose row the caller has locked: status, 回执号, points, result.

    With 简答 answers that people have to mark there is no result yet: AWAITING. `closed_by` says who closes it while
    the time runs; after the deadline it is the clock that has closed it.
    Source: docs/rules/grading.md, rules G1-G6, G9 and G22.
    """
    by_clock = now > locked.deadline_at
    locked.closed_at = locked.deadline_at if by_clock else now
    locked.closed_by = Attempt.ClosedBy.CLOCK if by_clock else closed_by
    locked.receipt_number = _receipt_number(now)
    if scripts.open_scripts(locked):
        locked.status = Attempt.Status.AWAITING
    else:
        locked.status = Attempt.Status.MARKED
        _write(locked, result_of(locked))
    locked.save(update_fields=CLOSING_FIELDS)


@transaction.atomic
def publish(*, attempt: Attempt, now: datetime) -> Attempt:
    """
    AWAITING → MARKED, when people have marked every 简答; publishing again returns the same result.

    Raises: StillAwaiting; NotMarked while the attempt is open. Source: docs/rules/grading.md, rule G25.
    """
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if locked.status == Attempt.Status.OPEN:
        raise NotMarked
    if locked.status == Attempt.Status.MARKED:
        return locked
    if locked.scripts.waiting().exists() or locked.late_reviews.filter(status=LateReview.Status.PENDING).exists():
        raise StillAwaiting
    locked.status, locked.published_at = Attempt.Status.MARKED, now
    _write(locked, result_of(locked))
    locked.save(update_fields=["status", "published_at", *RESULT_FIELDS])
    _note(locked, number=1, cause=Marking.Cause.MANUAL, person=None, now=now)  # issuing looks at rows like this
    return locked


@transaction.atomic
def remark(*, attempt: Attempt, cause: Marking.Cause, person: User, now: datetime) -> Attempt:
    """
    Mark a closed attempt again, from its paper and what stands in its journal, with today's rule.

    Every re-marking is a row, also if no figure changes; before the first one the original becomes row 1. When and how
    the attempt was closed, its 回执号 and its pass mark never change. What waits for people to mark it takes in what
    was admitted and gets its points later. Raises: NotMarked; ScriptsMarked if another 简答 answer stands than was
    marked.
    Source: docs/rules/exam-room.md, rule R8; docs/rules/grading.md, rule G25.
    """
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    scripts.renew_scripts(locked)
    if locked.status == Attempt.Status.AWAITING:
        return locked
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


def result_of(attempt: Attempt, *, trial: Mapping[int, Marked] | None = None) -> grading.Result:
    """
    Grade what stands in the journal with today's rule and the keys in force, changing nothing.

    `trial` says, by item version, how some would be marked instead: the preview of a key fix is the real computation.
    Units: hundredths of a point. Sources: docs/rules/grading.md, rules G1-G6; docs/rules/key-fix.md, rules K4 and K5.
    """
    questions = attempt.questions
    marked = KeyFix.objects.marking_of([question.version for question in questions]) | dict(trial or {})
    return grading.grade(
        paper=questions,
        keys={version: one.key for version, one in marked.items()},
        answers={position: answer for position, (_, answer) in attempt.entries.standing().items()},
        pass_centi=attempt.pass_centi,
        rule=attempt.rule,
        given=scripts.given_in(attempt),
        void={version: one.void for version, one in marked.items() if one.void},
    )


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
