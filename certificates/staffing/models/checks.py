"""A staffing check that somebody ran: the roster's outcome on a day, frozen with the rule that judged it."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q

from certificates.staffing import ratio
from lms.users.models import User


class StaffingCheckQuerySet(models.QuerySet["StaffingCheck"]):
    def of(self, user: User) -> "StaffingCheckQuerySet":
        return self.filter(owner=user)

    def without_rows(self) -> "StaffingCheckQuerySet":
        """The figures alone: a roster's rows may be many megabytes."""
        return self.defer("rows")


class StaffingCheck(models.Model):
    """
    The answer to "have we our 10 %?" for one roster on one day. Written once by certificates.staffing.checks.

    Units: people; points in hundredths (5 points = 500). `rows` is one object per service manager and per person who
    names a certificate, with the reason why he or she counts or not. Source: docs/rules/staffing.md, rule S10.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staffing_checks", verbose_name="检查人"
    )
    company_name = models.CharField("企业名称", max_length=100)
    as_of_date = models.DateField("基准日")
    roster_sha256 = models.CharField("花名册指纹", max_length=64)
    rule_version = models.CharField("规则版本", max_length=20)
    people = models.PositiveIntegerField("花名册人数")
    managers = models.PositiveIntegerField("服务管理人员")
    required = models.PositiveIntegerField("应配")
    held = models.PositiveIntegerField("已配")
    points_centi = models.PositiveSmallIntegerField("按比例得分")
    first_breach_date = models.DateField("首次不足日期", null=True)
    first_breach_cause = models.TextField("不足原因", blank=True, help_text="一行一条。")
    rows = models.JSONField(default=list)
    checked_at = models.DateTimeField("检查时间")

    objects = StaffingCheckQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "配置检查"
        constraints = [
            CheckConstraint(
                condition=Q(managers__gte=1, required__gte=1, points_centi__lte=500), name="staffing_check_in_range"
            ),
            CheckConstraint(
                condition=Q(first_breach_date=None, first_breach_cause="")
                | Q(first_breach_date__gte=models.F("as_of_date")) & ~Q(first_breach_cause=""),
                name="staffing_check_breach_with_cause",
            ),
        ]
        indexes = [models.Index(fields=["owner", "-checked_at"], name="staffing_check_mine")]

    def __str__(self) -> str:
        return f"{self.company_name} {self.as_of_date}"

    @property
    def gap(self) -> int:
        return max(0, self.required - self.held)

    @property
    def is_covered(self) -> bool:
        return self.held >= self.required

    @property
    def worst_points_centi(self) -> int:
        return ratio.worst_points_centi(held=self.held, required=self.required)
