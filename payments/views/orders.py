"""The buyer's pages of an order, from the confirmation to the course."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from courses import seat_entry
from courses.models import CoursePage, Enrolment, LessonPage, ModulePage, SeatBatch
from lms.errors import DomainError
from lms.http import UserRequest
from payments import (
    coupons,
    fulfilment,
    invoices,
    orders,
    refund_requests,
    refund_rule,
    refunds,
    stripe_gateway,
    tasks,
    transfers,
)
from payments.forms import CouponForm, OrderForm
from payments.models import Order, Payment, Refund

ORDERS_A_PAGE = 20
LIVE = (Payment.Status.OPEN, Payment.Status.PROCESSING)


def order_create(request: UserRequest, course_pk: str) -> HttpResponse:
    """Confirm what is bought, at what price and under which refund rule; then order it and go to Stripe."""
    now = timezone.now()
    course = get_object_or_404(CoursePage.objects.on_sale(), pk=course_pk)
    if Enrolment.objects.of(request.user).standing().in_any_edition(course).exists():
        messages.info(request, orders.AlreadyEnrolled.message)
        return redirect("learn")
    pending = Order.objects.of(request.user).personal(course).pending().filter(expires_at__gt=now).first()
    if pending:
        return redirect("payments:order_detail", number=pending.number)
    coupon_form = CouponForm(request.GET or None, buyer=request.user, course=course, now=now)
    offer = coupon_form.cleaned_data.get("coupon") if coupon_form.is_valid() else None
    form = OrderForm(
        request.POST if request.method == "POST" else None,
        payable_fen=course.price_fen - (offer.discount_fen if offer else 0),
    )
    if form.is_valid():
        try:
            order = orders.place(
                buyer=request.user, course=course, coupon_code=offer.coupon.code if offer else "", now=now
            )
        except orders.PaymentArrived as arrival:
            return settle(request, arrival, now)
        except coupons.CouponRefused as refusal:  # somebody else took the last use meanwhile
            messages.error(request, str(refusal))
            return redirect("payments:order_create", course_pk=course_pk)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            return _go_to_stripe(request, order, now)
    contents = {
        "modules": ModulePage.objects.live().descendant_of(course).count(),
        "lessons": LessonPage.objects.live().descendant_of(course).count(),
    }
    context = {
        "course": course,
        "form": form,
        "coupon_form": coupon_form,
        "offer": offer,
        "contents": contents,
        "refund_terms": refund_rule.terms(refund_rule.CURRENT),
    }
    return render(request, "payments/order_create.html", context)


@require_POST
def order_pay(request: UserRequest, number: str) -> HttpResponse:
    order = get_object_or_404(Order.objects.of(request.user), number=number)
    return _go_to_stripe(request, order, timezone.now())


@require_POST
def order_cancel(request: UserRequest, number: str) -> HttpResponse:
    order = get_object_or_404(Order.objects.of(request.user), number=number)
    now = timezone.now()
    try:
        orders.cancel(order=order, by=request.user, now=now)
        messages.success(request, "订单已取消，没有扣款。")
    except orders.PaymentArrived as arrival:
        return settle(request, arrival, now)
    except stripe_gateway.GatewayUnavailable:
        messages.error(request, "支付服务暂时没有响应，订单还没有取消，请稍后再试。")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("payments:order_detail", number=number)


@require_safe
def order_list(request: UserRequest) -> HttpResponse:
    now = timezone.now()
    found = Order.objects.of(request.user).order_by("-placed_at", "-pk").prefetch_related("payments", "attentions")
    page = Paginator(found, ORDERS_A_PAGE).get_page(request.GET.get("page"))
    rows = [(order, _view_of(order, now).state) for order in page]
    return render(request, "payments/order_list.html", {"page_obj": page, "rows": rows})


@never_cache
@require_safe
def order_detail(request: UserRequest, number: str) -> HttpResponse:
    """
    Show one order in its state. Whoever comes back from Stripe (`?returned=1`) has Stripe asked at once.

    Asking is safe in a GET: it makes our rows follow what Stripe says already, whoever asks, as the webhook does.
    """
    order = get_object_or_404(Order.objects.of(request.user), number=number)
    now = timezone.now()
    if "returned" in request.GET:
        _look_again(order, now)
        order.refresh_from_db()
    if order.kind == Order.Kind.COMPANY:
        seat_entry.look(request)
    lines = list(order.lines.order_by("pk"))
    context = {
        "order": order,
        "lines": lines,
        "line": lines[0],
        "batch": SeatBatch.objects.filter(order_number=order.number).first(),
        "view": _view_of(order, now),
        "verdict": _verdict(order, now),
        "refunds": order.refunds.order_by("-requested_at", "-pk"),
        "invoice": order.invoices.standing().first(),
        "may_invoice": order.paid_at is not None and invoices.billable(order) > 0,
        "transfer_offered": transfers.is_offered(),
        "now": now,
        "returned": "returned" in request.GET,
    }
    return render(request, "payments/order_detail.html", context)


@never_cache
@require_GET
def order_status(request: UserRequest, number: str) -> JsonResponse:
    """Tell the waiting page where its order is, so that it moves on by itself, wherever the payment was made."""
    order = get_object_or_404(Order.objects.of(request.user), number=number)
    now = timezone.now()
    _look_again(order, now)
    order.refresh_from_db()
    return JsonResponse({"state": _view_of(order, now).state})


@dataclass(frozen=True, slots=True)
class OrderView:
    """
    Which face the order's page shows. `state` is what the waiting page compares.

    An order may be payable, waiting for the bank, out of time but not closed yet, or waiting for a person.
    """

    state: str
    attention: bool = False


def _view_of(order: Order, now: datetime) -> OrderView:
    payments = list(order.payments.all())
    bank = next((p for p in payments if p.method == Payment.Method.BANK and p.status in LIVE), None)
    attention = any(item.resolved_at is None for item in order.attentions.all())
    if order.status != Order.Status.PENDING:
        return OrderView(order.status, attention)
    if bank and (bank.status == Payment.Status.PROCESSING or order.expires_at > now):
        return OrderView("PART_PAID" if bank.status == Payment.Status.PROCESSING else "TRANSFER")
    if any(payment.status == Payment.Status.SUCCEEDED for payment in payments):
        return OrderView("REVIEW", attention)
    if any(payment.status == Payment.Status.PROCESSING for payment in payments):
        return OrderView("PROCESSING")
    return OrderView("LAPSED" if order.expires_at <= now else "PENDING")


def _verdict(order: Order, now: datetime) -> refund_rule.Verdict | None:
    """Return what the refund rule says now, if there is anything to ask for."""
    waiting = order.refunds.filter(status__in=[Refund.Status.REQUESTED, Refund.Status.APPROVED])
    if order.status != Order.Status.PAID or waiting.exists():
        return None
    try:
        return refund_requests.verdict_of(order=order, now=now)
    except refunds.NothingToRefund:
        return None


def _go_to_stripe(request: UserRequest, order: Order, now: datetime) -> HttpResponse:
    if order.status == Order.Status.PAID:  # a coupon took everything off
        return redirect("payments:order_detail", number=order.number)
    try:
        payment = orders.begin_payment(order=order, now=now)
    except orders.PaymentArrived as arrival:
        return settle(request, arrival, now)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("payments:order_detail", number=order.number)
    return HttpResponseRedirect(payment.session_url, status=303)


def settle(request: UserRequest, arrival: orders.PaymentArrived, now: datetime) -> HttpResponse:
    """The money overtook the buyer's click: take it in, and show the order as it is then."""
    try:
        fulfilment.settle(session_id=arrival.session_id, now=now)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("payments:order_detail", number=arrival.order.number)


def _look_again(order: Order, now: datetime) -> None:
    """Have a worker ask Stripe, so that a slow Stripe holds no web thread; the next poll shows what came of it."""
    if order.payments.not_checked_since(now - fulfilment.LOOK_AGAIN_AFTER).exists():
        transaction.on_commit(lambda: tasks.look_again.delay(order.pk), robust=True)
