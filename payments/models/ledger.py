"""The book of account, and what in it a person has to look at."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q

from lms.append_only import AppendOnly
from payments.models.orders import Order
from payments.models.payments import Dispute, Payment
from payments.models.refunds import Refund


class Account(models.TextChoices):
    RECEIVABLE = "RECEIVABLE", "应收"
    REVENUE = "REVENUE", "课程收入"
    DISCOUNT = "DISCOUNT", "优惠"
    STRIPE = "STRIPE", "Stripe"
    BANK = "BANK", "银行"
    UNAPPLIED = "UNAPPLIED", "待处理款"
    REFUND = "REFUND", "退款"
    DISPUTE = "DISPUTE", "争议款"
    WRITE_OFF = "WRITE_OFF", "差额核销"


class LedgerEntry(models.Model):
    """
    One movement of money, with both sides in one row: every sum over the book is balanced by its shape.

    Written only by payments.ledger; the database refuses to change or delete it. `key` names the fact that caused the
    row, so a fact is booked once. `amount_fen` is in the smallest unit of `currency`. Source: docs/rules/money.md,
    rule P10.
    """

    key = models.CharField("键", max_length=60, unique=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="ledger", verbose_name="订单")
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="ledger", verbose_name="支付"
    )
    refund = models.ForeignKey(
        Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="ledger", verbose_name="退款"
    )
    debit = models.CharField("借", max_length=10, choices=Account)
    credit = models.CharField("贷", max_length=10, choices=Account)
    amount_fen = models.PositiveBigIntegerField("金额（分）")
    currency = models.CharField("币种", max_length=3, default="cny")
    at = models.DateTimeField("时间", db_index=True)
    note = models.CharField("摘要", max_length=200)

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "账本"
        constraints = [
            AppendOnly(name="ledgerentry_append_only"),
            CheckConstraint(condition=Q(amount_fen__gt=0), name="ledger_amount_positive"),
            CheckConstraint(condition=~Q(debit=F("credit")), name="ledger_two_sides"),
        ]

    def __str__(self) -> str:
        return self.key


class AttentionQuerySet(models.QuerySet["Attention"]):
    def open(self) -> "AttentionQuerySet":
        return self.filter(resolved_at=None)


class Attention(models.Model):
    """
    Something about money that a person has to look at. Open → resolved, once, by payments.attention, with a reason.

    `key` names the fact, so it is raised once, and a settled difference comes back only if its facts change. To unlock
    by hand one person proposes and another confirms; the database refuses the same one. For a difference found by
    reconciliation `ours` and `theirs` say what each side holds. Source: docs/rules/money.md, rules P12 and P16.
    """

    class Kind(models.TextChoices):
        MONEY = "MONEY", "款项无处入账"
        REFUND = "REFUND", "退款"
        DISPUTE = "DISPUTE", "争议"
        MISMATCH = "MISMATCH", "对账差异"

    kind = models.CharField("类别", max_length=10, choices=Kind)
    key = models.CharField("键", max_length=100, unique=True)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, null=True, blank=True, related_name="attentions", verbose_name="订单"
    )
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="attentions", verbose_name="支付"
    )
    refund = models.ForeignKey(
        Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="attentions", verbose_name="退款"
    )
    dispute = models.ForeignKey(
        Dispute, on_delete=models.PROTECT, null=True, blank=True, related_name="attentions", verbose_name="争议"
    )
    text = models.CharField("发生了什么", max_length=300)
    stripe_id = models.CharField("Stripe 对象", max_length=255, blank=True)
    ours = models.CharField("我们的记录", max_length=200, blank=True)
    theirs = models.CharField("Stripe 的记录", max_length=200, blank=True)
    raised_at = models.DateTimeField("发现时间")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="提出人",
    )
    proposed_at = models.DateTimeField("提出时间", null=True, blank=True)
    proposal = models.CharField("人工开通的理由", max_length=200, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="处理人",
    )
    resolved_at = models.DateTimeField("处理时间", null=True, blank=True)
    resolution = models.CharField("处理结果", max_length=200, blank=True)
    was_unlocked = models.BooleanField("人工开通", default=False)

    objects = AttentionQuerySet.as_manager()

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "待处理事项"
        permissions = [("resolve_attention", "处理待处理事项")]
        constraints = [
            CheckConstraint(
                condition=Q(resolved_at=None, resolution="") | Q(resolved_at__isnull=False) & ~Q(resolution=""),
                name="attention_resolved_with_reason",
            ),
            CheckConstraint(
                condition=Q(was_unlocked=False) | Q(proposed_by__isnull=False) & ~Q(proposed_by=F("resolved_by")),
                name="attention_unlocked_by_two",
            ),
        ]
        indexes = [models.Index(fields=["-raised_at"], condition=Q(resolved_at=None), name="attention_open")]

    def __str__(self) -> str:
        return f"事项 {self.pk}"
