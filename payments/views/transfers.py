"""The buyer's pages of a 对公转账: where to send the money, and that it has been sent."""

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lms.errors import DomainError
from lms.http import UserRequest
from payments import orders, receipts, transfers
from payments.models import Order, TransferReceipt
from payments.transfer_forms import ReceiptForm
from payments.views.invoices import send
from payments.views.orders import settle


@require_POST
def transfer_choose(request: UserRequest, number: str) -> HttpResponse:
    order = get_object_or_404(Order.objects.of(request.user), number=number)
    now = timezone.now()
    try:
        transfers.choose(order=order, by=request.user, now=now)
    except orders.PaymentArrived as arrival:
        return settle(request, arrival, now)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("payments:order_detail", number=number)
    return redirect("payments:transfer_detail", number=number)


@require_POST
def transfer_drop(request: UserRequest, number: str) -> HttpResponse:
    order = get_object_or_404(Order.objects.of(request.user), number=number)
    try:
        transfers.drop(order=order, by=request.user, now=timezone.now())
        messages.success(request, "已改回在线支付。已经汇出的，请不要再次付款，到账后财务会联系你。")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("payments:order_detail", number=number)


@never_cache
def transfer_detail(request: UserRequest, number: str) -> HttpResponse:
    """The pro-forma, made for printing too; receipts are uploaded here."""
    order = get_object_or_404(Order.objects.of(request.user), number=number)
    payment = transfers.waiting_payment(order)
    if payment is None:
        return redirect("payments:order_detail", number=number)
    form = ReceiptForm(request.POST, request.FILES) if request.method == "POST" else ReceiptForm()
    if form.is_valid():
        try:
            receipts.add(order=order, content=form.content(), by=request.user, now=timezone.now())
        except DomainError as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, "回单已收到，财务核对到账后开通。")
            return redirect("payments:transfer_detail", number=number)
    context = {
        "order": order,
        "lines": order.lines.order_by("pk"),
        "payment": payment,
        "rest_fen": transfers.rest_of(payment),
        "account": settings,
        "receipts": order.receipts.order_by("pk"),
        "form": form,
        "now": timezone.now(),
    }
    return render(request, "payments/transfer_detail.html", context)


@never_cache
@require_safe
def receipt_file(request: UserRequest, pk: int) -> HttpResponseBase:
    """Send one receipt to the order's buyer, or to staff who may see what came to the bank."""
    is_staff = request.user.is_staff and request.user.has_perm("payments.view_bankentry")
    allowed = Q() if is_staff else Q(order__buyer=request.user)
    found = get_object_or_404(TransferReceipt.objects.select_related("order").filter(allowed), pk=pk)
    name = f"回单-{found.order.number}-{found.pk}.{found.extension}"
    return send(found.file, name, receipts.TYPES[found.extension])
