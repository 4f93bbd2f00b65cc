"""A file of items that somebody hands in at the back office. Only exams.exchange.jobs changes it."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q

from courses.syllabus import MODULE_CHOICES
from exams.models.bank import Item


class ItemImportQuerySet(models.QuerySet["ItemImport"]):
    def waiting(self) -> "ItemImportQuerySet":
        """What the machine has to do next: look through, or store."""
        return self.filter(status__in=[ItemImport.Status.UPLOADED, ItemImport.Status.CONFIRMED])


class ItemImport(models.Model):
    """
    UPLOADED → CHECKED | REFUSED; CHECKED → CONFIRMED | DROPPED; CONFIRMED → STORED | REFUSED. All or nothing.

    `content` is let go when the matter is closed. `report`: what `exams.exchange.Report` says. `module`, `pool` and
    `point` stand in where the file says nothing. Source: docs/content.md, chapter 7.
    """

    class Status(models.TextChoices):
        UPLOADED = "UPLOADED", "正在检查"
        CHECKED = "CHECKED", "待确认"
        CONFIRMED = "CONFIRMED", "正在导入"
        STORED = "STORED", "已导入"
        REFUSED = "REFUSED", "没有导入"
        DROPPED = "DROPPED", "已放弃"

    class Format(models.TextChoices):
        XLSX = "xlsx", "Excel"
        GIFT = "gift", "GIFT"
        AIKEN = "aiken", "Aiken"
        MOODLE = "moodlexml", "Moodle XML"
        QTI = "qti", "QTI 2.1 / 3.0"

    filename = models.CharField("文件", max_length=200)
    file_format = models.CharField("格式", max_length=10, choices=Format, blank=True)
    content = models.BinaryField(editable=False)
    module = models.CharField("默认模块", max_length=2, choices=MODULE_CHOICES, blank=True)
    pool = models.CharField("默认题池", max_length=10, choices=Item.Pool, default=Item.Pool.PRACTICE)
    point = models.CharField("默认知识点", max_length=50, blank=True)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.UPLOADED)
    report = models.JSONField(default=dict, blank=True, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="上传人"
    )
    uploaded_at = models.DateTimeField("上传时间")
    finished_at = models.DateTimeField("办完时间", null=True, blank=True)

    objects = ItemImportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "试题导入"
        constraints = [
            CheckConstraint(
                condition=Q(status__in=["STORED", "REFUSED", "DROPPED"], finished_at__isnull=False)
                | Q(status__in=["UPLOADED", "CHECKED", "CONFIRMED"], finished_at=None),
                name="item_import_finished_means_decided",
            ),
        ]
        indexes = [
            models.Index(
                fields=["uploaded_at"], condition=Q(status__in=["UPLOADED", "CONFIRMED"]), name="item_import_queue"
            )
        ]

    def __str__(self) -> str:
        return self.filename
