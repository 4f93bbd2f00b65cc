"""Money that came to our bank account, the statements that told us of it, and receipts that buyers show."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q

from payments.models.orders import Order
from payments.models.payments import Payment


class BankStatement(models.Model):
    """
    One statement as it was read, waiting to be looked at. Draft → confirmed | discarded, by payments.statements.

    `lines` are dicts of serial, booked_on, amount_fen, payer_name, payer_account, remark. Source: docs/rules/money.md,
    rule B6.
    """

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "待确认"
        CONFIRMED = "CONFIRMED", "已导入"
        DISCARDED = "DISCARDED", "已放弃"

    name = models.CharField("文件名", max_length=100)
    sha256 = models.CharField("SHA-256", max_length=64)
    lines = models.JSONField("到账")
    skipped = models.PositiveIntegerField("跳过的支出行")
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.DRAFT)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="上传人"
    )
    uploaded_at = models.DateTimeField("上传时间")
    confirmed_at = models.DateTimeField("导入时间", null=True, blank=True)

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "银行流水"
        constraints = [
            CheckConstraint(
                condition=Q(status="CONFIRMED", confirmed_at__isnull=False)
                | Q(status__in=["DRAFT", "DISCARDED"], confirmed_at=None),
                name="bankstatement_confirmed_has_its_time",
            )
        ]

    def __str__(self) -> str:
        return self.name


class BankEntryQuerySet(models.QuerySet["BankEntry"]):
    def unmatched(self) -> "BankEntryQuerySet":
        return self.filter(status=BankEntry.Status.UNMATCHED)


class BankEntry(models.Model):
    """
    One sum that came to our account. `serial` is the bank's number of it: the same money is never booked twice.

        UNMATCHED → MATCHED | SET_ASIDE;  SET_ASIDE → MATCHED

    Only payments.transfers changes it. Source: docs/rules/money.md, rules B3-B6.
    """

    class Status(models.TextChoices):
        UNMATCHED = "UNMATCHED", "待认领"
        MATCHED = "MATCHED", "已入账"
        SET_ASIDE = "SET_ASIDE", "已搁置"

    serial = models.CharField("银行流水号", max_length=64, unique=True)
    booked_on = models.DateField("入账日期")
    amount_fen = models.PositiveBigIntegerField("金额（分）")
    payer_name = models.CharField("付款户名", max_length=100, blank=True)
    payer_account = models.CharField("付款账号", max_length=40, blank=True)
    remark = models.CharField("附言", max_length=200, blank=True)
    statement = models.ForeignKey(
        BankStatement, on_delete=models.PROTECT, null=True, blank=True, related_name="entries", verbose_name="流水"
    )
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.UNMATCHED)
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="bank_entries", verbose_name="支付"
    )
    outcome = models.CharField("结果", max_length=200, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="登记人"
    )
    recorded_at = models.DateTimeField("登记时间")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="认领人",
    )
    decided_at = models.DateTimeField("认领时间", null=True, blank=True)

    objects = BankEntryQuerySet.as_manager()

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "银行到账"
        permissions = [("match_bankentry", "登记与认领银行到账")]
        constraints = [
            CheckConstraint(condition=Q(amount_fen__gt=0), name="bankentry_of_something"),
            CheckConstraint(
                condition=Q(status="UNMATCHED", payment=None, decided_at=None, outcome="")
                | Q(status="MATCHED", payment__isnull=False, decided_at__isnull=False)
                | Q(status="SET_ASIDE", payment=None, decided_at__isnull=False) & ~Q(outcome=""),
                name="bankentry_status_has_its_facts",
            ),
        ]
        indexes = [models.Index(fields=["-booked_on"], condition=Q(status="UNMATCHED"), name="bankentry_unmatched")]

    def __str__(self) -> str:
        return self.serial


class TransferReceipt(models.Model):
    """What a buyer uploads to show that a transfer is on its way. Private, and no proof. Source: rule B2."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="receipts", verbose_name="订单")
    file = models.FileField("文件", max_length=200, editable=False)
    extension = models.CharField("格式", max_length=4)
    size = models.PositiveIntegerField("字节")
    sha256 = models.CharField("SHA-256", max_length=64)
    uploaded_at = models.DateTimeField("上传时间")

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "转账回单"

    def __str__(self) -> str:
        return f"回单 {self.pk}"
