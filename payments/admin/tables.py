"""What every list and page of this room shares: money as people write it, times of this country, nothing to change."""

import json
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic

from lms.money import format_fen
from lms.policies import LookOnlyViewSet
from payments.models import Dispute, Order, Payment, Refund

PAGES = {Order: "order", Payment: "payment", Refund: "refund", Dispute: "dispute"}


class MoneyColumn(Column):
    """An amount of fen, written as yuan."""

    def get_value(self, instance: object) -> str:
        return format_fen(super().get_value(instance))


def money(amount: int, currency: str) -> str:
    """Write an amount as its currency wants: yuan, or as Stripe counts it."""
    return format_fen(amount) if currency == "cny" else f"{amount} {currency}（最小货币单位）"


def received(payment: Payment) -> str:
    """Write what came in, or nothing."""
    return "" if payment.received_amount is None else money(payment.received_amount, payment.received_currency)


class IndexView(generic.IndexView):
    # Wagtail writes times in UTC; people read a spreadsheet in their own time.
    custom_value_preprocess = generic.IndexView.custom_value_preprocess | {datetime: {"xlsx": timezone.make_naive}}
    related: tuple[str, ...] = ()

    def get_base_queryset(self) -> QuerySet[Any]:
        return super().get_base_queryset().select_related(*self.related)


class InspectView(generic.InspectView):
    """Times of this country, money as people write it, a webhook's body line by line."""

    def get_field_label(self, field_name: str, field: object) -> str:
        return str(super().get_field_label(field_name, field)).partition("（")[0]  # the unit is written out

    def get_field_display_value(self, field_name: str, field: object) -> object:
        value = getattr(self.object, field_name)
        if isinstance(value, datetime):
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
        if field_name.endswith("_fen"):
            return money(value, getattr(self.object, "currency", "cny"))
        if field_name == "received_amount":
            return received(self.object)
        if isinstance(value, bool):
            return "是" if value else "否"
        if type(value) in PAGES:
            return format_html('<a href="{}">{}</a>', reverse(f"{PAGES[type(value)]}:inspect", args=[value.pk]), value)
        if field_name == "payload":
            return format_html("<pre>{}</pre>", json.dumps(value, ensure_ascii=False, indent=2))
        return super().get_field_display_value(field_name, field) or "—"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, deeds=self.deeds())

    def deeds(self) -> list[tuple[str, str]]:
        """Return (label, address) of what this person may do here."""
        return []


class ReadOnlyViewSet(LookOnlyViewSet):
    add_to_admin_menu = False
    index_view_class = IndexView
    inspect_view_class = InspectView
    inspect_template_name = "payments/admin/inspect.html"
    list_per_page = 50
    export_formats = ["xlsx", "csv"]


def index_of(*related: str) -> type[IndexView]:
    """An index view that loads these relations with its rows."""
    return type("IndexView", (IndexView,), {"related": related})
