"""Orders, payments and Stripe events in the back office: to look at, to search, to export. Only verbs change them."""

import django_filters
from django.db.models import QuerySet
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import IndexView
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup
from wagtail.permission_policies import ModelPermissionPolicy

from lms.money import format_fen
from payments.models import Order, Payment, StripeEvent


class ReadOnlyPolicy(ModelPermissionPolicy):
    """Whoever may view may view; nobody adds, changes or deletes, not even a superuser."""

    def user_has_permission(self, user: object, action: str) -> bool:
        return action == "view" and super().user_has_permission(user, action)

    def user_has_any_permission(self, user: object, actions: list[str]) -> bool:
        return "view" in actions and self.user_has_permission(user, "view")


class MoneyColumn(Column):
    """An amount of fen, written as yuan."""

    def get_value(self, instance: object) -> str:
        fen = super().get_value(instance)
        return "" if fen is None else format_fen(fen)


class YesNoFilter(django_filters.BooleanFilter):
    """Keeps the rows for which a text field is filled, or those for which it is empty."""

    def filter(self, qs: QuerySet[Payment], value: bool | None) -> QuerySet[Payment]:  # noqa: FBT001  # django-filter's
        if value is None:
            return qs
        return qs.exclude(**{self.field_name: ""}) if value else qs.filter(**{self.field_name: ""})


class OrderFilterSet(WagtailFilterSet):
    placed_at = django_filters.DateFromToRangeFilter(label="下单日期")

    class Meta:
        model = Order
        fields = ["status", "course", "placed_at"]


class PaymentFilterSet(WagtailFilterSet):
    attention = YesNoFilter(label="需要处理")
    created_at = django_filters.DateFromToRangeFilter(label="创建日期")

    class Meta:
        model = Payment
        fields = ["attention", "status", "created_at"]


class StripeEventFilterSet(WagtailFilterSet):
    handled_at = django_filters.BooleanFilter(label="还没有处理", lookup_expr="isnull")
    kind = django_filters.AllValuesFilter(label="类型")

    class Meta:
        model = StripeEvent
        fields = ["handled_at", "kind"]


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
        "course_title",
        MoneyColumn("amount_fen", label="金额", sort_key="amount_fen"),
        Column("get_status_display", label="状态", sort_key="status"),
        "placed_at",
        "paid_at",
    ]
    list_export = ["number", "buyer.email", "course_title", "amount_fen", "status", "placed_at", "paid_at", "closed_at"]
    filterset_class = OrderFilterSet
    search_fields = ["number", "buyer__email", "buyer__name", "course_title"]
    inspect_view_fields = [
        "number",
        "buyer",
        "course",
        "course_title",
        "amount_fen",
        "currency",
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
        Column("order", label="订单"),
        MoneyColumn("amount_fen", label="应收", sort_key="amount_fen"),
        "received_amount",
        Column("get_status_display", label="状态", sort_key="status"),
        "attention",
        "created_at",
        "settled_at",
    ]
    list_export = [
        "order.number",
        "amount_fen",
        "received_amount",
        "received_currency",
        "status",
        "attention",
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
        "attention",
        "amount_fen",
        "currency",
        "received_amount",
        "received_currency",
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
