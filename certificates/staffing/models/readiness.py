"""Readiness: the table of clauses, self-assessments, the certificate's cycle, papers, and corrective actions."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from certificates.staffing.models.companies import Company
from exams.models.fields import CentiField


class IndicatorQuerySet(models.QuerySet["Indicator"]):
    def leaves(self) -> "IndicatorQuerySet":
        """The clauses that are judged: those that nothing stands below."""
        return self.filter(is_leaf=True).order_by("code")


class Indicator(models.Model):
    """
    One clause of the standard's table. Kept in the back office; loaded first from readiness/indicators.json.

    `points_centi` is None while no source states it, and is never guessed. `is_leaf` clauses are judged.
    Source: docs/rules/readiness.md, rules A1 and A2.
    """

    class Source(models.TextChoices):
        STANDARD = "STANDARD", "标准文本"
        SECONDARY = "SECONDARY", "公开资料"
        UNKNOWN = "UNKNOWN", "未知"

    code = models.CharField(
        "条号", max_length=10, unique=True, validators=[RegexValidator(r"^5(\.[1-9]){1,3}$", "条号写成 5.1.2.2。")]
    )
    title = models.CharField("标题", max_length=50)
    summary = models.CharField("内容提要", max_length=300, blank=True, help_text="用自己的话写，不抄标准原文。")
    points_centi = CentiField("分值", null=True, blank=True, max_points=100, help_text="没有依据就空着，不要猜。")
    points_source = models.CharField("分值来源", max_length=10, choices=Source, default=Source.UNKNOWN)
    is_leaf = models.BooleanField("逐条判断", default=True, help_text="下面还有细条的不勾选。")
    is_deletable = models.BooleanField("可以删减", default=False)
    is_verified = models.BooleanField("内容已核对", default=False)

    objects = IndicatorQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "评价指标"
        constraints = [
            CheckConstraint(
                condition=Q(points_centi=None, points_source="UNKNOWN")
                | Q(points_centi__gt=0) & ~Q(points_source="UNKNOWN"),
                name="indicator_points_have_a_source",
                violation_error_message="填了分值就要写来源；没有分值，来源选“未知”。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def section(self) -> str:
        """The first-level indicator that it belongs to."""
        return self.code[:3]


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def of(self, company: Company) -> "AssessmentQuerySet":
        return self.filter(company=company)


class Assessment(models.Model):
    """
    One self-assessment of a company. OPEN → FINAL; only certificates.staffing.readiness.assessments changes it.

    `result` freezes the whole table once it is final. Units: hundredths of a point. docs/rules/readiness.md, rule A10.
    """

    class Status(models.TextChoices):
        OPEN = "OPEN", "进行中"
        FINAL = "FINAL", "已定稿"

    class Level(models.TextChoices):
        """In words what readiness.scoring.Level names."""

        FAILED = "FAILED", "不合格"
        PASSED = "PASSED", "达标级"
        THREE = "THREE", "三星级"
        FOUR = "FOUR", "四星级"
        FIVE = "FIVE", "五星级"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="assessments", verbose_name="企业")
    as_of_date = models.DateField("自评日")
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.OPEN)
    bonus_reason = models.CharField("特别加分的理由", max_length=300, blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField("开始时间")
    final_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    final_at = models.DateTimeField("定稿时间", null=True)
    final_centi = models.PositiveIntegerField("得分", null=True)
    level = models.CharField("级别", max_length=10, choices=Level, blank=True)
    result = models.JSONField(null=True)

    objects = AssessmentQuerySet.as_manager()

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "自评"
        constraints = [
            UniqueConstraint(fields=["company"], condition=Q(status="OPEN"), name="assessment_one_open"),
            CheckConstraint(
                condition=Q(status="OPEN", final_at=None, final_centi=None, level="", result=None)
                | Q(status="FINAL", final_at__isnull=False, final_centi__isnull=False, result__isnull=False)
                & ~Q(level=""),
                name="assessment_final_means_result",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company_id}: {self.as_of_date}"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN


class AssessmentFinding(models.Model):
    """What was found at one clause. `reason` is why it does not apply, or a note. Rules A3 and A4 of the same file."""

    class Verdict(models.TextChoices):
        """In words what readiness.scoring.Verdict names."""

        MET = "MET", "符合"
        PARTLY = "PARTLY", "按比例"
        NOT_MET = "NOT_MET", "不符合"
        DELETED = "DELETED", "不适用（删减）"

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="findings")
    code = models.CharField("条号", max_length=10)
    verdict = models.CharField("判断", max_length=10, choices=Verdict)
    samples = models.PositiveIntegerField("抽查数", default=1)
    failed = models.PositiveIntegerField("不符合数", default=0)
    reason = models.CharField("说明", max_length=300, blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "逐条判断"
        constraints = [
            UniqueConstraint(fields=["assessment", "code"], name="finding_once"),
            CheckConstraint(
                condition=Q(verdict="PARTLY", failed__gt=0, failed__lt=F("samples"))
                | ~Q(verdict="PARTLY") & Q(samples=1, failed=0),
                name="finding_share_in_range",
            ),
            CheckConstraint(condition=~Q(verdict="DELETED", reason=""), name="finding_deleted_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id}: {self.code} {self.verdict}"


class AssessmentSection(models.Model):
    """A first-level indicator scored as a whole: what of it was deleted and lost, in hundredths of a point. Rule A2."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="sections")
    code = models.CharField("条号", max_length=3)
    deleted_centi = models.PositiveIntegerField("删减")
    lost_centi = models.PositiveIntegerField("扣分")

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "整部分扣分"
        constraints = [UniqueConstraint(fields=["assessment", "code"], name="assessment_section_once")]

    def __str__(self) -> str:
        return f"{self.assessment_id}: {self.code}"


