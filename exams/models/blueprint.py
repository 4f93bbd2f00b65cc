"""An exam and its blueprint. Marks are whole hundredths of a point (`…_centi`): half marks stay exact."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import CheckConstraint, Exists, F, OuterRef, Q, UniqueConstraint
from django.db.models.functions import Coalesce
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from courses.models import CoursePage, Enrolment
from courses.syllabus import MODULE_CHOICES
from exams import safe_browser
from exams.grading import DEFAULT_RULE, Partial, Rule
from exams.models.bank import Item
from exams.models.fields import CentiField
from lms.users.models import User


class ExamQuerySet(models.QuerySet["Exam"]):
    def open(self) -> "ExamQuerySet":
        return self.filter(is_open=True)

    def visible_to(self, user: User) -> "ExamQuerySet":
        """Open exams, and those of a course that the person is or was enrolled in."""
        learning = Enrolment.objects.filter(course=OuterRef("course"), learner=user)
        return self.filter(Q(is_open=True) | Exists(learning))


class PartialMarks(models.TextChoices):
    """What a 多选 brings that is right as far as it goes: docs/rules/grading.md, rule G15."""

    HALF = Partial.HALF.value, "得一半"
    SHARE = Partial.SHARE.value, "按正确项比例"
    NOTHING = Partial.NOTHING.value, "不得分"


class Exam(ClusterableModel):
    """
    An exam that people enrolled in a course may sit. Every figure is a setting: docs/rules/grading.md, rules G1-G8.

    Units: minutes; points in hundredths; attempts counted per enrolment; cool-down in hours; being away in seconds;
    appeals in days after closing. An exam with windows is sat inside a window that the person registered for.
    """

    class Review(models.TextChoices):
        """What a candidate sees of the paper afterwards: docs/rules/exam-room.md, rule R10."""

        NONE = "NONE", "只看成绩"
        OWN = "OWN", "题目和自己的作答"
        KEY = "KEY", "题目、自己的作答、答案与解析"

    class ReviewFrom(models.TextChoices):
        AT_ONCE = "AT_ONCE", "交卷后"
        AFTER_WINDOW = "AFTER_WINDOW", "考期结束后"
        WHEN_DONE = "WHEN_DONE", "合格后或次数用完后"

    course = models.ForeignKey(CoursePage, on_delete=models.PROTECT, related_name="exams", verbose_name="课程")
    title = models.CharField("名称", max_length=100)
    minutes = models.PositiveSmallIntegerField("时长（分钟）", default=90, validators=[MinValueValidator(1)])
    pass_centi = CentiField("及格分", default=7000)
    max_attempts = models.PositiveSmallIntegerField("最多次数", default=3, validators=[MinValueValidator(1)])
    cooldown_hours = models.PositiveSmallIntegerField("两次间隔（小时）", default=24)
    is_open = models.BooleanField("开放", default=False)
    has_mock = models.BooleanField(
        "提供模拟考试", default=True, help_text="按同一蓝图从练习题池抽题，不计次数，不发证书。"
    )
    partial = models.CharField(
        "多选漏选", max_length=10, choices=PartialMarks, default=PartialMarks.HALF, help_text="有错选项的一律不得分。"
    )
    wrong_percent = models.PositiveSmallIntegerField(
        "答错倒扣（%）",
        default=0,
        validators=[MaxValueValidator(100)],
        help_text="扣这道题分值的百分之几。0 = 不倒扣。",
    )
    marks_twice = models.BooleanField("简答双评", default=True, help_text="每份简答由两个人各评一次。")
    marking_gap_percent = models.PositiveSmallIntegerField(
        "双评允许相差（%）",
        default=20,
        validators=[MaxValueValidator(100)],
        help_text="相差不超过这道题分值的百分之几取平均，超过的由第三人仲裁。",
    )
    review = models.CharField("考后可见", max_length=10, choices=Review, default=Review.OWN)
    review_from = models.CharField("何时可见", max_length=12, choices=ReviewFrom, default=ReviewFrom.AT_ONCE)
    appeal_days = models.PositiveSmallIntegerField("复核期限（天）", default=7, help_text="0 = 不受理成绩复核。")
    away_seconds = models.PositiveSmallIntegerField(
        "离开计次（秒）", default=10, help_text="离开考试页面超过这么久才记一次；只记录，不自动处理。"
    )
    has_watermark = models.BooleanField("姓名水印", default=True)
    papers_wanted = models.PositiveSmallIntegerField(
        "互不重题的套数",
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text="题库至少要能组成这么多套互不重题的试卷，才能开放。固定卷也备这么多套。",
    )
    exposure_cap = models.PositiveSmallIntegerField(
        "曝光上限（%）",
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="同一道题最多出现在百分之多少的试卷里。100 = 不限。",
    )
    needs_safe_browser = models.BooleanField("要求 Safe Exam Browser", default=False)
    safe_browser_config_keys = models.JSONField("SEB 配置密钥", default=list, blank=True)
    safe_browser_exam_keys = models.JSONField("SEB 浏览器考试密钥", default=list, blank=True)

    objects = ExamQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "考试"

    def __str__(self) -> str:
        return self.title

    @property
    def rule(self) -> Rule:
        """How answers become points from now on. Source: docs/rules/grading.md, rule G15."""
        return Rule(partial=Partial(self.partial), wrong_percent=self.wrong_percent)

    @property
    def rules(self) -> dict[str, str | int]:
        """What an attempt freezes of the marking rules; empty if they are the default. Source: rule G15."""
        chosen: dict[str, str | int] = {"partial": self.partial, "wrong_percent": self.wrong_percent}
        default = {"partial": DEFAULT_RULE.partial, "wrong_percent": DEFAULT_RULE.wrong_percent}
        return {name: value for name, value in chosen.items() if value != default[name]}

    def clean(self) -> None:
        """Refuse a demand for Safe Exam Browser that nobody can meet: docs/rules/exam-room.md, rule R7."""
        demand = safe_browser.Demand(self.safe_browser_config_keys, self.safe_browser_exam_keys)
        if self.needs_safe_browser and (problem := demand.problem()):
            raise ValidationError({"needs_safe_browser": problem})


class BlueprintCell(models.Model):
    """
    So many items of one kind from one module, each worth so much; a difficulty or a knowledge point narrows it.

    A fixed cell takes its items from the exam's prepared forms, another draws anew for each candidate.
    Source: docs/rules/blueprint.md, rules B1 and B2.
    """

    exam = ParentalKey(Exam, on_delete=models.CASCADE, related_name="cells")
    module = models.CharField("模块", max_length=2, choices=MODULE_CHOICES)
    kind = models.CharField("题型", max_length=12, choices=Item.Kind)
    difficulty = models.PositiveSmallIntegerField("难度", choices=Item.Difficulty, null=True, blank=True)
    point = models.CharField("知识点", max_length=50, blank=True, help_text="空 = 这个模块的任一知识点。")
    count = models.PositiveSmallIntegerField("题数", validators=[MinValueValidator(1)])
    points_centi = CentiField("每题分值")
    is_fixed = models.BooleanField("固定卷", default=False, help_text="考前组好，所有考生从同几套里拿到一套。")

    class Meta:
        verbose_name = verbose_name_plural = "组卷格"
        constraints = [
            UniqueConstraint(
                F("exam"),
                F("module"),
                F("kind"),
                Coalesce("difficulty", 0),
                F("point"),
                name="blueprint_cell_unique",
            ),
            CheckConstraint(condition=Q(count__gt=0, points_centi__gt=0), name="blueprint_cell_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.module} {self.kind} × {self.count}"
