"""Where a company's own systems hear of changes: endpoints, what there is to tell, and what became of telling it."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from certificates.staffing.models.companies import Company


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def of(self, company: Company) -> "WebhookEndpointQuerySet":
        return self.filter(company=company)

    def live(self) -> "WebhookEndpointQuerySet":
        """Endpoints that hear of what happens now. Source: docs/rules/api.md, rules I9 and I16."""
        return self.filter(disabled_at=None).exclude(company__status=Company.Status.REJECTED)


class WebhookEndpoint(models.Model):
    """
    An address of a company's own system. Changed only by certificates.staffing.webhooks.

    `listens_since`: what happened earlier is not told. `failures` in a row began at `failing_since`. The secrets are
    encrypted; the old one signs beside the new one until `old_secret_until`. Source: docs/rules/api.md, rules I9-I16.
    """

    class DisabledWhy(models.TextChoices):
        FAILING = "FAILING", "连续失败"
        GONE = "GONE", "对方回答 410"
        OWNER = "OWNER", "负责人停用"
        STAFF = "STAFF", "平台停用"

    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="webhook_endpoints", verbose_name="企业"
    )
    url = models.CharField("地址", max_length=500)
    events = models.JSONField("事件")
    secret_cipher = models.TextField()
    old_secret_cipher = models.TextField(blank=True)
    old_secret_until = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="创建人"
    )
    made_at = models.DateTimeField("创建时间")
    listens_since = models.DateTimeField("起始时间")
    failures = models.PositiveIntegerField("连续失败次数", default=0)
    failing_since = models.DateTimeField("连续失败自", null=True, blank=True)
    disabled_at = models.DateTimeField("停用时间", null=True, blank=True)
    disabled_why = models.CharField("停用原因", max_length=10, choices=DisabledWhy, blank=True)

    objects = WebhookEndpointQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "推送地址"
        constraints = [
            UniqueConstraint(fields=["company", "url"], name="webhook_endpoint_once"),
            CheckConstraint(
                condition=Q(disabled_at=None, disabled_why="") | Q(disabled_at__isnull=False) & ~Q(disabled_why=""),
                name="webhook_endpoint_disabled_why",
            ),
            CheckConstraint(
                condition=Q(old_secret_until=None, old_secret_cipher="")
                | Q(old_secret_until__isnull=False) & ~Q(old_secret_cipher=""),
                name="webhook_endpoint_old_secret_ends",
            ),
            CheckConstraint(
                condition=Q(failures=0, failing_since=None) | Q(failures__gt=0, failing_since__isnull=False),
                name="webhook_endpoint_failing_since",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company_id}: {self.url}"

    @property
    def event_labels(self) -> list[str]:
        return [str(kind.label) for kind in WebhookEvent.Kind if kind.value in self.events]


class WebhookEventQuerySet(models.QuerySet["WebhookEvent"]):
    def over(self, before: datetime) -> "WebhookEventQuerySet":
        """Events from before a moment of which nothing waits any more."""
        waiting = WebhookDelivery.objects.filter(status=WebhookDelivery.Status.WAITING)
        return self.filter(made_at__lt=before).exclude(pk__in=waiting.values("event"))


class WebhookEvent(models.Model):
    """
    Something that happened to a company. `source` names the row that a sweep found it by, so that it is found once.

    Never changed. Source: docs/rules/api.md, rules I11 and I12.
    """

    class Kind(models.TextChoices):
        CERTIFICATE_ISSUED = "certificate.issued", "证书签发"
        CERTIFICATE_STATE_CHANGED = "certificate.state_changed", "证书状态变化"
        COVERAGE_BREACHED = "coverage.breached", "配置变为不足"
        COVERAGE_RESTORED = "coverage.restored", "配置恢复足够"
        ROSTER_IMPORTED = "roster.imported", "花名册已导入"
        SEAT_CLAIMED = "seat.claimed", "席位被领取"
        PING = "ping", "测试"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="webhook_events", verbose_name="企业")
    event_id = models.CharField("编号", max_length=40, unique=True)
    kind = models.CharField("事件", max_length=30, choices=Kind)
    data = models.JSONField("内容")
    source = models.CharField(max_length=60, blank=True)
    made_at = models.DateTimeField("时间")

    objects = WebhookEventQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "推送事件"
        constraints = [
            UniqueConstraint(fields=["company", "source"], condition=~Q(source=""), name="webhook_event_once")
        ]
        indexes = [models.Index(fields=["made_at"], name="webhook_event_oldest")]  # the purge

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def of(self, company: Company) -> "WebhookDeliveryQuerySet":
        return self.filter(endpoint__company=company)

    def waiting(self) -> "WebhookDeliveryQuerySet":
        return self.filter(status=WebhookDelivery.Status.WAITING)

    def due(self, now: datetime) -> "WebhookDeliveryQuerySet":
        return self.waiting().filter(next_try_at__lte=now).order_by("next_try_at", "pk")


class WebhookDelivery(models.Model):
    """
    One event on its way to one endpoint. WAITING → SENT | GIVEN_UP; resending lets it wait again.

    `code`, `milliseconds`, `answer` and `error` are of the last try. After `gives_up_at` there is no further one.
    Source: docs/rules/api.md, rules I15-I19.
    """

    class Status(models.TextChoices):
        WAITING = "WAITING", "待发送"
        SENT = "SENT", "已送达"
        GIVEN_UP = "GIVEN_UP", "已放弃"

    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", verbose_name="推送地址"
    )
    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="deliveries", verbose_name="事件")
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.WAITING)
    queued_at = models.DateTimeField("排队时间")
    gives_up_at = models.DateTimeField("最后期限")
    next_try_at = models.DateTimeField("下次发送", null=True, blank=True)
    tries = models.PositiveSmallIntegerField("次数", default=0)
    tried_at = models.DateTimeField("最近发送", null=True, blank=True)
    code = models.PositiveSmallIntegerField("回答状态码", null=True, blank=True)
    milliseconds = models.PositiveIntegerField("用时（毫秒）", null=True, blank=True)
    answer = models.CharField("回答摘录", max_length=500, blank=True)
    error = models.CharField("错误", max_length=200, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "推送记录"
        constraints = [
            UniqueConstraint(fields=["endpoint", "event"], name="webhook_delivery_once"),
            CheckConstraint(
                condition=Q(status="WAITING", next_try_at__isnull=False) | ~Q(status="WAITING") & Q(next_try_at=None),
                name="webhook_delivery_waits_for_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(status="WAITING"), name="webhook_delivery_due"),
            models.Index(fields=["endpoint", "-queued_at"], name="webhook_delivery_log"),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_id}: {self.event_id} {self.status}"


class CoverageWatch(models.Model):
    """
    What was last seen of a company's coverage; `fingerprint` tells whether there is anything to look at again.

    `is_covered` is None as long as the company has no service managers. Source: docs/rules/api.md, rule I12.
    """

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="coverage_watch")
    fingerprint = models.CharField(max_length=200)
    is_covered = models.BooleanField(null=True)
    looked_at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "配置变化"

    def __str__(self) -> str:
        return f"{self.company_id}: {self.is_covered}"
