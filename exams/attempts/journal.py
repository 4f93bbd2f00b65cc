"""Saving answers: an append-only journal that may be sent twice, out of order and late."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from exams.attempts.pages import Slot, slots_of
from exams.models import SESSION_SPAN, AnswerEntry, Attempt, LateReview
from exams.models.attempts import save_allowance
from lms.errors import DomainError

MAX_BATCH = 200
MAX_ENTRIES = 20_000  # four changes a second for 80 minutes; bounds the journal of an attempt
MAX_SEQ = 2**31 - 1  # of the column
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # what a database cannot or need not keep
SEQ_RULE = f"序号要从打开页面时得到的 first_seq 数起，每个页面最多 {SESSION_SPAN - 1} 个。"
FULL = f"一次考试最多保存 {MAX_ENTRIES} 条作答，已经满了。已保存的作答有效。"


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
    is then the highest number of that session, so that the page can number on from there. `is_late` says that the new
    entries came after the bell and its allowance, and are not graded. `session_number` is the newest session's; `news`
    as on the attempt.
    """

    acked: tuple[int, ...]
    conflicts: tuple[int, ...]
    last_seq: int | None
    is_late: bool
    deadline_at: datetime
    session_number: int
    news: int


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

    What arrives after the deadline plus the network allowance, or after the clock or an invigilator closed the attempt,
    is kept, marked late, not graded, and waits for review. Raises: BadEntries (nothing stored); AttemptClosed after the
    candidate's own hand-in. Source: docs/rules/grading.md, rules G8 and G9; docs/rules/exam-room.md, rules R4 and R8.
    """
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if locked.closed_by == Attempt.ClosedBy.CANDIDATE:
        raise AttemptClosed
    check(entries, slots=slots_of(locked.questions))
    check_sessions(entries, newest=locked.session_number)
    is_late = locked.status != Attempt.Status.OPEN or now > locked.deadline_at + save_allowance()
    acked, conflicts = _append(locked, entries, now=now, is_late=is_late)
    return Receipt(
        acked=acked,
        conflicts=conflicts,
        last_seq=last_seq(locked.pk, conflicts) if conflicts else None,
        is_late=is_late,
        deadline_at=locked.deadline_at,
        session_number=locked.session_number,
        news=locked.news,
    )


def check(entries: Sequence[Entry], *, slots: Sequence[Slot]) -> None:
    """
    Look at entries alone: may they belong to a paper with these slots?

    Raises: BadEntries. Source: docs/rules/grading.md, rule G9.
    """
    if len(entries) > MAX_BATCH:
        raise BadEntries(message=f"一次最多保存 {MAX_BATCH} 条作答，这次有 {len(entries)} 条。请分批发送。")
    if problems := [problem for entry in entries for problem in _problems(entry, slots)]:
        raise BadEntries(problems)


def check_sessions(entries: Sequence[Entry], *, newest: int) -> None:
    """Refuse numbers that belong to no session so far. Raises: BadEntries. Source: exam-room.md, rule R4."""
    if ahead := [entry for entry in entries if entry.seq // SESSION_SPAN > newest]:
        raise BadEntries([EntryProblem(entry.seq, "seq", SEQ_RULE) for entry in ahead])


def _append(
    locked: Attempt, entries: Sequence[Entry], *, now: datetime, is_late: bool
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Store what is new. The row lock makes looking first and inserting then safe."""
    if not entries:  # a pulse: it asks for the time only
        return (), ()
    stored = {
        seq: (position, answer)
        for seq, position, answer in AnswerEntry.objects.filter(
            attempt=locked, seq__in={entry.seq for entry in entries}
        ).values_list("seq", "position", "answer")
    }
    fresh: list[Entry] = []
    for entry in entries:
        if entry.seq not in stored:
            stored[entry.seq] = entry.content
            fresh.append(entry)
    if fresh and locked.entries.count() + len(fresh) > MAX_ENTRIES:
        raise BadEntries(message=FULL)
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
    if any(entry.seq // SESSION_SPAN < locked.session_number for entry in fresh):  # the newest page is to fetch them
        locked.news += 1
        locked.save(update_fields=["news"])
    if fresh and is_late and not locked.is_mock:
        LateReview.objects.get_or_create(attempt=locked, status=LateReview.Status.PENDING, defaults={"opened_at": now})
    return sort_out(entries, stored)


def sort_out(
    entries: Sequence[Entry], stored: Mapping[int, tuple[int, str]]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Tell acknowledged numbers from those that the journal holds with other content."""
    acked = {entry.seq for entry in entries if stored[entry.seq] == entry.content}
    conflicts = {entry.seq for entry in entries if stored[entry.seq] != entry.content}
    return tuple(sorted(acked)), tuple(sorted(conflicts))


def last_seq(attempt: int, conflicts: Sequence[int]) -> int:
    """Return the highest number that the journal holds of the session in which the last conflict is."""
    session = conflicts[-1] // SESSION_SPAN
    entries = AnswerEntry.objects.filter(
        attempt=attempt, seq__gt=session * SESSION_SPAN, seq__lt=(session + 1) * SESSION_SPAN
    )
    last: int = entries.aggregate(last=Max("seq"))["last"]
    return last


def _problems(entry: Entry, slots: Sequence[Slot]) -> list[EntryProblem]:
    problems = []
    if not SESSION_SPAN < entry.seq <= MAX_SEQ or entry.seq % SESSION_SPAN == 0:
        problems.append(EntryProblem(entry.seq, "seq", SEQ_RULE))
    if not 0 <= entry.position < len(slots):
        problems.append(
            EntryProblem(entry.seq, "position", f"试卷没有这道题：题目位置要在 0 到 {len(slots) - 1} 之间。")
        )
    elif (slot := slots[entry.position]).length:
        if problem := _problem_of_text(entry.answer, slot.length):
            problems.append(EntryProblem(entry.seq, "answer", f"第 {entry.position + 1} 题{problem}"))
    elif not _fits(entry.answer, slot):
        text = f"第 {entry.position + 1} 题不能这样作答：可选 {'、'.join(slot.letters)}"
        rule = "，按字母顺序、不重复" if slot.is_multi else "，只能选一个"
        problems.append(EntryProblem(entry.seq, "answer", f"{text}{rule}。"))
    return problems


def _problem_of_text(text: str, length: int) -> str:
    """Say what keeps a typed answer out of the journal, "" for nothing. Source: docs/rules/grading.md, rule G20."""
    if len(text) > length:
        return f"最多写 {length} 字，现在 {len(text)} 字。"
    return "含有不能保存的控制字符，请删去后重写。" if UNPRINTABLE.search(text) else ""


def _fits(answer: str, slot: Slot) -> bool:
    """Whether the printed letters are offered by the question, in order, without repetition, one only unless 多选."""
    if not slot.is_multi and len(answer) > 1:
        return False
    return set(answer) <= set(slot.letters) and list(answer) == sorted(set(answer))
