"""Packages that people ask for or hand in at the back office. Source: docs/rules/package.md, rules K5 and K8."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.core.cache import cache
from django.core.files.base import ContentFile, File
from django.db import transaction

from courses.models import CoursePage, PackageJob
from courses.package.archive import MAX_BYTES
from courses.package.exporting import export_course
from courses.package.importing import import_course, look
from courses.package.reading import CourseData
from courses.package.refusals import SHOWN, PackageRefused
from lms.errors import DomainError
from lms.users.models import User

PROGRESS_SECONDS = 3600
EXPORT_KEPT = timedelta(days=7)
Kind, Status = PackageJob.Kind, PackageJob.Status


class TooBig(DomainError):
    message = f"文件超过 {MAX_BYTES // 1024 // 1024} MB，没有接收。请把视频另外上传，再导出一次。"


class NotWaiting(DomainError):
    message = "这个课程包现在不能这样办理，可能同事已经办过。请刷新页面。"


def ask_export(*, course: CoursePage, person: User, now: datetime) -> PackageJob:
    """Ask for a package of a course; `work_off` makes it."""
    filename = f"{course.slug}-{now:%Y%m%d}.zip"
    return PackageJob.objects.create(kind=Kind.EXPORT, filename=filename, course=course, asked_by=person, asked_at=now)


def hand_in(*, file: "File[bytes]", filename: str, person: User, now: datetime) -> PackageJob:
    """Take a package in; `work_off` looks through it. Raises: TooBig."""
    if (file.size or 0) > MAX_BYTES:
        raise TooBig
    job = PackageJob(kind=Kind.IMPORT, filename=filename[-200:].replace("\x00", ""), asked_by=person, asked_at=now)
    job.file.save("package.zip", file, save=False)
    try:
        job.save()
    except BaseException:
        job.file.delete(save=False)
        raise
    return job


@transaction.atomic
def confirm(*, job: PackageJob) -> PackageJob:
    """CHECKED → CONFIRMED; `work_off` makes the course. Raises: NotWaiting."""
    locked = _checked(job)
    locked.status = Status.CONFIRMED
    locked.save(update_fields=["status"])
    return locked


@transaction.atomic
def drop(*, job: PackageJob, now: datetime) -> PackageJob:
    """CHECKED → DROPPED, and the file is let go. Raises: NotWaiting."""
    return _close(_checked(job), Status.DROPPED, now)


def work_off(*, now: datetime) -> None:
    """Do what waits, oldest first, each in a transaction of its own; let exports go that have been kept long enough."""
    for pk in PackageJob.objects.waiting().order_by("asked_at").values_list("pk", flat=True):
        work_on(pk=pk, now=now)
    old = PackageJob.objects.filter(kind=Kind.EXPORT, finished_at__lt=now - EXPORT_KEPT).exclude(file="")
    for job in old:
        job.file.delete()


@transaction.atomic
def work_on(*, pk: int, now: datetime) -> None:
    """Do one job. Whoever comes second finds nothing to do."""
    job = PackageJob.objects.select_for_update().get(pk=pk)
    if job.status == Status.CONFIRMED:
        _guarded(job, _import, now)
    elif job.status == Status.WAITING:
        _guarded(job, _export if job.kind == Kind.EXPORT else _look, now)


def progress_of(job: PackageJob) -> tuple[int, int]:
    """Return how many of how many lessons are done so far."""
    done, total = cache.get(_key(job), (0, 0))
    return done, total


def _guarded(job: PackageJob, act: Callable[[PackageJob, datetime], None], now: datetime) -> None:
    try:
        with transaction.atomic():
            act(job, now)
    except PackageRefused as refusal:
        _refuse(job, list(refusal.faults), now)
    except DomainError as refusal:
        _refuse(job, str(refusal).splitlines(), now)
    except FileNotFoundError as missing:
        _refuse(job, [f"图片或文件库里少了一个文件：{missing.filename or missing}。请重新上传它。"], now)


def _export(job: PackageJob, now: datetime) -> None:
    if job.course is None:
        raise NotWaiting("课程已经删除，没有东西可以导出。")
    content = export_course(job.course, progress=partial(_tell, job))
    job.file.save("package.zip", ContentFile(content), save=False)
    job.report = {"bytes": len(content)}
    job.status, job.finished_at = Status.DONE, now
    job.save()


def _look(job: PackageJob, now: datetime) -> None:  # one shape for all
    data, slug = look(_content(job))
    job.report = _report(data, slug)
    job.status = Status.CHECKED
    job.save()


def _import(job: PackageJob, now: datetime) -> None:
    job.course = import_course(_content(job), person=job.asked_by, now=now, progress=partial(_tell, job))
    _close(job, Status.DONE, now)


def _report(data: CourseData, slug: str) -> dict[str, object]:
    return {
        "title": data.meta["title"],
        "slug": slug,
        "is_renamed": slug != data.meta["slug"],
        "lessons": len(data.lessons),
        "media": len(data.media),
        "notes": list(data.notes),
        "modules": [
            {"title": module.meta["title"], "lessons": [lesson.meta["title"] for lesson in module.lessons]}
            for module in data.modules
        ],
    }


def _refuse(job: PackageJob, faults: list[str], now: datetime) -> None:
    job.course = job.course if job.kind == Kind.EXPORT else None
    job.report = {"faults": faults[:SHOWN], "fault_count": len(faults)}
    _close(job, Status.REFUSED, now)


def _close(job: PackageJob, status: PackageJob.Status, now: datetime) -> PackageJob:
    """Close a job; the file of an import is deleted once nobody can go back."""
    if job.file:
        transaction.on_commit(partial(job.file.storage.delete, str(job.file.name)))
    job.status, job.finished_at, job.file = status, now, ""
    job.save()
    return job


def _checked(job: PackageJob) -> PackageJob:
    locked = PackageJob.objects.select_for_update().get(pk=job.pk)
    if locked.status != Status.CHECKED:
        raise NotWaiting
    return locked


def _content(job: PackageJob) -> bytes:
    with job.file.open("rb") as file:
        return bytes(file.read())


def _tell(job: PackageJob, done: int, total: int) -> None:
    cache.set(_key(job), (done, total), PROGRESS_SECONDS)


def _key(job: PackageJob) -> str:
    return f"course-package:{job.pk}"
