"""Money on its way back."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from payments.models.orders import Order
from payments.models.payments import Payment

UNDECIDED = Q(status__in=["REQUESTED", "WITHDRAWN"], decided_at=None, settled_at=None)
DECIDED = Q(status="APPROVED", decided_at__isnull=False, settled_at=None)
SETTLED = Q(status__in=["SUCCEEDED", "FAILED", "REJECTED"], decided_at__isnull=False, settled_at__isnull=False)


class RefundQuerySet(models.QuerySet["Refund"]):
    def requested(self) -> "RefundQuerySet":
        return self.filter(status=Refund.Status.REQUESTED)

    def counting(self) -> "RefundQuerySet":
        """Refunds whose money is gone or on its way."""
        return self.filter(status__in=[Refund.Status.APPROVED, Refund.Status.SUCCEEDED])

    def to_send(self, now: datetime) -> "RefundQuerySet":
        """Approved refunds that Stripe has not accepted or settled yet and whose next try has come."""
        return self.filter(status=Refund.Status.APPROVED, next_try_at__lte=now).order_by("next_try_at")


class Refund(models.Model):
    """
    One sum that goes back the way it came. Only payments.refunds changes it.

        REQUESTED → APPROVED → SUCCEEDED | FAILED;  REQUESTED → REJECTED | WITHDRAWN
        SUCCEEDED → FAILED when the bank sends it back after all

    `origin` says who began it: the buyer asks, staff give back a surplus (APPROVED at once), or somebody refunds in
    Stripe's dashboard and we learn of it. A large sum stays REQUESTED, with `proposed_by`, until a second person
    agrees. The key is kept before Stripe is asked, so a repeated request is the same.
    Source: docs/rules/money.md, rules R1-R9.
    """

    class Origin(models.TextChoices):
        BUYER = "BUYER", "买家申请"
        STAFF = "STAFF", "工作人员退回"
        STRIPE = "STRIPE", "在 Stripe 发起"

    class Status(models.TextChoices):
        REQUESTED = "REQUESTED", "待决定"
        WITHDRAWN = "WITHDRAWN", "已收回"
        REJECTED = "REJECTED", "未同意"
        APPROVED = "APPROVED", "退款中"
        SUCCEEDED = "SUCCEEDED", "已退款"
        FAILED = "FAILED", "退款失败"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds", verbose_name="订单")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds", verbose_name="支付")
    origin = models.CharField("发起", max_length=10, choices=Origin)
    status = models.CharField("状态", max_length=10, choices=Status)
    amount_fen = models.PositiveBigIntegerField("金额（分）")
    currency = models.CharField("币种", max_length=3)
    reason = models.CharField("理由", max_length=300, blank=True)
    rule_version = models.CharField("规则版本", max_length=20, blank=True)
    clause = models.CharField("适用条款", max_length=10, blank=True)
    findings = models.JSONField("逐条核对", default=list)
    ends_access = models.BooleanField("撤回学习资格", default=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="申请人",
    )
    requested_at = models.DateTimeField("申请时间")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="决定人",
    )
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="先同意的人",
    )
    answer = models.CharField("答复", max_length=300, blank=True)
    idempotency_key = models.CharField("幂等键", max_length=64, unique=True)
    stripe_refund_id = models.CharField("Stripe 退款", max_length=255, unique=True, null=True, blank=True)
    bank_reference = models.CharField("银行流水号", max_length=64, blank=True)
    next_try_at = models.DateTimeField("下次尝试时间", null=True, blank=True)
    tries = models.PositiveSmallIntegerField("尝试次数", default=0)
    failure = models.CharField("失败原因", max_length=200, blank=True)
    settled_at = models.DateTimeField("完成时间", null=True, blank=True)

    objects = RefundQuerySet.as_manager()

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "退款"
        permissions = [("decide_refund", "决定退款")]
        constraints = [
            UniqueConstraint(fields=["order"], condition=Q(status="REQUESTED"), name="refund_one_request_per_order"),
            CheckConstraint(condition=UNDECIDED | DECIDED | SETTLED, name="refund_status_has_its_time"),
            CheckConstraint(
                condition=~Q(status__in=["APPROVED", "SUCCEEDED"]) | Q(amount_fen__gt=0), name="refund_of_something"
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(status="APPROVED"), name="refund_to_send"),
            models.Index(fields=["settled_at"], name="refund_settled"),
        ]

    def __str__(self) -> str:
        return f"退款 {self.pk}"
