"""Imports that people hand in: looked through first, stored when they confirm. Source: docs/content.md, chapter 7."""

from datetime import datetime

from django.core.cache import cache
from django.db import transaction

from exams.exchange.comparing import Defaults, Plan, plan
from exams.exchange.entries import KIND_NAMES, MAX_BYTES, FileRefused, Problem
from exams.exchange.importing import store
from exams.exchange.reading import read
from exams.models import ItemImport
from lms.errors import DomainError
from lms.users.models import User

PREVIEWED = 50
PROBLEMS_KEPT = 500
PROGRESS_SECONDS = 3600
Status = ItemImport.Status


class TooBig(DomainError):
    message = f"文件超过 {MAX_BYTES // 1024 // 1024} MB，没有接收。请分成几份再导入。"


class NotWaiting(DomainError):
    message = "这份文件现在不能这样办理，可能同事已经办过。请刷新页面。"


def upload(
    *, content: bytes, filename: str, file_format: str, defaults: Defaults, person: User, now: datetime
) -> ItemImport:
    """Take a file in; `work_off` looks through it. Raises: TooBig."""
    if len(content) > MAX_BYTES:
        raise TooBig
    return ItemImport.objects.create(
        filename=filename[-200:].replace("\x00", ""),
        file_format=file_format,
        content=content,
        module=defaults.module,
        pool=defaults.pool,
        point=defaults.point,
        uploaded_by=person,
        uploaded_at=now,
    )


@transaction.atomic
def confirm(*, job: ItemImport) -> ItemImport:
    """CHECKED → CONFIRMED; `work_off` stores it. Raises: NotWaiting."""
    locked = _locked(job, Status.CHECKED)
    if locked.report["errors"]:
        raise NotWaiting("文件还有错误，不能导入。请改好以后重新上传。")
    locked.status = Status.CONFIRMED
    locked.save(update_fields=["status"])
    return locked


@transaction.atomic
def drop(*, job: ItemImport, now: datetime) -> ItemImport:
    """CHECKED → DROPPED, and the file is let go. Raises: NotWaiting."""
    return _close(_locked(job, Status.CHECKED), Status.DROPPED, now)


def work_off(*, now: datetime) -> None:
    """Do what waits, oldest first, each in a transaction of its own: a stop loses nothing."""
    for pk in ItemImport.objects.waiting().order_by("uploaded_at").values_list("pk", flat=True):
        work_on(pk=pk, now=now)


@transaction.atomic
def work_on(*, pk: int, now: datetime) -> None:
    """Look through one file, or store it. Whoever comes second finds nothing to do."""
    job = ItemImport.objects.select_for_update().get(pk=pk)
    if job.status == Status.UPLOADED:
        _look_through(job, now)
    elif job.status == Status.CONFIRMED:
        _store(job, now)


def progress_of(job: ItemImport) -> tuple[int, int]:
    """Return how many of how many items have been stored so far."""
    done, total = cache.get(_key(job.pk), (0, 0))
    return done, total


def report_of(made: Plan, *, previewed: int = 0) -> dict[str, object]:
    """Return counts and mistakes as the command and the page print them, with the first items for a look."""
    unit = "row" if made.unit == "行" else "item"
    report: dict[str, object] = dict(made.counts) if not made.problems else dict.fromkeys(made.counts, 0)
    report["errors"] = [{unit: one.place, "field": one.field, "message": one.message} for one in made.problems]
    if previewed:
        report["error_count"] = len(made.problems)
        report["errors"] = report["errors"][:PROBLEMS_KEPT]  # type: ignore[index]  # the list of above
        report["preview"] = [
            {
                "place": step.entry.place,
                "code": step.entry.code,
                "kind": KIND_NAMES[step.entry.kind],
                "stem": step.entry.stem[:120],
                "key": {"T": "对", "F": "错"}.get(step.entry.key, step.entry.key),
                "becomes": "跳过" if step.is_skipped else "修订" if step.item else "新题",
                "note": step.note,
            }
            for step in sorted(made.steps, key=lambda step: step.entry.place)[:previewed]
        ]
    return report


def _look_through(job: ItemImport, now: datetime) -> None:
    try:
        job.file_format, found = read(bytes(job.content), file_format=job.file_format)
    except FileRefused as refusal:
        _refuse(job, refusal, now)
        return
    job.report = report_of(plan(found, defaults=_defaults(job)), previewed=PREVIEWED)
    job.status = Status.CHECKED
    if job.report["errors"]:
        _close(job, Status.REFUSED, now)
    job.save()


def _store(job: ItemImport, now: datetime) -> None:
    key = _key(job.pk)
    try:
        with transaction.atomic():
            _, found = read(bytes(job.content), file_format=job.file_format)
            made = store(
                found,
                defaults=_defaults(job),
                author=job.uploaded_by,
                now=now,
                progress=lambda done, total: cache.set(key, (done, total), PROGRESS_SECONDS),
            )
    except DomainError as refusal:
        _refuse(job, refusal, now)
        return
    job.report = report_of(made, previewed=PREVIEWED)
    _close(job, Status.REFUSED if made.problems else Status.STORED, now)


def _refuse(job: ItemImport, refusal: DomainError, now: datetime) -> None:
    job.report = report_of(Plan("题", problems=[Problem(0, "文件", str(refusal))]), previewed=PREVIEWED)
    _close(job, Status.REFUSED, now)


def _close(job: ItemImport, status: Status, now: datetime) -> ItemImport:
    job.status, job.finished_at, job.content = status, now, b""
    job.save()
    return job


def _locked(job: ItemImport, status: Status) -> ItemImport:
    locked = ItemImport.objects.select_for_update().get(pk=job.pk)
    if locked.status != status:
        raise NotWaiting
    return locked


def _defaults(job: ItemImport) -> Defaults:
    return Defaults(
        module=job.module,
        pool=job.pool,
        point=job.point or Defaults.point,
        source=f"{Defaults.source}：{job.filename}"[:300],
    )


def _key(pk: int) -> str:
    return f"item-import:{pk}"
