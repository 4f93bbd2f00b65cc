"""Somebody buys seats for a company."""

import re

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from courses.models import CoursePage
from lms.errors import DomainError
from lms.http import UserRequest
from payments import orders, refund_rule, seat_prices
from payments.models import MAX_QUANTITY
from payments.seat_forms import SeatOrderForm, SeatSumForm, Sum


def seat_order_create(request: UserRequest, course_pk: str) -> HttpResponse:
    """Say what seats cost by quantity, take the company's name, and order them; paying is the order's page."""
    now = timezone.now()
    course = get_object_or_404(CoursePage.objects.on_sale(), pk=course_pk)
    quantity = _asked_quantity(request)
    form = SeatOrderForm(
        request.POST if request.method == "POST" else None,
        buyer=request.user,
        course=course,
        now=now,
        initial={"quantity": quantity, "shown_fen": quantity * seat_prices.unit_fen(course, quantity)},
    )
    if form.is_valid():
        filled = form.cleaned_data
        try:
            order = orders.place_for_company(
                buyer=request.user,
                course=course,
                company_title=filled["company_title"],
                company_code=filled["company_code"],
                quantity=filled["quantity"],
                coupon_code=filled["coupon"],
                now=now,
            )
        except DomainError as refusal:  # the last use of the coupon went meanwhile, or the course
            messages.error(request, str(refusal))
        else:
            return redirect("payments:order_detail", number=order.number)
    context = {
        "course": course,
        "form": form,
        "steps": seat_prices.table(course),
        "sum": _sum_of(form, quantity),
        "valid_days": settings.SEAT_VALID_DAYS,
        "refund_terms": refund_rule.seat_terms(refund_rule.CURRENT),
    }
    return render(request, "payments/seat_order_create.html", context)


@require_safe
def seat_order_sum(request: UserRequest, course_pk: str) -> HttpResponse:
    """The part of the page that says what so many seats come to, for the moment somebody changes the number."""
    course = get_object_or_404(CoursePage.objects.on_sale(), pk=course_pk)
    form = SeatSumForm(request.GET, buyer=request.user, course=course, now=timezone.now())
    context = {"sum": form.cleaned_data.get("sum") if form.is_valid() else None, "problems": form.errors.values()}
    return render(request, "payments/seat_order_sum.html", context)


def _asked_quantity(request: UserRequest) -> int:
    """Read how many seats a link asks for, as a company's training plan does; anything odd is one."""
    asked = request.GET.get("quantity", "")
    return int(asked) if re.fullmatch(r"[1-9]\d{0,4}", asked) and int(asked) <= MAX_QUANTITY else 1


def _sum_of(form: SeatOrderForm, quantity: int) -> Sum | None:
    if not form.is_bound:
        return Sum(quantity, seat_prices.unit_fen(form.course, quantity))
    total = form.cleaned_data.get("sum")
    return total if isinstance(total, Sum) else None
