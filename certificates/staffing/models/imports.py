"""A roster file on its way in: read, shown, confirmed, applied."""

from django.conf import settings
from django.db import models
from django.db.models import Q, UniqueConstraint

from certificates.staffing.models.companies import Company


class RosterImportQuerySet(models.QuerySet["RosterImport"]):
    def of(self, company: Company) -> "RosterImportQuerySet":
        return self.filter(company=company)

    def open(self) -> "RosterImportQuerySet":
        return self.filter(status__in=RosterImport.OPEN)

    def to_do(self) -> "RosterImportQuerySet":
        """What waits for the sweep: files to be read, and confirmed ones to be applied."""
        return self.filter(status__in=[RosterImport.Status.RECEIVED, RosterImport.Status.CONFIRMED])


class RosterImport(models.Model):
    """
    One uploaded roster. Only certificates.staffing.imports moves it.

        RECEIVED → READ → CONFIRMED → APPLIED;  RECEIVED → UNUSABLE;  RECEIVED | READ → DISCARDED;
        CONFIRMED → READ if the roster changed meanwhile, with a new comparison

    `problems` are the first mistakes, `problem_count` all. `difference` is what would change, and after APPLIED what
    did: counts, and the first people of each kind. The file is deleted once it is over.
    Source: docs/rules/companies.md, rules C12 and C13.
    """

    class Status(models.TextChoices):
        RECEIVED = "RECEIVED", "正在核对"
        UNUSABLE = "UNUSABLE", "有错误"
        READ = "READ", "待确认"
        CONFIRMED = "CONFIRMED", "正在导入"
        APPLIED = "APPLIED", "已导入"
        DISCARDED = "DISCARDED", "已放弃"

    OPEN = (Status.RECEIVED, Status.READ, Status.CONFIRMED)

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="imports", verbose_name="企业")
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.RECEIVED)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="上传人"
    )
    uploaded_at = models.DateTimeField("上传时间")
    file_name = models.CharField("文件名", max_length=200)
    stored_name = models.CharField(max_length=200, blank=True, editable=False)
    sha256 = models.CharField("文件指纹", max_length=64)
    rows = models.PositiveIntegerField("行数", default=0)
    problems = models.JSONField(default=list)
    problem_count = models.PositiveIntegerField("错误数", default=0)
    difference = models.JSONField(default=dict)
    ignored_columns = models.JSONField(default=list)
    base_revision = models.PositiveIntegerField(default=0)
    is_full = models.BooleanField("完整名单", default=True)
    left_on = models.DateField("名单外的人的离职日期", null=True, blank=True)
    judged_since = models.DateField("服务管理人员变更从哪天起", null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)

    objects = RosterImportQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "花名册导入"
        constraints = [
            UniqueConstraint(
                fields=["company"],
                condition=Q(status__in=["RECEIVED", "READ", "CONFIRMED"]),
                name="roster_import_one_open",
            )
        ]
        indexes = [models.Index(fields=["company", "-uploaded_at"], name="roster_import_of_company")]

    def __str__(self) -> str:
        return f"{self.company_id}: {self.file_name}"
