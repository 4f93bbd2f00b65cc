"""Revocations that wait for a second person, and what holders ask for: look, then decide by a verb."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from wagtail.admin.views import generic

from certificates import petitions, revocations
from certificates.admin.showing import InspectView
from certificates.forms import DecisionForm
from certificates.models import Petition, RevocationRequest
from lms.errors import DomainError
from lms.http import UserRequest
from lms.policies import LookOnlyViewSet

DECISIONS: dict[str, tuple[str, Callable[..., object]]] = {
    "approve": ("同意撤销", revocations.approve),
    "reject": ("不同意", revocations.reject),
}
ANSWERS: dict[str, tuple[str, Callable[..., object]]] = {
    "note": ("记录处理意见", petitions.note),
    "grant": ("同意", petitions.grant),
    "refuse": ("不同意", petitions.refuse),
}


class RevocationIndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[RevocationRequest]:
        return RevocationRequest.objects.select_related("certificate", "requested_by", "decided_by")


class RevocationInspectView(InspectView):
    page_title = "撤销申请"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        is_open = self.object.status == RevocationRequest.Status.OPEN
        is_mine = self.object.requested_by_id == self.request.user.pk
        may = self.request.user.has_perm("certificates.change_revocationrequest")
        return {
            **super().get_context_data(**kwargs),
            "certificate": self.object.certificate,
            "waits_for_another": is_open and is_mine,
            "buttons": [(name, label) for name, (label, _) in DECISIONS.items()]
            if is_open and may and not is_mine
            else [],
            "form": DecisionForm(),
            "action_url": reverse("certificate_revocations:decide", args=[self.object.pk]),
        }


class PetitionIndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[Petition]:
        return Petition.objects.select_related("certificate")


class PetitionInspectView(InspectView):
    page_title = "更正与申诉"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        is_open = self.object.status == Petition.Status.OPEN
        may = self.request.user.has_perm("certificates.change_petition")
        return {
            **super().get_context_data(**kwargs),
            "certificate": self.object.certificate,
            "steps": self.object.steps.select_related("person"),
            "buttons": [(name, label) for name, (label, _) in ANSWERS.items()] if is_open and may else [],
            "form": DecisionForm(),
            "action_url": reverse("certificate_petitions:answer", args=[self.object.pk]),
        }


@permission_required("certificates.change_revocationrequest", raise_exception=True)
def decide(request: UserRequest, pk: int) -> HttpResponse:
    """Decide about a revocation, as the second person."""
    found = get_object_or_404(RevocationRequest, pk=pk)
    return _act(request, DECISIONS, "certificate_revocations", pk, {"request": found}, "decision")


@permission_required("certificates.change_petition", raise_exception=True)
def answer(request: UserRequest, pk: int) -> HttpResponse:
    """Note something about a petition, grant or refuse it."""
    found = get_object_or_404(Petition, pk=pk)
    return _act(request, ANSWERS, "certificate_petitions", pk, {"petition": found}, "text")


def _act(
    request: UserRequest,
    verbs: dict[str, tuple[str, Callable[..., object]]],
    namespace: str,
    pk: int,
    row: dict[str, object],
    text_name: str,
) -> HttpResponse:
    if request.method != "POST" or request.POST.get("do") not in verbs:
        raise Http404
    label, verb = verbs[request.POST["do"]]
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, "请写明意见，200 字以内，意见会留存。")
    else:
        said = {text_name: form.cleaned_data["text"]}
        try:
            verb(person=request.user, now=timezone.now(), **row, **said)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"已记录：{label}。")
    return redirect(f"{namespace}:inspect", pk)


class RevocationViewSet(LookOnlyViewSet):
    model = RevocationRequest
    name = "certificate_revocations"
    url_prefix = "certificate-revocations"
    menu_label = "撤销申请"
    icon = "cross"
    menu_order = 351
    add_to_admin_menu = True
    add_to_reference_index = False
    index_view_class = RevocationIndexView
    inspect_view_class = RevocationInspectView
    inspect_template_name = "certificates/admin/decide.html"
    search_fields = ["certificate__number", "certificate__holder_name"]
    ordering = ["-requested_at", "-pk"]
    list_display = ["certificate", "status", "reason_class", "requested_by", "requested_at", "decided_by", "decided_at"]
    list_filter = ["status", "reason_class"]
    inspect_view_fields = [
        "certificate",
        "status",
        "reason_class",
        "reason",
        "requested_by",
        "requested_at",
        "decided_by",
        "decided_at",
        "decision",
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [*super().get_urlpatterns(), path("<pk:pk>/decide/", decide, name="decide")]


class PetitionViewSet(LookOnlyViewSet):
    model = Petition
    name = "certificate_petitions"
    url_prefix = "certificate-petitions"
    menu_label = "更正与申诉"
    icon = "mail"
    menu_order = 352
    add_to_admin_menu = True
    add_to_reference_index = False
    index_view_class = PetitionIndexView
    inspect_view_class = PetitionInspectView
    inspect_template_name = "certificates/admin/decide.html"
    search_fields = ["certificate__number", "certificate__holder_name"]
    ordering = ["-filed_at", "-pk"]
    list_display = ["certificate", "kind", "status", "wished_name", "filed_at"]
    list_filter = ["status", "kind"]
    inspect_view_fields = ["certificate", "kind", "status", "wished_name", "text", "filed_at"]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [*super().get_urlpatterns(), path("<pk:pk>/answer/", answer, name="answer")]
