"""试题分析 in the back office: ask for one, watch it, read papers and items, take it away as xlsx."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.widgets import Button

from courses.syllabus import MODULE_CHOICES
from exams.admin.windows import minute
from exams.analysis import charts, runs
from exams.analysis.summary import ENOUGH, FLAG_LABELS, Flag
from exams.analysis.workbook import paper_rows, workbook_of
from exams.models import AnalysisRun, Exam, ExamWindow, Item, ItemFigures
from lms.errors import DomainError
from lms.http import UserRequest
from lms.policies import LookOnlyViewSet

NAMESPACE = "exam_analyses"
ADD, VIEW = "exams.add_analysisrun", "exams.view_analysisrun"
PER_PAGE = 50
MOST_DOTS = 2000
RELIABLE_FROM = 100  # people; rule N2
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ORDERS = {
    "flags": ("标记多的在前", [F("flag_count").desc(), F("correlation").asc(nulls_last=True)]),
    "facility": ("得分率低的在前", [F("facility").asc(nulls_last=True)]),
    "correlation": ("相关低的在前", [F("correlation").asc(nulls_last=True)]),
    "seconds": ("用时长的在前", [F("seconds").desc(nulls_last=True)]),
    "code": ("按题号", [F("version__item__code").asc()]),
}


class RequestForm(forms.Form):
    exam = forms.ModelChoiceField(label="考试", queryset=Exam.objects.order_by("title"), empty_label=None)
    window = forms.ModelChoiceField(
        label="考期",
        queryset=ExamWindow.objects.select_related("exam").order_by("exam__title", "-opens_at"),
        required=False,
        empty_label="全部",
        help_text="留空就是这场考试的全部正式考试。",
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        exam, window = data.get("exam"), data.get("window")
        if exam and window and window.exam_id != exam.pk:
            self.add_error("window", "这个考期不是这场考试的。")
        return data


class FilterForm(forms.Form):
    """Which items to list; anything unknown means all."""

    module = forms.ChoiceField(label="模块", required=False, choices=[("", "全部"), *MODULE_CHOICES])
    kind = forms.ChoiceField(label="题型", required=False, choices=[("", "全部"), *Item.Kind.choices])
    flag = forms.ChoiceField(
        label="标记",
        required=False,
        choices=[("", "全部"), ("any", "有标记的"), *((flag.value, label) for flag, label in FLAG_LABELS.items())],
    )
    order = forms.ChoiceField(
        label="排序", required=False, choices=[(name, label) for name, (label, _) in ORDERS.items()]
    )

    def rows_of(self, run: AnalysisRun) -> QuerySet[ItemFigures]:
        """Filter and order the items of a run."""
        self.is_valid()
        chosen = self.cleaned_data
        rows = run.figures.select_related("version__item")
        for name in ("module", "kind"):
            if chosen.get(name):
                rows = rows.filter(**{f"version__item__{name}": chosen[name]})
        flag = chosen.get("flag")
        if flag:
            rows = rows.filter(flag_count__gt=0)
        if flag and flag != "any":
            rows = rows.filter(flags__icontains=f'"{flag}"')
        return rows.order_by(*ORDERS[chosen.get("order") or "flags"][1], "pk")

    @property
    def query(self) -> str:
        """The choice as part of an address, for the pages of the list."""
        return "".join(f"{name}={value}&" for name, value in self.cleaned_data.items() if value)


class IndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[AnalysisRun]:
        return AnalysisRun.objects.select_related("exam", "window", "requested_by")

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        more: list[Button] = super().header_more_buttons
        if self.request.user.has_perm(ADD):
            more.append(Button("新的分析", url=reverse(f"{NAMESPACE}:create"), icon_name="plus", priority=10))
        return more


class InspectView(generic.InspectView):
    page_title = "试题分析"

    def get_page_subtitle(self) -> str:
        return name_of(self.object)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = AnalysisRun.objects.select_related("exam", "window").get(pk=self.object.pk)
        context = super().get_context_data(**kwargs, run=run, reliable_from=RELIABLE_FROM, enough=ENOUGH)
        return context | (report_of(run, self.request.GET) if run.status == AnalysisRun.Status.DONE else {})


def name_of(run: AnalysisRun) -> str:
    """Name what was analysed."""
    return f"{run.exam.title}，{run.window.title if run.window else '全部考期'}"


def report_of(run: AnalysisRun, asked: Any) -> dict[str, Any]:
    """The figures of the paper, its charts, and one page of items."""
    form = FilterForm(asked)
    page = Paginator(form.rows_of(run), PER_PAGE).get_page(asked.get("p"))
    total = run.exam.attempts.values_list("total_centi", "pass_centi").order_by("-pk").first()
    share = total[1] / total[0] if total and total[0] else None
    dots = run.figures.exclude(facility=None).exclude(correlation=None).order_by("pk")[:MOST_DOTS]
    fields = ("version__item__code", "facility", "correlation", "flag_count")
    return {
        "rows": paper_rows(run),
        "distribution": charts.distribution(run.summary["bars"], pass_share=share),
        "dots": charts.scatter((code, f, r, bool(n)) for code, f, r, n in dots.values_list(*fields)),
        "correlation_ticks": charts.correlation_ticks(),
        "form": form,
        "query": form.query,
        "page_obj": page,
        "labelled": [(row, [FLAG_LABELS[Flag(flag)] for flag in row.flags]) for row in page],
        "xlsx_url": reverse(f"{NAMESPACE}:xlsx", args=[run.pk]),
    }


@permission_required(ADD, raise_exception=True)
def create(request: UserRequest) -> HttpResponse:
    """Ask for an analysis."""
    form = RequestForm(request.POST or None)
    if form.is_valid():
        try:
            run = runs.request(person=request.user, now=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(f"{NAMESPACE}:inspect", run.pk)
    return render(request, "exams/admin/analysis_create.html", {"form": form, **header("新的分析")})


@permission_required(VIEW, raise_exception=True)
@require_safe
def progress(request: UserRequest, pk: int) -> HttpResponse:
    """The part of the page that renews itself while the run is computed."""
    return render(
        request, "exams/admin/includes/analysis_progress.html", {"run": get_object_or_404(AnalysisRun, pk=pk)}
    )


@permission_required(VIEW, raise_exception=True)
@require_safe
def item(request: UserRequest, pk: int) -> HttpResponse:
    """One item in one run: figures, table of answers, chart."""
    row = get_object_or_404(ItemFigures.objects.select_related("version__item", "run__exam", "run__window"), pk=pk)
    options = dict(zip("ABCDEFGHIJ", row.version.options, strict=False)) | {"T": "对", "F": "错", "": "未作答"}
    choices = row.detail["choices"] if row.facility is not None else []
    context = {
        "row": row,
        "run": row.run,
        "flags": [FLAG_LABELS[Flag(flag)] for flag in row.flags],
        "enough": ENOUGH,
        "choices": [(choice, options.get(choice["name"], choice["name"])) for choice in choices],
        "lines": charts.trace_lines(choices),
        "group_ticks": charts.group_ticks(),
        "share_ticks": charts.share_ticks(),
        "fix_url": reverse("exam_key_fixes:propose", args=[row.version_id])
        if request.user.has_perm("exams.add_keyfix")
        else "",
        **header(row.version.item.code, name_of(row.run), (reverse(f"{NAMESPACE}:inspect", args=[row.run_id]), "分析")),
    }
    return render(request, "exams/admin/analysis_item.html", context)


@permission_required(VIEW, raise_exception=True)
@require_safe
def xlsx(request: UserRequest, pk: int) -> HttpResponse:
    """The run as a workbook."""
    runs_done = AnalysisRun.objects.filter(status=AnalysisRun.Status.DONE).select_related("exam", "window")
    run = get_object_or_404(runs_done, pk=pk)
    response = HttpResponse(workbook_of(run), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="item-analysis-{run.pk}.xlsx"'
    return response


def header(label: str, name: str = "", *above: tuple[str, str]) -> dict[str, Any]:
    """What Wagtail's page head prints."""
    crumbs = [(reverse("wagtailadmin_home"), "首页"), (reverse(f"{NAMESPACE}:index"), "试题分析"), *above, ("", label)]
    return {
        "header_title": label,
        "page_subtitle": name,
        "breadcrumbs_items": [{"url": url, "label": text} for url, text in crumbs],
    }


class AnalysisViewSet(LookOnlyViewSet):
    model = AnalysisRun
    name = url_prefix = NAMESPACE
    icon = "doc-full-inverse"
    menu_label = "试题分析"
    add_to_reference_index = False
    index_view_class, inspect_view_class = IndexView, InspectView
    inspect_template_name = "exams/admin/analysis_inspect.html"
    ordering = ["-pk"]
    list_per_page = 50
    list_display = [
        TitleColumn("name", label="考试", accessor=name_of, url_name=f"{NAMESPACE}:inspect"),
        Column("status", label="状态", accessor="get_status_display", sort_key="status"),
        Column("total", label="人次", sort_key="total"),
        Column("flagged", label="有标记的题", sort_key="flagged"),
        Column("requested_by", label="发起人"),
        Column("requested_at", label="发起", accessor=lambda run: minute(run.requested_at), sort_key="requested_at"),
    ]
    list_filter = ["exam", "status"]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("create/", create, name="create"),
            path("item/<pk:pk>/", item, name="item"),
            path("<pk:pk>/progress/", progress, name="progress"),
            path("<pk:pk>/xlsx/", xlsx, name="xlsx"),
        ]
