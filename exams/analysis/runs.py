"""Asking for an analysis, and the sweep that computes what was asked for. Source: docs/rules/item-analysis.md."""

import gc
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

import structlog
from django.db import transaction
from django.utils import timezone

from exams.analysis import reading
from exams.analysis.summary import choice_rows, sum_up_paper, summarize
from exams.analysis.tally import ItemTally, PaperTally
from exams.grading import LETTERS, SHORT, TRUE_FALSE
from exams.models import AnalysisRun, Exam, ExamWindow, ItemFigures, ItemVersion, KeyFix
from lms.errors import DomainError
from lms.users.models import User

Status = AnalysisRun.Status

log = structlog.get_logger(__name__)


class AlreadyRunning(DomainError):
    message = "这场考试（考期）已经有一次分析在进行，完成以后再做。"


class NothingToAnalyse(DomainError):
    message = "还没有评完分的正式考试，没有可以分析的。请等有人交卷以后再来。"


@transaction.atomic
def request(*, exam: Exam, window: ExamWindow | None, person: User, now: datetime) -> AnalysisRun:
    """
    Ask for an analysis of an exam, or of one of its 考期; a sweep computes it.

    Raises: AlreadyRunning, NothingToAnalyse. Source: docs/rules/item-analysis.md, rules N1 and N13.
    """
    Exam.objects.select_for_update().get(pk=exam.pk)
    if AnalysisRun.objects.filter(exam=exam, window=window, status__in=[Status.QUEUED, Status.RUNNING]).exists():
        raise AlreadyRunning
    run = AnalysisRun(exam=exam, window=window, requested_by=person, requested_at=now)
    run.total = reading.attempts_of(run).count()
    if not run.total:
        raise NothingToAnalyse
    run.save()
    return run


def work_off(*, now: datetime) -> int:
    """
    Compute what is due, one run after another; return how many. A run that fails is marked and stops nothing.

    Source: docs/rules/item-analysis.md, rule N13.
    """
    computed = 0
    for pk in AnalysisRun.objects.due(now).values_list("pk", flat=True):
        run = _claim(pk, now)
        if run is None:
            continue
        try:
            compute(run=run)
        except Exception:
            log.exception("analysis failed", run=pk)
            AnalysisRun.objects.filter(pk=pk).update(status=Status.FAILED, finished_at=now)
        computed += 1
    return computed


def compute(*, run: AnalysisRun) -> None:
    """
    Read every attempt once, then write all figures at once; done again, it gives the same.

    Source: docs/rules/item-analysis.md, rules N2-N10 and N13.
    """
    from exams.analysis.counting import count  # noqa: PLC0415  # with NumPy tens of megabytes, for this job only

    rows = reading.attempts_of(run)
    tally = PaperTally(cuts=reading.cuts_of(rows))
    gc.freeze()  # or the collector looks through all else again for each few thousand answers: half of the time
    try:
        for sittings in reading.portions(rows):
            count(tally, sittings)
            done = tally.reported.count
            AnalysisRun.objects.filter(pk=run.pk).update(done=done, alive_at=timezone.now())
    finally:
        gc.unfreeze()
    _write(run, tally)


@transaction.atomic
def _write(run: AnalysisRun, tally: PaperTally) -> None:
    run.figures.all().delete()
    figures = list(_figures(run, tally))
    ItemFigures.objects.bulk_create(figures, batch_size=500)
    run.refresh_from_db()
    run.summary = asdict(sum_up_paper(tally)) | {"cuts": asdict(tally.cuts), "is_same_paper": tally.is_same_paper}
    run.total = run.done = tally.reported.count
    run.flagged = sum(bool(row.flag_count) for row in figures)
    run.status, run.finished_at = Status.DONE, timezone.now()
    run.save()


def _figures(run: AnalysisRun, tally: PaperTally) -> Iterator[ItemFigures]:
    marking = KeyFix.objects.marking_of(tally.items)
    for version in ItemVersion.objects.filter(pk__in=tally.items).iterator():
        yield _figures_of(run, version, tally.items[version.pk], marking[version.pk].key)


def _figures_of(run: AnalysisRun, version: ItemVersion, item: ItemTally, key: str) -> ItemFigures:
    letters = "TF" if item.kind == TRUE_FALSE else LETTERS[: len(version.options)]
    summary = summarize(item, key=key, letters=letters)
    detail = asdict(summary) | {
        "key": key,
        "choices": [] if item.kind == SHORT else [asdict(row) for row in choice_rows(item, key=key, letters=letters)],
        "groups": [group.count for group in item.groups],
    }
    return ItemFigures(
        run=run,
        version=version,
        count=summary.count,
        facility=summary.facility,
        correlation=summary.correlation,
        discrimination=summary.discrimination,
        seconds=summary.quartiles[1] if summary.quartiles else None,
        is_void=item.is_void,
        flags=list(summary.flags),
        flag_count=len(summary.flags),
        detail=detail,
    )


@transaction.atomic
def _claim(pk: int, now: datetime) -> AnalysisRun | None:
    run = AnalysisRun.objects.due(now).select_for_update(skip_locked=True).filter(pk=pk).first()
    if run is None:  # another worker has it
        return None
    run.status, run.alive_at, run.done = Status.RUNNING, now, 0
    run.save(update_fields=["status", "alive_at", "done"])
    return run
