"""便利安排: the queue of requests and the three things a person may do with one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Case, QuerySet, Value, When
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.widgets import AdminDateInput

from exams import accommodations
from exams.accommodations import Terms
from exams.admin.windows import minute
from exams.models import Accommodation
from lms.errors import DomainError
from lms.http import UserRequest
from lms.policies import LookOnlyViewSet

NAMESPACE = "exam_accommodations"
CHANGE = "exams.change_accommodation"
Status = Accommodation.Status
TERMS = ("time_factor", "larger_type", "hidden_timer", "extra_attempts", "valid_until")


class ApproveForm(forms.ModelForm):  # type: ignore[type-arg]  # takes no parameter at run time
    """What is granted."""

    decision = forms.CharField(
        label="说明", max_length=500, required=False, help_text="选填，考生会看到，也写在邮件里。"
    )

    class Meta:
        model = Accommodation
        fields = [*TERMS, "decision"]
        widgets = {"valid_until": AdminDateInput}
        help_texts = {
            "time_factor": "100 = 不加时，150 = 一倍半，200 = 两倍。",
            "extra_attempts": "每场考试多几次机会。",
        }

    def clean_valid_until(self) -> Any:
        day = self.cleaned_data["valid_until"]
        if day and day < timezone.localdate():
            raise forms.ValidationError("有效期不能早于今天。")
        return day

    def calls(self, verb: Callable[..., Accommodation]) -> Callable[..., Accommodation]:
        terms = Terms(**{name: self.cleaned_data[name] for name in TERMS})
        return partial(verb, terms=terms, decision=self.cleaned_data["decision"])


class ReasonForm(forms.Form):
    """Why not, or why no longer."""

    argument = "decision"
    reason = forms.CharField(
        label="理由",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="考生会看到，也写在邮件里。",
        error_messages={"required": "请写明理由。"},
    )

    def calls(self, verb: Callable[..., Accommodation]) -> Callable[..., Accommodation]:
        return partial(verb, **{self.argument: self.cleaned_data["reason"]})


class EndForm(ReasonForm):
    argument = "reason"


@dataclass(frozen=True)
class Action:
    """What a person may do, from which status; the verb decides again under a lock."""

    label: str
    done: str
    consequence: str
    verb: Callable[..., Accommodation]
    source: Status
    form: type[ApproveForm] | type[ReasonForm]


ACTIONS = {
    "approve": Action(
        "批准",
        "已批准",
        "以后开始的每场考试自动生效，包括考期的结束时间；已经开始的考试不变。原来批准的安排随之结束。",
        accommodations.approve,
        Status.REQUESTED,
        ApproveForm,
    ),
    "refuse": Action(
        "不批准", "已答复", "考生会收到理由，可以再次申请。", accommodations.refuse, Status.REQUESTED, ReasonForm
    ),
    "end": Action(
        "结束", "已结束", "以后开始的考试不再有这些安排；已经开始的不变。", accommodations.end, Status.APPROVED, EndForm
    ),
}


class AccommodationFilterSet(WagtailFilterSet):
    status = django_filters.ChoiceFilter(label="状态", choices=Status.choices)

    class Meta:
        model = Accommodation
        fields = ["status"]


class IndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[Accommodation]:
        """Who waits comes first."""
        waits = Case(When(status=Status.REQUESTED, then=Value(0)), default=Value(1))
        return Accommodation.objects.select_related("candidate__identity").annotate(rank=waits)


class InspectView(generic.InspectView):
    page_title = "便利安排"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_change = self.request.user.has_perm(CHANGE)
        history = Accommodation.objects.of(self.object.candidate_id).exclude(pk=self.object.pk)
        return super().get_context_data(
            **kwargs,
            actions=[
                (action.label, reverse(f"{NAMESPACE}:accommodation_decide", args=[self.object.pk, name]))
                for name, action in ACTIONS.items()
                if may_change and self.object.status == action.source
            ],
            history=history.order_by("-requested_at")[:20],
        )


@permission_required(CHANGE, raise_exception=True)
def accommodation_decide(request: UserRequest, pk: int, name: str) -> HttpResponse:
    """Ask for the terms or the reason, then let the verb decide."""
    action = ACTIONS.get(name)
    if action is None:
        raise Http404
    row = get_object_or_404(Accommodation.objects.select_related("candidate"), pk=pk)
    inspect_url = reverse(f"{NAMESPACE}:inspect", args=[pk])
    form = action.form(request.POST or None)
    if form.is_valid():
        try:
            form.calls(action.verb)(accommodation=row, person=request.user, now=timezone.now())
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{action.done}，已发邮件给 {row.candidate.email}。")
        return redirect(inspect_url)
    context = {
        "row": row,
        "form": form,
        "action": action,
        "inspect_url": inspect_url,
        "header_title": f"{action.label}便利安排",
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": "首页"},
            {"url": reverse(f"{NAMESPACE}:index"), "label": "便利安排"},
            {"url": inspect_url, "label": str(row.candidate)},
            {"url": "", "label": action.label},
        ],
    }
    return render(request, "exams/admin/accommodation_decide.html", context)


class AccommodationViewSet(LookOnlyViewSet):
    model = Accommodation
    name = url_prefix = NAMESPACE
    icon = "user"
    menu_label = "便利安排"
    index_view_class, inspect_view_class = IndexView, InspectView
    inspect_template_name = "exams/admin/accommodation_inspect.html"
    add_to_reference_index = False
    ordering = ["rank", "-requested_at", "-pk"]
    list_per_page = 50
    list_display = [
        "candidate",
        Column("status", label="状态", accessor="get_status_display", sort_key="status"),
        Column("terms", label="安排", accessor=lambda row: "；".join(row.terms) or "—"),
        Column(
            "requested_at", label="申请时间", accessor=lambda row: minute(row.requested_at), sort_key="requested_at"
        ),
        Column("valid_until", label="有效期至", accessor=lambda row: row.valid_until or "—"),
    ]
    filterset_class = AccommodationFilterSet
    search_fields = ["candidate__email", "candidate__name", "candidate__identity__real_name"]

    def get_urlpatterns(self) -> list[URLPattern]:
        decide = path("<pk:pk>/<str:name>/", accommodation_decide, name="accommodation_decide")
        return [*super().get_urlpatterns(), decide]
