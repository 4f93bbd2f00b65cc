"""Reading marked attempts, some hundred at a time: a fixed number of statements for each portion."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from django.db.models import QuerySet

from exams.analysis.tally import Answered, Cuts, Sitting
from exams.grading import SHORT, Question, Rule, score
from exams.models import SESSION_SPAN, AnalysisRun, AnswerEntry, Attempt, KeyFix, LateReview, Script
from exams.models.keyfix import Marked

PORTION = 500  # attempts read at once
LONGEST_SECONDS = 30 * 60  # a longer gap is a pause, not thought; rule N9
SHARE_OF_GROUP = 0.27  # rule N6


class Entry(NamedTuple):
    """One line of a journal, as far as an analysis needs it."""

    attempt: int
    seq: int
    position: int
    answer: str
    is_late: bool
    client_at: datetime | None
    received_at: datetime


@dataclass(frozen=True)
class Answers:
    """What stands in one journal: answers and seconds by position; and the points that people gave for 简答."""

    words: dict[int, str]
    seconds: dict[int, int]
    given: dict[int, int]


def attempts_of(run: AnalysisRun) -> QuerySet[Attempt]:
    """Return the marked formal attempts of a run's exam or 考期. Source: docs/rules/item-analysis.md, rule N1."""
    rows = Attempt.objects.formal().filter(exam=run.exam_id, status=Attempt.Status.MARKED)
    return rows.filter(window=run.window_id) if run.window_id else rows


def cuts_of(rows: QuerySet[Attempt]) -> Cuts:
    """Find the scores that bound the upper and the lower group. Source: docs/rules/item-analysis.md, rule N6."""
    count = rows.count()
    if not count:
        return Cuts(upper=0, lower=0)
    rank = max(1, round(count * SHARE_OF_GROUP)) - 1
    ordered = rows.order_by("points_centi").values_list("points_centi", flat=True)
    lower, upper = ordered[rank], ordered[count - 1 - rank]
    return Cuts(upper=upper or 0, lower=lower or 0)


def portions(rows: QuerySet[Attempt]) -> Iterator[list[Sitting]]:
    """Read all attempts in order, PORTION at a time. Source: docs/rules/item-analysis.md, rule N13."""
    known: dict[int, Marked] = {}
    last = 0
    fields = ("pk", "paper", "points_centi", "total_centi", "has_passed", "started_at", "rules")
    while portion := list(rows.filter(pk__gt=last).order_by("pk").only(*fields)[:PORTION]):
        last = portion[-1].pk
        papers = {attempt.pk: attempt.questions for attempt in portion}
        wanted = {question.version for paper in papers.values() for question in paper} - known.keys()
        known |= KeyFix.objects.marking_of(wanted) if wanted else {}
        answers = _answers_of(portion, has_short=any(row.kind == SHORT for paper in papers.values() for row in paper))
        yield [_sitting(attempt, papers[attempt.pk], answers[attempt.pk], known) for attempt in portion]


def _sitting(attempt: Attempt, paper: Sequence[Question], answers: Answers, known: Mapping[int, Marked]) -> Sitting:
    rule = attempt.rule
    return Sitting(
        points_centi=attempt.points_centi or 0,
        total_centi=attempt.total_centi,
        has_passed=bool(attempt.has_passed),
        questions=[
            _answered(question, known[question.version], answers, place, rule)
            for place, question in enumerate(paper)
            if question.points_centi
        ],
    )


def _answered(question: Question, marked: Marked, answers: Answers, place: int, rule: Rule) -> Answered:
    of, answer = question.points_centi, question.original(answers.words.get(place, ""))
    points = score(kind=question.kind, key=marked.key, answer=answer, points_centi=of, rule=rule)
    return Answered(
        version=question.version,
        kind=question.kind,
        points_centi=answers.given.get(place, points),
        of_centi=of,
        answer="" if question.kind == SHORT else answer,
        seconds=answers.seconds.get(place),
        is_void=marked.void is not None,
        has_letters=not question.is_typed,
    )


def _answers_of(portion: Sequence[Attempt], *, has_short: bool) -> dict[int, Answers]:
    """Read what stands in the journals of a portion, and how long it took: two statements, three with 简答."""
    pks = [attempt.pk for attempt in portion]
    admitted = {
        (attempt, seq)
        for attempt, seqs in LateReview.objects.filter(attempt__in=pks).values_list("attempt", "admitted")
        for seq in seqs
    }
    fields = ("attempt", "seq", "position", "answer", "is_late", "client_at", "received_at")
    rows = AnswerEntry.objects.filter(attempt__in=pks).order_by("attempt", "seq").values_list(*fields)
    answers = {attempt.pk: Answers({}, {}, {}) for attempt in portion}
    began = {attempt.pk: attempt.started_at for attempt in portion}
    for attempt, entries in groupby(map(Entry._make, rows.iterator(chunk_size=10_000)), key=lambda row: row.attempt):
        standing = [row for row in entries if not row.is_late or (attempt, row.seq) in admitted]
        answers[attempt] = Answers(
            words={row.position: row.answer for row in standing},
            seconds=seconds_by_position(standing, began[attempt]),
            given={},
        )
    if has_short:
        marked = Script.objects.filter(attempt__in=pks).values_list("attempt", "position", "points_centi")
        for attempt, position, points in marked:
            answers[attempt].given[position] = points or 0
    return answers


def seconds_by_position(entries: Iterable[Entry], began: datetime) -> dict[int, int]:
    """
    Give the time between two saves to the question of the later one.

    Source: docs/rules/item-analysis.md, rule N9.
    """
    seconds: dict[int, int] = {}
    earlier: Entry | None = None
    for entry in entries:
        spent = _seconds_between(earlier, entry, began)
        if spent is not None:
            seconds[entry.position] = seconds.get(entry.position, 0) + spent
        earlier = entry
    return seconds


def _seconds_between(earlier: Entry | None, later: Entry, began: datetime) -> int | None:
    """Count by the device's clock within one page, else by the server's; None for a pause or a clock set back."""
    if earlier is None:
        spent = later.received_at - began
    elif earlier.client_at and later.client_at and earlier.seq // SESSION_SPAN == later.seq // SESSION_SPAN:
        spent = later.client_at - earlier.client_at
    else:
        spent = later.received_at - earlier.received_at
    seconds = round(spent.total_seconds())
    return seconds if 0 <= seconds <= LONGEST_SECONDS else None
