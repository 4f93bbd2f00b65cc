"""Drawing from the bank: the pool is remembered by each process, what is drawn from it is looked up again."""

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db.models import Count, Max, Subquery, Sum
from django.db.models.functions import JSONObject

from exams import drawing
from exams.grading import Question
from exams.models import BlueprintCell, Exam, Item, PaperForm
from lms.compiled import Compiled
from lms.errors import DomainError

NOBODY = 0
STATEMENTS_KEPT = 64
CELL_FIELDS = ("module", "kind", "count", "points_centi", "difficulty", "point", "is_fixed")
_remembered: dict[str, tuple[object, drawing.Pool]] = {}  # by pool: its stamp and what it held then


class ExamNotReady(DomainError):
    """The bank cannot fill the blueprint. Candidates learn that it is not their fault; staff see the cells."""

    message = "题库暂时不能组成完整的试卷，你的考试次数没有减少。请联系客服，我们补足试题后通知你。"


def draw_paper(*, exam: Exam, pool: Item.Pool) -> list[Question]:
    """
    Draw a paper for `exam` in two statements; one more if it has fixed cells, one if the bank has changed meanwhile.

    A retired or revised item cannot come out: the drawn ones are looked up before the paper is returned.
    Raises: ExamNotReady. Source: docs/rules/grading.md, rule G7, and docs/rules/exam-room.md, rule R3.
    """
    rows = _statement(exam.pk, pool).rows(NOBODY)
    cells = [_cell(**row) for row in rows]
    stamp = rows[0]["stamp"] if rows else None
    prepared = _prepared(exam, cells) if pool == Item.Pool.LIVE else frozenset[int]()
    stored_stamp, held = _remembered.get(pool, (None, None))
    if held is not None and stored_stamp == stamp:
        drawn = _draw(cells, held, pool, prepared)
        if _are_drawable(drawn, pool):
            return _questions(drawn)
    held = _read(pool)
    _remembered[pool] = (stamp, held)
    return _questions(_draw(cells, held, pool, prepared))


def supplies_of(*, cells: Sequence[drawing.Cell], pool: Item.Pool = Item.Pool.LIVE) -> list[drawing.Supply]:
    """
    Compare blueprint cells with what a pool of the bank can supply today.

    Each cell on its own; whether they can all be filled at once is for exams.composing.
    Sources: docs/rules/grading.md, rule G7; docs/rules/blueprint.md, rule B1.
    """
    counts = Item.objects.drawable(pool).values_list("module", "kind", "difficulty", "point").annotate(Count("pk"))
    return drawing.supplies(cells=cells, available={drawing.Slice(*slice_): count for *slice_, count in counts})


def cells_of(rows: Iterable[BlueprintCell]) -> list[drawing.Cell]:
    """Return rows of a blueprint, saved or not, as drawing takes them."""
    return [_cell(**{name: getattr(row, name) for name in CELL_FIELDS}) for row in rows]


def pool_of(pool: Item.Pool = Item.Pool.LIVE) -> drawing.Pool:
    """Read what a pool of the bank holds today."""
    return _read(pool)


def fingerprint(cells: Sequence[drawing.Cell]) -> str:
    """Name a blueprint's fixed cells: a form made for others is not used. Source: docs/rules/blueprint.md, rule B11."""
    fixed = sorted(repr(cell) for cell in cells if cell.is_fixed)
    return hashlib.sha256("\n".join(fixed).encode()).hexdigest()


@lru_cache(maxsize=STATEMENTS_KEPT)
def _statement(exam: int, pool: Item.Pool) -> Compiled:
    """The blueprint of an exam, each row with the stamp of the pool's present state."""
    facts = JSONObject(
        count=Count("pk"), last=Max("current"), sum=Sum("current"), level=Sum("difficulty"), groups=Sum("enemy__group")
    )
    state = Item.objects.usable(pool).order_by().values("pool").annotate(stamp=facts).values("stamp")
    cells = BlueprintCell.objects.filter(exam=exam).annotate(stamp=Subquery(state))
    return Compiled(lambda _: cells.values(*CELL_FIELDS, "stamp"))


def _read(pool: Item.Pool) -> drawing.Pool:
    fields = ("current_id", "module", "kind", "current__options")
    parts: dict[int, list[drawing.Candidate]] = defaultdict(list)
    for case, *row in (
        Item.objects.usable(pool).filter(case__isnull=False).order_by("place").values_list("case_id", *fields)
    ):
        parts[case].append(_candidate((), *row))
    rows = Item.objects.drawable(pool).values_list("pk", *fields, "difficulty", "point", "enemy__group")
    return drawing.Pool.of(_candidate(tuple(parts.get(pk, ())), *row) for pk, *row in rows)


def _candidate(
    parts: tuple[drawing.Candidate, ...],
    version: int,
    module: str,
    kind: str,
    options: list[str],
    difficulty: int = 0,
    point: str = "",
    group: int | None = None,
) -> drawing.Candidate:
    return drawing.Candidate(version, module, kind, len(options), parts, difficulty, point, group or 0)


def _cell(*, difficulty: int | None, is_fixed: bool, stamp: object = None, **facts: Any) -> drawing.Cell:  # beside it
    return drawing.Cell(difficulty=difficulty or 0, is_fixed=bool(is_fixed), **facts)


def _prepared(exam: Exam, cells: Sequence[drawing.Cell]) -> frozenset[int]:
    """Pick one of the exam's forms, if it has fixed cells. Source: docs/rules/blueprint.md, rules B2 and B11."""
    if not any(cell.is_fixed for cell in cells):
        return frozenset()
    forms: dict[int, list[int]] = defaultdict(list)
    rows = PaperForm.objects.filter(exam=exam, blueprint=fingerprint(cells)).values_list("pk", "items__current")
    for form, version in rows:
        forms[form].append(version)
    if not forms:
        raise ExamNotReady
    return frozenset(forms[secrets.choice(sorted(forms))])


def _are_drawable(drawn: Sequence[drawing.Drawn], pool: Item.Pool) -> bool:
    wanted = {(one.candidate.version, one.candidate.module, one.candidate.kind) for one in drawn}
    cases = {one.case for one in drawn} - {0}
    versions = cases | {version for version, _, _ in wanted}
    found = set(Item.objects.usable(pool).filter(current__in=versions).values_list("current_id", "module", "kind"))
    return wanted <= found and len(found) == len(versions)


def _draw(
    cells: Sequence[drawing.Cell], held: drawing.Pool, pool: Item.Pool, prepared: frozenset[int]
) -> list[drawing.Drawn]:
    has_markers = pool != Item.Pool.PRACTICE
    try:
        return drawing.draw(
            cells=cells, pool=held, seed=secrets.randbits(64), has_markers=has_markers, prepared=prepared
        )
    except drawing.Infeasible as shortage:
        raise ExamNotReady from shortage


def _questions(drawn: Sequence[drawing.Drawn]) -> list[Question]:
    return [
        Question(
            version=question.candidate.version,
            module=question.candidate.module,
            kind=question.candidate.kind,
            points_centi=question.points_centi,
            order=question.order,
            case=question.case,
        )
        for question in drawn
    ]
