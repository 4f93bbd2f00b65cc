"""Tokens with which a company's own systems ask, and what they have written once."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Exists, F, OuterRef, Q, UniqueConstraint

from certificates.staffing.models.companies import Company, Member


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def of(self, company: Company) -> "ApiTokenQuerySet":
        return self.filter(company=company)

    def live(self, now: datetime) -> "ApiTokenQuerySet":
        """Tokens that open something now. Source: docs/rules/api.md, rule I2."""
        owner = Member.objects.filter(company=OuterRef("company"), user=OuterRef("made_by"), role=Member.Role.OWNER)
        standing = self.filter(Exists(owner), revoked_at=None, expires_at__gt=now, made_by__is_active=True)
        return standing.exclude(company__status=Company.Status.REJECTED)


class ApiToken(models.Model):
    """
    A key to `/api/v1/` for one company, on behalf of the owner who made it. Only its hash and its beginning are kept.

    `last_used_at` is exact to five minutes. Source: docs/rules/api.md, rules I1-I3.
    """

    class Scope(models.TextChoices):
        ROSTER_READ = "roster:read", "读花名册"
        ROSTER_WRITE = "roster:write", "改花名册"
        CHECK_READ = "check:read", "读检查结论"
        FORECAST_READ = "forecast:read", "读预测"
        CERTIFICATES_READ = "certificates:read", "读证书、核验证书"
        SEATS_READ = "seats:read", "读席位和培训安排"
        SEATS_WRITE = "seats:write", "分配和收回席位"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="api_tokens", verbose_name="企业")
    name = models.CharField("名称", max_length=50)
    prefix = models.CharField("开头", max_length=12)
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField("权限")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name="创建人"
    )
    made_at = models.DateTimeField("创建时间")
    expires_at = models.DateTimeField("失效时间")
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)
    revoked_at = models.DateTimeField("作废时间", null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "接口令牌"
        constraints = [CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="api_token_lasts")]

    def __str__(self) -> str:
        return f"{self.company_id}: {self.prefix}"

    @property
    def scope_labels(self) -> list[str]:
        return [str(scope.label) for scope in self.Scope if scope.value in self.scopes]


class ApiWrite(models.Model):
    """The answer to a write under an idempotency key, kept for 24 hours. Source: docs/rules/api.md, rule I7."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="writes")
    key = models.CharField(max_length=100)
    request_sha256 = models.CharField(max_length=64)
    answer = models.JSONField(default=dict)
    made_at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "接口写入"
        constraints = [UniqueConstraint(fields=["token", "key"], name="api_write_once")]

    def __str__(self) -> str:
        return f"{self.token_id}: {self.key}"
