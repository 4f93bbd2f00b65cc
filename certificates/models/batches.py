"""What is needed to issue many: the serial of a year, and batches that somebody approved."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from certificates.models.certificate import Certificate
from exams.models import Attempt


class SerialCounter(models.Model):
    """The last serial of a year. Its row is the lock under which the next is taken: docs/rules/certificates.md, N32."""

    year = models.PositiveSmallIntegerField(unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year} {self.last}"


class IssueBatchQuerySet(models.QuerySet["IssueBatch"]):
    def unfinished(self) -> "IssueBatchQuerySet":
        return self.filter(finished_at=None).order_by("pk")


class IssueBatch(models.Model):
    """
    Certificates that one person approved at one moment; a sweep issues them. Only certificates.batches changes it.

    Source: docs/rules/certificates.md, rules N33 and N34.
    """

    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="同意人"
    )
    approved_at = models.DateTimeField("同意时间")
    total = models.PositiveIntegerField("份数")
    finished_at = models.DateTimeField("办完时间", null=True)

    objects = IssueBatchQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "签发批次"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"批次 {self.pk}（{self.total} 份）"


class IssueItem(models.Model):
    """One attempt of a batch: WAITING → ISSUED or REFUSED. What was refused may be approved again in a new batch."""

    class Status(models.TextChoices):
        WAITING = "WAITING", "等待签发"
        ISSUED = "ISSUED", "已签发"
        REFUSED = "REFUSED", "没有签发"

    batch = models.ForeignKey(IssueBatch, on_delete=models.CASCADE, related_name="items")
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="issue_items")
    status = models.CharField("结果", max_length=10, choices=Status, default=Status.WAITING)
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, null=True, related_name="+")
    refusal = models.CharField("原因", max_length=300, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["attempt"], condition=Q(status="WAITING"), name="issue_item_waits_once"),
            CheckConstraint(
                condition=Q(status="ISSUED", certificate__isnull=False) | ~Q(status="ISSUED") & Q(certificate=None),
                name="issue_item_issued_means_certificate",
            ),
        ]
        indexes = [models.Index(fields=["batch", "status"], name="issue_item_progress")]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.attempt_id} {self.status}"
