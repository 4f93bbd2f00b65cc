"""Invoices (发票) that buyers ask for, and the files that belong to them."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from lms.users.models import User
from payments.models.orders import Order

STANDING = ["REQUESTED", "ISSUED", "REVERSING"]
STATES = (  # what belongs to a state
    Q(status__in=["REQUESTED", "WITHDRAWN"], number="", issued_at=None, red_number="", reversed_at=None)
    | Q(status__in=["ISSUED", "REVERSING"], issued_at__isnull=False, red_number="", reversed_at=None) & ~Q(number="")
    | Q(status="REVERSED", issued_at__isnull=False, reversed_at__isnull=False) & ~Q(number="") & ~Q(red_number="")
)


class InvoiceRequestQuerySet(models.QuerySet["InvoiceRequest"]):
    def of(self, user: User) -> "InvoiceRequestQuerySet":
        return self.filter(order__buyer=user)

    def requested(self) -> "InvoiceRequestQuerySet":
        return self.filter(status=InvoiceRequest.Status.REQUESTED)

    def standing(self) -> "InvoiceRequestQuerySet":
        """Those that hold the order's one place: asked for, issued, or to be reversed."""
        return self.filter(status__in=STANDING)


class InvoiceRequest(models.Model):
    """
    One invoice, from the buyer's request to its reversal. Only payments.invoices changes it.

        REQUESTED → ISSUED → REVERSING → REVERSED
        REQUESTED → WITHDRAWN;  REVERSING → ISSUED when the refund did not arrive after all

    `amount_fen` follows the order (paid minus refunded) until the invoice is issued, and is frozen then. An order has
    one that stands at a time. Source: docs/rules/money.md, rules F1-F9.
    """

    class TitleKind(models.TextChoices):
        PERSON = "PERSON", "个人"
        COMPANY = "COMPANY", "单位"

    class Kind(models.TextChoices):
        ORDINARY = "ORDINARY", "电子发票（普通发票）"
        SPECIAL = "SPECIAL", "电子发票（增值税专用发票）"

    class Status(models.TextChoices):
        REQUESTED = "REQUESTED", "待开"
        ISSUED = "ISSUED", "已开"
        REVERSING = "REVERSING", "待红冲"
        REVERSED = "REVERSED", "已红冲"
        WITHDRAWN = "WITHDRAWN", "已撤销"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="invoices", verbose_name="订单")
    title_kind = models.CharField("抬头类型", max_length=10, choices=TitleKind)
    title = models.CharField("抬头", max_length=100)
    tax_number = models.CharField("统一社会信用代码", max_length=18, blank=True)
    kind = models.CharField("票种", max_length=10, choices=Kind, default=Kind.ORDINARY)
    address = models.CharField("注册地址", max_length=100, blank=True)
    phone = models.CharField("注册电话", max_length=30, blank=True)
    bank_name = models.CharField("开户银行", max_length=100, blank=True)
    bank_account = models.CharField("银行账号", max_length=40, blank=True)
    email = models.EmailField("收票邮箱")
    amount_fen = models.PositiveBigIntegerField("金额（分）")
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.REQUESTED)
    requested_at = models.DateTimeField("申请时间")
    changed_at = models.DateTimeField("最近变动时间")
    number = models.CharField("发票号码", max_length=20, blank=True)
    issued_on = models.DateField("开票日期", null=True, blank=True)
    issued_at = models.DateTimeField("登记时间", null=True, blank=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="登记人",
    )
    reason = models.CharField("撤销或红冲原因", max_length=200, blank=True)
    red_number = models.CharField("红字发票号码", max_length=20, blank=True)
    reversed_at = models.DateTimeField("红冲时间", null=True, blank=True)
    reversed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="红冲人",
    )
    next_try_at = models.DateTimeField("下次请求开票服务", null=True, blank=True)
    tries = models.PositiveSmallIntegerField("请求次数", default=0)
    service_error = models.CharField("开票服务答复", max_length=200, blank=True)
    left_by = models.CharField("交给人工的开票服务", max_length=200, blank=True)  # the class that answered None

    objects = InvoiceRequestQuerySet.as_manager()

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "发票"
        permissions = [("issue_invoicerequest", "登记开票与红冲")]
        constraints = [
            CheckConstraint(condition=STATES, name="invoice_status_has_its_facts"),
            CheckConstraint(
                condition=Q(title_kind="PERSON", tax_number="", kind="ORDINARY")
                | Q(title_kind="COMPANY") & ~Q(tax_number=""),
                name="invoice_title_fits",
            ),
            CheckConstraint(
                condition=Q(kind="ORDINARY") | ~Q(address="") & ~Q(phone="") & ~Q(bank_name="") & ~Q(bank_account=""),
                name="invoice_special_is_complete",
            ),
            CheckConstraint(condition=Q(amount_fen__gt=0) | Q(status="WITHDRAWN"), name="invoice_of_something"),
            UniqueConstraint(fields=["order"], condition=Q(status__in=STANDING), name="invoice_one_per_order"),
            UniqueConstraint(fields=["number"], condition=~Q(number=""), name="invoice_number_unique"),
            UniqueConstraint(fields=["red_number"], condition=~Q(red_number=""), name="invoice_red_number_unique"),
        ]
        indexes = [
            models.Index(fields=["status", "requested_at"], name="invoice_queue"),
            models.Index(fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="invoice_to_send"),
        ]

    def __str__(self) -> str:
        return self.number or f"开票申请 {self.pk}"

    @property
    def serial(self) -> str:
        """The number under which we speak of this request to a tax system; never used twice."""
        return f"{self.order.number}-{self.pk}"


class InvoiceFile(models.Model):
    """One file of an invoice, as the tax system made it. Private: its bytes leave by a view that looks who asks."""

    class Format(models.TextChoices):
        PDF = "PDF", "PDF"
        OFD = "OFD", "OFD"
        XML = "XML", "XML"

    invoice = models.ForeignKey(InvoiceRequest, on_delete=models.PROTECT, related_name="files", verbose_name="发票")
    is_red = models.BooleanField("红字发票", default=False)
    format = models.CharField("格式", max_length=3, choices=Format)
    file = models.FileField("文件", max_length=200, editable=False)
    size = models.PositiveIntegerField("字节")
    sha256 = models.CharField("SHA-256", max_length=64)
    uploaded_at = models.DateTimeField("上传时间")

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "发票文件"
        constraints = [UniqueConstraint(fields=["invoice", "is_red", "format"], name="invoicefile_one_per_format")]

    def __str__(self) -> str:
        return f"{self.invoice_id}.{self.format.lower()}"

    @property
    def download_name(self) -> str:
        number = self.invoice.red_number if self.is_red else self.invoice.number
        return f"{'红字发票' if self.is_red else '发票'}-{number}.{self.format.lower()}"
