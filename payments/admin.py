"""Orders, payments and Stripe events in the back office: to look at, to search, to export. Only verbs change them."""

import json
from datetime import datetime

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import format_html
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup

from lms.money import format_fen
from payments.models import Order, Payment, StripeEvent


class MoneyColumn(Column):
    """An amount of fen, written as yuan."""

    def get_value(self, instance: object) -> str:
        return format_fen(super().get_value(instance))


def received(payment: Payment) -> str:
    """Write what came in: yuan if it was yuan, and as Stripe says it if not."""
    if payment.received_amount is None:
        return ""
    if payment.received_currency == "cny":
        return format_fen(payment.received_amount)
    return f"{payment.received_amount} {payment.received_currency}（最小货币单位）"


class OrderFilterSet(WagtailFilterSet):
    placed_at = django_filters.DateFromToRangeFilter(label="下单日期")

    class Meta:
        model = Order
        fields = ["status", "placed_at"]


class PaymentFilterSet(WagtailFilterSet):
    created_at = django_filters.DateFromToRangeFilter(label="创建日期")

    class Meta:
        model = Payment
        fields = ["status", "created_at"]


class StripeEventFilterSet(WagtailFilterSet):
    handled = django_filters.ChoiceFilter(
        label="处理", choices=[("no", "还没有处理"), ("yes", "已处理")], method="filter_handled"
    )
    kind = django_filters.AllValuesFilter(label="类型")

    class Meta:
        model = StripeEvent
        fields = ["handled", "kind"]

    def filter_handled(self, events: QuerySet[StripeEvent], _name: str, value: str) -> QuerySet[StripeEvent]:
        return events.filter(handled_at__isnull=value == "no")


class IndexView(generic.IndexView):
    # Wagtail writes times in UTC; people read a spreadsheet in their own time.
    custom_value_preprocess = generic.IndexView.custom_value_preprocess | {datetime: {"xlsx": timezone.make_naive}}


class InspectView(generic.InspectView):
    """Times of this country, money as people write it, a webhook's body line by line."""

    def get_field_label(self, field_name: str, field: object) -> str:
        return str(super().get_field_label(field_name, field)).partition("（")[0]  # the unit is written out

    def get_field_display_value(self, field_name: str, field: object) -> object:
        value = getattr(self.object, field_name)
        if isinstance(value, datetime):
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
        if field_name == "amount_fen":
            return format_fen(value)
        if field_name == "received_amount":
            return received(self.object)
        if field_name == "payload":
            return format_html("<pre>{}</pre>", json.dumps(value, ensure_ascii=False, indent=2))
        return super().get_field_display_value(field_name, field)


class OrderIndexView(IndexView):
    def get_base_queryset(self) -> QuerySet[Order]:
        return super().get_base_queryset().select_related("buyer")


class PaymentIndexView(IndexView):
    def get_base_queryset(self) -> QuerySet[Payment]:
        return super().get_base_queryset().select_related("order")


class ReadOnlyViewSet(ModelViewSet):
    add_to_admin_menu = False
    inspect_view_enabled = True
    copy_view_enabled = False
    index_view_class = IndexView
    inspect_view_class = InspectView
    exclude_form_fields: list[str] = []
    list_per_page = 50
    export_formats = ["xlsx", "csv"]


class OrderViewSet(ReadOnlyViewSet):
    model = Order
    name = "order"
    menu_label = "订单"
    index_view_class = OrderIndexView
    icon = "form"
    ordering = ["-placed_at"]
    list_display = [
        "number",
        "buyer",
        "title",
        MoneyColumn("amount_fen", label="金额", sort_key="amount_fen"),
        Column("get_status_display", label="状态", sort_key="status"),
        "placed_at",
        "paid_at",
    ]
    list_export = ["number", "buyer.email", "title", "amount_fen", "status", "placed_at", "paid_at", "closed_at"]
    filterset_class = OrderFilterSet
    search_fields = ["number", "buyer__email", "buyer__name", "title"]
    inspect_view_fields = [
        "number",
        "buyer",
        "title",
        "amount_fen",
        "status",
        "placed_at",
        "expires_at",
        "paid_at",
        "closed_at",
    ]


class PaymentViewSet(ReadOnlyViewSet):
    model = Payment
    name = "payment"
    menu_label = "支付"
    index_view_class = PaymentIndexView
    icon = "tick-inverse"
    ordering = ["-created_at"]
    list_display = [
        "order",
        MoneyColumn("amount_fen", label="应收", sort_key="amount_fen"),
        Column("received", label="实收", accessor=received),
        Column("get_status_display", label="状态", sort_key="status"),
        "created_at",
        "settled_at",
    ]
    list_export = [
        "order.number",
        "amount_fen",
        "received_amount",
        "received_currency",
        "status",
        "session_id",
        "payment_intent_id",
        "created_at",
        "settled_at",
    ]
    filterset_class = PaymentFilterSet
    search_fields = ["order__number", "session_id", "payment_intent_id", "order__buyer__email"]
    inspect_view_fields = [
        "order",
        "status",
        "amount_fen",
        "received_amount",
        "session_id",
        "payment_intent_id",
        "created_at",
        "checked_at",
        "settled_at",
    ]


class StripeEventViewSet(ReadOnlyViewSet):
    model = StripeEvent
    name = "stripe_event"
    menu_label = "Stripe 事件"
    icon = "history"
    ordering = ["-received_at"]
    list_display = ["event_id", "kind", "received_at", "handled_at", "outcome", "tries"]
    list_export = ["event_id", "kind", "object_id", "received_at", "handled_at", "outcome", "tries"]
    filterset_class = StripeEventFilterSet
    search_fields = ["event_id", "object_id", "kind"]
    inspect_view_fields = [
        "event_id",
        "kind",
        "object_id",
        "received_at",
        "next_try_at",
        "handled_at",
        "outcome",
        "tries",
        "payload",
    ]


class PaymentsGroup(ModelViewSetGroup):
    menu_label = "订单与支付"
    menu_icon = "form"
    menu_order = 400
    items = (OrderViewSet, PaymentViewSet, StripeEventViewSet)
