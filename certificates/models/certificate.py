"""
Certificates: facts frozen at issue, and every change of state as a row.

Only certificates.issuing and certificates.lifecycle write them.
"""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Case, CheckConstraint, F, Q, UniqueConstraint, Value, When

from certificates import masking
from certificates.models.template import CertificateTemplate
from exams.models import Attempt
from lms.users.models import User


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def of(self, user: User) -> "CertificateQuerySet":
        return self.filter(holder=user)

    def valid_on(self, day: date) -> "CertificateQuerySet":
        """Certificates that were in force on a day, by dates and present status."""
        return self.filter(status=Certificate.Status.VALID, issued_date__lte=day, valid_until__gte=day)

    def with_state(self, day: date) -> "CertificateQuerySet":
        """Annotate `state`: what `state_on(day)` answers, for lists that filter, sort or export by it."""
        has_run_out = Q(valid_until__lt=day) & ~Q(status__in=Certificate.ENDED)
        return self.annotate(
            state=Case(
                When(has_run_out, then=Value(Certificate.State.EXPIRED.value)),
                default=F("status"),
                output_field=models.CharField(choices=Certificate.State),
            )
        )


class Certificate(models.Model):
    """
    One certificate for one passed attempt. Its facts are frozen at issue and rendered as PDF and look-up page.

    VALID ⇄ SUSPENDED, either → REVOKED, WITHDRAWN or REPLACED; expiry is a date, not a status. `issued_date` and
    `valid_until` are days in Asia/Shanghai, both included. `predecessor` is the certificate that this one corrects or
    renews, as `origin` says; a correction rests on the same attempt. `serial` is "" where the issuer wants none, and
    `template` None means the built-in design. `status_bit` counts through all status lists and is drawn by chance.
    Source: docs/rules/certificates.md, rules N4-N7, N21, N22, N31, N32 and N35.
    """

    class Status(models.TextChoices):
        VALID = "VALID", "有效"
        SUSPENDED = "SUSPENDED", "暂停"
        REVOKED = "REVOKED", "撤销"
        WITHDRAWN = "WITHDRAWN", "注销"
        REPLACED = "REPLACED", "已被新证替代"

    class State(models.TextChoices):
        """What people are told: the status, and 已过期 once the last day is over."""

        VALID = "VALID", "有效"
        SUSPENDED = "SUSPENDED", "暂停"
        REVOKED = "REVOKED", "撤销"
        WITHDRAWN = "WITHDRAWN", "注销"
        REPLACED = "REPLACED", "已被新证替代"
        EXPIRED = "EXPIRED", "已过期"

    class Origin(models.TextChoices):
        EXAM = "EXAM", "考试合格"
        CORRECTION = "CORRECTION", "更正后换发"
        RENEWAL = "RENEWAL", "续期"

    ENDED = (Status.REVOKED, Status.WITHDRAWN, Status.REPLACED)

    attempt = models.ForeignKey(
        Attempt,
        on_delete=models.PROTECT,
        related_name="certificates",
        related_query_name="certificate",
        verbose_name="考试记录",
        editable=False,
    )
    origin = models.CharField("由来", max_length=10, choices=Origin, default=Origin.EXAM, editable=False)
    predecessor = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="successor",
        verbose_name="前一张证书",
        editable=False,
    )
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="certificates",
        verbose_name="账号",
        editable=False,
    )
    number = models.CharField("证书编号", max_length=30, unique=True, editable=False)
    serial = models.CharField("顺序号", max_length=11, blank=True, editable=False)
    status_bit = models.PositiveIntegerField("状态表里的位置", unique=True, editable=False)
    template = models.ForeignKey(
        CertificateTemplate,
        on_delete=models.PROTECT,
        null=True,
        related_name="certificates",
        verbose_name="模板版本",
        editable=False,
    )
    status = models.CharField("登记状态", max_length=10, choices=Status, default=Status.VALID, editable=False)
    title = models.CharField("证书名称", max_length=100, editable=False)
    holder_name = models.CharField("姓名", max_length=50, editable=False)
    holder_id_masked = models.CharField("证件号", max_length=18, editable=False)
    course_title = models.CharField("课程", max_length=255, editable=False)
    course_revision = models.CharField("课程版本", max_length=40, editable=False)
    study_hours = models.PositiveSmallIntegerField("学时", editable=False)
    exam_title = models.CharField("考试", max_length=100, editable=False)
    points_centi = models.PositiveIntegerField("成绩（百分之一分）", editable=False)
    total_centi = models.PositiveIntegerField("满分（百分之一分）", editable=False)
    standard = models.CharField("培训依据", max_length=100, editable=False)
    issuer = models.CharField("发证机构", max_length=100, editable=False)
    issued_date = models.DateField("发证日期", editable=False)
    valid_until = models.DateField("有效期至", editable=False)
    issued_at = models.DateTimeField("签发时间", editable=False)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "证书"
        constraints = [
            CheckConstraint(condition=Q(valid_until__gte=F("issued_date")), name="certificate_dates_in_order"),
            CheckConstraint(condition=Q(points_centi__lte=F("total_centi")), name="certificate_points_within_total"),
            UniqueConstraint(
                fields=["attempt"], condition=~Q(origin="CORRECTION"), name="certificate_one_issue_per_attempt"
            ),
            UniqueConstraint(fields=["serial"], condition=~Q(serial=""), name="certificate_serial_once"),
            CheckConstraint(
                condition=Q(origin="EXAM", predecessor=None) | ~Q(origin="EXAM") & Q(predecessor__isnull=False),
                name="certificate_origin_means_predecessor",
            ),
        ]
        indexes = [
            models.Index(fields=["holder", "-issued_at"], name="certificate_mine"),
            models.Index(fields=["-issued_at"], name="certificate_newest"),  # the register
            models.Index(fields=["valid_until"], condition=Q(status="VALID"), name="certificate_runs_out"),  # reminders
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def holder_name_masked(self) -> str:
        """For lists that leave the house: the export of the register."""
        return masking.mask_name(self.holder_name)

    @property
    def latest_change(self) -> "StatusChange":
        """The row that led to the present status. Reads prefetched rows if there are any."""
        return list(self.changes.all())[-1]

    def state_on(self, day: date) -> "Certificate.State":
        """
        Tell the state on a day: 撤销, 注销 and 已被新证替代 stay for ever, anything else is 已过期 after `valid_until`.

        Source: docs/rules/certificates.md, rule N7.
        """
        if self.status not in self.ENDED and day > self.valid_until:
            return self.State.EXPIRED
        return self.State(self.status)


class StatusChange(models.Model):
    """
    One change of a certificate's status: from, to, why, by whom. The first row is the issue, from "". Never changed.

    `changed_by` is empty where the system acted. The public reads `reason_class`, the holder and the back office
    `reason` as well. Source: docs/rules/certificates.md, rules N7 and N20.
    """

    class ReasonClass(models.TextChoices):
        PASSED = "PASSED", "考试合格"
        INVESTIGATION = "INVESTIGATION", "核查中"
        MISCONDUCT = "MISCONDUCT", "考试违纪"
        RESULT = "RESULT", "成绩更正"
        ISSUER_ERROR = "ISSUER_ERROR", "签发差错"
        HOLDER = "HOLDER", "持证人申请"
        CORRECTION = "CORRECTION", "信息更正"
        APPEAL = "APPEAL", "申诉成立"
        OTHER = "OTHER", "其他"

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="changes")
    from_status = models.CharField("原状态", max_length=10, choices=Certificate.Status, blank=True)
    to_status = models.CharField("新状态", max_length=10, choices=Certificate.Status)
    reason_class = models.CharField("原因类别", max_length=15, choices=ReasonClass, default=ReasonClass.OTHER)
    reason = models.CharField("原因", max_length=200)
    changed_at = models.DateTimeField("时间")
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "证书状态变更"
        ordering = ["pk"]
        constraints = [
            CheckConstraint(condition=~Q(reason="") & ~Q(from_status=F("to_status")), name="status_change_with_reason")
        ]

    def __str__(self) -> str:
        return f"{self.certificate_id}: {self.from_status} → {self.to_status}"
