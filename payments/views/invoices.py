"""The buyer's pages of invoices, and the only door to their files."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lms.errors import DomainError
from lms.http import UserRequest
from payments import invoices
from payments.invoice_forms import InvoiceForm, filled_in, initial_for
from payments.models import InvoiceFile, InvoiceRequest, Order

INVOICES_A_PAGE = 20
TYPES = {"PDF": "application/pdf", "OFD": "application/octet-stream", "XML": "application/octet-stream"}


@never_cache
@require_safe
def invoice_list(request: UserRequest) -> HttpResponse:
    found = InvoiceRequest.objects.of(request.user).select_related("order").order_by("-requested_at", "-pk")
    page = Paginator(found, INVOICES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "payments/invoice_list.html", {"page_obj": page})


@never_cache
def invoice_create(request: UserRequest, number: str) -> HttpResponse:
    """Take the request for an order's invoice; an order that has one leads there."""
    order = get_object_or_404(Order.objects.of(request.user), number=number)
    standing = order.invoices.standing().first()
    if standing:
        return redirect("payments:invoice_detail", pk=standing.pk)
    amount_fen = invoices.billable(order)
    if not amount_fen:
        messages.error(request, invoices.NothingToInvoice.message)
        return redirect("payments:order_detail", number=number)
    form = InvoiceForm(request.POST) if request.method == "POST" else InvoiceForm(initial=initial_for(order))
    if form.is_valid():
        given: dict[str, Any] = {"title": form.made_out_to(), "email": form.cleaned_data["email"]}
        try:
            made = invoices.request(order=order, by=request.user, now=timezone.now(), **given)
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return redirect("payments:order_detail", number=number)
        messages.success(request, "发票申请已提交。开出后发到你填的邮箱，一般 3 个工作日内。")
        return redirect("payments:invoice_detail", pk=made.pk)
    return render(request, "payments/invoice_create.html", {"order": order, "amount_fen": amount_fen, "form": form})


@never_cache
@require_safe
def invoice_detail(request: UserRequest, pk: int) -> HttpResponse:
    invoice = _own(request, pk)
    context = {
        "invoice": invoice,
        "order": invoice.order,
        "files": invoice.files.order_by("is_red", "format"),
        "may_ask_anew": not invoice.order.invoices.standing().exists() and invoices.billable(invoice.order) > 0,
    }
    return render(request, "payments/invoice_detail.html", context)


@never_cache
def invoice_edit(request: UserRequest, pk: int) -> HttpResponse:
    """Correct a request until it is issued."""
    invoice = _own(request, pk)
    if invoice.status != InvoiceRequest.Status.REQUESTED:
        messages.error(request, invoices.NotRequested.message)
        return redirect("payments:invoice_detail", pk=pk)
    form = InvoiceForm(request.POST) if request.method == "POST" else InvoiceForm(initial=filled_in(invoice))
    if form.is_valid():
        given: dict[str, Any] = {"title": form.made_out_to(), "email": form.cleaned_data["email"]}
        try:
            invoices.change(invoice=invoice, by=request.user, now=timezone.now(), **given)
            messages.success(request, "已修改，按新的信息开票。")
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return redirect("payments:invoice_detail", pk=pk)
    context = {"invoice": invoice, "order": invoice.order, "amount_fen": invoice.amount_fen, "form": form}
    return render(request, "payments/invoice_edit.html", context)


@require_POST
def invoice_withdraw(request: UserRequest, pk: int) -> HttpResponse:
    invoice = _own(request, pk)
    try:
        invoices.withdraw(invoice=invoice, by=request.user, now=timezone.now())
        messages.success(request, "申请已撤销。需要时可以在订单页重新申请。")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("payments:invoice_detail", pk=pk)


@never_cache
@require_safe
def invoice_file(request: UserRequest, pk: int) -> HttpResponseBase:
    """Send one file to the order's buyer, or to staff who may see invoices."""
    is_staff = request.user.is_staff and request.user.has_perm("payments.view_invoicerequest")
    allowed = Q() if is_staff else Q(invoice__order__buyer=request.user)
    found = get_object_or_404(InvoiceFile.objects.select_related("invoice").filter(allowed), pk=pk)
    return send(found.file, found.download_name, TYPES[found.format])


def send(file: Any, name: str, content_type: str) -> HttpResponseBase:
    """Answer with a private file, always as a download: nothing that people upload is shown as a page of ours."""
    try:
        opened = file.open("rb")
    except FileNotFoundError as fault:
        raise Http404 from fault
    response = FileResponse(opened, as_attachment=True, filename=name, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _own(request: UserRequest, pk: int) -> InvoiceRequest:
    return get_object_or_404(InvoiceRequest.objects.of(request.user).select_related("order"), pk=pk)
