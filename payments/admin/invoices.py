"""财务's queue of invoices: whose turn it is, the sheet for the tax system, and the pages that put on record."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.widgets import HeaderButton

from lms.errors import DomainError
from lms.http import UserRequest
from payments import invoices
from payments.admin import tax_sheet
from payments.admin.tables import IndexView, InspectView, MoneyColumn, ReadOnlyViewSet
from payments.invoice_forms import ReversalForm, issue_form
from payments.models import InvoiceRequest

NAMESPACE = "invoice"
MAY = "payments.issue_invoicerequest"
Status = InvoiceRequest.Status
STEPS = {Status.REQUESTED: [("登记已开", "issue")], Status.REVERSING: [("登记红字发票", "reverse")]}
STEPS[Status.ISSUED] = [("开错了，要红冲", "call")]


class InvoiceFilterSet(WagtailFilterSet):
    requested_at = django_filters.DateFromToRangeFilter(label="申请日期")
    issued_on = django_filters.DateFromToRangeFilter(label="开票日期")

    class Meta:
        model = InvoiceRequest
        fields = ["status", "kind", "title_kind", "requested_at", "issued_on"]


class InvoiceIndexView(IndexView):
    related = ("order",)

    def get_base_queryset(self) -> QuerySet[InvoiceRequest]:
        """What waits comes first, longest first."""
        rank = Case(
            When(status=Status.REQUESTED, then=Value(0)), When(status=Status.REVERSING, then=Value(1)), default=Value(2)
        )
        return super().get_base_queryset().annotate(rank=rank)

    @property
    def header_buttons(self) -> list[HeaderButton]:
        if not self.request.user.has_perm(MAY):
            return []
        url = reverse(f"{NAMESPACE}:tax_sheet")
        return [HeaderButton(label="导出待开清单（电子税务局批量开具）", url=url, icon_name="download")]


class InvoiceInspectView(InspectView):
    page_title = "发票"

    def deeds(self) -> list[tuple[str, str]]:
        steps = STEPS.get(self.object.status, []) if self.request.user.has_perm(MAY) else []
        return [(label, reverse(f"{NAMESPACE}:{name}", args=[self.object.pk])) for label, name in steps]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, files=self.object.files.select_related("invoice").order_by("pk"))


@permission_required(MAY, raise_exception=True)
def issue(request: UserRequest, pk: int) -> HttpResponse:
    """Put an issued invoice on record."""
    return _register(request, pk, invoices.issue, "登记已开", "已登记，已发邮件给 {}。")


@permission_required(MAY, raise_exception=True)
def reverse_invoice(request: UserRequest, pk: int) -> HttpResponse:
    """Put a red invoice on record."""
    return _register(request, pk, invoices.reverse, "登记红字发票", "已登记红冲，已发邮件给 {}。")


@permission_required(MAY, raise_exception=True)
def call(request: UserRequest, pk: int) -> HttpResponse:
    """Say that an invoice is wrong."""
    invoice = _load(pk)
    form = ReversalForm(request.POST) if request.method == "POST" else ReversalForm()
    if form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            invoices.call_for_reversal(invoice=invoice, by=request.user, reason=reason, now=timezone.now())
            messages.success(request, "已转为待红冲。请在电子税务局开红字发票，再回来登记。")
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return redirect(f"{NAMESPACE}:inspect", pk)
    return _show(request, invoice, form, "开错了，要红冲")


@permission_required(MAY, raise_exception=True)
def export_tax_sheet(request: UserRequest) -> HttpResponse:
    """Give the workbook of everything that waits to be issued, oldest first."""
    rows = InvoiceRequest.objects.requested().select_related("order").order_by("requested_at", "pk")
    answer = HttpResponse(tax_sheet.workbook(rows[: tax_sheet.MOST]), content_type=tax_sheet.CONTENT_TYPE)
    day = timezone.localdate()
    answer["Content-Disposition"] = f'attachment; filename="invoices-{day}.xlsx"'
    return answer


def _register(
    request: UserRequest, pk: int, verb: Callable[..., InvoiceRequest], label: str, done: str
) -> HttpResponse:
    invoice = _load(pk)
    form = issue_form(request, initial={"issued_on": timezone.localdate()})
    if form.is_valid():
        given = {key: form.cleaned_data[key] for key in ("number", "issued_on")} | {"files": form.files_by_format()}
        try:
            verb(invoice=invoice, by=request.user, now=timezone.now(), **given)
        except invoices.BadInvoice as refusal:
            form.refuse(refusal)
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return redirect(f"{NAMESPACE}:inspect", pk)
        else:
            messages.success(request, done.format(invoice.email))
            return redirect(f"{NAMESPACE}:inspect", pk)
    return _show(request, invoice, form, label)


def _show(request: UserRequest, invoice: InvoiceRequest, form: Any, label: str) -> HttpResponse:
    inspect_url = reverse(f"{NAMESPACE}:inspect", args=[invoice.pk])
    context = {
        "invoice": invoice,
        "form": form,
        "label": label,
        "inspect_url": inspect_url,
        "header_title": label,
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": "首页"},
            {"url": reverse(f"{NAMESPACE}:index"), "label": "发票"},
            {"url": inspect_url, "label": str(invoice)},
            {"url": "", "label": label},
        ],
    }
    return render(request, "payments/admin/invoice_form.html", context)


def _load(pk: int) -> InvoiceRequest:
    return get_object_or_404(InvoiceRequest.objects.select_related("order"), pk=pk)


class InvoiceViewSet(ReadOnlyViewSet):
    model = InvoiceRequest
    name = NAMESPACE
    menu_label = "发票"
    icon = "doc-full"
    index_view_class = InvoiceIndexView
    inspect_view_class = InvoiceInspectView
    inspect_template_name = "payments/admin/invoice_inspect.html"
    ordering = ["rank", "requested_at", "pk"]
    list_display = [
        TitleColumn("title", label="抬头", url_name=f"{NAMESPACE}:inspect"),
        MoneyColumn("amount_fen", label="金额", sort_key="amount_fen"),
        Column("get_status_display", label="状态", sort_key="status"),
        Column("get_kind_display", label="票种", sort_key="kind"),
        Column("order", label="订单", accessor="order.number"),
        "requested_at",
        "number",
        "service_error",
    ]
    list_export = ["serial", "order.number", "title_kind", "title", "tax_number", "kind", "address", "phone"]
    list_export += ["bank_name", "bank_account", "email", "amount_fen", "status", "requested_at", "number"]
    list_export += ["issued_on", "reason", "red_number", "reversed_at"]
    filterset_class = InvoiceFilterSet
    search_fields = ["title", "tax_number", "number", "red_number", "order__number", "email"]
    inspect_view_fields = [
        "order",
        "status",
        "title_kind",
        "title",
        "tax_number",
        "kind",
        "address",
        "phone",
        "bank_name",
        "bank_account",
        "amount_fen",
        "email",
        "requested_at",
        "number",
        "issued_on",
        "issued_by",
        "reason",
        "red_number",
        "reversed_at",
        "reversed_by",
        "service_error",
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("<pk:pk>/issue/", issue, name="issue"),
            path("<pk:pk>/reverse/", reverse_invoice, name="reverse"),
            path("<pk:pk>/call/", call, name="call"),
            path("tax-sheet/", export_tax_sheet, name="tax_sheet"),
        ]
