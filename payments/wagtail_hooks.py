"""The payments room's part of the back office."""

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.permissions import register_permission_policy

from lms.policies import ReadOnlyPolicy
from payments.admin import PaymentsGroup
from payments.admin.actions import payments_act
from payments.admin.finance import finance
from payments.models import (
    Attention,
    BankEntry,
    Coupon,
    Dispute,
    Grant,
    InvoiceRequest,
    LedgerEntry,
    Order,
    Payment,
    Refund,
    StripeEvent,
)

for model in (
    Order,
    Payment,
    Refund,
    Dispute,
    LedgerEntry,
    Attention,
    Coupon,
    Grant,
    StripeEvent,
    InvoiceRequest,
    BankEntry,
):
    register_permission_policy(model, ReadOnlyPolicy(model), exact_class=True)


class FinanceMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("payments.view_ledgerentry"))


@hooks.register("register_admin_viewset")
def register_payments() -> PaymentsGroup:
    return PaymentsGroup()


@hooks.register("register_admin_urls")
def register_payments_pages() -> list[URLPattern]:
    return [
        path("finance/", finance, name="finance"),
        path("payments/act/<slug:name>/<pk:pk>/", payments_act, name="payments_act"),
    ]


@hooks.register("register_admin_menu_item")
def register_finance_menu_item() -> MenuItem:
    return FinanceMenuItem("收款与对账", reverse("finance"), icon_name="history", order=390)
