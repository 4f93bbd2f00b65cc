"""Reading marked attempts, some hundred at a time: a fixed number of statements for each portion."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from django.db.models import Aggregate, BigIntegerField, Func, QuerySet, TextField

from exams.analysis.tally import Answered, Cuts, Sitting
from exams.grading import SHORT, TYPED, Partial, Question, Rule, score
from exams.models import SESSION_SPAN, AnalysisRun, AnswerEntry, Attempt, KeyFix, LateReview, Script
from exams.models.keyfix import Marked

PORTION = 500  # attempts read at once
LONGEST_SECONDS = 30 * 60  # a longer gap is a pause, not thought; rule N9
SHARE_OF_GROUP = 0.27  # rule N6
REMEMBERED = 50_000  # answers and what they brought
VERSION, KIND, POINTS, ORDER = map(Question._fields.index, ("version", "kind", "points_centi", "order"))


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
POSITION, ANSWER, IS_LATE = 1, 2, 3


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
    version, kind, of, order = row[VERSION], row[KIND], row[POINTS], row[ORDER]
    words = answers.words.get(place, "")
    answer = _original(order, words) if order else words
    points = answers.given.get(place)
    if points is None:
        points = _score(kind, marked.key, answer, of, rule.partial, rule.wrong_percent)
    shown = "" if kind == SHORT else answer
    seconds = answers.seconds.get(place)
    return new_answered((version, kind, points, of, shown, seconds, marked.void is not None, kind not in TYPED))


new_answered: Callable[[tuple[Any, ...]], Answered] = partial(tuple.__new__, Answered)  # millions of them


@lru_cache(maxsize=REMEMBERED)
def _original(order: str, answer: str) -> str:
    return Question(0, "", "", 0, order).original(answer)


@lru_cache(maxsize=REMEMBERED)
def _score(kind: str, key: str, answer: str, points_centi: int, share: Partial, wrong_percent: int) -> int:
    return score(kind=kind, key=key, answer=answer, points_centi=points_centi, rule=Rule(share, wrong_percent))


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
        standing = [line for line in sorted(json.loads(lines)) if not line[IS_LATE] or (attempt, line[0]) in admitted]
        answers[attempt] = Answers(
            words={line[POSITION]: line[ANSWER] for line in standing},
            seconds=seconds_by_position(standing, began[attempt]),
            given={},
        )
    if has_short:
        marked = Script.objects.filter(attempt__in=pks).values_list("attempt", "position", "points_centi")
        for attempt, position, points in marked:
            answers[attempt].given[position] = points or 0
    return answers


def seconds_by_position(lines: Iterable[Sequence[Any]], began_ms: int) -> dict[int, int]:
    """
    Give the time between two saves to the question of the later one; a pause, or a clock set back, gives none.

    It counts by the device's clock within one page, else by the server's. `lines` as JOURNAL has them, in the order of
    their numbers. Units: seconds; `began_ms` milliseconds. Source: docs/rules/item-analysis.md, rule N9.
    """
    seconds: dict[int, int] = {}
    page, client, received = -1, None, began_ms
    for seq, position, _answer, _is_late, client_ms, received_ms in lines:
        if client and client_ms and seq // SESSION_SPAN == page:
            spent = round((client_ms - client) / 1000)
        else:
            spent = round((received_ms - received) / 1000)
        if 0 <= spent <= LONGEST_SECONDS:
            seconds[position] = seconds.get(position, 0) + spent
        page, client, received = seq // SESSION_SPAN, client_ms, received_ms
    return seconds
