"""Orders, payments, disputes, ledger, Stripe's events: to look at, search and export. Only verbs change them."""

import django_filters
from django.db.models import Q, QuerySet
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn

from payments import takings
from payments.admin.actions import deeds_of
from payments.admin.tables import InspectView, MoneyColumn, ReadOnlyViewSet, index_of, received
from payments.models import Account, Dispute, LedgerEntry, Order, Payment, StripeEvent


class OrderFilterSet(WagtailFilterSet):
    placed_at = django_filters.DateFromToRangeFilter(label="下单日期")
    paid_at = django_filters.DateFromToRangeFilter(label="付款日期")

    class Meta:
        model = Order
        fields = ["status", "kind", "placed_at", "paid_at"]


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


class OrderInspectView(InspectView):
    """The order with everything that hangs on it."""

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        order = self.object
        parts = {
            "lines": order.lines.order_by("pk"),
            "payments": order.payments.order_by("pk"),
            "refunds": order.refunds.order_by("pk"),
            "entries": order.ledger.order_by("pk"),
            "history": order.events.select_related("actor").order_by("pk"),
            "attentions": order.attentions.open().order_by("pk"),
        }
        return super().get_context_data(**kwargs, **parts)


class PaymentInspectView(InspectView):
    def deeds(self) -> list[tuple[str, str]]:
        return deeds_of(self.object, self.request.user)


class OrderViewSet(ReadOnlyViewSet):
    model = Order
    name = "order"
    menu_label = "订单"
    index_view_class = index_of("buyer", "coupon")
    inspect_view_class = OrderInspectView
    inspect_template_name = "payments/admin/order_inspect.html"
    icon = "form"
    ordering = ["-placed_at"]
    list_display = [
        TitleColumn("number", label="订单号", url_name="order:inspect", sort_key="number"),
        "buyer",
        "title",
        MoneyColumn("amount_fen", label="应付", sort_key="amount_fen"),
        Column("get_status_display", label="状态", sort_key="status"),
        "placed_at",
        "paid_at",
    ]
    list_export = ["number", "buyer.email", "title", "amount_fen", "status", "placed_at", "paid_at", "closed_at"]
    filterset_class = OrderFilterSet
    search_fields = ["number", "buyer__email", "buyer__name", "title"]
    inspect_view_fields = [
        "number",
        "kind",
        "buyer",
        "company_title",
        "title",
        "amount_fen",
        "coupon",
        "refund_rule",
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
    index_view_class = index_of("order")
    inspect_view_class = PaymentInspectView
    icon = "tick-inverse"
    ordering = ["-created_at"]
    list_display = [
        TitleColumn("order", label="订单", accessor="order.number", url_name="payment:inspect"),
        Column("get_method_display", label="方式", sort_key="method"),
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
        "method",
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
    list_display = [
        TitleColumn("event_id", label="事件号", url_name="stripe_event:inspect"),
        "kind",
        "received_at",
        "handled_at",
        "outcome",
        "tries",
    ]
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


class DisputeViewSet(ReadOnlyViewSet):
    model = Dispute
    name = "dispute"
    menu_label = "争议"
    icon = "warning"
    index_view_class = index_of("payment__order")
    ordering = ["-opened_at"]
    list_display = [
        TitleColumn("stripe_dispute_id", label="争议", url_name="dispute:inspect"),
        Column("order", label="订单", accessor="payment.order.number"),
        MoneyColumn("amount_fen", label="金额", sort_key="amount_fen"),
        "reason",
        Column("get_status_display", label="状态", sort_key="status"),
        "opened_at",
        "respond_by",
    ]
    list_export = [
        "stripe_dispute_id",
        "payment.order.number",
        "amount_fen",
        "reason",
        "status",
        "opened_at",
        "closed_at",
    ]
    list_filter = ["status"]
    search_fields = ["stripe_dispute_id", "payment__order__number"]
    inspect_view_fields = [
        "stripe_dispute_id",
        "payment",
        "amount_fen",
        "reason",
        "status",
        "opened_at",
        "respond_by",
        "closed_at",
    ]


class LedgerFilterSet(WagtailFilterSet):
    fact = django_filters.ChoiceFilter(
        label="事项", choices=[(name, label) for name, (label, _) in takings.FIGURES.items()], method="filter_fact"
    )
    account = django_filters.ChoiceFilter(label="科目", choices=Account.choices, method="filter_account")
    at = django_filters.DateFromToRangeFilter(label="日期")

    class Meta:
        model = LedgerEntry
        fields = ["fact", "account", "at"]

    def filter_fact(self, entries: QuerySet[LedgerEntry], _name: str, value: str) -> QuerySet[LedgerEntry]:
        return entries.filter(takings.FIGURES[value][1])

    def filter_account(self, entries: QuerySet[LedgerEntry], _name: str, value: str) -> QuerySet[LedgerEntry]:
        return entries.filter(Q(debit=value) | Q(credit=value))


class LedgerViewSet(ReadOnlyViewSet):
    model = LedgerEntry
    name = "ledger"
    menu_label = "账本"
    icon = "list-ul"
    index_view_class = index_of("order")
    ordering = ["-at", "-pk"]
    list_display = [
        TitleColumn("at", label="时间", url_name="ledger:inspect"),
        Column("order", label="订单", accessor="order.number"),
        Column("get_debit_display", label="借", sort_key="debit"),
        Column("get_credit_display", label="贷", sort_key="credit"),
        MoneyColumn("amount_fen", label="金额", sort_key="amount_fen"),
        "note",
    ]
    list_export = ["at", "order.number", "debit", "credit", "amount_fen", "currency", "note", "key"]
    filterset_class = LedgerFilterSet
    search_fields = ["order__number", "key"]
    inspect_view_fields = [
        "key",
        "order",
        "payment",
        "refund",
        "debit",
        "credit",
        "amount_fen",
        "currency",
        "at",
        "note",
    ]
