"""Tokens, webhook endpoints and deliveries in the back office: look, and stop by a verb. docs/rules/api.md, I20."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic

from certificates.staffing import api_tokens, webhooks
from certificates.staffing.models import ApiToken, WebhookDelivery, WebhookEndpoint
from lms.errors import DomainError
from lms.http import UserRequest
from lms.policies import LookOnlyViewSet

TOKENS, ENDPOINTS = "staffing_api_tokens", "staffing_webhook_endpoints"


class StoppedInspectView(generic.InspectView):
    """A row with the button that stops it, while it runs."""

    permission: str
    stop: str  # URL name
    verb: str
    is_running: Callable[[Any], bool]

    def get_field_display_value(self, field_name: str, field: Any) -> Any:
        value = getattr(self.object, field_name)
        if isinstance(value, datetime):
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
        if isinstance(value, list):
            return "、".join(value)
        return "—" if value in (None, "") else super().get_field_display_value(field_name, field)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may = type(self).is_running(self.object) and self.request.user.has_perm(self.permission)
        stop_url = reverse(self.stop, args=[self.object.pk]) if may else ""
        return {**super().get_context_data(**kwargs), "stop_url": stop_url, "verb": self.verb}


class TokenInspectView(StoppedInspectView):
    page_title = "接口令牌"
    permission = "staffing.change_apitoken"
    stop = f"{TOKENS}:revoke"
    verb = "作废"
    is_running = staticmethod(lambda token: token.revoked_at is None and token.expires_at > timezone.now())


class EndpointInspectView(StoppedInspectView):
    page_title = "推送地址"
    permission = "staffing.change_webhookendpoint"
    stop = f"{ENDPOINTS}:disable"
    verb = "停用"
    is_running = staticmethod(lambda endpoint: endpoint.disabled_at is None)


class DeliveryInspectView(StoppedInspectView):
    page_title = "推送记录"
    permission = stop = verb = ""
    is_running = staticmethod(lambda _: False)


class TokenIndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.select_related("company", "made_by")


class EndpointIndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[WebhookEndpoint]:
        return WebhookEndpoint.objects.select_related("company", "made_by")


class DeliveryIndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[WebhookDelivery]:
        return WebhookDelivery.objects.select_related("endpoint__company", "event")


@require_POST
@permission_required("staffing.change_apitoken", raise_exception=True)
def revoke_token(request: UserRequest, pk: int) -> HttpResponse:
    """Let a token open nothing any more."""
    token = get_object_or_404(ApiToken, pk=pk)
    api_tokens.revoke(token=token, now=timezone.now())
    messages.success(request, f"令牌“{token.name}”已作废。")
    return redirect(f"{TOKENS}:inspect", pk)


@require_POST
@permission_required("staffing.change_webhookendpoint", raise_exception=True)
def disable_endpoint(request: UserRequest, pk: int) -> HttpResponse:
    """Send nothing to an address any more; its owners get a mail."""
    endpoint = get_object_or_404(WebhookEndpoint, pk=pk)
    try:
        webhooks.disable(endpoint=endpoint, why=WebhookEndpoint.DisabledWhy.STAFF, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "推送地址已停用，负责人会收到邮件。")
    return redirect(f"{ENDPOINTS}:inspect", pk)


class LookedAt(LookOnlyViewSet):
    """What the three lists have in common."""

    add_to_admin_menu = True
    add_to_reference_index = False
    inspect_template_name = "staffing/admin/webhook.html"
    list_per_page = 50


class ApiTokenViewSet(LookedAt):
    model = ApiToken
    name = TOKENS
    url_prefix = "api-tokens"
    menu_label = "接口令牌"
    icon = "key"
    menu_order = 362
    index_view_class = TokenIndexView
    inspect_view_class = TokenInspectView
    search_fields = ["name", "prefix", "company__name"]
    ordering = ["-made_at", "-pk"]
    list_display = [
        Column("prefix", label="开头", sort_key="prefix"),
        "company",
        "name",
        "made_by",
        "made_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    ]
    inspect_view_fields = [
        "company",
        "name",
        "prefix",
        "scopes",
        "made_by",
        "made_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [*super().get_urlpatterns(), path("<pk:pk>/revoke/", revoke_token, name="revoke")]


class WebhookEndpointViewSet(LookedAt):
    model = WebhookEndpoint
    name = ENDPOINTS
    url_prefix = "webhook-endpoints"
    menu_label = "推送地址"
    icon = "link"
    menu_order = 363
    index_view_class = EndpointIndexView
    inspect_view_class = EndpointInspectView
    search_fields = ["url", "company__name"]
    ordering = ["-made_at", "-pk"]
    list_display = [
        "url",
        "company",
        "failures",
        "failing_since",
        "disabled_at",
        Column("get_disabled_why_display", label="停用原因"),
        "made_at",
    ]
    list_filter = ["disabled_why"]
    inspect_view_fields = [
        "company",
        "url",
        "events",
        "made_by",
        "made_at",
        "listens_since",
        "failures",
        "failing_since",
        "disabled_at",
        "disabled_why",
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [*super().get_urlpatterns(), path("<pk:pk>/disable/", disable_endpoint, name="disable")]


class WebhookDeliveryViewSet(LookedAt):
    model = WebhookDelivery
    name = "staffing_webhook_deliveries"
    url_prefix = "webhook-deliveries"
    menu_label = "推送记录"
    icon = "history"
    menu_order = 364
    index_view_class = DeliveryIndexView
    inspect_view_class = DeliveryInspectView
    search_fields = ["event__event_id", "endpoint__url", "endpoint__company__name"]
    ordering = ["-queued_at", "-pk"]
    list_display = [
        Column("event", label="事件"),
        Column("endpoint", label="推送地址"),
        Column("get_status_display", label="状态", sort_key="status"),
        "tries",
        "code",
        "milliseconds",
        "error",
        "queued_at",
    ]
    list_filter = ["status"]
    inspect_view_fields = [
        "event",
        "endpoint",
        "status",
        "queued_at",
        "gives_up_at",
        "next_try_at",
        "tries",
        "tried_at",
        "code",
        "milliseconds",
        "answer",
        "error",
    ]
