"""Refunds and everything that waits for a person: the lists, and pages with buttons."""

import django_filters
from django.db.models import QuerySet
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn

from payments.admin.actions import deeds_of
from payments.admin.tables import InspectView, MoneyColumn, ReadOnlyViewSet, index_of
from payments.models import Attention, Refund


class DeedsInspectView(InspectView):
    def deeds(self) -> list[tuple[str, str]]:
        return deeds_of(self.object, self.request.user)


class RefundInspectView(DeedsInspectView):
    def get_field_display_value(self, field_name: str, field: object) -> object:
        if field_name == "findings":
            return "；".join(f"{'满足' if holds else '不满足'}：{text}" for text, holds in self.object.findings) or "—"
        return super().get_field_display_value(field_name, field)


class RefundFilterSet(WagtailFilterSet):
    requested_at = django_filters.DateFromToRangeFilter(label="申请日期")

    class Meta:
        model = Refund
        fields = ["status", "origin", "requested_at"]


class RefundViewSet(ReadOnlyViewSet):
    model = Refund
    name = "refund"
    menu_label = "退款"
    icon = "rotate"
    index_view_class = index_of("order", "requested_by")
    inspect_view_class = RefundInspectView
    ordering = ["-requested_at", "-pk"]
    list_display = [
        TitleColumn("order", label="订单", accessor="order.number", url_name="refund:inspect"),
        MoneyColumn("amount_fen", label="金额", sort_key="amount_fen"),
        Column("get_status_display", label="状态", sort_key="status"),
        Column("get_origin_display", label="发起", sort_key="origin"),
        "clause",
        "requested_at",
        "settled_at",
    ]
    list_export = ["order.number", "amount_fen", "currency", "status", "origin", "clause", "reason", "answer"]
    list_export += ["requested_at", "decided_at", "settled_at", "stripe_refund_id", "failure"]
    filterset_class = RefundFilterSet
    search_fields = ["order__number", "stripe_refund_id", "order__buyer__email"]
    inspect_view_fields = [
        "order",
        "payment",
        "status",
        "origin",
        "amount_fen",
        "clause",
        "rule_version",
        "findings",
        "reason",
        "ends_access",
        "requested_by",
        "requested_at",
        "proposed_by",
        "decided_by",
        "decided_at",
        "answer",
        "stripe_refund_id",
        "tries",
        "failure",
        "settled_at",
    ]


class AttentionFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(
        label="状态", choices=[("open", "待处理"), ("done", "已了结")], method="filter_state"
    )

    class Meta:
        model = Attention
        fields = ["state", "kind"]

    def filter_state(self, items: QuerySet[Attention], _name: str, value: str) -> QuerySet[Attention]:
        return items.filter(resolved_at__isnull=value == "open")


class AttentionViewSet(ReadOnlyViewSet):
    model = Attention
    name = "attention"
    menu_label = "待处理事项"
    icon = "warning"
    index_view_class = index_of("order", "resolved_by")
    inspect_view_class = DeedsInspectView
    ordering = ["-raised_at", "-pk"]
    list_display = [
        TitleColumn("text", label="发生了什么", url_name="attention:inspect"),
        Column("get_kind_display", label="类别", sort_key="kind"),
        Column("order", label="订单", accessor="order.number"),
        "ours",
        "theirs",
        "raised_at",
        "resolution",
    ]
    list_export = ["kind", "text", "order.number", "stripe_id", "ours", "theirs", "raised_at"]
    list_export += ["resolved_at", "resolved_by", "resolution"]
    filterset_class = AttentionFilterSet
    search_fields = ["order__number", "stripe_id", "text"]
    inspect_view_fields = [
        "text",
        "kind",
        "order",
        "payment",
        "refund",
        "dispute",
        "stripe_id",
        "ours",
        "theirs",
        "raised_at",
        "proposed_by",
        "proposed_at",
        "proposal",
        "resolved_by",
        "resolved_at",
        "resolution",
    ]
