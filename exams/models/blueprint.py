"""An exam and its blueprint. Marks are whole hundredths of a point (`…_centi`): half marks stay exact."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from courses.models import CoursePage
from courses.syllabus import MODULE_CHOICES
from exams.models.bank import Item
from exams.models.fields import CentiField


class ExamQuerySet(models.QuerySet["Exam"]):
    def open(self) -> "ExamQuerySet":
        return self.filter(is_open=True)

    def visible_to(self, user: object) -> "ExamQuerySet":
        """Open exams, and those of a course that the person is or was enrolled in."""
        return self.filter(Q(is_open=True) | Q(course__enrolments__learner=user)).distinct()


class Exam(ClusterableModel):
    """
    An exam that people enrolled in a course may sit. Every figure is a setting: docs/rules/grading.md, rules G1-G8.

    Units: minutes; points in hundredths; attempts counted per enrolment; cool-down in hours.
    """

    course = models.ForeignKey(CoursePage, on_delete=models.PROTECT, related_name="exams", verbose_name="课程")
    title = models.CharField("名称", max_length=100)
    minutes = models.PositiveSmallIntegerField("时长（分钟）", default=90, validators=[MinValueValidator(1)])
    pass_centi = CentiField("及格分", default=7000)
    max_attempts = models.PositiveSmallIntegerField("最多次数", default=3, validators=[MinValueValidator(1)])
    cooldown_hours = models.PositiveSmallIntegerField("两次间隔（小时）", default=24)
    is_open = models.BooleanField("开放", default=False)

    objects = ExamQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "考试"

    def __str__(self) -> str:
        return self.title


class BlueprintCell(models.Model):
    """So many items of one kind from one module, each worth so much."""

    exam = ParentalKey(Exam, on_delete=models.CASCADE, related_name="cells")
    module = models.CharField("模块", max_length=2, choices=MODULE_CHOICES)
    kind = models.CharField("题型", max_length=12, choices=Item.Kind)
    count = models.PositiveSmallIntegerField("题数", validators=[MinValueValidator(1)])
    points_centi = CentiField("每题分值")

    class Meta:
        verbose_name = verbose_name_plural = "组卷格"
        constraints = [
            UniqueConstraint(F("exam"), F("module"), F("kind"), name="blueprint_cell_unique"),
            CheckConstraint(condition=Q(count__gt=0, points_centi__gt=0), name="blueprint_cell_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.module} {self.kind} × {self.count}"
