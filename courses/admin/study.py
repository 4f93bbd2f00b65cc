"""学时申诉 and time intervals in the back office: look, filter, export; decide an appeal by its verb."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import django_filters
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.models import Page
from wagtail.permissions import register_permission_policy

from courses import progress
from courses.learning import appeals
from courses.models import StudyAppeal, StudyInterval
from courses.models.study import StudyAppealQuerySet, StudyIntervalQuerySet
from courses.study_forms import DecideForm
from lms.errors import DomainError
from lms.policies import LookOnlyViewSet, ReadOnlyPolicy

DECIDE = "courses.decide_studyappeal"
AROUND = 20  # intervals of the same day that a decision is helped by

register_permission_policy(StudyAppeal, ReadOnlyPolicy(StudyAppeal))
register_permission_policy(StudyInterval, ReadOnlyPolicy(StudyInterval))


@permission_required(DECIDE, raise_exception=True)
def study_appeal_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an appeal among its day's intervals, and take the decision."""
    found = StudyAppeal.objects.select_related("interval__lesson", "interval__learner", "decided_by")
    appeal = get_object_or_404(found, pk=pk)
    form = DecideForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _decide(request, appeal, form)
    interval = appeal.interval
    day = timezone.localtime(interval.started_at).replace(hour=0, minute=0, second=0, microsecond=0)
    near = StudyInterval.objects.of(interval.learner).filter(started_at__gte=day, started_at__lte=interval.ended_at)
    context = {
        "appeal": appeal,
        "interval": interval,
        "length": progress.duration_text(interval.length),
        "near": reversed(near.select_related("lesson").defer("lesson__body").order_by("-started_at")[:AROUND]),
        "form": form,
        "is_waiting": appeal.state == StudyAppeal.State.WAITING,
        "back": reverse("study_appeals:index"),
        "header_title": "处理学时申诉",
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": "首页"},
            {"url": reverse("study_appeals:index"), "label": "学时申诉"},
            {"url": "", "label": str(appeal)},
        ],
    }
    return render(request, "courses/admin/study_appeal_decide.html", context)


def keep_studied_pages(request: HttpRequest, pages: Iterable[Page]) -> HttpResponse | None:
    """Refuse to delete pages in which somebody has studied: their intervals are facts. Unpublishing is what to do."""
    inside = Q(pk__in=[])
    for page in pages:
        inside |= Q(lesson__path__startswith=page.path)
    if not StudyInterval.objects.filter(inside).exists():
        return None
    messages.error(request, "有学员在这里学习过，学习记录要留着，所以不能删除。要撤下它，请改为“取消发布”。")
    return redirect("wagtailadmin_explore_root")


def _decide(request: HttpRequest, appeal: StudyAppeal, form: DecideForm) -> HttpResponse:
    by: Any = request.user
    said, now = form.cleaned_data, timezone.now()
    try:
        if said["decision"] == "approve":
            appeals.approve(appeal=appeal, by=by, answer=said["answer"], minutes=said["minutes"], now=now)
        else:
            appeals.refuse(appeal=appeal, by=by, answer=said["answer"], now=now)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("study_appeal_decide", appeal.pk)
    messages.success(request, "已处理，学员会收到邮件。")
    return redirect("study_appeals:index")


class AppealFilterSet(WagtailFilterSet):
    filed_at = django_filters.DateFromToRangeFilter(label="申诉时间")

    class Meta:
        model = StudyAppeal
        fields = ["state", "filed_at"]


class AppealIndexView(generic.IndexView):
    # Wagtail writes times in UTC; people read a spreadsheet in their own time.
    custom_value_preprocess = generic.IndexView.custom_value_preprocess | {datetime: {"xlsx": timezone.make_naive}}

    def get_base_queryset(self) -> StudyAppealQuerySet:
        return StudyAppeal.objects.select_related("interval__learner", "interval__lesson", "decided_by")


class AppealViewSet(LookOnlyViewSet):
    model = StudyAppeal
    icon = "comment"
    menu_label = "学时申诉"
    add_to_admin_menu = True
    index_view_class = AppealIndexView
    inspect_view_enabled = False
    list_per_page = 50
    ordering = ["-state", "filed_at"]  # those that wait come first
    search_fields = ["interval__learner__email", "interval__learner__name"]
    filterset_class = AppealFilterSet
    list_display = [
        TitleColumn("learner", label="学员", accessor="interval.learner", url_name="study_appeal_decide"),
        Column("lesson", label="课", accessor="interval.lesson.title"),
        Column("reason", label="没计入的原因", accessor="interval.get_reason_display"),
        Column("get_state_display", label="状态", sort_key="state"),
        DateColumn("filed_at", label="申诉时间", sort_key="filed_at"),
    ]
    export_formats = ["xlsx", "csv"]
    list_export = [
        "interval.learner.email",
        "interval.lesson.title",
        "interval.started_at",
        "interval.ended_at",
        "interval.get_reason_display",
        "text",
        "filed_at",
        "get_state_display",
        "granted_seconds",
        "answer",
        "decided_at",
    ]
    export_headings = {
        "interval.learner.email": "学员",
        "interval.lesson.title": "课",
        "interval.started_at": "开始",
        "interval.ended_at": "结束",
        "interval.get_reason_display": "原因",
        "get_state_display": "状态",
    }
    export_filename = "study-appeals"


def _moment(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"


class IntervalFilterSet(WagtailFilterSet):
    started_at = django_filters.DateFromToRangeFilter(label="日期")

    class Meta:
        model = StudyInterval
        fields = ["reason", "started_at"]


class IntervalIndexView(generic.IndexView):
    custom_value_preprocess = generic.IndexView.custom_value_preprocess | {datetime: {"xlsx": timezone.make_naive}}

    def get_base_queryset(self) -> StudyIntervalQuerySet:
        return StudyInterval.objects.select_related("learner", "lesson")


class IntervalViewSet(LookOnlyViewSet):
    model = StudyInterval
    icon = "time"
    menu_label = "学习时间段"
    add_to_admin_menu = True
    index_view_class = IntervalIndexView
    inspect_view_fields = ["learner", "lesson", "started_at", "ended_at", "reason", "seconds", "corrects"]
    list_per_page = 50
    ordering = ["-pk"]
    search_fields = ["learner__email", "learner__name"]
    filterset_class = IntervalFilterSet
    list_display = [
        TitleColumn("learner", label="学员", accessor="learner", url_name="study_intervals:inspect"),
        Column("lesson", label="课", accessor="lesson.title"),
        Column(
            "started_at", label="开始", accessor=lambda row: f"{timezone.localtime(row.started_at):%Y-%m-%d %H:%M:%S}"
        ),
        Column("ended_at", label="结束", accessor=lambda row: _moment(row.ended_at)),
        Column("reason", label="原因", accessor="get_reason_display"),
        "seconds",
    ]
    export_formats = ["xlsx", "csv"]
    list_export = ["learner.email", "lesson.title", "started_at", "ended_at", "get_reason_display", "seconds"]
    export_headings = {"learner.email": "学员", "lesson.title": "课", "get_reason_display": "原因"}
    export_filename = "study-intervals"


appeal_viewset = AppealViewSet("study_appeals")
interval_viewset = IntervalViewSet("study_intervals")
