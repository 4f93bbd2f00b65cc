"""What a learner's time was: intervals with reasons, appeals against them, videos watched, ratings."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from courses.models.enrolments import LessonProgress
from courses.models.media import CourseDocument
from courses.models.pages import LessonPage
from courses.timing.accrual import COUNTING, REASON_LABELS, Reason
from lms.append_only import AppendOnly
from lms.users.models import User

REASONS = [(reason.value, label) for reason, label in REASON_LABELS.items()]
COUNTING_REASONS = sorted(COUNTING)


class StudyClock(models.Model):
    """
    Which of a learner's lessons accrues; whoever changes a learner's time locks this row first.

    `today` and `today_seconds` are what the intervals already written down have counted on the latest day; the running
    stretch comes on top. Only courses.learning changes it. Source: docs/rules/study-time.md, rules T2 and T14.
    """

    learner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="study_clock")
    progress = models.ForeignKey(LessonProgress, on_delete=models.CASCADE, related_name="+")
    today = models.CharField("日期", max_length=10, blank=True)
    today_seconds = models.PositiveIntegerField("当日已计入秒数", default=0)

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "学习计时"

    def __str__(self) -> str:
        return f"计时 {self.learner_id}"


class StudyIntervalQuerySet(models.QuerySet["StudyInterval"]):
    def of(self, user: User) -> "StudyIntervalQuerySet":
        return self.filter(learner=user)

    def counting(self) -> "StudyIntervalQuerySet":
        return self.filter(reason__in=COUNTING_REASONS)


class StudyInterval(models.Model):
    """
    A piece of a learner's time in a lesson, with the one reason why it counts or does not. Written once, never changed.

    It lies inside one day. `seconds` is what counts: the whole length, or nothing. `corrects` is the interval that an
    approved appeal put right. Source: docs/rules/study-time.md, rules T8-T16 and T25.
    """

    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="study_intervals", verbose_name="学员"
    )
    lesson = models.ForeignKey(LessonPage, on_delete=models.PROTECT, related_name="+", verbose_name="课")
    started_at = models.DateTimeField("开始")
    ended_at = models.DateTimeField("结束")
    reason = models.CharField("原因", max_length=10, choices=REASONS)
    seconds = models.PositiveIntegerField("计入秒数")
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name="更正哪一段"
    )

    objects = StudyIntervalQuerySet.as_manager()

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "学习时间段"
        permissions = [("view_study_reports", "查看教务报表")]
        constraints = [
            AppendOnly(name="study_interval_append_only"),
            CheckConstraint(condition=Q(ended_at__gt=F("started_at")), name="study_interval_has_length"),
            CheckConstraint(
                condition=Q(reason__in=COUNTING_REASONS, seconds__gt=0)
                | ~Q(reason__in=COUNTING_REASONS) & Q(seconds=0),
                name="study_interval_counts_by_reason",
            ),
            CheckConstraint(
                condition=Q(reason=Reason.CORRECTED, corrects__isnull=False)
                | ~Q(reason=Reason.CORRECTED) & Q(corrects=None),
                name="study_interval_correction_has_origin",
            ),
        ]
        indexes = [
            models.Index(fields=["learner", "started_at"], name="study_interval_record"),
            models.Index(fields=["started_at"], name="study_interval_by_day"),  # the reports' last weeks
        ]

    def __str__(self) -> str:
        return f"时间段 {self.pk}"

    @property
    def length(self) -> int:
        """Return the whole length in seconds."""
        return int((self.ended_at - self.started_at).total_seconds())


class StudyAppealQuerySet(models.QuerySet["StudyAppeal"]):
    def of(self, user: User) -> "StudyAppealQuerySet":
        return self.filter(interval__learner=user)

    def waiting(self) -> "StudyAppealQuerySet":
        return self.filter(state=StudyAppeal.State.WAITING)


class StudyAppeal(models.Model):
    """
    A learner says that an interval should have counted. WAITING → APPROVED | REFUSED, once, by a person with a reason.

    Changed only by courses.learning.appeals. Source: docs/rules/study-time.md, rules T24-T26.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", "待处理"
        APPROVED = "APPROVED", "已核准"
        REFUSED = "REFUSED", "未核准"

    interval = models.OneToOneField(
        StudyInterval, on_delete=models.PROTECT, related_name="appeal", verbose_name="时间段"
    )
    text = models.CharField("说明", max_length=300)
    filed_at = models.DateTimeField("申诉时间")
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="处理人",
    )
    decided_at = models.DateTimeField("处理时间", null=True, blank=True)
    answer = models.CharField("处理理由", max_length=300, blank=True)
    granted_seconds = models.PositiveIntegerField("补计秒数", default=0)

    objects = StudyAppealQuerySet.as_manager()

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "学时申诉"
        permissions = [("decide_studyappeal", "处理学时申诉")]
        constraints = [
            CheckConstraint(
                condition=Q(state="WAITING", decided_at=None, decided_by=None, answer="", granted_seconds=0)
                | Q(state="APPROVED", decided_at__isnull=False, decided_by__isnull=False, granted_seconds__gt=0)
                & ~Q(answer="")
                | Q(state="REFUSED", decided_at__isnull=False, decided_by__isnull=False, granted_seconds=0)
                & ~Q(answer=""),
                name="study_appeal_decided_with_reason",
            )
        ]
        indexes = [models.Index(fields=["state", "filed_at"], name="study_appeal_queue")]

    def __str__(self) -> str:
        return f"学时申诉 {self.pk}"


class VideoWatchQuerySet(models.QuerySet["VideoWatch"]):
    def of(self, user: User) -> "VideoWatchQuerySet":
        return self.filter(learner=user)


class VideoWatch(models.Model):
    """
    What one learner has watched of one video of a lesson. Units: seconds.

    `ranges` are the watched parts, sorted and disjoint; `position` is where to go on, which proves nothing. Only
    courses.learning.videos changes it. Source: docs/rules/study-time.md, rules T19-T22.
    """

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="video_watches")
    lesson = models.ForeignKey(LessonPage, on_delete=models.CASCADE, related_name="+")
    document = models.ForeignKey(CourseDocument, on_delete=models.CASCADE, related_name="+", verbose_name="视频")
    duration = models.FloatField("片长")
    ranges = models.JSONField("看过的部分", default=list)
    position = models.FloatField("上次看到", default=0)
    reported_at = models.DateTimeField("最近报告")

    objects = VideoWatchQuerySet.as_manager()

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "视频观看"
        constraints = [UniqueConstraint(fields=["learner", "lesson", "document"], name="video_watch_one_per_video")]

    def __str__(self) -> str:
        return f"视频观看 {self.pk}"


class LessonRating(models.Model):
    """What a learner thinks of a lesson, 1 to 5; the latest word stands. Source: docs/rules/study-time.md, rule T27."""

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lesson_ratings")
    lesson = models.ForeignKey(LessonPage, on_delete=models.CASCADE, related_name="ratings", verbose_name="课")
    stars = models.PositiveSmallIntegerField("评分", validators=[MinValueValidator(1), MaxValueValidator(5)])
    comment = models.CharField("意见", max_length=500, blank=True)
    rated_at = models.DateTimeField("评价时间")

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "课程评价"
        constraints = [
            UniqueConstraint(fields=["learner", "lesson"], name="lesson_rating_one_per_learner"),
            CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="lesson_rating_one_to_five"),
        ]
        indexes = [models.Index(fields=["lesson", "-rated_at"], name="lesson_rating_newest")]

    def __str__(self) -> str:
        return f"评价 {self.pk}"
