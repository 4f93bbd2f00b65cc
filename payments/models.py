"""Orders, payments and what Stripe told us. Amounts are whole fen, copied once and never edited; see docs/rules/money.md."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from courses.models import CoursePage


class OrderQuerySet(models.QuerySet["Order"]):
    def of(self, user: object) -> "OrderQuerySet":
        return self.filter(buyer=user)

    def lapsed(self, now: datetime) -> "OrderQuerySet":
        """Pending orders past their expiry."""
        return self.filter(status=Order.Status.PENDING, expires_at__lte=now)


class Order(models.Model):
    """
    One purchase of one course by one person. PENDING → PAID | CANCELLED | EXPIRED; only payments.orders and
    payments.fulfilment change it. Money that arrives after CANCELLED or EXPIRED is a Payment row that a person looks at.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING", "待支付"
        PAID = "PAID", "已支付"
        CANCELLED = "CANCELLED", "已取消"
        EXPIRED = "EXPIRED", "已过期"

    number = models.CharField("订单号", max_length=20, unique=True)
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
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
                | Q(status="PAID", paid_at__isnull=False)
                | Q(status__in=["CANCELLED", "EXPIRED"], paid_at=None, closed_at__isnull=False),
                name="order_status_has_its_time",
            ),
            CheckConstraint(condition=Q(amount_fen__gt=0), name="order_amount_positive"),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(status="PENDING"), name="order_lapsed")]

    def __str__(self) -> str:
        return self.number


class Payment(models.Model):
    """
    One try to pay an order at Stripe. OPEN → SUCCEEDED | FAILED; FAILED → SUCCEEDED when the money comes late after all.

    `attention` is a sentence for 财务 when the money needs a person: wrong amount, closed order, paid twice.
    """

    class Status(models.TextChoices):
        OPEN = "OPEN", "等待支付"
        SUCCEEDED = "SUCCEEDED", "成功"
        FAILED = "FAILED", "未成功"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments", verbose_name="订单")
    session_id = models.CharField("Stripe Checkout Session", max_length=255, unique=True)
    session_url = models.URLField(max_length=2000, blank=True)
    payment_intent_id = models.CharField("Stripe PaymentIntent", max_length=255, blank=True)
    amount_fen = models.PositiveIntegerField("金额（分）")
    currency = models.CharField("币种", max_length=3)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.OPEN)
    attention = models.CharField("需要处理", max_length=200, blank=True)
    created_at = models.DateTimeField("创建时间")
    settled_at = models.DateTimeField("完成时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "支付"
        constraints = [
            UniqueConstraint(
                fields=["payment_intent_id"], condition=~Q(payment_intent_id=""), name="payment_intent_unique"
            ),
            UniqueConstraint(fields=["order"], condition=Q(status="OPEN"), name="payment_one_open_per_order"),
        ]

    def __str__(self) -> str:
        return self.session_id


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
    handled_at = models.DateTimeField("处理时间", null=True, blank=True)
    outcome = models.CharField("结果", max_length=200, blank=True)
    tries = models.PositiveSmallIntegerField("尝试次数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "Stripe 事件"
        indexes = [models.Index(fields=["received_at"], condition=Q(handled_at=None), name="stripe_event_pending")]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"
