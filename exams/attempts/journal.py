"""Saving answers: an append-only journal that may be sent twice, out of order and late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from exams.grading import MULTI, Question
from exams.models import AnswerEntry, Attempt
from exams.models.attempts import save_allowance
from lms.errors import DomainError

MAX_BATCH = 200
MAX_SEQ = 20_000  # four changes a second for 80 minutes; bounds the journal of an attempt


@dataclass(frozen=True)
class Entry:
    """One answer as the browser sends it; `client_at` is the browser's own idea of the time, for evidence only."""

    seq: int
    position: int
    answer: str
    client_at: datetime | None = None

    @property
    def content(self) -> tuple[int, str]:
        return self.position, self.answer


@dataclass(frozen=True)
class EntryProblem:
    """What is wrong with one entry: its seq, the field, and a Chinese sentence."""

    seq: int
    field: str
    message: str


@dataclass(frozen=True)
class Receipt:
    """
    What a save is answered with.

    `acked` are durable in the journal. `conflicts` found their seq taken by other content: the first stays; `last_seq`
    is then the journal's highest number, so that the browser can number on from there. `is_late` says that the new
    entries came after the bell and its allowance, and are not graded.
    """

    acked: tuple[int, ...]
    conflicts: tuple[int, ...]
    last_seq: int | None
    is_late: bool
    deadline_at: datetime


class AttemptClosed(DomainError):
    message = "这次考试已经交卷，不能再作答。请打开考试结果查看。"


class BadEntries(DomainError):
    """Some entries cannot belong to this paper. Nothing of the batch was stored; `problems` names each."""

    message = "有作答内容不符合这份试卷，整批没有保存。请刷新页面后重新作答。"

    def __init__(self, problems: Sequence[EntryProblem] = (), message: str = "") -> None:
        super().__init__(message)
        self.problems = tuple(problems)


@transaction.atomic
def save_answers(*, attempt: Attempt, entries: Sequence[Entry], now: datetime) -> Receipt:
    """
    Append answers to the journal of `attempt`; sending the same entry again is harmless.

    What arrives after the deadline plus the network allowance, or after the clock closed the attempt, is kept, marked
    late and not graded. Raises: BadEntries (nothing stored); AttemptClosed after the candidate's own hand-in.
    Source: docs/rules/grading.md, rules G8 and G9.
    """
    if len(entries) > MAX_BATCH:
        raise BadEntries(message=f"一次最多保存 {MAX_BATCH} 条作答，这次有 {len(entries)} 条。请分批发送。")
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if locked.closed_by == Attempt.ClosedBy.CANDIDATE:
        raise AttemptClosed
    questions = locked.questions
    problems = [problem for entry in entries for problem in _problems(entry, questions)]
    if problems:
        raise BadEntries(problems)
    is_late = locked.status != Attempt.Status.OPEN or now > locked.deadline_at + save_allowance()
    acked, conflicts = _append(locked, entries, now=now, is_late=is_late)
    last_seq = next_seq(attempt=locked) - 1 if conflicts else None
    return Receipt(acked=acked, conflicts=conflicts, last_seq=last_seq, is_late=is_late, deadline_at=locked.deadline_at)


def next_seq(*, attempt: Attempt) -> int:
    """Return the number from which a page that opens this attempt numbers its entries."""
    return (attempt.entries.aggregate(last=Max("seq"))["last"] or 0) + 1


def _append(
    locked: Attempt, entries: Sequence[Entry], *, now: datetime, is_late: bool
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Store what is new. The row lock makes looking first and inserting then safe."""
    if not entries:  # a ping: it asks for the time only
        return (), ()
    stored = {
        seq: (position, answer)
        for seq, position, answer in AnswerEntry.objects.filter(
            attempt=locked, seq__in={entry.seq for entry in entries}
        ).values_list("seq", "position", "answer")
    }
    fresh: list[Entry] = []
    acked: list[int] = []
    conflicts: list[int] = []
    for entry in entries:
        if entry.seq not in stored:
            stored[entry.seq] = entry.content
            fresh.append(entry)
        (acked if stored[entry.seq] == entry.content else conflicts).append(entry.seq)
    AnswerEntry.objects.bulk_create(
        AnswerEntry(
            attempt=locked,
            seq=entry.seq,
            position=entry.position,
            answer=entry.answer,
            client_at=entry.client_at,
            received_at=now,
            is_late=is_late,
        )
        for entry in fresh
    )
    return tuple(sorted(set(acked))), tuple(sorted(set(conflicts)))


def _problems(entry: Entry, questions: Sequence[Question]) -> list[EntryProblem]:
    problems = []
    if not 1 <= entry.seq <= MAX_SEQ:
        problems.append(EntryProblem(entry.seq, "seq", f"序号要在 1 到 {MAX_SEQ} 之间。"))
    if not 0 <= entry.position < len(questions):
        problems.append(
            EntryProblem(entry.seq, "position", f"试卷没有这道题：题目位置要在 0 到 {len(questions) - 1} 之间。")
        )
    elif not _fits(entry.answer, questions[entry.position]):
        question = questions[entry.position]
        text = f"第 {entry.position + 1} 题不能这样作答：可选 {'、'.join(question.letters)}"
        rule = "，按字母顺序、不重复" if question.kind == MULTI else "，只能选一个"
        problems.append(EntryProblem(entry.seq, "answer", f"{text}{rule}。"))
    return problems


def _fits(answer: str, question: Question) -> bool:
    """Whether the printed letters are offered by the question, in order, without repetition, one only unless 多选."""
    if question.kind != MULTI and len(answer) > 1:
        return False
    return set(answer) <= set(question.letters) and list(answer) == sorted(set(answer))
