"""What people ask for and decide about a certificate: revocation by two, corrections, appeals, sharing, reminders."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from certificates.models.certificate import Certificate, StatusChange
from lms.users.models import User


class RevocationRequest(models.Model):
    """
    One person asks for a revocation, another decides. OPEN → APPROVED or REJECTED.

    Only certificates.revocations changes it. Source: docs/rules/certificates.md, rule N23.
    """

    class Status(models.TextChoices):
        OPEN = "OPEN", "待复核"
        APPROVED = "APPROVED", "已撤销"
        REJECTED = "REJECTED", "未同意"

    certificate = models.ForeignKey(
        Certificate, on_delete=models.PROTECT, related_name="revocation_requests", verbose_name="证书"
    )
    reason_class = models.CharField("原因类别", max_length=15, choices=StatusChange.ReasonClass)
    reason = models.CharField("原因", max_length=200)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.OPEN)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="提出人"
    )
    requested_at = models.DateTimeField("提出时间")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    decided_at = models.DateTimeField("复核时间", null=True)
    decision = models.CharField("复核意见", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "撤销申请"
        constraints = [
            UniqueConstraint(fields=["certificate"], condition=Q(status="OPEN"), name="revocation_one_open"),
            CheckConstraint(condition=~Q(decided_by=F("requested_by")), name="revocation_by_two_people"),
            CheckConstraint(
                condition=Q(status="OPEN", decided_at=None) | ~Q(status="OPEN") & Q(decided_at__isnull=False),
                name="revocation_decided_means_time",
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.pk} 份，{self.get_status_display()}"


class PetitionQuerySet(models.QuerySet["Petition"]):
    def of(self, user: User) -> "PetitionQuerySet":
        return self.filter(certificate__holder=user)


class Petition(models.Model):
    """
    A holder asks for a correction of the name or appeals against a state. OPEN → GRANTED or REFUSED, or CANCELLED.

    Only certificates.petitions changes it; each step is a PetitionStep. Source: docs/rules/certificates.md, rule N24.
    """

    class Kind(models.TextChoices):
        CORRECTION = "CORRECTION", "更正姓名"
        APPEAL = "APPEAL", "申诉"

    class Status(models.TextChoices):
        OPEN = "OPEN", "处理中"
        GRANTED = "GRANTED", "已同意"
        REFUSED = "REFUSED", "未同意"
        CANCELLED = "CANCELLED", "已撤回"

    certificate = models.ForeignKey(
        Certificate, on_delete=models.PROTECT, related_name="petitions", verbose_name="证书"
    )
    kind = models.CharField("事项", max_length=10, choices=Kind)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.OPEN)
    wished_name = models.CharField("正确的姓名", max_length=50, blank=True)
    text = models.TextField("说明", max_length=1000)
    filed_at = models.DateTimeField("提出时间")

    objects = PetitionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "更正与申诉"
        constraints = [
            UniqueConstraint(fields=["certificate", "kind"], condition=Q(status="OPEN"), name="petition_one_open"),
            CheckConstraint(
                condition=Q(kind="CORRECTION") & ~Q(wished_name="") | Q(kind="APPEAL", wished_name=""),
                name="petition_correction_means_name",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}第 {self.pk} 份，{self.get_status_display()}"


class PetitionStep(models.Model):
    """One line of a petition's log: what was done, by whom, with which words. Never changed."""

    class Action(models.TextChoices):
        FILED = "FILED", "提出"
        NOTED = "NOTED", "处理意见"
        GRANTED = "GRANTED", "同意"
        REFUSED = "REFUSED", "不同意"
        CANCELLED = "CANCELLED", "撤回"

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="steps")
    action = models.CharField("动作", max_length=10, choices=Action)
    text = models.TextField("内容", blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    done_at = models.DateTimeField("时间")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.petition_id} {self.action}"


class PublicChoice(models.Model):
    """
    What a holder lets the look-up show beyond the rule: the full name; and less: no score. Absent means the defaults.

    Only certificates.sharing changes it. Source: docs/rules/certificates.md, rule N26.
    """

    certificate = models.OneToOneField(Certificate, on_delete=models.CASCADE, related_name="public_choice")
    shows_full_name = models.BooleanField("公开全名", default=False)
    shows_score = models.BooleanField("公开成绩", default=True)
    chosen_at = models.DateTimeField("选择时间")

    def __str__(self) -> str:
        return str(self.certificate_id)


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def standing(self) -> "ShareLinkQuerySet":
        return self.filter(withdrawn_at=None)


class ShareLink(models.Model):
    """
    An address that shows a certificate without its name being typed, until the holder withdraws it.

    Source: docs/rules/certificates.md, rule N25.
    """

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="share_links")
    token = models.CharField(max_length=43, unique=True, editable=False)
    created_at = models.DateTimeField("建立时间")
    withdrawn_at = models.DateTimeField("收回时间", null=True)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["certificate"], condition=Q(withdrawn_at=None), name="share_link_one_standing")
        ]

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.created_at:%Y-%m-%d}"


class ExpiryReminder(models.Model):
    """That a holder was told, so many days ahead, when a certificate runs out. Source: rule N27 of the same file."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="reminders")
    days_ahead = models.PositiveSmallIntegerField()
    queued_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=["certificate", "days_ahead"], name="expiry_reminder_once")]

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.days_ahead}"
