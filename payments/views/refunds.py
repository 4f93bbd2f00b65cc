"""The buyer asks for money back, or thinks better of it."""

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from lms.errors import DomainError
from lms.http import UserRequest
from payments import refund_requests
from payments.forms import RefundForm
from payments.models import Order, Refund


@never_cache
@transaction.atomic
def refund_create(request: UserRequest, number: str) -> HttpResponse:
    """Show what the rule says, condition by condition, and what follows; then take the request."""
    order = get_object_or_404(Order.objects.of(request.user), number=number)
    now = timezone.now()
    try:
        verdict = refund_requests.verdict_of(order=order, now=now)
        form = RefundForm(request.POST if request.method == "POST" else None, needs_reason=not verdict.is_owed)
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            refund_requests.request(order=order, by=request.user, reason=reason, now=now)
            messages.success(request, "退款申请已提交，我们在 3 个工作日内答复。")
            return redirect("payments:order_detail", number=number)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("payments:order_detail", number=number)
    is_large = order.amount_fen > settings.REFUND_TWO_PERSONS_FEN
    context = {
        "order": order,
        "verdict": verdict,
        "form": form,
        "two_persons_fen": settings.REFUND_TWO_PERSONS_FEN if is_large else 0,
    }
    return render(request, "payments/refund_create.html", context)


@require_POST
def refund_take_back(request: UserRequest, number: str) -> HttpResponse:
    order = get_object_or_404(Order.objects.of(request.user), number=number)
    refund = get_object_or_404(Refund.objects.filter(order=order, origin=Refund.Origin.BUYER).requested())
    try:
        refund_requests.take_back(refund=refund, by=request.user, now=timezone.now())
        messages.success(request, "退款申请已收回，课程可以继续学习。")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("payments:order_detail", number=number)
