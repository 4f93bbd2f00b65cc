"""What a person gives an answer, and what two make together. Source: docs/rules/grading.md, rules G23 and G24."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from exams.models import Attempt, Script, ScriptMark
from exams.models.marking_scripts import CLAIM_LASTS, RECONCILER, REMARK
from lms.errors import DomainError
from lms.users.models import User

Status = Script.Status
STEP = 50  # half a share
MAX_COMMENT = 1000
MAX_NOTE = 300
MAX_NOTES = 30


class MarkedAlready(DomainError):
    message = "这份作答已经评过了：可能是你自己，也可能别人先交了。请评下一份。"


class NotYours(DomainError):
    message = "这是你自己的作答，或者你已经评过它，要由别人来评。"


class OnAnotherTable(DomainError):
    message = "这份作答现在在另一位评阅人手上。请评下一份。"


class NotDisputed(DomainError):
    message = "这份作答没有等待仲裁，或者已经仲裁过了。请刷新队列。"


class NotToRemark(DomainError):
    message = "这份作答不用重评：成绩复核已经答复或撤回，或者别人已经评过。请刷新列表。"


class BadMark(DomainError):
    message = "打分不符合评分标准，请检查每一条的分。"


class Note(NamedTuple):
    """A remark on characters `start` to `end` (from 0, end not included) of the answer."""

    start: int
    end: int
    text: str


@transaction.atomic
def give(
    *, script: Script, marker: User, given: Sequence[int], comment: str = "", notes: Sequence[Note] = (), now: datetime
) -> Script:
    """
    Mark an answer as the first or the second person; two who agree, or one where one is enough, finish it.

    Units: `given` in hundredths of the rubric's shares, one for each line, in halves. Raises: MarkedAlready, NotYours,
    OnAnotherTable, BadMark. Source: docs/rules/grading.md, rules G23 and G24.
    """
    locked = _lock(script)
    if locked.status not in {Status.FIRST, Status.SECOND}:
        raise MarkedAlready
    _check_person(locked, marker)
    if locked.claimed_by_id not in {None, marker.pk} and not _is_stale(locked, now):
        raise OnAnotherTable
    number = 1 if locked.status == Status.FIRST else 2
    mark = _write(locked, number, marker, given, comment, notes, now)
    exam = locked.attempt.exam
    if number == 1:
        status, points = (Status.SECOND, None) if exam.marks_twice else (Status.DONE, mark.points_centi)
    else:
        first = locked.marks.get(number=1)
        gap = abs(first.points_centi - mark.points_centi)
        if gap * 100 <= locked.of_centi * exam.marking_gap_percent:
            status, points = Status.DONE, (first.points_centi + mark.points_centi) // 2
        else:
            status, points = Status.DISPUTED, None
    return _settle(locked, status, points, now)


@transaction.atomic
def reconcile(
    *, script: Script, person: User, given: Sequence[int], comment: str = "", notes: Sequence[Note] = (), now: datetime
) -> Script:
    """
    Settle what two markers see too differently: what this third person gives is what counts.

    Units as in `give`. Raises: NotDisputed, NotYours, BadMark. Source: docs/rules/grading.md, rule G24.
    """
    locked = _lock(script)
    if locked.status != Status.DISPUTED:
        raise NotDisputed
    _check_person(locked, person)
    mark = _write(locked, RECONCILER, person, given, comment, notes, now)
    return _settle(locked, Status.DONE, mark.points_centi, now)


@transaction.atomic
def remark(
    *, script: Script, marker: User, given: Sequence[int], comment: str = "", notes: Sequence[Note] = (), now: datetime
) -> Script:
    """
    Mark an answer once more for an appeal. It counts when the appeal is answered, not before.

    Units as in `give`. Raises: NotToRemark, NotYours, BadMark. Source: docs/rules/exam-room.md, rule R9.
    """
    Attempt.objects.select_for_update().get(pk=script.attempt_id)  # first, as everything that marks does
    locked = _lock(script)
    if not Script.objects.to_remark().filter(pk=locked.pk).exists():
        raise NotToRemark
    _check_person(locked, marker)
    _write(locked, REMARK, marker, given, comment, notes, now)
    return locked


def _lock(script: Script) -> Script:
    return Script.objects.select_for_update().get(pk=script.pk)


def _check_person(locked: Script, person: User) -> None:
    if locked.attempt.candidate_id == person.pk or locked.marks.filter(marker=person).exists():
        raise NotYours


def _is_stale(locked: Script, now: datetime) -> bool:
    return locked.claimed_at is None or locked.claimed_at < now - CLAIM_LASTS


def _write(
    locked: Script,
    number: int,
    marker: User,
    given: Sequence[int],
    comment: str,
    notes: Sequence[Note],
    now: datetime,
) -> ScriptMark:
    shares = [row["points"] * 100 for row in locked.version.rubric]
    if len(given) != len(shares):
        raise BadMark
    if any(not 0 <= points <= share or points % STEP for points, share in zip(given, shares, strict=True)):
        raise BadMark("每一条只能打 0 到该条分值之间的分，可以打半分。")
    if len(comment) > MAX_COMMENT:
        raise BadMark(f"评语最多 {MAX_COMMENT} 字。")
    if len(notes) > MAX_NOTES or any(not _fits(note, locked.text) for note in notes):
        raise BadMark(f"批注最多 {MAX_NOTES} 条，每条 1–{MAX_NOTE} 字，并且要标在作答的文字上。")
    return ScriptMark.objects.create(
        script=locked,
        number=number,
        marker=marker,
        given=list(given),
        points_centi=locked.of_centi * sum(given) // sum(shares),
        comment=comment.strip(),
        notes=[note._asdict() for note in notes],
        made_at=now,
    )


def _fits(note: Note, text: str) -> bool:
    return 0 <= note.start < note.end <= len(text) and 1 <= len(note.text.strip()) <= MAX_NOTE


def _settle(locked: Script, status: Script.Status, points: int | None, now: datetime) -> Script:
    locked.status, locked.points_centi = status, points
    locked.done_at = now if status == Status.DONE else None
    locked.claimed_by = locked.claimed_at = None
    locked.save()
    return locked
