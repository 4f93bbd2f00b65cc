"""迟到作答审核: the queue, the evidence on every late answer, and the decision."""

from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic

from exams import attempts
from exams.admin.queues import DecisionQueueViewSet, columns
from exams.admin.windows import minute
from exams.models import LateReview
from exams.results import history, late_evidence, late_review
from lms.errors import DomainError
from lms.http import UserRequest

NAMESPACE = "exam_late_reviews"
CHANGE = "exams.change_latereview"
Status = LateReview.Status


class DecisionForm(forms.Form):
    """Which late answers count, whether any does, and why."""

    seqs = forms.TypedMultipleChoiceField(
        coerce=int, required=False, error_messages={"invalid_choice": late_review.NotInReview.message}
    )
    reason = forms.CharField(
        label="审核意见",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="考生会看到，也写在邮件里。",
        error_messages={"required": late_review.ReasonMissing.message},
    )
    verdict = forms.ChoiceField(choices=[("accept", "采纳"), ("refuse", "不采纳")])

    def __init__(self, data: Any, *, evidence: late_evidence.LateEvidence) -> None:
        super().__init__(data)
        self.fields["seqs"].choices = [(entry.seq, entry.seq) for entry in evidence.entries]  # type: ignore[attr-defined]  # of a Field; this one has choices

    def decide(self, *, review: LateReview, request: UserRequest) -> LateReview:
        """Call the verb that was asked for."""
        reason, now = self.cleaned_data["reason"], timezone.now()
        if self.cleaned_data["verdict"] == "refuse":
            return late_review.refuse(review=review, reason=reason, person=request.user, now=now)
        seqs = self.cleaned_data["seqs"]
        return late_review.accept(review=review, seqs=seqs, reason=reason, person=request.user, now=now)


class LateReviewFilterSet(WagtailFilterSet):
    status = django_filters.ChoiceFilter(label="状态", choices=Status.choices)

    class Meta:
        model = LateReview
        fields = ["status"]


class IndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[LateReview]:
        """Who waits comes first, longest first."""
        waits = Case(When(status=Status.PENDING, then=Value(0)), default=Value(1))
        rows = LateReview.objects.select_related("attempt__exam", "attempt__candidate__identity")
        return rows.defer("attempt__paper").annotate(rank=waits)


class InspectView(generic.InspectView):
    page_title = "迟到作答审核"

    def get_page_subtitle(self) -> str:
        return str(self.object.attempt.candidate)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        review = load(self.object.pk)
        may_change = self.request.user.has_perm(CHANGE) and review.status == Status.PENDING
        return super().get_context_data(
            **kwargs,
            review=review,
            evidence=late_evidence.evidence_of(review),
            changes=history.changes_of(review.attempt),
            decide_url=reverse(f"{NAMESPACE}:late_review_decide", args=[review.pk]) if may_change else "",
        )


def load(pk: int) -> LateReview:
    """Load a review for reading; an attempt that is overdue is closed by it."""
    rows = LateReview.objects.select_related("attempt__exam", "attempt__candidate", "decided_by")
    review = get_object_or_404(rows, pk=pk)
    review.attempt = attempts.close_if_overdue(attempt=review.attempt, now=timezone.now())
    return review


@permission_required(CHANGE, raise_exception=True)
def late_review_decide(request: UserRequest, pk: int) -> HttpResponse:
    """Show the evidence with a tick for every answer; `?choose=before` ticks what the corrected clock puts before."""
    review = load(pk)
    inspect_url = reverse(f"{NAMESPACE}:inspect", args=[pk])
    evidence = late_evidence.evidence_of(review)
    form = DecisionForm(request.POST or None, evidence=evidence)
    if form.is_valid():
        try:
            decided = form.decide(review=review, request=request)
        except (late_review.NothingChosen, late_review.NotInReview) as refusal:
            form.add_error(None, str(refusal))
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return redirect(inspect_url)
        else:
            messages.success(request, f"{decided.get_status_display()}，已发邮件给 {decided.attempt.candidate.email}。")
            return redirect(inspect_url)
    chosen = [str(seq) for seq in evidence.before] if request.GET.get("choose") == "before" else []
    context = {
        "review": review,
        "evidence": evidence,
        "form": form,
        "problems": [problem for problems in form.errors.values() for problem in problems],
        "chosen": request.POST.getlist("seqs") if form.is_bound else chosen,
        "inspect_url": inspect_url,
        "header_title": "审核迟到的作答",
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": "首页"},
            {"url": reverse(f"{NAMESPACE}:index"), "label": "迟到作答审核"},
            {"url": inspect_url, "label": str(review.attempt.candidate)},
            {"url": "", "label": "审核"},
        ],
    }
    return render(request, "exams/admin/late_review_decide.html", context)


class LateReviewViewSet(DecisionQueueViewSet):
    model = LateReview
    name = url_prefix = NAMESPACE
    icon = "time"
    menu_label = "迟到作答审核"
    index_view_class, inspect_view_class = IndexView, InspectView
    inspect_template_name = "exams/admin/late_review_inspect.html"
    ordering = ["rank", "opened_at", "pk"]
    list_display = [
        *columns(NAMESPACE),
        Column("opened_at", label="送到", accessor=lambda row: minute(row.opened_at), sort_key="opened_at"),
        Column("decided_at", label="审核", accessor=lambda row: minute(row.decided_at) if row.decided_at else "—"),
    ]
    filterset_class = LateReviewFilterSet

    def get_urlpatterns(self) -> list[URLPattern]:
        return [*super().get_urlpatterns(), path("<pk:pk>/decide/", late_review_decide, name="late_review_decide")]
