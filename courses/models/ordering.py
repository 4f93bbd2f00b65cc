"""In which order, and after what, the lessons of a course open. The rules: docs/rules/learning.md, L18 and L20."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models


class LessonOrder(models.TextChoices):
    """In which order the lessons of a course open. Source: docs/rules/learning.md, rule L18."""

    FREE = "FREE", "任意次序"
    LESSONS = "LESSONS", "按课：前面的课学完才打开下一课"
    MODULES = "MODULES", "按模块：前面的模块学完才打开下一模块"


class OrderedCourse(models.Model):
    """The part of a course that says so; courses.opening reads it."""

    series: Any  # of the course's editions: a prerequisite means any of them

    lesson_order = models.CharField(
        "学习次序",
        max_length=10,
        choices=LessonOrder,
        default=LessonOrder.FREE,
        help_text="学完的课始终能看；试学课不受限制。在学的人马上按新的次序来。",
    )
    prerequisite = models.ForeignKey(
        "courses.CoursePage",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="先修课",
        help_text="学完它（哪一版都算）才打开本课的课文。",
    )

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Refuse a course that would have to be finished before itself."""
        super().clean()
        before, seen = self.prerequisite, {self.series}
        while before:
            if before.series in seen:
                raise ValidationError({"prerequisite": "先修课不能是本课自己，也不能绕一圈回到本课。请另选一门。"})
            seen.add(before.series)
            before = before.prerequisite