class SpecialDeduction(models.Model):
    """One special deduction: one point, on top of the score. Source: docs/rules/readiness.md, rule A6."""

    class Trigger(models.TextChoices):
        LAW = "LAW", "违反法律法规"
        OWN_RULES = "OWN_RULES", "违反企业自己的服务规范"
        TRADE = "TRADE", "违反行业特殊的专业要求"
        SYSTEM = "SYSTEM", "影响服务体系运行"

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="specials")
    trigger = models.CharField("情形", max_length=10, choices=Trigger)
    fact = models.CharField("事实", max_length=300)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "特别扣分"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.assessment_id}: {self.trigger}"


class CertificationCycleQuerySet(models.QuerySet["CertificationCycle"]):
    def of(self, company: Company) -> "CertificationCycleQuerySet":
        return self.filter(company=company)

    def current(self) -> "CertificationCycleQuerySet":
        return self.filter(ended_at=None)


class CertificationCycle(models.Model):
    """
    Three years of a company's certificate, or the plan of its first audit. One at a time; `ended_at` closes it.

    Days on which audits were done follow one another. Source: docs/rules/readiness.md, rules A11-A14.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="cycles", verbose_name="企业")
    body = models.CharField("认证机构", max_length=100, blank=True)
    initial_audit_date = models.DateField("初审日", null=True, blank=True)
    certified_date = models.DateField("发证日", null=True, blank=True)
    first_audit_date = models.DateField("第一次监督审核日", null=True, blank=True)
    second_audit_date = models.DateField("第二次监督审核日", null=True, blank=True)
    started_at = models.DateTimeField("建立时间")
    ended_at = models.DateTimeField("结束时间", null=True)

    objects = CertificationCycleQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "认证周期"
        constraints = [
            UniqueConstraint(fields=["company"], condition=Q(ended_at=None), name="cycle_one_current"),
            CheckConstraint(
                condition=Q(initial_audit_date__isnull=False) | Q(certified_date__isnull=False),
                name="cycle_has_a_day",
            ),
            CheckConstraint(
                condition=Q(initial_audit_date=None)
                | Q(certified_date=None)
                | Q(certified_date__gte=F("initial_audit_date")),
                name="cycle_certified_after_audit",
            ),
            CheckConstraint(
                condition=Q(first_audit_date=None, second_audit_date=None)
                | Q(first_audit_date__gt=F("certified_date"), second_audit_date=None)
                | Q(first_audit_date__gt=F("certified_date"), second_audit_date__gt=F("first_audit_date")),
                name="cycle_audits_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company_id}: {self.certified_date or self.initial_audit_date}"


class CycleReminder(models.Model):
    """That a company was told, so many days ahead, of a day of its cycle. Rule A15 of docs/rules/readiness.md."""

    cycle = models.ForeignKey(CertificationCycle, on_delete=models.CASCADE, related_name="reminders")
    event = models.CharField(max_length=10)
    due_date = models.DateField()
    days_ahead = models.PositiveSmallIntegerField()
    queued_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=["cycle", "event", "due_date", "days_ahead"], name="cycle_told_once")]

    def __str__(self) -> str:
        return f"{self.cycle_id}: {self.event} {self.days_ahead}"


class ChecklistMark(models.Model):
    """That a condition or a paper of the application is ready, with a note. Rule A16 of docs/rules/readiness.md."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="checklist_marks")
    code = models.CharField(max_length=30)
    is_ready = models.BooleanField("已备齐")
    note = models.CharField("备注", max_length=200, blank=True)
    marked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    marked_at = models.DateTimeField("时间")

    wagtail_reference_index_ignore = True

    class Meta:
        constraints = [UniqueConstraint(fields=["company", "code"], name="checklist_mark_once")]

    def __str__(self) -> str:
        return f"{self.company_id}: {self.code}"


