"""What waits for a certificate, approving it, and how far each batch is."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.widgets import Button

from certificates import batches
from certificates.admin import showing
from certificates.forms import ApprovalForm
from certificates.models import IssueBatch, IssueItem
from lms.errors import DomainError
from lms.http import UserRequest
from lms.policies import LookOnlyViewSet

NAMESPACE = "certificate_batches"
ADD = "certificates.add_issuebatch"
PER_PAGE = 100
REFUSALS_SHOWN = 200


@permission_required(ADD, raise_exception=True)
@require_safe
def queue(request: UserRequest) -> HttpResponse:
    """List who waits for a certificate, oldest first."""
    people = batches.waiting().select_related("candidate__identity", "exam").defer(None)
    context = {
        "page_obj": Paginator(people, PER_PAGE).get_page(request.GET.get("p")),
        "unfinished": IssueBatch.objects.unfinished(),
        "header_title": "待签发",
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": "首页"},
            {"url": reverse(f"{NAMESPACE}:index"), "label": "签发批次"},
            {"url": "", "label": "待签发"},
        ],
    }
    return render(request, "certificates/admin/queue.html", context)


@permission_required(ADD, raise_exception=True)
@require_POST
def approve(request: UserRequest) -> HttpResponse:
    """Approve those who were ticked, or all."""
    form = ApprovalForm(request.POST)
    if not form.is_valid():
        messages.error(request, "没有选中待签发的人。请勾选，或用“全部签发”。")
        return redirect(f"{NAMESPACE}:queue")
    try:
        batch = batches.approve(attempts=form.chosen(), person=request.user, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{NAMESPACE}:queue")
    return redirect(f"{NAMESPACE}:inspect", batch.pk)


@permission_required("certificates.view_issuebatch", raise_exception=True)
@require_safe
def progress(request: UserRequest, pk: int) -> HttpResponse:
    """The part of a batch's page that renews itself while the sweep works."""
    return render(request, "certificates/admin/_progress.html", _state(get_object_or_404(IssueBatch, pk=pk)))


def _state(batch: IssueBatch) -> dict[str, object]:
    refused = batch.items.filter(status=IssueItem.Status.REFUSED).select_related("attempt__candidate")
    return {
        "batch": batch,
        "progress": batches.progress(batch=batch),
        "refused": refused.order_by("pk")[:REFUSALS_SHOWN],
        "refusals_shown": REFUSALS_SHOWN,
    }


class IndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[IssueBatch]:
        issued = Count("items", filter=Q(items__status=IssueItem.Status.ISSUED))
        return IssueBatch.objects.select_related("approved_by").annotate(issued=issued)

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        more: list[Button] = super().header_more_buttons
        if self.request.user.has_perm(ADD):
            more.append(Button("待签发", url=reverse(f"{NAMESPACE}:queue"), icon_name="list-ul", priority=90))
        return more


class InspectView(showing.InspectView):
    page_title = "签发批次"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), **_state(self.object)}


class BatchViewSet(LookOnlyViewSet):
    model = IssueBatch
    name = NAMESPACE
    url_prefix = "certificate-batches"
    menu_label = "签发批次"
    icon = "list-ul"
    menu_order = 353
    add_to_admin_menu = True
    add_to_reference_index = False
    index_view_class = IndexView
    inspect_view_class = InspectView
    inspect_template_name = "certificates/admin/batch.html"
    ordering = ["-pk"]
    list_display = [
        "__str__",
        "approved_by",
        "approved_at",
        "total",
        Column("issued", label="已签发"),
        "finished_at",
    ]
    inspect_view_fields = ["approved_by", "approved_at", "total"]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("queue/", queue, name="queue"),
            path("approve/", approve, name="approve"),
            path("<pk:pk>/progress/", progress, name="progress"),
        ]
