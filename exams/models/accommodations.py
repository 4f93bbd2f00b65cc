"""便利安排: what a person needs to sit an exam on equal terms. Only exams.accommodations changes them."""

from datetime import date

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from lms.users.models import User


class AccommodationQuerySet(models.QuerySet["Accommodation"]):
    def of(self, user: User | int) -> "AccommodationQuerySet":
        return self.filter(candidate=user)

    def standing(self, day: date) -> "AccommodationQuerySet":
        """Approved and not run out on that day (Asia/Shanghai)."""
        return self.filter(status=Accommodation.Status.APPROVED).filter(Q(valid_until=None) | Q(valid_until__gte=day))


class Accommodation(models.Model):
    """
    What staff approved for a person, for every exam: REQUESTED → APPROVED | REFUSED, APPROVED → ENDED.

    `time_factor` is in percent of an exam's minutes (150 = half as much again). `reason` is private: the person and
    staff who decide see it. Rows stay as the history; what was decided stays beside how it ended.
    Source: docs/rules/exam-room.md, rule R2.
    """

    class Status(models.TextChoices):
        REQUESTED = "REQUESTED", "待审核"
        APPROVED = "APPROVED", "已批准"
        REFUSED = "REFUSED", "未批准"
        ENDED = "ENDED", "已结束"

    candidate = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="accommodations", verbose_name="考生"
    )
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.REQUESTED)
    time_factor = models.PositiveSmallIntegerField(
        "用时（%）", default=100, validators=[MinValueValidator(100), MaxValueValidator(300)]
    )
    larger_type = models.BooleanField("大字版", default=False)
    hidden_timer = models.BooleanField("不显示倒计时", default=False)
    extra_attempts = models.PositiveSmallIntegerField("增加次数", default=0, validators=[MaxValueValidator(5)])
    reason = models.TextField("申请理由", max_length=1000)
    requested_at = models.DateTimeField("申请时间")
    decision = models.CharField("审核意见", max_length=500, blank=True)
    decided_at = models.DateTimeField("审核时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="审核人",
    )
    valid_until = models.DateField("有效期至", null=True, blank=True, help_text="空 = 一直有效。")

    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="结束人",
    )
    ended_reason = models.CharField("结束原因", max_length=500, blank=True)

    objects = AccommodationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "便利安排"
        constraints = [
            UniqueConstraint(fields=["candidate"], condition=Q(status="APPROVED"), name="accommodation_one_approved"),
            UniqueConstraint(fields=["candidate"], condition=Q(status="REQUESTED"), name="accommodation_one_requested"),
            CheckConstraint(
                condition=Q(time_factor__gte=100, time_factor__lte=300), name="accommodation_factor_in_bounds"
            ),
            CheckConstraint(
                condition=Q(status="REQUESTED", decided_at=None)
                | ~Q(status="REQUESTED") & Q(decided_at__isnull=False, decided_by__isnull=False),
                name="accommodation_decided_by_somebody",
            ),
            CheckConstraint(
                condition=Q(status="ENDED", ended_at__isnull=False, ended_by__isnull=False) & ~Q(ended_reason="")
                | ~Q(status="ENDED") & Q(ended_at=None, ended_by=None, ended_reason=""),
                name="accommodation_ended_with_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["requested_at"], condition=Q(status="REQUESTED"), name="accommodation_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} {self.time_factor}%"

    @property
    def terms(self) -> list[str]:
        """What is approved, in words, one entry each."""
        said = [
            (self.time_factor != 100, f"考试时间为规定时间的 {self.time_factor}%，考期结束时间同样顺延"),
            (self.larger_type, "考试页面用大字"),
            (self.hidden_timer, "考试页面不显示倒计时"),
            (bool(self.extra_attempts), f"每场考试增加 {self.extra_attempts} 次机会"),
        ]
        return [words for applies, words in said if applies]
