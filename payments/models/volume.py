"""What 财务 takes off when a company buys many seats."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from courses.models import CoursePage
from payments.models.orders import MAX_QUANTITY


class VolumePrice(models.Model):
    """
    One row of the price table: from `from_quantity` seats on, each costs `percent` of the course's price.

    Without a course it holds for every course that has no row of its own. Changing it touches no order that exists.
    Source: docs/rules/money.md, rule P18.
    """

    course = models.ForeignKey(
        CoursePage,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="volume_prices",
        verbose_name="课程",
        help_text="空着：用于所有没有单独规定的课程。一门课有了自己的规定，就只按自己的。",
    )
    from_quantity = models.PositiveIntegerField(
        "从多少席起", validators=[MinValueValidator(2), MaxValueValidator(MAX_QUANTITY)]
    )
    percent = models.PositiveSmallIntegerField(
        "按原价的百分之几",
        validators=[MinValueValidator(10), MaxValueValidator(99)],
        help_text="95 就是 95 折。不到一分的零头不收。",
    )

    class Meta:
        verbose_name = verbose_name_plural = "席位价格"
        constraints = [
            UniqueConstraint(
                fields=["course", "from_quantity"],
                name="volume_one_of_course",
                violation_error_message="这门课程已有从这个席位数起的价格，请修改那一行。",
            ),
            UniqueConstraint(
                fields=["from_quantity"],
                condition=Q(course=None),
                name="volume_one_of_all",
                violation_error_message="所有课程已有从这个席位数起的价格，请修改那一行。",
            ),
            CheckConstraint(
                condition=Q(from_quantity__gte=2, from_quantity__lte=MAX_QUANTITY, percent__gte=10, percent__lte=99),
                name="volume_within_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course or '所有课程'}，{self.from_quantity} 席起 {self.percent}%"
