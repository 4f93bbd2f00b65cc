"""成绩复核: the queue, the whole paper with key and points, and the two answers that a person can give."""

from collections.abc import Callable
from dataclasses import dataclass
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
from django.views.decorators.http import require_POST
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic

from exams import attempts
from exams.admin.queues import DecisionQueueViewSet, columns
from exams.admin.windows import minute
from exams.models import Appeal, Script, ScriptMark
from exams.models.marking_scripts import REMARK
from exams.results import appeals, history, paper
from lms.errors import DomainError
from lms.http import UserRequest

NAMESPACE = "exam_appeals"
CHANGE = "exams.change_appeal"
Status = Appeal.Status


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label="答复",
        max_length=appeals.MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="考生会看到，也写在邮件里。",
        error_messages={"required": "请写明答复。"},
    )


@dataclass(frozen=True)
class Action:
    """One answer to an appeal; the verb looks again under a lock."""

    label: str
    consequence: str
    verb: Callable[..., Appeal]


ACTIONS = {
    "uphold": Action("维持原成绩", "成绩不变。", appeals.uphold),
    "correct": Action(
        "更正成绩",
        "按冻结的试卷、有效的作答和现行规则重新评分，原成绩留档。复核不改答案：答案有误的，请先在题库更正。",
        appeals.correct,
    ),
}


class AppealFilterSet(WagtailFilterSet):
    status = django_filters.ChoiceFilter(label="状态", choices=Status.choices)

    class Meta:
        model = Appeal
        fields = ["status"]


class IndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[Appeal]:
        """Who waits comes first, longest first."""
        waits = Case(When(status=Status.FILED, then=Value(0)), default=Value(1))
        rows = Appeal.objects.select_related("attempt__exam", "attempt__candidate__identity")
        return rows.defer("attempt__paper").annotate(rank=waits)


class InspectView(generic.InspectView):
    page_title = "成绩复核"

    def get_page_subtitle(self) -> str:
        return str(self.object.attempt.candidate)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        appeal = load(self.object.pk)
        may_change = self.request.user.has_perm(CHANGE) and appeal.status == Status.FILED
        return super().get_context_data(
            **kwargs,
            appeal=appeal,
            attempt=appeal.attempt,
            questions=paper.keyed_paper(appeal.attempt),
            preview=attempts.result_of(appeal.attempt),
            changes=history.changes_of(appeal.attempt),
            late_reviews=appeal.attempt.late_reviews.all(),
            scripts=scripts_of(appeal),
            remark_url=reverse(f"{NAMESPACE}:appeal_remark", args=[appeal.pk]) if may_change else "",
            journal_url=journal_url(appeal) if self.request.user.has_perm("exams.view_attempt") else "",
            actions=[
                (action.label, reverse(f"{NAMESPACE}:appeal_decide", args=[appeal.pk, name]))
                for name, action in ACTIONS.items()
                if may_change
            ],
        )


def scripts_of(appeal: Appeal) -> list[tuple[Script, ScriptMark | None]]:
    """Return the 简答 that people have marked, each with what it was given for this appeal."""
    scripts = Script.objects.filter(attempt=appeal.attempt_id, status=Script.Status.DONE).order_by("position")
    again = ScriptMark.objects.filter(script__in=scripts, number=REMARK).select_related("marker")
    marks = {mark.script_id: mark for mark in again}
    return [(script, marks.get(script.pk)) for script in scripts.select_related("version__item")]


def load(pk: int) -> Appeal:
    rows = Appeal.objects.select_related("attempt__exam__course", "attempt__candidate", "decided_by")
    return get_object_or_404(rows, pk=pk)


def journal_url(appeal: Appeal) -> str:
    """Where staff read every save of the attempt."""
    return reverse("exam_attempts:inspect", args=[appeal.attempt_id])


@require_POST
@permission_required(CHANGE, raise_exception=True)
def appeal_remark(request: UserRequest, pk: int) -> HttpResponse:
    """Have other people mark the 简答 once more."""
    try:
        appeals.ask_remark(appeal=load(pk), person=request.user, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "已放进简答评阅的重评列表，重评完以后再答复。")
    return redirect(f"{NAMESPACE}:inspect", pk)


@permission_required(CHANGE, raise_exception=True)
def appeal_decide(request: UserRequest, pk: int, name: str) -> HttpResponse:
    """Ask for the answer, then let the verb decide."""
    action = ACTIONS.get(name)
    if action is None:
        raise Http404
    appeal = load(pk)
    inspect_url = reverse(f"{NAMESPACE}:inspect", args=[pk])
    form = AnswerForm(request.POST or None)
    if form.is_valid():
        answer = form.cleaned_data["answer"]
        try:
            action.verb(appeal=appeal, answer=answer, person=request.user, now=timezone.now())
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"已答复：{action.label}，已发邮件给 {appeal.attempt.candidate.email}。")
        return redirect(inspect_url)
    context = {
        "appeal": appeal,
        "attempt": appeal.attempt,
        "preview": attempts.result_of(appeal.attempt),
        "form": form,
        "name": name,
        "action": action,
        "inspect_url": inspect_url,
        "header_title": action.label,
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": "首页"},
            {"url": reverse(f"{NAMESPACE}:index"), "label": "成绩复核"},
            {"url": inspect_url, "label": str(appeal.attempt.candidate)},
            {"url": "", "label": action.label},
        ],
    }
    return render(request, "exams/admin/appeal_decide.html", context)


class AppealViewSet(DecisionQueueViewSet):
    model = Appeal
    name = url_prefix = NAMESPACE
    icon = "comment"
    menu_label = "成绩复核"
    index_view_class, inspect_view_class = IndexView, InspectView
    inspect_template_name = "exams/admin/appeal_inspect.html"
    ordering = ["rank", "filed_at", "pk"]
    list_display = [
        *columns(NAMESPACE),
        Column("filed_at", label="申请", accessor=lambda row: minute(row.filed_at), sort_key="filed_at"),
        Column("decided_at", label="答复", accessor=lambda row: minute(row.decided_at) if row.decided_at else "—"),
    ]
    filterset_class = AppealFilterSet

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("<pk:pk>/remark/", appeal_remark, name="appeal_remark"),
            path("<pk:pk>/<str:name>/", appeal_decide, name="appeal_decide"),
        ]
