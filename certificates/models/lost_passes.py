"""That somebody decided to keep a certificate in force although its exam is no longer passed."""

from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint

from certificates.models.certificate import Certificate
from exams.models import Marking


class KeptCertificate(models.Model):
    """
    维持: the decision to leave a certificate as it is, about one marking; a later one asks again.

    Only certificates.lost_passes writes it. Source: docs/rules/key-fix.md, rule K9.
    """

    certificate = models.ForeignKey(
        Certificate, on_delete=models.PROTECT, related_name="kept_after", verbose_name="证书"
    )
    marking = models.ForeignKey(Marking, on_delete=models.PROTECT, related_name="+", verbose_name="评分记录")
    reason = models.CharField("理由", max_length=200)
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="经办人"
    )
    kept_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "成绩更正后维持的证书"
        constraints = [UniqueConstraint(fields=["certificate", "marking"], name="kept_certificate_once_per_marking")]

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.kept_at:%Y-%m-%d}"
