"""What happens to a result after marking: re-markings, the review of late answers, appeals."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from exams.models.attempts import Attempt
from exams.models.fields import CentiField


class Marking(models.Model):
    """
    One marking of one attempt. Written when a result is first changed: number 1 repeats the original, so nothing is
    lost, the highest number is what the attempt now says. Append-only; only exams.attempts writes it.
    """

    class Cause(models.TextChoices):
        HAND_IN = "HAND_IN", "交卷评分"
        LATE_REVIEW = "LATE_REVIEW", "迟到作答审核"
        APPEAL = "APPEAL", "成绩复核"
        MANUAL = "MANUAL", "人工评阅"
        KEY_FIX = "KEY_FIX", "答案更正"

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="markings")
    number = models.PositiveSmallIntegerField()
    cause = models.CharField("缘由", max_length=12, choices=Cause)
    points_centi = CentiField("得分")
    has_passed = models.BooleanField("合格")
    result = models.JSONField(default=dict)
    rule_version = models.CharField("评分规则版本", max_length=20)
    made_at = models.DateTimeField("时间")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "评分记录"
        ordering = ["number"]
        constraints = [UniqueConstraint(F("attempt"), F("number"), name="marking_number_unique")]
        indexes = [models.Index(fields=["made_at"], name="marking_recent")]  # issuing

    def __str__(self) -> str:
        return f"{self.attempt_id} #{self.number}"


class LateReview(models.Model):
    """
    A review of what arrived after the bell and its allowance: PENDING → ACCEPTED | REFUSED, by a person.

    `examined` are the seqs that the decision was about, `admitted` those of them that count since. What arrives after
    the decision opens a review of its own. Only exams.results.late_review decides; the journal's verb opens.
    Source: docs/rules/exam-room.md, rule R8.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING", "待审核"
        ACCEPTED = "ACCEPTED", "已采纳"
        REFUSED = "REFUSED", "未采纳"

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="late_reviews", verbose_name="考试记录")
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.PENDING)
    opened_at = models.DateTimeField("产生时间")
    examined = models.JSONField(default=list, editable=False)
    admitted = models.JSONField(default=list, editable=False)
    reason = models.CharField("审核意见", max_length=500, blank=True)
    decided_at = models.DateTimeField("审核时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="审核人",
    )

    class Meta:
        verbose_name = verbose_name_plural = "迟到作答审核"
        ordering = ["pk"]
        constraints = [
            UniqueConstraint(fields=["attempt"], condition=Q(status="PENDING"), name="late_review_one_open"),
            CheckConstraint(
                condition=Q(status="PENDING", decided_at=None)
                | ~Q(status="PENDING") & Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(reason=""),
                name="late_review_decided_with_reason",
            ),
        ]
        indexes = [models.Index(fields=["opened_at"], condition=Q(status="PENDING"), name="late_review_queue")]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.status}"


class Appeal(models.Model):
    """
    成绩复核: a candidate asks, a person answers. FILED → UPHELD | CORRECTED | WITHDRAWN, on record for ever.

    `remark_asked_at` and `_by`: somebody has other people mark its 简答 once more before it is answered.
    Source: docs/rules/exam-room.md, rule R9.
    """

    class Status(models.TextChoices):
        FILED = "FILED", "待复核"
        UPHELD = "UPHELD", "维持原成绩"
        CORRECTED = "CORRECTED", "成绩已更正"
        WITHDRAWN = "WITHDRAWN", "已撤回"

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="appeals", verbose_name="考试记录")
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.FILED)
    reason = models.TextField("申请理由", max_length=1000)
    filed_at = models.DateTimeField("申请时间")
    remark_asked_at = models.DateTimeField("请人重评", null=True, blank=True)
    remark_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    answer = models.TextField("复核答复", max_length=1000, blank=True)
    decided_at = models.DateTimeField("答复时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="复核人",
    )

    class Meta:
        verbose_name = verbose_name_plural = "成绩复核"
        ordering = ["pk"]
        constraints = [
            UniqueConstraint(fields=["attempt"], condition=Q(status="FILED"), name="appeal_one_open_per_attempt"),
            CheckConstraint(
                condition=Q(status__in=["FILED", "WITHDRAWN"], decided_by=None)
                | Q(status__in=["UPHELD", "CORRECTED"], decided_at__isnull=False, decided_by__isnull=False)
                & ~Q(answer=""),
                name="appeal_answered_by_somebody",
            ),
            CheckConstraint(
                condition=Q(remark_asked_at=None, remark_asked_by=None)
                | Q(remark_asked_at__isnull=False, remark_asked_by__isnull=False),
                name="appeal_remark_asked_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["filed_at"], condition=Q(status="FILED"), name="appeal_queue")]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.status}"
