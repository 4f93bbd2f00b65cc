"""The buyer's pages, and Stripe's webhook."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST, require_safe

from courses.models import CoursePage, Enrolment, LessonPage, ModulePage
from lms.errors import DomainError
from lms.http import UserRequest
from payments import fulfilment, orders, stripe_gateway, tasks
from payments.forms import OrderForm
from payments.models import Order, Payment, StripeEvent

ORDERS_A_PAGE = 20


def order_create(request: UserRequest, course_pk: str) -> HttpResponse:
    """Confirm what is bought, at what price and under which refund rule; then order it and go to Stripe."""
    now = timezone.now()
    course = get_object_or_404(CoursePage.objects.live(), pk=course_pk)
    if Enrolment.objects.of(request.user).standing().filter(course=course).exists():
        messages.info(request, orders.AlreadyEnrolled.message)
        return redirect("learn")
    pending = Order.objects.of(request.user).personal(course).pending().filter(expires_at__gt=now).first()
    if pending:
        return redirect("payments:order_detail", number=pending.number)
    form = OrderForm(request.POST if request.method == "POST" else None, course=course)
    if form.is_valid():
        try:
            order = orders.place(buyer=request.user, course=course, now=now)
        except orders.PaymentArrived as arrival:
            return _settle(request, arrival, now)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            return _go_to_stripe(request, order, now)
    contents = {
        "modules": ModulePage.objects.live().descendant_of(course).count(),
        "lessons": LessonPage.objects.live().descendant_of(course).count(),
    }
    return render(request, "payments/order_create.html", {"course": course, "form": form, "contents": contents})


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
        return _settle(request, arrival, now)
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
    line = order.lines.first()
    view = _view_of(order, now)
    context = {"order": order, "line": line, "view": view, "now": now, "returned": "returned" in request.GET}
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


@login_not_required
@csrf_exempt
@require_POST
@transaction.atomic
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Verify, store once, answer. The work is done after the commit, from the stored row. Source: money.md, rule P6."""
    try:
        event = stripe_gateway.read_event(body=request.body, signature=request.headers.get("Stripe-Signature", ""))
    except (stripe_gateway.BadSignature, stripe_gateway.BadEvent):
        return HttpResponse(status=400)
    now = timezone.now()
    stored, is_new = StripeEvent.objects.get_or_create(
        event_id=event.id,
        defaults={
            "kind": event.kind,
            "object_id": event.object_id,
            "payload": event.payload,
            "received_at": now,
            "next_try_at": now + fulfilment.FIRST_RETRY,
        },
    )
    if is_new or stored.handled_at is None:
        # Robust: the row is safe, so a task queue that is away must not make Stripe send it again. A lambda, not a
        # partial: on a failure Django logs the callback's __qualname__, and a partial has none.
        transaction.on_commit(lambda: tasks.handle_event.delay(stored.pk), robust=True)
    return HttpResponse()


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
    attention = any(item.resolved_at is None for item in order.attentions.all())
    if order.status != Order.Status.PENDING:
        return OrderView(order.status, attention)
    if any(payment.status == Payment.Status.SUCCEEDED for payment in payments):
        return OrderView("REVIEW", attention)
    if any(payment.status == Payment.Status.PROCESSING for payment in payments):
        return OrderView("PROCESSING")
    return OrderView("LAPSED" if order.expires_at <= now else "PENDING")


def _go_to_stripe(request: UserRequest, order: Order, now: datetime) -> HttpResponse:
    try:
        payment = orders.begin_payment(order=order, now=now)
    except orders.PaymentArrived as arrival:
        return _settle(request, arrival, now)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("payments:order_detail", number=order.number)
    return HttpResponseRedirect(payment.session_url, status=303)


def _settle(request: UserRequest, arrival: orders.PaymentArrived, now: datetime) -> HttpResponse:
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
