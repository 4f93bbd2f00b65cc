"""What a company shows its assessor: a frozen answer with its people, the links to it, and who opened them."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q

from certificates.models import PublicKey
from certificates.staffing import ratio
from certificates.staffing.models.companies import Company


class EvidencePackQuerySet(models.QuerySet["EvidencePack"]):
    def of(self, company: Company) -> "EvidencePackQuerySet":
        return self.filter(company=company)

    def without_rows(self) -> "EvidencePackQuerySet":
        """The figures alone: the people may be many."""
        return self.defer("rows", "sites")


class EvidencePack(models.Model):
    """
    The staffing of a company on a day, frozen. Written once by certificates.staffing.evidence.packs, never changed.

    Units: people; points in hundredths. `rows` is one object per person who counts, `sites` one per place of work.
    Source: docs/rules/evidence.md, rules E1-E5.
    """

    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="evidence_packs", verbose_name="企业", editable=False
    )
    reference = models.CharField("清单编号", max_length=20, unique=True)
    company_name = models.CharField("企业名称", max_length=100)
    uscc = models.CharField("统一社会信用代码", max_length=18)
    as_of_date = models.DateField("基准日")
    rule_version = models.CharField("规则版本", max_length=20)
    roster_sha256 = models.CharField("花名册指纹", max_length=64)
    people = models.PositiveIntegerField("花名册人数")
    managers = models.PositiveIntegerField("服务管理人员")
    required = models.PositiveIntegerField("应配")
    held = models.PositiveIntegerField("已配")
    points_centi = models.PositiveSmallIntegerField("按比例得分")
    first_breach_date = models.DateField("首次不足日期", null=True)
    sites = models.JSONField(default=list)
    rows = models.JSONField(default=list)
    pdf = models.CharField(max_length=200, editable=False)
    pdf_sha256 = models.CharField("PDF 指纹", max_length=64)
    key = models.ForeignKey(PublicKey, on_delete=models.PROTECT, related_name="+", editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="生成人"
    )
    made_at = models.DateTimeField("生成时间")

    objects = EvidencePackQuerySet.as_manager()

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "配置清单"
        constraints = [
            CheckConstraint(
                condition=Q(managers__gte=1, required__gte=1, points_centi__lte=500), name="evidence_pack_in_range"
            )
        ]
        indexes = [models.Index(fields=["company", "-made_at"], name="evidence_pack_newest")]

    def __str__(self) -> str:
        return self.reference

    @property
    def gap(self) -> int:
        return max(0, self.required - self.held)

    @property
    def worst_points_centi(self) -> int:
        return ratio.worst_points_centi(held=self.held, required=self.required)


class EvidenceLinkQuerySet(models.QuerySet["EvidenceLink"]):
    def of(self, company: Company) -> "EvidenceLinkQuerySet":
        return self.filter(pack__company=company)

    def open(self, now: datetime) -> "EvidenceLinkQuerySet":
        return self.filter(revoked_at=None, expires_at__gt=now)


class EvidenceLink(models.Model):
    """An address that shows a pack without an account, until it expires or is revoked. Rule E8 of the same file."""

    pack = models.ForeignKey(EvidencePack, on_delete=models.CASCADE, related_name="links", verbose_name="清单")
    token = models.CharField(max_length=43, unique=True, editable=False)
    recipient = models.CharField("给谁", max_length=100)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="建立人"
    )
    made_at = models.DateTimeField("建立时间")
    expires_at = models.DateTimeField("失效时间")
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="收回人"
    )
    revoked_at = models.DateTimeField("收回时间", null=True)

    objects = EvidenceLinkQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "清单链接"
        constraints = [CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="evidence_link_days_in_order")]

    def __str__(self) -> str:
        return f"{self.pack_id}: {self.recipient}"

    def is_open(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


class EvidenceVisit(models.Model):
    """That a link was opened. The address is kept without its last part. Source: docs/rules/evidence.md, rule E10."""

    class What(models.TextChoices):
        PAGE = "PAGE", "打开页面"
        PDF = "PDF", "下载 PDF"
        XLSX = "XLSX", "下载 Excel"
        CSV = "CSV", "下载 CSV"
        REFUSED = "REFUSED", "链接已失效"

    link = models.ForeignKey(EvidenceLink, on_delete=models.CASCADE, related_name="visits", verbose_name="链接")
    what = models.CharField("做了什么", max_length=10, choices=What)
    network = models.CharField("网络", max_length=45)
    user_agent = models.CharField("浏览器", max_length=200, blank=True)
    visited_at = models.DateTimeField("时间")

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "清单访问"
        indexes = [models.Index(fields=["link", "-visited_at"], name="evidence_visit_newest")]

    def __str__(self) -> str:
        return f"{self.link_id}: {self.what}"
