"""A course on its way out or in as a file. Only courses.package.jobs changes it."""

from secrets import token_urlsafe

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q

from courses.models.pages import CoursePage


def package_name(job: "PackageJob", filename: str) -> str:  # Django hands both over
    """Keep the file under a name that cannot be guessed; no view serves it by that name."""
    return f"packages/{token_urlsafe(24)}.zip"


class PackageJobQuerySet(models.QuerySet["PackageJob"]):
    def waiting(self) -> "PackageJobQuerySet":
        """What the machine has to do next."""
        return self.filter(status__in=[PackageJob.Status.WAITING, PackageJob.Status.CONFIRMED])


class PackageJob(models.Model):
    """
    Export: WAITING → DONE | REFUSED. Import: WAITING → CHECKED | REFUSED; CHECKED → CONFIRMED | DROPPED; CONFIRMED →
    DONE | REFUSED. `course`: what is exported, or what an import made. An import lets its file go when it is closed, an
    export after a week. `report`: what a look found, as the page prints it. Source: docs/rules/package.md, rule K8.
    """

    class Kind(models.TextChoices):
        EXPORT = "EXPORT", "导出"
        IMPORT = "IMPORT", "导入"

    class Status(models.TextChoices):
        WAITING = "WAITING", "正在处理"
        CHECKED = "CHECKED", "待确认"
        CONFIRMED = "CONFIRMED", "正在导入"
        DONE = "DONE", "已完成"
        REFUSED = "REFUSED", "没有完成"
        DROPPED = "DROPPED", "已放弃"

    kind = models.CharField("方向", max_length=10, choices=Kind)
    filename = models.CharField("文件", max_length=200)
    file = models.FileField("内容", upload_to=package_name, blank=True)
    course = models.ForeignKey(
        CoursePage, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="课程", editable=False
    )
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.WAITING)
    report = models.JSONField(default=dict, blank=True, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="经手人"
    )
    asked_at = models.DateTimeField("提交时间")
    finished_at = models.DateTimeField("办完时间", null=True, blank=True)

    objects = PackageJobQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "课程包"
        constraints = [
            CheckConstraint(
                condition=Q(status__in=["DONE", "REFUSED", "DROPPED"], finished_at__isnull=False)
                | Q(status__in=["WAITING", "CHECKED", "CONFIRMED"], finished_at=None),
                name="package_finished_means_decided",
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(status__in=["WAITING", "CONFIRMED"]), name="package_queue")
        ]

    def __str__(self) -> str:
        return self.filename
