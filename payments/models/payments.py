"""Tries to pay, what Stripe told us, and disputes."""

from datetime import datetime

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from payments.models.orders import Order


class PaymentQuerySet(models.QuerySet["Payment"]):
    def live(self) -> "PaymentQuerySet":
        """Payments whose money may still come in the ordinary way."""
        return self.filter(status__in=[Payment.Status.OPEN, Payment.Status.PROCESSING])

    def not_checked_since(self, moment: datetime) -> "PaymentQuerySet":
        """Live payments with a session at Stripe that nobody has re-read since `moment`, longest ago first."""
        return self.live().filter(session_id__isnull=False, checked_at__lte=moment).order_by("checked_at")


class Payment(models.Model):
    """
    One try to pay an order. Only payments.orders and payments.fulfilment change it.

        OPEN → PROCESSING → SUCCEEDED | FAILED
        OPEN → SUCCEEDED | FAILED;  FAILED → SUCCEEDED when the money comes late after all

    The row is written before Stripe is asked for a session, with the key and the expiry that the request carries:
    whoever repeats the request after a crash gets the same session. `session_id` is NULL until Stripe has answered.
    Money that needs a person has an `Attention` row. A bank transfer has a key of ours and nothing at Stripe.
    """

    class Method(models.TextChoices):
        STRIPE = "STRIPE", "在线支付"
        BANK = "BANK", "对公转账"

    class Status(models.TextChoices):
        OPEN = "OPEN", "等待支付"
        PROCESSING = "PROCESSING", "处理中"
        SUCCEEDED = "SUCCEEDED", "成功"
        FAILED = "FAILED", "未成功"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments", verbose_name="订单")
    method = models.CharField("方式", max_length=10, choices=Method, default=Method.STRIPE)
    idempotency_key = models.CharField("幂等键", max_length=64, unique=True)
    session_id = models.CharField("Stripe Checkout Session", max_length=255, unique=True, null=True, blank=True)
    session_url = models.TextField("支付页", blank=True)
    session_expires_at = models.DateTimeField("支付页截止", null=True, blank=True)
    payment_intent_id = models.CharField("Stripe PaymentIntent", max_length=255, blank=True)
    amount_fen = models.PositiveIntegerField("应收（分）")
    currency = models.CharField("币种", max_length=3)
    received_amount = models.PositiveBigIntegerField("实收（最小货币单位）", null=True, blank=True)
    received_currency = models.CharField("实收币种", max_length=3, blank=True)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.OPEN)
    created_at = models.DateTimeField("创建时间")
    checked_at = models.DateTimeField("最近核对时间")
    settled_at = models.DateTimeField("完成时间", null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "支付"
        constraints = [
            UniqueConstraint(
                fields=["payment_intent_id"], condition=~Q(payment_intent_id=""), name="payment_intent_unique"
            ),
            UniqueConstraint(
                fields=["order"], condition=Q(status__in=["OPEN", "PROCESSING"]), name="payment_one_live_per_order"
            ),
            CheckConstraint(
                condition=Q(status__in=["OPEN", "PROCESSING"], settled_at=None)
                | Q(status="SUCCEEDED", settled_at__isnull=False, received_amount__isnull=False)
                | Q(status="FAILED", settled_at__isnull=False),
                name="payment_status_has_its_time",
            ),
            CheckConstraint(
                condition=Q(method="STRIPE", session_expires_at__isnull=False)
                | Q(method="BANK", session_id=None, session_expires_at=None, payment_intent_id=""),
                name="payment_method_has_its_fields",
            ),
        ]
        indexes = [
            models.Index(
                fields=["checked_at"], condition=Q(status__in=["OPEN", "PROCESSING"]), name="payment_to_reconcile"
            ),
            models.Index(fields=["settled_at"], condition=Q(status="SUCCEEDED"), name="payment_takings"),
        ]

    def __str__(self) -> str:
        return self.session_id or self.idempotency_key


class StripeEventQuerySet(models.QuerySet["StripeEvent"]):
    def pending(self) -> "StripeEventQuerySet":
        return self.filter(handled_at=None)

    def due(self, now: datetime) -> "StripeEventQuerySet":
        """Events still to be handled whose next try has come, longest waiting first."""
        return self.pending().filter(next_try_at__lte=now).order_by("next_try_at")


class StripeEvent(models.Model):
    """
    One webhook, stored raw and once. A trigger, not a truth: fulfilment reads the object again from Stripe.

    `handled_at` empty means that a task or the sweep has still to look at it; `outcome` says what came of it.
    """

    event_id = models.CharField("事件号", max_length=255, unique=True)
    kind = models.CharField("类型", max_length=100)
    object_id = models.CharField("对象", max_length=255, blank=True)
    payload = models.JSONField("内容")
    received_at = models.DateTimeField("收到时间")
    next_try_at = models.DateTimeField("下次尝试时间")
    handled_at = models.DateTimeField("处理时间", null=True, blank=True)
    outcome = models.CharField("结果", max_length=200, blank=True)
    tries = models.PositiveSmallIntegerField("尝试次数", default=0)

    objects = StripeEventQuerySet.as_manager()

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "Stripe 事件"
        indexes = [models.Index(fields=["next_try_at"], condition=Q(handled_at=None), name="stripe_event_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class Dispute(models.Model):
    """
    A buyer's bank wants its money back. Stripe decides; payments.disputes only follows what Stripe says.

        OPEN → WON | LOST
    """

    class Status(models.TextChoices):
        OPEN = "OPEN", "处理中"
        WON = "WON", "胜诉"
        LOST = "LOST", "败诉"

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes", verbose_name="支付")
    stripe_dispute_id = models.CharField("Stripe 争议", max_length=255, unique=True)
    amount_fen = models.PositiveBigIntegerField("金额（分）")
    currency = models.CharField("币种", max_length=3)
    reason = models.CharField("理由", max_length=100)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.OPEN)
    opened_at = models.DateTimeField("开始时间")
    respond_by = models.DateTimeField("答复期限", null=True, blank=True)
    closed_at = models.DateTimeField("结束时间", null=True, blank=True)

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "争议"
        constraints = [
            CheckConstraint(
                condition=Q(status="OPEN", closed_at=None) | Q(status__in=["WON", "LOST"], closed_at__isnull=False),
                name="dispute_status_has_its_time",
            )
        ]

    def __str__(self) -> str:
        return self.stripe_dispute_id
