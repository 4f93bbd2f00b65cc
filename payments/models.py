"""Orders, payments and what Stripe told us. Amounts are whole fen, copied once, never edited: docs/rules/money.md."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from courses.models import CoursePage
from lms.users.models import User


class OrderQuerySet(models.QuerySet["Order"]):
    def of(self, user: User) -> "OrderQuerySet":
        return self.filter(buyer=user)

    def pending(self) -> "OrderQuerySet":
        return self.filter(status=Order.Status.PENDING)

    def lapsed(self, now: datetime) -> "OrderQuerySet":
        """Pending orders past their expiry."""
        return self.pending().filter(expires_at__lte=now)


class Order(models.Model):
    """
    One purchase of one course by one person. PENDING → PAID | CANCELLED | EXPIRED; only payments.orders and
    payments.fulfilment change it. Money that comes after CANCELLED or EXPIRED is a Payment row that a person looks at.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING", "待支付"
        PAID = "PAID", "已支付"
        CANCELLED = "CANCELLED", "已取消"
        EXPIRED = "EXPIRED", "已过期"

    number = models.CharField("订单号", max_length=20, unique=True)
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders", verbose_name="买家"
    )
    course = models.ForeignKey(CoursePage, on_delete=models.PROTECT, related_name="orders", verbose_name="课程")
    course_title = models.CharField("商品", max_length=255)
    amount_fen = models.PositiveIntegerField("金额（分）")
    currency = models.CharField("币种", max_length=3, default="cny")
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.PENDING)
    placed_at = models.DateTimeField("下单时间")
    expires_at = models.DateTimeField("支付截止")
    paid_at = models.DateTimeField("支付时间", null=True, blank=True)
    closed_at = models.DateTimeField("关闭时间", null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "订单"
        constraints = [
            UniqueConstraint(
                fields=["buyer", "course"], condition=Q(status="PENDING"), name="order_one_pending_per_course"
            ),
            CheckConstraint(
                condition=Q(status="PENDING", paid_at=None, closed_at=None)
                | Q(status="PAID", paid_at__isnull=False, closed_at=None)
                | Q(status__in=["CANCELLED", "EXPIRED"], paid_at=None, closed_at__isnull=False),
                name="order_status_has_its_time",
            ),
            CheckConstraint(condition=Q(amount_fen__gt=0), name="order_amount_positive"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(status="PENDING"), name="order_lapsed"),
            models.Index(fields=["buyer", "-placed_at"], name="order_of_buyer"),
        ]

    def __str__(self) -> str:
        return self.number


class PaymentQuerySet(models.QuerySet["Payment"]):
    def live(self) -> "PaymentQuerySet":
        """Payments whose money may still come in the ordinary way."""
        return self.filter(status__in=[Payment.Status.OPEN, Payment.Status.PROCESSING])

    def needing_attention(self) -> "PaymentQuerySet":
        """Payments that 财务 has to look at."""
        return self.exclude(attention="")

    def not_checked_since(self, moment: datetime) -> "PaymentQuerySet":
        """Live payments with a session at Stripe that nobody has re-read since `moment`, longest ago first."""
        return self.live().filter(session_id__isnull=False, checked_at__lte=moment).order_by("checked_at")


class Payment(models.Model):
    """
    One try to pay an order at Stripe. Only payments.orders and payments.fulfilment change it.

        OPEN → PROCESSING → SUCCEEDED | FAILED
        OPEN → SUCCEEDED | FAILED;  FAILED → SUCCEEDED when the money comes late after all

    The row is written before Stripe is asked for a session, with the key and the expiry that the request carries:
    whoever repeats the request after a crash gets the same session. `session_id` is NULL until Stripe has answered.
    `attention` is a sentence for 财务 when the money needs a person: wrong amount, closed order, paid twice.
    """

    class Status(models.TextChoices):
        OPEN = "OPEN", "等待支付"
        PROCESSING = "PROCESSING", "处理中"
        SUCCEEDED = "SUCCEEDED", "成功"
        FAILED = "FAILED", "未成功"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments", verbose_name="订单")
    idempotency_key = models.CharField("幂等键", max_length=64, unique=True)
    session_id = models.CharField("Stripe Checkout Session", max_length=255, unique=True, null=True, blank=True)
    session_url = models.TextField("支付页", blank=True)
    session_expires_at = models.DateTimeField("支付页截止")
    payment_intent_id = models.CharField("Stripe PaymentIntent", max_length=255, blank=True)
    amount_fen = models.PositiveIntegerField("应收（分）")
    currency = models.CharField("币种", max_length=3)
    received_amount = models.PositiveIntegerField("实收（最小货币单位）", null=True, blank=True)
    received_currency = models.CharField("实收币种", max_length=3, blank=True)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.OPEN)
    attention = models.CharField("需要处理", max_length=200, blank=True)
    created_at = models.DateTimeField("创建时间")
    checked_at = models.DateTimeField("最近核对时间")
    settled_at = models.DateTimeField("完成时间", null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

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
        ]
        indexes = [
            models.Index(
                fields=["checked_at"], condition=Q(status__in=["OPEN", "PROCESSING"]), name="payment_to_reconcile"
            )
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

    class Meta:
        verbose_name = verbose_name_plural = "Stripe 事件"
        indexes = [models.Index(fields=["next_try_at"], condition=Q(handled_at=None), name="stripe_event_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"
