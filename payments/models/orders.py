"""What was bought, by whom, at what price, and who did what to it. Amounts are whole fen: docs/rules/money.md."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from courses.models import CoursePage
from lms.append_only import AppendOnly
from lms.users.models import User
from payments.models.coupons import Coupon

MAX_QUANTITY = 2_000
TIMES = (  # the moments that belong to a state
    Q(status="PENDING", paid_at=None, closed_at=None)
    | Q(status="PAID", paid_at__isnull=False, closed_at=None)
    | Q(status="REFUNDED", paid_at__isnull=False, closed_at__isnull=False)
    | Q(status__in=["CANCELLED", "EXPIRED"], paid_at=None, closed_at__isnull=False)
)


class OrderQuerySet(models.QuerySet["Order"]):
    def of(self, user: User) -> "OrderQuerySet":
        return self.filter(buyer=user)

    def pending(self) -> "OrderQuerySet":
        return self.filter(status=Order.Status.PENDING)

    def personal(self, course: CoursePage) -> "OrderQuerySet":
        """Orders by which somebody buys this course for themselves."""
        return self.filter(kind=Order.Kind.PERSON, lines__course=course)

    def lapsed(self, now: datetime) -> "OrderQuerySet":
        """Pending orders past their expiry."""
        return self.pending().filter(expires_at__lte=now)

    def holding(self, coupon: Coupon) -> "OrderQuerySet":
        """Orders that hold one use of the coupon. Source: docs/rules/money.md, rule P14."""
        return self.filter(coupon=coupon, status__in=["PENDING", "PAID", "REFUNDED"])


class Order(models.Model):
    """
    One purchase, by a person for themselves or for a company.

        PENDING → PAID → REFUNDED
        PENDING → CANCELLED | EXPIRED;  CANCELLED | EXPIRED → PAID when two people unlock it by hand

    Moved by payments.orders (place, cancel, expire), payments.fulfilment (paid), payments.refunds (refunded) and
    payments.attention (by hand). `amount_fen` is what its lines come to. Source: docs/rules/money.md, rules P3 and P4.
    """

    class Kind(models.TextChoices):
        PERSON = "PERSON", "个人"
        COMPANY = "COMPANY", "企业"

    class Status(models.TextChoices):
        PENDING = "PENDING", "待支付"
        PAID = "PAID", "已支付"
        REFUNDED = "REFUNDED", "已退款"
        CANCELLED = "CANCELLED", "已取消"
        EXPIRED = "EXPIRED", "已过期"

    number = models.CharField("订单号", max_length=20, unique=True)
    kind = models.CharField("类型", max_length=10, choices=Kind, default=Kind.PERSON)
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders", verbose_name="买家"
    )
    company_title = models.CharField("企业名称", max_length=100, blank=True)
    company_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    title = models.CharField("商品", max_length=255)
    amount_fen = models.PositiveIntegerField("应付（分）")
    currency = models.CharField("币种", max_length=3, default="cny")
    coupon = models.ForeignKey(
        Coupon, on_delete=models.PROTECT, null=True, blank=True, related_name="orders", verbose_name="优惠码"
    )
    refund_rule = models.CharField("退款规则版本", max_length=20)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.PENDING)
    placed_at = models.DateTimeField("下单时间")
    expires_at = models.DateTimeField("支付截止")
    paid_at = models.DateTimeField("支付时间", null=True, blank=True)
    closed_at = models.DateTimeField("关闭时间", null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "订单"
        constraints = [
            CheckConstraint(condition=TIMES, name="order_status_has_its_time"),
            CheckConstraint(
                condition=Q(kind="PERSON", company_title="") | Q(kind="COMPANY") & ~Q(company_title=""),
                name="order_company_has_a_name",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(status="PENDING"), name="order_lapsed"),
            models.Index(fields=["buyer", "-placed_at"], name="order_of_buyer"),
            models.Index(fields=["coupon", "status"], name="order_coupon_uses"),
            models.Index(fields=["-paid_at"], name="order_paid"),  # daily takings
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """One item of an order, copied from the course when it was ordered. Never changes afterwards."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    course = models.ForeignKey(CoursePage, on_delete=models.PROTECT, related_name="order_lines", verbose_name="课程")
    title = models.CharField("商品", max_length=255)
    unit_fen = models.PositiveIntegerField("单价（分）")
    quantity = models.PositiveIntegerField("数量", default=1)
    discount_fen = models.PositiveIntegerField("优惠（分）", default=0)

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "订单明细"
        constraints = [
            AppendOnly(name="orderline_append_only"),
            UniqueConstraint(fields=["order", "course"], name="orderline_one_per_course"),
            CheckConstraint(condition=Q(unit_fen__gt=0), name="orderline_price_positive"),
            CheckConstraint(condition=Q(quantity__gte=1, quantity__lte=MAX_QUANTITY), name="orderline_quantity"),
            CheckConstraint(
                condition=Q(discount_fen__lte=F("unit_fen") * F("quantity")), name="orderline_discount_within_price"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} × {self.quantity}"

    @property
    def full_fen(self) -> int:
        return self.unit_fen * self.quantity

    @property
    def amount_fen(self) -> int:
        return self.full_fen - self.discount_fen


class OrderEvent(models.Model):
    """
    One step in an order's life: what, who, when. `actor` is empty when the system did it. The database refuses to
    change or delete it. Source: docs/rules/money.md, rule P11.
    """

    class Kind(models.TextChoices):
        PLACED = "PLACED", "下单"
        CANCELLED = "CANCELLED", "取消"
        EXPIRED = "EXPIRED", "过期关闭"
        PAYMENT_OPENED = "PAYMENT_OPENED", "打开支付页"
        PAID = "PAID", "付款到账，已开通"
        MONEY_HELD = "MONEY_HELD", "款项到账，待处理"
        REFUND_REQUESTED = "REFUND_REQUESTED", "申请退款"
        REFUND_TAKEN_BACK = "REFUND_TAKEN_BACK", "收回退款申请"
        REFUND_PROPOSED = "REFUND_PROPOSED", "同意退款，等第二人"
        REFUND_APPROVED = "REFUND_APPROVED", "同意退款"
        REFUND_REJECTED = "REFUND_REJECTED", "不同意退款"
        REFUNDED = "REFUNDED", "退款已退出"
        REFUND_FAILED = "REFUND_FAILED", "退款失败"
        ACCESS_WITHDRAWN = "ACCESS_WITHDRAWN", "撤回学习资格"
        DISPUTED = "DISPUTED", "Stripe 争议"
        UNLOCK_PROPOSED = "UNLOCK_PROPOSED", "提出人工开通"
        UNLOCKED = "UNLOCKED", "人工开通"
        RESOLVED = "RESOLVED", "了结待处理事项"
        INVOICE_REQUESTED = "INVOICE_REQUESTED", "申请发票"
        INVOICE_WITHDRAWN = "INVOICE_WITHDRAWN", "撤销发票申请"
        INVOICE_ISSUED = "INVOICE_ISSUED", "登记发票"
        INVOICE_TO_REVERSE = "INVOICE_TO_REVERSE", "发票待红冲"
        INVOICE_REVERSED = "INVOICE_REVERSED", "登记红字发票"
        TRANSFER_CHOSEN = "TRANSFER_CHOSEN", "选择对公转账"
        TRANSFER_DROPPED = "TRANSFER_DROPPED", "改用在线支付"
        TRANSFER_RECEIPT = "TRANSFER_RECEIPT", "上传转账回单"
        PART_PAID = "PART_PAID", "部分到账"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events", verbose_name="订单")
    kind = models.CharField("事项", max_length=20, choices=Kind)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="谁"
    )
    at = models.DateTimeField("时间")
    note = models.CharField("附注", max_length=300, blank=True)

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "订单记录"
        constraints = [AppendOnly(name="orderevent_append_only")]
        indexes = [models.Index(fields=["order", "at"], name="orderevent_of_order")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"
