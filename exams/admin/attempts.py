"""Attempts: look, search, export, and read the journal. Nothing here changes one."""

from datetime import datetime
from typing import Any

import django_filters
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.urls import URLPattern, path
from django.utils import timezone
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from courses.syllabus import MODULES
from exams.admin.attempt_files import evidence_csv, evidence_json
from exams.attempts.evidence import evidence_of
from exams.attempts.record import lines_of
from exams.models import Attempt, Exam
from lms.templatetags import points

ENTRIES_PER_PAGE = 200
MAX_LINES = 300


class AttemptFilterSet(WagtailFilterSet):
    exam = django_filters.ModelChoiceFilter(label="考试", queryset=Exam.objects.order_by("title"))
    status = django_filters.ChoiceFilter(label="状态", choices=Attempt.Status.choices)
    has_passed = django_filters.BooleanFilter(label="合格")
    started_at = django_filters.DateFromToRangeFilter(label="开始日期")

    class Meta:
        model = Attempt
        fields = ["exam", "status", "has_passed", "started_at"]


def _centi(value: int | None) -> str:
    return "" if value is None else points(value)


def _moment(value: datetime | None) -> str:
    return "" if value is None else f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"


def _both(convert: object) -> dict[str, object]:
    return {"xlsx": convert, "csv": convert}


class IndexView(generic.IndexView):
    custom_field_preprocess = {
        "points_centi": _both(_centi),
        "total_centi": _both(_centi),
        "pass_centi": _both(_centi),
        "status": _both(lambda value: str(Attempt.Status(value).label)),
        "started_at": _both(_moment),
        "closed_at": _both(_moment),
        "has_passed": _both(lambda value: {True: "合格", False: "未合格", None: ""}[value]),
    }

    def get_base_queryset(self) -> QuerySet[Attempt]:
        return Attempt.objects.select_related("exam", "candidate__identity").defer("paper")


class InspectView(generic.InspectView):
    page_title = "考试记录"

    def get_page_subtitle(self) -> str:
        return f"{self.object.candidate}，第 {self.object.number} 次"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        attempt = self.object
        evidence = evidence_of(attempt)
        page = Paginator(evidence.saves, ENTRIES_PER_PAGE).get_page(self.request.GET.get("page"))
        modules = attempt.result.get("modules", {})
        lines = lines_of(attempt)
        return super().get_context_data(
            **kwargs,
            attempt=attempt,
            lines=lines[:MAX_LINES],
            line_count=len(lines),
            evidence=evidence,
            page_obj=page,
            modules=[{"name": MODULES[code], **score} for code, score in modules.items()],
        )


def outcome(attempt: Attempt) -> str:
    """The state of an attempt in a word."""
    return {True: "合格", False: "未合格", None: attempt.get_status_display()}[attempt.has_passed]


class AttemptViewSet(ModelViewSet):
    model = Attempt
    name = url_prefix = "exam_attempts"
    icon = "history"
    menu_label = "考试记录"
    form_fields = ["number"]  # no form is ever shown: the policy allows viewing only
    index_view_class, inspect_view_class = IndexView, InspectView
    inspect_view_enabled = True
    inspect_template_name = "exams/admin/attempt_inspect.html"
    copy_view_enabled = False
    add_to_reference_index = False
    ordering = ["-started_at"]
    list_per_page = 50
    list_display = [
        "candidate",
        Column("exam", label="考试", accessor="exam.title", sort_key="exam__title"),
        Column("number", label="第几次", sort_key="number"),
        Column("started_at", label="开始", accessor=lambda attempt: _moment(attempt.started_at), sort_key="started_at"),
        Column(
            "points_centi", label="得分", accessor=lambda attempt: _centi(attempt.points_centi), sort_key="points_centi"
        ),
        Column("outcome", label="结果", accessor=outcome, sort_key="has_passed"),
        Column("receipt_number", label="回执号"),
    ]
    filterset_class = AttemptFilterSet
    search_fields = ["candidate__email", "candidate__name", "candidate__identity__real_name", "receipt_number"]
    search_backend_name = None
    list_export = [
        "exam.title",
        "candidate.email",
        "candidate.name",
        "number",
        "status",
        "started_at",
        "closed_at",
        "points_centi",
        "total_centi",
        "pass_centi",
        "has_passed",
        "receipt_number",
        "rule_version",
    ]
    export_headings = {"exam.title": "考试", "candidate.email": "邮箱", "candidate.name": "称呼"}
    export_filename = "attempts"

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("<pk:pk>/evidence.csv", evidence_csv, name="evidence_csv"),
            path("<pk:pk>/evidence.json", evidence_json, name="evidence_json"),
        ]
