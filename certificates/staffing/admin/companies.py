"""Companies and certificates of other issuers in the back office: look, then decide by a verb. Rules C2 and C11."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from wagtail.admin.views import generic

from certificates.admin import showing
from certificates.forms import DecisionForm
from certificates.staffing import companies, externals
from certificates.staffing.models import Company, ExternalCertificate
from certificates.staffing.views.externals import scan_response
from lms.errors import DomainError
from lms.http import UserRequest
from lms.policies import LookOnlyViewSet

Verbs = dict[str, tuple[str, Callable[..., object]]]
VERIFICATION: Verbs = {"verify": ("核验通过", companies.verify), "reject": ("核验不通过", companies.reject)}
COMPARISON: Verbs = {"accept": ("材料相符", externals.accept), "reject": ("材料不符", externals.reject)}


class DecidedInspectView(showing.InspectView):
    """A row with the buttons of its decision, while nobody has decided."""

    verbs: Verbs
    permission: str
    namespace: str
    is_open: Callable[[Any], bool]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may = type(self).is_open(self.object) and self.request.user.has_perm(self.permission)
        return {
            **super().get_context_data(**kwargs),
            "buttons": [(name, label) for name, (label, _) in self.verbs.items()] if may else [],
            "form": DecisionForm(),
            "action_url": reverse(f"{self.namespace}:decide", args=[self.object.pk]),
            "scan_url": self.scan_url(),
        }

    def scan_url(self) -> str:
        return ""


class CompanyInspectView(DecidedInspectView):
    page_title = "企业"
    verbs = VERIFICATION
    permission = "staffing.change_company"
    namespace = "staffing_companies"
    is_open = staticmethod(lambda company: company.status == Company.Status.UNVERIFIED)


class ExternalInspectView(DecidedInspectView):
    page_title = "其他机构证书"
    verbs = COMPARISON
    permission = "staffing.change_externalcertificate"
    namespace = "staffing_externals"
    is_open = staticmethod(lambda external: external.status == ExternalCertificate.Status.WAITING)

    def scan_url(self) -> str:
        return reverse("staffing_externals:scan", args=[self.object.pk])


class ExternalIndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[ExternalCertificate]:
        return ExternalCertificate.objects.select_related("person__company", "decided_by")


class CompanyIndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[Company]:
        return Company.objects.select_related("registered_by", "decided_by")


@permission_required("staffing.change_company", raise_exception=True)
def decide_company(request: UserRequest, pk: int) -> HttpResponse:
    """Verify a company, or turn it down."""
    return _decide(request, VERIFICATION, "staffing_companies", pk, {"company": get_object_or_404(Company, pk=pk)})


@permission_required("staffing.change_externalcertificate", raise_exception=True)
def decide_external(request: UserRequest, pk: int) -> HttpResponse:
    """Say whether a scan agrees with what was typed."""
    external = get_object_or_404(ExternalCertificate, pk=pk)
    return _decide(request, COMPARISON, "staffing_externals", pk, {"external": external})


@permission_required("staffing.change_externalcertificate", raise_exception=True)
def external_scan(request: UserRequest, pk: int) -> HttpResponseBase:  # Django's signature
    """Give the scan to whoever compares it."""
    return scan_response(get_object_or_404(ExternalCertificate, pk=pk))


def _decide(request: UserRequest, verbs: Verbs, namespace: str, pk: int, row: dict[str, object]) -> HttpResponse:
    if request.method != "POST" or request.POST.get("do") not in verbs:
        raise Http404
    label, verb = verbs[request.POST["do"]]
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, "请写明意见，200 字以内，意见会留存。")
    else:
        try:
            verb(**row, by=request.user, decision=form.cleaned_data["text"], now=timezone.now())
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"已记录：{label}。")
    return redirect(f"{namespace}:inspect", pk)


class CompanyViewSet(LookOnlyViewSet):
    model = Company
    name = "staffing_companies"
    url_prefix = "companies"
    menu_label = "企业"
    icon = "group"
    menu_order = 360
    add_to_admin_menu = True
    add_to_reference_index = False
    index_view_class = CompanyIndexView
    inspect_view_class = CompanyInspectView
    inspect_template_name = "staffing/admin/decide.html"
    search_fields = ["name", "uscc", "mail_domain"]
    ordering = ["-registered_at", "-pk"]
    list_display = ["name", "uscc", "status", "mail_domain", "registered_at", "decided_by", "decided_at"]
    list_filter = ["status", "decided_how"]
    list_export = ["name", "uscc", "status", "mail_domain", "registered_at", "decided_at"]
    export_filename = "companies"
    inspect_view_fields = [
        "name",
        "uscc",
        "status",
        "registered_by",
        "registered_at",
        "mail_domain",
        "domain_proved_at",
        "decided_how",
        "decided_by",
        "decided_at",
        "decision",
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [*super().get_urlpatterns(), path("<pk:pk>/decide/", decide_company, name="decide")]


class ExternalViewSet(LookOnlyViewSet):
    model = ExternalCertificate
    name = "staffing_externals"
    url_prefix = "external-certificates"
    menu_label = "其他机构证书"
    icon = "doc-full"
    menu_order = 361
    add_to_admin_menu = True
    add_to_reference_index = False
    index_view_class = ExternalIndexView
    inspect_view_class = ExternalInspectView
    inspect_template_name = "staffing/admin/decide.html"
    search_fields = ["issuer", "number", "holder_name"]
    ordering = ["-submitted_at", "-pk"]
    list_display = ["issuer", "number", "holder_name", "status", "submitted_at", "decided_by", "decided_at"]
    list_filter = ["status"]
    inspect_view_fields = [
        "issuer",
        "number",
        "holder_name",
        "issued_on",
        "expires_on",
        "scan_sha256",
        "status",
        "submitted_at",
        "decided_by",
        "decided_at",
        "decision",
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("<pk:pk>/decide/", decide_external, name="decide"),
            path("<pk:pk>/scan/", external_scan, name="scan"),
        ]
