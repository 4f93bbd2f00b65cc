"""Reading marked attempts, some hundred at a time: a fixed number of statements for each portion."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Aggregate, BigIntegerField, Func, QuerySet, TextField

from exams.analysis.tally import Answered, Cuts, Sitting
from exams.grading import SHORT, TYPED, Question, Rule, score
from exams.models import SESSION_SPAN, AnalysisRun, AnswerEntry, Attempt, KeyFix, LateReview, Script
from exams.models.keyfix import Marked

PORTION = 500  # attempts read at once
LONGEST_SECONDS = 30 * 60  # a longer gap is a pause, not thought; rule N9
SHARE_OF_GROUP = 0.27  # rule N6
REMEMBERED = 50_000  # answers and what they brought
VERSION, KIND, POINTS = (Question._fields.index(name) for name in ("version", "kind", "points_centi"))


class Entry(NamedTuple):
    """One line of a journal, as far as an analysis needs it. Units: milliseconds since 1970."""

    seq: int
    position: int
    answer: str
    is_late: bool
    client_ms: int | None
    received_ms: int


class Millis(Func):
    """A moment as milliseconds since 1970: millions of them are read sooner as numbers than as moments."""

    output_field = BigIntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        template = "(EXTRACT(EPOCH FROM %(expressions)s) * 1000)::bigint"
        return self.as_sql(compiler, connection, template=template, **more)

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        template = "CAST(ROUND((julianday(%(expressions)s) - 2440587.5) * 86400000) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **more)


class Lines(Aggregate):
    """Rows as one JSON text of lists, in no order: a row for each attempt instead of one for each save."""

    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="json_agg(json_build_array(%(expressions)s))::text", **more)

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="json_group_array(json_array(%(expressions)s))", **more)


JOURNAL = Lines("seq", "position", "answer", "is_late", Millis("client_at"), Millis("received_at"))


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
        wanted = {row[VERSION] for attempt in portion for row in attempt.paper} - known.keys()
        known |= KeyFix.objects.marking_of(wanted) if wanted else {}
        has_short = any(row[KIND] == SHORT for attempt in portion for row in attempt.paper)
        answers = _answers_of(portion, has_short=has_short)
        yield [_sitting(attempt, answers[attempt.pk], known) for attempt in portion]


def _sitting(attempt: Attempt, answers: Answers, known: Mapping[int, Marked]) -> Sitting:
    rule = attempt.rule
    return Sitting(
        points_centi=attempt.points_centi or 0,
        total_centi=attempt.total_centi,
        has_passed=bool(attempt.has_passed),
        questions=[
            _answered(row, known[row[VERSION]], answers, place, rule)
            for place, row in enumerate(attempt.paper)
            if row[POINTS]
        ],
    )


def _answered(row: Sequence[Any], marked: Marked, answers: Answers, place: int, rule: Rule) -> Answered:
    version, _, kind, of, order = row[:5]
    words = answers.words.get(place, "")
    answer = _original(order, words) if order else words
    points = answers.given.get(place)
    return Answered(
        version,
        kind,
        _score(kind, marked.key, answer, of, rule) if points is None else points,
        of,
        "" if kind == SHORT else answer,
        answers.seconds.get(place),
        marked.void is not None,
        kind not in TYPED,
    )


@lru_cache(maxsize=REMEMBERED)
def _original(order: str, answer: str) -> str:
    return Question(0, "", "", 0, order).original(answer)


@lru_cache(maxsize=REMEMBERED)
def _score(kind: str, key: str, answer: str, points_centi: int, rule: Rule) -> int:
    return score(kind=kind, key=key, answer=answer, points_centi=points_centi, rule=rule)


def _answers_of(portion: Sequence[Attempt], *, has_short: bool) -> dict[int, Answers]:
    """Read what stands in the journals of a portion, and how long it took: two statements, three with 简答."""
    pks = [attempt.pk for attempt in portion]
    admitted = {
        (attempt, seq)
        for attempt, seqs in LateReview.objects.filter(attempt__in=pks).values_list("attempt", "admitted")
        for seq in seqs
    }
    answers = {attempt.pk: Answers({}, {}, {}) for attempt in portion}
    began = {attempt.pk: round(attempt.started_at.timestamp() * 1000) for attempt in portion}
    journals = AnswerEntry.objects.filter(attempt__in=pks).order_by().values_list("attempt").annotate(lines=JOURNAL)
    for attempt, lines in journals:
        entries = map(Entry._make, sorted(json.loads(lines)))
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


def seconds_by_position(entries: Iterable[Entry], began_ms: int) -> dict[int, int]:
    """
    Give the time between two saves to the question of the later one. Units: seconds; `began_ms` milliseconds.

    Source: docs/rules/item-analysis.md, rule N9.
    """
    seconds: dict[int, int] = {}
    earlier: Entry | None = None
    for entry in entries:
        spent = _seconds_between(earlier, entry, began_ms)
        if spent is not None:
            seconds[entry.position] = seconds.get(entry.position, 0) + spent
        earlier = entry
    return seconds


def _seconds_between(earlier: Entry | None, later: Entry, began_ms: int) -> int | None:
    """Count by the device's clock within one page, else by the server's; None for a pause or a clock set back."""
    if earlier is None:
        spent = later.received_ms - began_ms
    elif earlier.client_ms and later.client_ms and earlier.seq // SESSION_SPAN == later.seq // SESSION_SPAN:
        spent = later.client_ms - earlier.client_ms
    else:
        spent = later.received_ms - earlier.received_ms
    seconds = round(spent / 1000)
    return seconds if 0 <= seconds <= LONGEST_SECONDS else None
