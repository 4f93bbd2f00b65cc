"""What an analysis of an exam found: one run, and the figures of each item version in it. Written by exams.analysis."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from exams.models.bank import ItemVersion
from exams.models.blueprint import Exam
from exams.models.windows import ExamWindow

ABANDONED_AFTER = timedelta(minutes=10)  # without a sign of life a run is taken up by another worker


class AnalysisRunQuerySet(models.QuerySet["AnalysisRun"]):
    def due(self, now: datetime) -> "AnalysisRunQuerySet":
        """Runs that nobody works on: new ones, and those whose worker has gone silent."""
        waiting = Q(status=AnalysisRun.Status.QUEUED)
        return self.filter(waiting | Q(status=AnalysisRun.Status.RUNNING, alive_at__lt=now - ABANDONED_AFTER)).order_by(
            "pk"
        )


class AnalysisRun(models.Model):
    """
    One analysis of an exam, or of one 考期: QUEUED → RUNNING → DONE, or FAILED. A snapshot; its figures never change.

    `summary` holds the figures of the whole once it is DONE: the fields of `exams.analysis.summary.PaperSummary`.
    Source: docs/rules/item-analysis.md, rules N1 and N13.
    """

    class Status(models.TextChoices):
        QUEUED = "QUEUED", "排队"
        RUNNING = "RUNNING", "计算中"
        DONE = "DONE", "完成"
        FAILED = "FAILED", "出错"

    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="analyses", verbose_name="考试")
    window = models.ForeignKey(
        ExamWindow, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="考期"
    )
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.QUEUED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="发起人"
    )
    requested_at = models.DateTimeField("发起时间")
    alive_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField("完成时间", null=True, editable=False)
    total = models.PositiveIntegerField("考试人次", default=0, editable=False)
    done = models.PositiveIntegerField("已读", default=0, editable=False)
    flagged = models.PositiveIntegerField("有标记的题", default=0, editable=False)
    summary = models.JSONField(default=dict, editable=False)

    objects = AnalysisRunQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "试题分析"
        constraints = [
            UniqueConstraint(
                fields=["exam", "window"],
                condition=Q(status__in=["QUEUED", "RUNNING"]),
                name="analysis_one_at_a_time",
            ),
            UniqueConstraint(
                fields=["exam"],
                condition=Q(status__in=["QUEUED", "RUNNING"], window=None),
                name="analysis_of_all_one_at_a_time",
            ),
            CheckConstraint(
                condition=Q(status__in=["QUEUED", "RUNNING"], finished_at=None)
                | Q(status__in=["DONE", "FAILED"], finished_at__isnull=False),
                name="analysis_finished_means_time",
            ),
        ]

    def __str__(self) -> str:
        return f"试题分析 {self.pk}"

    @property
    def is_over(self) -> bool:
        return self.status in {self.Status.DONE, self.Status.FAILED}

    @property
    def percent(self) -> int:
        """How far it is."""
        return min(100, self.done * 100 // self.total) if self.total else 0


class ItemFigures(models.Model):
    """
    The figures of one item version in one run; None where the sample is too small or nothing varies.

    Units: shares from 0 to 1, seconds. `detail` holds intervals, quartiles and the table of answers.
    Source: docs/rules/item-analysis.md, rules N2-N10.
    """

    run = models.ForeignKey(AnalysisRun, on_delete=models.CASCADE, related_name="figures")
    version = models.ForeignKey(ItemVersion, on_delete=models.PROTECT, related_name="+")
    count = models.PositiveIntegerField("人次")
    facility = models.FloatField("得分率", null=True)
    correlation = models.FloatField("相关", null=True)
    discrimination = models.FloatField("区分度", null=True)
    seconds = models.PositiveIntegerField("用时（秒）", null=True)
    is_void = models.BooleanField("已作废", default=False)
    flags = models.JSONField("标记", default=list)
    flag_count = models.PositiveSmallIntegerField(default=0)
    detail = models.JSONField(default=dict)

    class Meta:
        constraints = [UniqueConstraint(fields=["run", "version"], name="item_figures_unique")]

    def __str__(self) -> str:
        return f"{self.run_id} / {self.version_id}"
