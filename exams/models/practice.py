"""Practice: what a learner did with the practice pool. Only exams.practice changes it."""

from datetime import datetime

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from courses.models import CoursePage
from exams.models.bank import Item, ItemVersion
from lms.users.models import User


class PracticeCardQuerySet(models.QuerySet["PracticeCard"]):
    def of(self, user: User | int) -> "PracticeCardQuerySet":
        """A learner's cards, of items that may be practised today."""
        return self.filter(learner=user, item__in=Item.objects.usable(Item.Pool.PRACTICE))

    def wrong(self) -> "PracticeCardQuerySet":
        return self.filter(wrong_at__isnull=False)

    def starred(self) -> "PracticeCardQuerySet":
        return self.filter(starred_at__isnull=False)

    def due(self, now: datetime) -> "PracticeCardQuerySet":
        return self.filter(due_at__lte=now)


class PracticeCard(models.Model):
    """
    One learner and one item of the practice pool: how often it went right, 错题本, 收藏, and when to see it again.

    In the 错题本 while `wrong_at` is set; `right_run` counts right answers in a row since then. `last_version` and
    `last_answer` (in the item's own letters) let a fixed key judge the answer anew. `memory` is the FSRS card.
    Source: docs/rules/practice.md, rules P3-P6.
    """

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="practice_cards")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="practice_cards")
    answered = models.PositiveIntegerField("答过", default=0)
    right = models.PositiveIntegerField("答对", default=0)
    last_answered_at = models.DateTimeField("最近作答", null=True, blank=True)
    last_version = models.ForeignKey(ItemVersion, on_delete=models.PROTECT, null=True, related_name="+")
    last_answer = models.TextField("最近的答案", blank=True)
    wrong_at = models.DateTimeField("记入错题本", null=True, blank=True)
    right_run = models.PositiveSmallIntegerField("连续答对", default=0)
    starred_at = models.DateTimeField("收藏", null=True, blank=True)
    memory = models.JSONField("间隔复习", null=True, blank=True)
    due_at = models.DateTimeField("该复习", null=True, blank=True)

    objects = PracticeCardQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "练习卡"
        constraints = [
            UniqueConstraint(fields=["learner", "item"], name="practice_card_unique"),
            CheckConstraint(condition=Q(right__lte=F("answered")), name="practice_card_right_of_answered"),
            CheckConstraint(
                condition=Q(memory=None, due_at=None) | Q(memory__isnull=False, due_at__isnull=False),
                name="practice_card_due_from_memory",
            ),
        ]
        indexes = [
            models.Index(fields=["learner", "due_at"], name="practice_card_due"),  # 今日复习
            models.Index(fields=["item"], condition=Q(wrong_at__isnull=False), name="practice_card_wrong"),  # key fix
        ]

    def __str__(self) -> str:
        return f"{self.learner_id} / {self.item_id}"


class PracticeRunQuerySet(models.QuerySet["PracticeRun"]):
    def of(self, user: User | int) -> "PracticeRunQuerySet":
        return self.filter(learner=user)


class PracticeRun(models.Model):
    """
    One round of practice: its items in order, and what was answered, by place from 0: `{"0": {"answer": "B", …}}`.

    Source: docs/rules/practice.md, rules P2 and P8.
    """

    class Mode(models.TextChoices):
        ORDER = "ORDER", "顺序练习"
        RANDOM = "RANDOM", "随机练习"
        WRONG = "WRONG", "错题本"
        STARRED = "STARRED", "收藏"
        DUE = "DUE", "今日复习"

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="practice_runs")
    course = models.ForeignKey(CoursePage, on_delete=models.CASCADE, related_name="practice_runs")
    mode = models.CharField("方式", max_length=10, choices=Mode)
    module = models.CharField("模块", max_length=2, blank=True)
    kind = models.CharField("题型", max_length=12, blank=True)
    is_study = models.BooleanField("背题", default=False)
    items = models.JSONField(editable=False)
    answers = models.JSONField(default=dict, blank=True, editable=False)
    started_at = models.DateTimeField("开始")

    objects = PracticeRunQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "练习"
        indexes = [models.Index(fields=["learner", "-started_at"], name="practice_run_newest")]

    def __str__(self) -> str:
        return f"{self.learner_id} {self.get_mode_display()} {self.pk}"


class PracticeDay(models.Model):
    """How much one learner practised on one day (Asia/Shanghai). Source: docs/rules/practice.md, rule P7."""

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="practice_days")
    day = models.DateField("日期")
    answered = models.PositiveIntegerField("答题", default=0)
    right = models.PositiveIntegerField("答对", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "练习日"
        constraints = [UniqueConstraint(fields=["learner", "day"], name="practice_day_unique")]

    def __str__(self) -> str:
        return f"{self.learner_id} {self.day}"


class PracticePlan(models.Model):
    """A learner's daily goal, and up to which mock exam mistakes were taken over into the 错题本."""

    learner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="practice_plan")
    daily_goal = models.PositiveSmallIntegerField(
        "每日目标（题）", default=20, validators=[MinValueValidator(1), MaxValueValidator(200)]
    )
    mock_seen = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "练习计划"

    def __str__(self) -> str:
        return f"{self.learner_id} {self.daily_goal}"
