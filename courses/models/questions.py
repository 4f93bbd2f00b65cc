"""Questions that learners ask about a lesson, and what teachers answer."""

from django.conf import settings
from django.contrib.admin import display
from django.db import models
from django.db.models import CheckConstraint, Q

from courses.models.pages import LessonPage
from lms.users.models import User

QUESTION_LENGTH = 1000
ANSWER_LENGTH = 5000


class LessonQuestionQuerySet(models.QuerySet["LessonQuestion"]):
    def of(self, user: User) -> "LessonQuestionQuerySet":
        return self.filter(asker=user)

    def about(self, lesson: LessonPage) -> "LessonQuestionQuerySet":
        return self.filter(lesson=lesson)

    def waiting(self) -> "LessonQuestionQuerySet":
        return self.filter(state=LessonQuestion.State.WAITING)

    def published(self) -> "LessonQuestionQuerySet":
        return self.filter(state=LessonQuestion.State.PUBLISHED)

    def readable_by(self, user: User) -> "LessonQuestionQuerySet":
        """Own questions and published ones. Source: docs/rules/learning.md, rule L12."""
        return self.filter(Q(asker=user) | Q(state=LessonQuestion.State.PUBLISHED))

    def unseen(self) -> "LessonQuestionQuerySet":
        """Answered or closed, and the asker has not looked since."""
        return self.filter(is_unseen=True)


class LessonQuestion(models.Model):
    """
    One question. WAITING → ANSWERED (to the asker alone), PUBLISHED or DECLINED; ANSWERED ↔ PUBLISHED.

    Only courses.questions changes it. `text` is what the asker wrote and sees; `public_text` what others read instead.
    `answer` of a declined question is the reason. Source: docs/rules/learning.md, rules L10-L17.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", "等待回答"
        ANSWERED = "ANSWERED", "已回答"
        PUBLISHED = "PUBLISHED", "已公开"
        DECLINED = "DECLINED", "不予回答"

    lesson = models.ForeignKey(LessonPage, on_delete=models.CASCADE, related_name="questions", verbose_name="课")
    asker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lesson_questions", verbose_name="提问人"
    )
    text = models.TextField("问题", max_length=QUESTION_LENGTH)
    asked_at = models.DateTimeField("提问时间")
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    public_text = models.TextField("公开的问题", max_length=QUESTION_LENGTH, blank=True)
    answer = models.TextField("回答", max_length=ANSWER_LENGTH, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="回答人"
    )
    answered_at = models.DateTimeField("回答时间", null=True)
    is_pinned = models.BooleanField("置顶", default=False)
    is_unseen = models.BooleanField("提问人还没看", default=False)

    objects = LessonQuestionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "课程提问"
        permissions = [("answer_lessonquestion", "可以回答课程提问")]
        constraints = [
            CheckConstraint(
                condition=Q(state="WAITING", answer="", answered_at=None)
                | ~Q(state="WAITING") & ~Q(answer="") & Q(answered_at__isnull=False),
                name="question_state_means_answer",
            ),
            CheckConstraint(condition=~Q(state="PUBLISHED", public_text=""), name="question_published_has_text"),
            CheckConstraint(condition=Q(is_pinned=False) | Q(state="PUBLISHED"), name="question_pinned_is_published"),
        ]
        indexes = [
            models.Index(fields=["lesson", "state", "-answered_at"], name="question_of_lesson"),
            models.Index(fields=["asker"], condition=Q(is_unseen=True), name="question_unseen"),
        ]

    def __str__(self) -> str:
        return f"提问 {self.pk}"

    @property
    @display(description="问题")
    def opening(self) -> str:
        """The question's first words, for lists."""
        return f"{self.text[:40]}…" if len(self.text) > 40 else self.text

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED
