"""Who may study what, and how far they are. Changed only by courses.enrolment and courses.learning."""

from django.conf import settings
from django.contrib.admin import display
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from wagtail.models import Page

from courses.models.pages import CoursePage, LessonPage
from lms.users.models import User


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def standing(self) -> "EnrolmentQuerySet":
        return self.filter(withdrawn_at=None)

    def of(self, user: User) -> "EnrolmentQuerySet":
        return self.filter(learner=user)

    def covering(self, page: Page) -> "EnrolmentQuerySet":
        """Enrolments in the course that this module or lesson belongs to."""
        return self.filter(course__in=CoursePage.objects.ancestor_of(page, inclusive=True))

    def in_any_edition(self, course: CoursePage) -> "EnrolmentQuerySet":
        return self.filter(course__series=course.series)


class Enrolment(models.Model):
    """
    The right of one person to study one edition of a course. Standing → withdrawn, once; a later one is a new row.

    `source` says why it exists; `source_ref` names the order, or the reason of a grant, for people. Nothing here knows
    about money.
    """

    class Source(models.TextChoices):
        PAYMENT = "PAYMENT", "付款"
        GRANT = "GRANT", "赠与"
        SEAT = "SEAT", "企业席位"

    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="enrolments", verbose_name="学员"
    )
    course = models.ForeignKey(CoursePage, on_delete=models.PROTECT, related_name="enrolments", verbose_name="课程")
    source = models.CharField("来源", max_length=20, choices=Source)
    source_ref = models.CharField("凭据", max_length=200, blank=True)
    enrolled_at = models.DateTimeField("报名时间")
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawn_reason = models.CharField("撤回原因", max_length=200, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "报名"
        constraints = [
            UniqueConstraint(
                fields=["learner", "course"], condition=Q(withdrawn_at=None), name="enrolment_one_standing"
            ),
            CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_reason="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason=""),
                name="enrolment_withdrawn_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"报名 {self.pk}"

    @property
    @display(description="状态")
    def state(self) -> str:
        return "已撤回" if self.withdrawn_at else "有效"


class LessonProgressQuerySet(models.QuerySet["LessonProgress"]):
    def of(self, user: User) -> "LessonProgressQuerySet":
        return self.filter(learner=user)

    def inside(self, course: CoursePage) -> "LessonProgressQuerySet":
        return self.filter(lesson__path__startswith=course.path)

    def newest_first(self) -> "LessonProgressQuerySet":
        """The lesson opened last comes first: it is the one to resume."""
        return self.order_by("-opened_at", "-pk")


class LessonProgress(models.Model):
    """
    One learner's way through one lesson. Seconds are credited by the server; only courses.learning changes them.

    `opened_at` is the last opening, `last_seen_at` the moment up to which time is accounted for, `needed_seconds` the
    least time that completes the lesson, settled when it was opened. `seconds` is the sum of the intervals that
    count, the running one included. The row hangs on the person, not on the enrolment: a refund withdraws access and
    keeps progress. The running stretch, not yet an interval, goes from `stretch_from` to `last_seen_at` for `reason`;
    `page` is the page in the browser that it belongs to. Source: docs/rules/study-time.md, rules T1-T3, T7, T15.
    """

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lesson_progress")
    lesson = models.ForeignKey(LessonPage, on_delete=models.CASCADE, related_name="progress")
    first_opened_at = models.DateTimeField("首次打开")
    opened_at = models.DateTimeField("最近打开")
    last_seen_at = models.DateTimeField("最近报到")
    seconds = models.PositiveIntegerField("已学秒数", default=0)
    needed_seconds = models.PositiveIntegerField("最低秒数")
    completed_at = models.DateTimeField("学完时间", null=True, blank=True)
    carried_from = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="由旧版次转来"
    )
    page = models.CharField(max_length=36, blank=True, editable=False)
    is_visible = models.BooleanField(default=True, editable=False)
    stretch_from = models.DateTimeField(null=True, editable=False)
    reason = models.CharField(max_length=10, blank=True, editable=False)  # of the running stretch; "" = none runs

    objects = LessonProgressQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "学习进度"
        constraints = [
            UniqueConstraint(fields=["learner", "lesson"], name="progress_one_per_lesson"),
            CheckConstraint(
                condition=Q(completed_at=None) | Q(seconds__gte=F("needed_seconds")), name="progress_completed_by_time"
            ),
        ]
        indexes = [
            models.Index(fields=["learner", "-opened_at", "-id"], name="progress_resume"),
            models.Index(fields=["id"], condition=~Q(reason=""), name="progress_running"),  # few: those at it now
        ]

    def __str__(self) -> str:
        return f"{self.learner_id} · {self.lesson_id}"

    @property
    def remaining_seconds(self) -> int:
        return max(0, self.needed_seconds - self.seconds)

    @property
    def may_complete(self) -> bool:
        return self.completed_at is None and self.remaining_seconds == 0
