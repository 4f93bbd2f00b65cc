"""What makes a course cheaper, or free."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q

from courses.models import CoursePage, Enrolment


class Coupon(models.Model):
    """
    A code that lowers a price. Active → stopped, once, by payments.coupons; its value never changes.

    How often it was used is not counted here: its orders are (`Order.objects.holding`). Empty limits do not limit.
    Source: docs/rules/money.md, rules P13 and P14.
    """

    class Kind(models.TextChoices):
        PERCENT = "PERCENT", "百分比"
        AMOUNT = "AMOUNT", "固定金额"

    code = models.CharField("优惠码", max_length=20, unique=True)
    name = models.CharField("用途", max_length=100, help_text="同事能看到，如“2026 春季团购”。")
    batch = models.CharField("批次", max_length=20, blank=True, db_index=True)
    kind = models.CharField("方式", max_length=10, choices=Kind)
    value = models.PositiveIntegerField("面额", help_text="百分比写 1–100；固定金额以分计。")
    course = models.ForeignKey(
        CoursePage, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="限课程"
    )
    only_email = models.EmailField("限本人邮箱", blank=True)
    only_domain = models.CharField("限企业邮箱域名", max_length=100, blank=True)
    max_uses = models.PositiveIntegerField("总次数", null=True, blank=True)
    max_uses_each = models.PositiveIntegerField("每人次数", null=True, blank=True, default=1)
    valid_from = models.DateTimeField("开始时间")
    valid_until = models.DateTimeField("结束时间", null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="建立人"
    )
    created_at = models.DateTimeField("建立时间")
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="停用人",
    )
    stopped_at = models.DateTimeField("停用时间", null=True, blank=True)
    stopped_reason = models.CharField("停用原因", max_length=200, blank=True)

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "优惠码"
        permissions = [("stop_coupon", "停用优惠码")]
        constraints = [
            CheckConstraint(
                condition=Q(kind="PERCENT", value__gte=1, value__lte=100) | Q(kind="AMOUNT", value__gte=1),
                name="coupon_value_in_range",
            ),
            CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="coupon_ends_after_it_starts"
            ),
            CheckConstraint(
                condition=Q(stopped_at=None, stopped_by=None, stopped_reason="")
                | Q(stopped_at__isnull=False, stopped_by__isnull=False) & ~Q(stopped_reason=""),
                name="coupon_stopped_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Grant(models.Model):
    """
    A course given for nothing, with the reason and what it was worth. Standing → taken back, once, by payments.grants.

    Source: docs/rules/money.md, rule P15.
    """

    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="grants", verbose_name="学员"
    )
    course = models.ForeignKey(CoursePage, on_delete=models.PROTECT, related_name="grants", verbose_name="课程")
    enrolment = models.OneToOneField(Enrolment, on_delete=models.PROTECT, related_name="grant", verbose_name="报名")
    value_fen = models.PositiveIntegerField("当日课价（分）")
    reason = models.CharField("理由", max_length=200)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="赠与人"
    )
    granted_at = models.DateTimeField("赠与时间")
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="撤回人",
    )
    revoked_at = models.DateTimeField("撤回时间", null=True, blank=True)
    revoked_reason = models.CharField("撤回原因", max_length=200, blank=True)

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "赠与"
        constraints = [
            CheckConstraint(condition=~Q(reason=""), name="grant_has_a_reason"),
            CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None, revoked_reason="")
                | Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoked_reason=""),
                name="grant_revoked_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"赠与 {self.pk}"
