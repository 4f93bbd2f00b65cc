"""The register in the back office: look, search, export with masked data; change a state by its verb."""

from typing import Any

import django_filters
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.widgets import Button
from wagtail.permission_policies import ModelPermissionPolicy

from certificates import logbook, numbering, register
from certificates.admin import showing
from certificates.admin.actions import ACTIONS
from certificates.admin.bulk import bulk_change
from certificates.forms import StateChangeForm
from certificates.models import Certificate
from exams.models import Attempt
from lms.errors import DomainError
from lms.http import UserRequest
from lms.policies import LookOnlyViewSet
from lms.templatetags import points

NAMESPACE = "certificate_register"
CHANGE = "certificates.change_certificate"
LOST = "lost"


class RegisterPolicy(ModelPermissionPolicy):
    """Wagtail's own pages only show: nobody adds, edits or deletes a certificate, not even a superuser."""

    def user_has_permission(self, user: object, action: str) -> bool:
        return action == "view" and super().user_has_permission(user, action)

    def user_has_any_permission(self, user: object, actions: list[str]) -> bool:
        return "view" in actions and self.user_has_permission(user, "view")


class RegisterFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(label="状态", choices=Certificate.State.choices)
    issued_date = django_filters.DateFromToRangeFilter(label="发证日期", widget=DateRangePickerWidget)
    valid_until = django_filters.DateFromToRangeFilter(label="有效期至", widget=DateRangePickerWidget)
    exam_result = django_filters.ChoiceFilter(
        label="成绩", choices=[(LOST, "已改为不合格")], method="filter_exam_result", empty_label="全部"
    )

    class Meta:
        model = Certificate
        fields = ["state", "issued_date", "valid_until"]

    def filter_exam_result(self, rows: QuerySet[Certificate], _name: str, _value: str) -> QuerySet[Certificate]:
        """Find the certificates whose exam a re-marking took the pass from. docs/rules/exam-room.md, rule R8."""
        return rows.filter(attempt__in=Attempt.objects.no_longer_passed())


def state_label(value: str) -> str:
    return str(Certificate.State(value).label)


class IndexView(generic.IndexView):
    @cached_property
    def header_more_buttons(self) -> list[Button]:
        more: list[Button] = super().header_more_buttons
        if self.request.user.has_perm(CHANGE):
            url = reverse(f"{NAMESPACE}:bulk_change")
            more.append(Button("批量变更状态", url=url, icon_name="list-ul", priority=90))
        return more

    custom_field_preprocess = {
        "state": {"xlsx": state_label, "csv": state_label},
        "points_centi": {"xlsx": points, "csv": points},
        "total_centi": {"xlsx": points, "csv": points},
    }

    def get_base_queryset(self) -> QuerySet[Certificate]:
        return Certificate.objects.with_state(timezone.localdate())

    def search_queryset(self, queryset: QuerySet[Certificate]) -> QuerySet[Certificate]:
        """Find a number however it was typed; otherwise search number and name."""
        number = numbering.parse(self.search_query or "")
        return queryset.filter(number=number) if number else super().search_queryset(queryset)


class InspectView(showing.InspectView):
    page_title = "证书"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(**kwargs),
            "state": self.object.state_on(timezone.localdate()),
            "changes": self.object.changes.select_related("changed_by", "log_entry"),
            "has_lost_pass": not self.object.attempt.has_passed,
            "log_label": register.LOG_LABELS[logbook.standing_of(self.object)],
            "requests": self.object.revocation_requests.order_by("-pk").select_related("requested_by", "decided_by"),
            "actions": [
                (action.label, reverse(f"{NAMESPACE}:change_state", args=[self.object.pk, name]))
                for name, action in ACTIONS.items()
                if self.object.status in action.sources and self.request.user.has_perm(CHANGE)
            ],
        }


@permission_required(CHANGE, raise_exception=True)
def change_state(request: UserRequest, pk: int, name: str) -> HttpResponse:
    """Ask for the reason, then let the verb change the status; a revocation is only asked for."""
    action = ACTIONS.get(name)
    if action is None:
        raise Http404
    certificate = get_object_or_404(Certificate, pk=pk)
    inspect_url = reverse(f"{NAMESPACE}:inspect", args=[pk])
    form = StateChangeForm(request.POST or None, initial={"why": action.why})
    if form.is_valid():
        try:
            action.verb(certificate=certificate, person=request.user, now=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"证书 {certificate.number} {action.done}。")
        return redirect(inspect_url)
    context = {
        "certificate": certificate,
        "state": certificate.state_on(timezone.localdate()),
        "form": form,
        "action": action,
        "inspect_url": inspect_url,
        "header_title": f"{action.label}证书",
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": "首页"},
            {"url": reverse(f"{NAMESPACE}:index"), "label": "证书"},
            {"url": inspect_url, "label": certificate.number},
            {"url": "", "label": action.label},
        ],
    }
    return render(request, "certificates/admin/change_state.html", context)


class RegisterViewSet(LookOnlyViewSet):
    model = Certificate
    name = NAMESPACE
    url_prefix = "certificates"
    menu_label = "证书"
    icon = "clipboard-list"
    menu_order = 350
    add_to_admin_menu = True
    add_to_reference_index = False
    index_view_class = IndexView
    inspect_view_class = InspectView
    inspect_template_name = "certificates/admin/inspect.html"
    search_fields = ["number", "holder_name", "holder__email"]
    ordering = ["-issued_at", "-pk"]
    list_per_page = 50
    list_display = [
        "number",
        "holder_name",
        Column("state", label="状态", accessor=lambda certificate: state_label(certificate.state)),
        "course_title",
        "issued_date",
        "valid_until",
    ]
    filterset_class = RegisterFilterSet
    list_export = [
        "number",
        "holder_name_masked",
        "holder_id_masked",
        "state",
        "title",
        "course_title",
        "study_hours",
        "exam_title",
        "points_centi",
        "total_centi",
        "standard",
        "issuer",
        "issued_date",
        "valid_until",
    ]
    export_headings = {
        "holder_name_masked": "姓名（遮盖）",
        "holder_id_masked": "证件号（遮盖）",
        "state": "状态",
        "points_centi": "成绩",
        "total_centi": "满分",
    }
    export_filename = "certificates"
    inspect_view_fields = [
        "number",
        "title",
        "holder_name",
        "holder_id_masked",
        "holder",
        "course_title",
        "course_revision",
        "study_hours",
        "exam_title",
        "standard",
        "issuer",
        "issued_date",
        "valid_until",
        "issued_at",
        "origin",
        "predecessor",
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("bulk/", bulk_change, name="bulk_change"),
            path("<pk:pk>/<str:name>/", change_state, name="change_state"),
        ]
