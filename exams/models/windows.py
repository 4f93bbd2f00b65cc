"""考期: when an exam is sat, and who registered for it. Only exams.registrations changes registrations."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from exams.models.blueprint import Exam
from lms.users.models import User


class ExamWindow(models.Model):
    """
    One 考期 of an exam: register in one span of time, start an attempt in another.

    Both spans include their first moment and not their last. `capacity` empty = without limit.
    Source: docs/rules/exam-room.md, rule R1.
    """

    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="windows", verbose_name="考试")
    title = models.CharField("名称", max_length=100)
    registration_opens_at = models.DateTimeField("报考开始")
    registration_closes_at = models.DateTimeField("报考截止")
    opens_at = models.DateTimeField("考试开始")
    closes_at = models.DateTimeField("考试结束")
    capacity = models.PositiveIntegerField("名额", null=True, blank=True, help_text="空 = 不限。")

    class Meta:
        verbose_name = verbose_name_plural = "考期"
        ordering = ["opens_at", "pk"]
        constraints = [
            CheckConstraint(
                condition=Q(registration_opens_at__lt=F("registration_closes_at"))
                & Q(registration_closes_at__lte=F("closes_at"))
                & Q(opens_at__lt=F("closes_at")),
                name="window_times_in_order",
            ),
        ]
        indexes = [models.Index(fields=["exam", "opens_at"], name="window_of_exam")]

    def __str__(self) -> str:
        return self.title

    def is_running(self, now: datetime) -> bool:
        return self.opens_at <= now < self.closes_at


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def standing(self) -> "RegistrationQuerySet":
        return self.filter(cancelled_at=None)

    def of(self, user: User) -> "RegistrationQuerySet":
        return self.filter(candidate=user)


class Registration(models.Model):
    """One person's place in a window. `cancelled_at` set = given back."""

    window = models.ForeignKey(ExamWindow, on_delete=models.PROTECT, related_name="registrations", verbose_name="考期")
    candidate = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="registrations", verbose_name="考生"
    )
    registered_at = models.DateTimeField("报考时间")
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "报考"
        constraints = [
            UniqueConstraint(
                fields=["window", "candidate"], condition=Q(cancelled_at=None), name="registration_once_per_window"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.window_id} / {self.candidate_id}"