class CorrectiveActionQuerySet(models.QuerySet["CorrectiveAction"]):
    def of(self, company: Company) -> "CorrectiveActionQuerySet":
        return self.filter(company=company)

    def open(self) -> "CorrectiveActionQuerySet":
        return self.filter(status=CorrectiveAction.Status.OPEN)


class CorrectiveAction(models.Model):
    """
    Something to put right. OPEN ⇄ DONE; only certificates.staffing.readiness.actions changes it.

    Source: docs/rules/readiness.md, rule A18.
    """

    class Status(models.TextChoices):
        OPEN = "OPEN", "进行中"
        DONE = "DONE", "已完成"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="actions", verbose_name="企业")
    problem = models.CharField("问题", max_length=300)
    code = models.CharField("对应的条", max_length=10, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="负责人"
    )
    due_date = models.DateField("完成期限")
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.OPEN)
    outcome = models.CharField("做了什么", max_length=500, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField("提出时间")
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    done_at = models.DateTimeField("完成时间", null=True)
    reminded_date = models.DateField("已提醒的期限", null=True)

    objects = CorrectiveActionQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "整改项"
        constraints = [
            CheckConstraint(
                condition=Q(status="OPEN", done_at=None) | Q(status="DONE", done_at__isnull=False) & ~Q(outcome=""),
                name="action_done_means_outcome",
            )
        ]
        indexes = [models.Index(fields=["company", "status", "due_date"], name="action_by_due_date")]

    def __str__(self) -> str:
        return self.problem


class ActionFile(models.Model):
    """A file that shows what was done, under a name that cannot be guessed. Rule A19 of docs/rules/readiness.md."""

    action = models.ForeignKey(CorrectiveAction, on_delete=models.CASCADE, related_name="files")
    title = models.CharField("文件名", max_length=100)
    file = models.CharField(max_length=200, editable=False)
    sha256 = models.CharField("指纹", max_length=64)
    size = models.PositiveIntegerField("字节")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField("时间")

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "整改证据"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title
