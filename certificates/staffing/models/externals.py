"""Certificates of other issuers that companies show for their people."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from certificates.staffing.models.companies import Company
from certificates.staffing.models.people import Person


class ExternalCertificateQuerySet(models.QuerySet["ExternalCertificate"]):
    def of(self, company: Company) -> "ExternalCertificateQuerySet":
        return self.filter(person__company=company)

    def waiting(self) -> "ExternalCertificateQuerySet":
        return self.filter(status=ExternalCertificate.Status.WAITING)

    def accepted_on(self, day: date) -> "ExternalCertificateQuerySet":
        accepted = self.filter(status=ExternalCertificate.Status.ACCEPTED, issued_on__lte=day)
        return accepted.filter(Q(expires_on=None) | Q(expires_on__gte=day))


class ExternalCertificate(models.Model):
    """
    A certificate of another issuer, with its scan. WAITING → ACCEPTED | REJECTED by staff; shown apart, never counted.

    Source: docs/rules/companies.md, rule C11.
    """

    class Status(models.TextChoices):
        WAITING = "WAITING", "待核对"
        ACCEPTED = "ACCEPTED", "材料相符"
        REJECTED = "REJECTED", "材料不符"

    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="external_certificates", verbose_name="人员"
    )
    issuer = models.CharField("发证机构", max_length=100)
    number = models.CharField("证书编号", max_length=50)
    holder_name = models.CharField("证书上的姓名", max_length=50)
    issued_on = models.DateField("发证日期")
    expires_on = models.DateField("有效期至", null=True, blank=True)
    scan = models.CharField(max_length=200, editable=False)
    scan_sha256 = models.CharField("扫描件指纹", max_length=64, editable=False)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.WAITING)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="提交人"
    )
    submitted_at = models.DateTimeField("提交时间")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="核对人",
    )
    decided_at = models.DateTimeField("核对时间", null=True, blank=True)
    decision = models.CharField("核对意见", max_length=200, blank=True)

    objects = ExternalCertificateQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "其他机构证书"
        constraints = [
            CheckConstraint(
                condition=Q(expires_on=None) | Q(expires_on__gte=F("issued_on")), name="external_days_in_order"
            ),
            CheckConstraint(
                condition=Q(status="WAITING", decided_at=None)
                | ~Q(status="WAITING") & Q(decided_at__isnull=False) & ~Q(decision=""),
                name="external_decision_has_its_facts",
            ),
            UniqueConstraint(fields=["person", "issuer", "number"], name="external_once"),
        ]

    def __str__(self) -> str:
        return f"{self.issuer} {self.number}"
