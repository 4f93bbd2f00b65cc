"""What happens in the room beside the answers: pages that opened the attempt, events, extensions, messages."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from exams.models.attempts import Attempt

SESSION_SPAN = 100_000  # the page of session n numbers its answers from n * SESSION_SPAN + 1: newer sessions win


class AttemptSession(models.Model):
    """
    One page that opened an attempt, numbered from 1; the highest number is the one that may answer.

    `seen_at` is the last sign of life, for the invigilators' board. Source: docs/rules/exam-room.md, rule R4.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="sessions")
    number = models.PositiveIntegerField("第几个页面")
    opened_at = models.DateTimeField("打开时间")
    seen_at = models.DateTimeField("最近在线")
    user_agent = models.CharField("浏览器", max_length=300, blank=True)
    ip = models.GenericIPAddressField("IP", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "考试页面"
        constraints = [UniqueConstraint(F("attempt"), F("number"), name="session_number_unique")]

    def __str__(self) -> str:
        return f"{self.attempt_id} #{self.number}"


class RoomEvent(models.Model):
    """
    Something the page noticed, as the page reported it; evidence for a person, never a verdict. Append-only.

    `number` is the page's own, so that sending twice is harmless. `seconds` is how long it lasted. `note` is the
    candidate's explanation. Source: docs/rules/exam-room.md, rule R5.
    """

    class Kind(models.TextChoices):
        AWAY = "AWAY", "离开页面"
        OFFLINE = "OFFLINE", "断网"
        PASTE = "PASTE", "粘贴"

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="events")
    session_number = models.PositiveIntegerField("第几个页面")
    number = models.PositiveIntegerField()
    kind = models.CharField("事件", max_length=10, choices=Kind)
    seconds = models.PositiveIntegerField("持续（秒）", default=0)
    client_at = models.DateTimeField("设备时间", null=True)
    received_at = models.DateTimeField("收到时间")
    note = models.CharField("考生说明", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "考场事件"
        constraints = [UniqueConstraint(F("attempt"), F("session_number"), F("number"), name="event_number_unique")]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.kind} {self.number}"


class Extension(models.Model):
    """Minutes an invigilator added to one attempt, with the reason. Source: docs/rules/exam-room.md, rule R6."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="extensions")
    minutes = models.PositiveSmallIntegerField("延长（分钟）")
    reason = models.CharField("原因", max_length=200)
    old_deadline_at = models.DateTimeField("原截止")
    new_deadline_at = models.DateTimeField("新截止")
    granted_at = models.DateTimeField("时间")
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="经办人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "延时"
        ordering = ["pk"]
        constraints = [
            CheckConstraint(
                condition=Q(minutes__gt=0, new_deadline_at__gt=F("old_deadline_at")) & ~Q(reason=""),
                name="extension_adds_time_with_reason",
            )
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} +{self.minutes}"


class RoomMessage(models.Model):
    """A sentence from an invigilator to one candidate, shown on the open page. Source: exam-room.md, rule R6."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="messages")
    text = models.CharField("内容", max_length=300)
    sent_at = models.DateTimeField("时间")
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="发送人"
    )
    shown_at = models.DateTimeField("考生页面显示时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "监考消息"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text
