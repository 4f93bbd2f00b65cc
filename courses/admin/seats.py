"""Company seats in the back office: look, filter, export; extend one, reclaim one, each by its verb."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.permissions import register_permission_policy

from courses import seats
from courses.models import Seat
from courses.models.seats import SeatQuerySet
from lms.errors import DomainError
from lms.policies import LookOnlyViewSet, ReadOnlyPolicy

MANAGE = "courses.manage_seat"

register_permission_policy(Seat, ReadOnlyPolicy(Seat))


class ReclaimForm(forms.Form):
    reason = forms.CharField(label="理由（买家会看到）", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class ExtendForm(forms.Form):
    until = forms.DateField(label="新的最后加入日", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    reason = forms.CharField(label="理由（买家会看到）", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


@dataclass(frozen=True, kw_only=True)
class Action:
    """`is_open` says whether the seat lets it be done now; `act` is the verb."""

    label: str
    form: type[forms.Form]
    consequence: str
    is_open: Callable[[Seat], bool]
    act: Callable[..., Seat]


ACTIONS = {
    "extend": Action(
        label="延长有效期",
        form=ExtendForm,
        consequence="没有人加入的席位可以延长；已过期的重新成为未指定，由买家再指定。",
        is_open=lambda seat: seat.state in (Seat.State.FREE, Seat.State.NAMED, Seat.State.EXPIRED),
        act=seats.extend,
    ),
    "reclaim": Action(
        label="收回席位",
        form=ReclaimForm,
        consequence="永久收回，不能恢复。有人在学的，学习资格立即撤回，学习记录保留。不退钱，退款在订单里办。",
        is_open=lambda seat: seat.ended_at is None,
        act=seats.reclaim,
    ),
}


def seats_act(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """Show one action's form on one seat, and take the action."""
    user: Any = request.user
    if not user.has_perm(MANAGE):
        raise PermissionDenied
    action = ACTIONS.get(name)
    if action is None:
        raise Http404
    seat = get_object_or_404(Seat, pk=pk)
    address = reverse("seat:inspect", args=[seat.pk])
    form = action.form(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            action.act(seat=seat, by=user, now=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{action.label}：已记下。")
        return redirect(address)
    context = {
        "action": action,
        "seat": seat,
        "form": form,
        "inspect_url": address,
        "header_title": action.label,
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": "首页"},
            {"url": address, "label": str(seat)},
            {"url": "", "label": action.label},
        ],
    }
    return render(request, "courses/admin/seat_action.html", context)


class SeatFilterSet(WagtailFilterSet):
    expires_on = django_filters.DateFromToRangeFilter(label="最后加入日")

    class Meta:
        model = Seat
        fields = ["state", "batch__course", "expires_on"]


class SeatIndexView(generic.IndexView):
    # Wagtail writes times in UTC; people read a spreadsheet in their own time.
    custom_value_preprocess = generic.IndexView.custom_value_preprocess | {datetime: {"xlsx": timezone.make_naive}}

    def get_base_queryset(self) -> SeatQuerySet:
        return super().get_base_queryset().select_related("batch__course", "batch__holder", "learner")


class SeatInspectView(generic.InspectView):
    def get_field_display_value(self, field_name: str, field: object) -> object:
        value = getattr(self.object, field_name)
        if isinstance(value, datetime):  # Wagtail would write it in UTC
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
        return super().get_field_display_value(field_name, field) or "—"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may = self.request.user.has_perm(MANAGE)
        deeds = [
            (action.label, reverse("seats_act", args=[name, self.object.pk]))
            for name, action in ACTIONS.items()
            if may and action.is_open(self.object)
        ]
        events = self.object.events.select_related("actor").order_by("-pk")[:100]
        return super().get_context_data(**kwargs, deeds=deeds, events=events)


class SeatViewSet(LookOnlyViewSet):
    model = Seat
    icon = "group"
    menu_label = "企业席位"
    add_to_admin_menu = True
    index_view_class = SeatIndexView
    inspect_view_class = SeatInspectView
    inspect_template_name = "courses/admin/seat_inspect.html"
    list_per_page = 50
    export_formats = ["xlsx", "csv"]
    search_fields = ["email", "person_name", "batch__order_number", "batch__company", "batch__holder__email"]
    filterset_class = SeatFilterSet
    ordering = ["-pk"]
    list_display = [
        TitleColumn("batch__company", label="企业", accessor="batch.company", url_name="seat:inspect"),
        Column("batch__order_number", label="订单号", accessor="batch.order_number"),
        Column("batch__course", label="课程", accessor="batch.course.title"),
        "place",
        Column("get_state_display", label="状态", sort_key="state"),
        "email",
        DateColumn("expires_on", label="最后加入日", sort_key="expires_on"),
    ]
    list_export = [
        "batch.company",
        "batch.order_number",
        "batch.course.title",
        "batch.holder.email",
        "place",
        "get_state_display",
        "person_name",
        "email",
        "expires_on",
        "invited_at",
        "taken_at",
        "used_at",
        "ended_at",
        "ended_reason",
    ]
    export_headings = {
        "batch.company": "企业",
        "batch.order_number": "订单号",
        "batch.course.title": "课程",
        "batch.holder.email": "管理人",
        "get_state_display": "状态",
    }
    export_filename = "seats"
    inspect_view_fields = [
        "batch",
        "place",
        "state",
        "expires_on",
        "person_name",
        "email",
        "learner",
        "enrolment",
        "consent_version",
        "invited_at",
        "taken_at",
        "used_at",
        "ended_at",
        "ended_reason",
    ]


viewset = SeatViewSet("seat")
