"""教务报表 in the back office: one page a report, filtered, each as xlsx too. Source: study-time.md, rules T32-T35."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django import forms
from django.contrib.auth.decorators import permission_required
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from courses.models import CoursePage, Enrolment, LessonProgress, SeatBatch
from courses.reports import figures, sheet
from courses.reports.figures import Bar, Rated, Risk
from courses.reports.scope import Scope

SEE = "courses.view_study_reports"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PER_PAGE = 50
MOST_ROWS = 20_000
KEPT_SECONDS = 600
LATELY = timedelta(days=30)
MOST_COMPANIES = 500


class ScopeForm(forms.Form):
    course: "forms.ModelChoiceField[CoursePage]" = forms.ModelChoiceField(
        label="课程（版次）", queryset=CoursePage.objects.order_by("title", "pk"), empty_label=None
    )
    company = forms.ChoiceField(label="企业", required=False)
    from_date = forms.DateField(label="报名从", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    to_date = forms.DateField(label="到", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = SeatBatch.objects.order_by("company").values_list("company", flat=True).distinct()[:MOST_COMPANIES]
        self.fields["company"].choices = [("", "全部"), *((name, name) for name in names)]  # type: ignore[attr-defined]  # a ChoiceField


@dataclass(frozen=True, kw_only=True)
class Table:
    """What a report shows: bars with a word for their count, or rated lessons, or risks."""

    bars: Sequence[Bar] = ()
    unit: str = "人"
    rated: Sequence[Rated] = ()
    comments: Sequence[Any] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    title: str
    make: Callable[[Scope], Table]
    note: str = ""
    columns: tuple[str, ...] = ("项目", "数量", "%")
    rows: Callable[[Table], Iterable[Sequence[Any]]] = field(
        default=lambda table: ((bar.name, bar.count, bar.percent) for bar in table.bars)
    )


def _by_day(scope: Scope) -> Table:
    since = (timezone.localtime() - LATELY).replace(hour=0, minute=0, second=0, microsecond=0)
    return Table(bars=figures.minutes_by_day(scope, since=since), unit="分钟")


REPORTS = {
    "enrolments": Report(
        title="报名", make=lambda scope: Table(bars=figures.enrolments_by_month(scope)), note="有效报名，按报名的月份。"
    ),
    "funnel": Report(title="学完漏斗", make=lambda scope: Table(bars=figures.funnel(scope)), note="百分比对报名人数。"),
    "stops": Report(
        title="停在哪课",
        make=lambda scope: Table(bars=figures.stops(scope)),
        note="没学完课程的人里，最后打开的是哪一课。哪一课特别长，就去看它讲得清不清楚、太不太长。",
    ),
    "ratings": Report(
        title="课程评价",
        make=lambda scope: Table(rated=figures.ratings(scope), comments=figures.comments(scope)),
        note="每位学员对每一课的最后一次评分，1 到 5 分。",
        columns=("课", "人数", "平均分", "1 分", "2 分", "3 分", "4 分", "5 分"),
        rows=lambda table: ((one.title, one.count, round(one.mean, 2), *one.counts) for one in table.rated),
    ),
    "hours": Report(
        title="学习时间", make=lambda scope: Table(bars=figures.hours(scope)), note="每位学员在这门课里计入的时间。"
    ),
    "days": Report(title="每日学习", make=_by_day, note="最近 30 天计入的分钟数，已写下的段。"),
}
RISK = "risk"
TABS = [*((slug, report.title) for slug, report in REPORTS.items()), (RISK, "风险名单")]


@require_safe
@permission_required(SEE, raise_exception=True)
def study_report(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one report on a scope, or send it as xlsx."""
    form, scope = _scope(request)
    context: dict[str, Any] = {
        "form": form,
        "slug": slug,
        "query": _query(request),
        "tabs": [(name, title, reverse("study_report", args=[name])) for name, title in TABS],
        "header_title": "教务报表",
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": "首页"},
            {"url": "", "label": "教务报表"},
        ],
    }
    if slug == RISK:
        return _risk(request, scope, context)
    report = REPORTS.get(slug)
    if report is None:
        raise Http404
    if scope is None:
        return render(request, "courses/admin/study_report.html", context | {"report": report})
    table, made_at = _kept(slug, report, scope)
    if request.GET.get("export") == "xlsx":
        return _xlsx(report.title, report.columns, report.rows(table))
    context |= {"report": report, "table": table, "made_at": made_at, "note": report.note}
    return render(request, "courses/admin/study_report.html", context)


def _risk(request: HttpRequest, scope: Scope | None, context: dict[str, Any]) -> HttpResponse:
    now = timezone.now()
    if scope is None:
        return render(request, "courses/admin/study_risk.html", context)
    if request.GET.get("export") == "xlsx":
        _, risks = figures.at_risk(scope, now=now, limit=MOST_ROWS)
        columns = ("学员", "邮箱", "报名", "最后学习", "学完课数", "原因")
        return _xlsx("风险名单", columns, map(_risk_row, _named(risks, scope)))
    asked = request.GET.get("p", "1")[:6]
    number = min(max(1, int(asked) if asked.isdecimal() else 1), MOST_ROWS // PER_PAGE)
    total, risks = figures.at_risk(scope, now=now, limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    context |= {
        "total": total,
        "rows": _named(risks, scope),
        "lessons_total": len(scope.lessons()),
        "page_obj": Paginator(range(max(total, 1)), PER_PAGE).get_page(number),
        "most": MOST_ROWS,
    }
    return render(request, "courses/admin/study_risk.html", context)


@dataclass(frozen=True, kw_only=True)
class Named:
    """A risk with the person it is about."""

    enrolment: Enrolment
    done: int
    seen_at: datetime | None
    reasons: str


def _named(risks: Sequence[Risk], scope: Scope) -> list[Named]:
    """Load the people of some risks, in two queries."""
    enrolments = Enrolment.objects.select_related("learner").in_bulk([one.enrolment_pk for one in risks])
    learners = [one.learner_id for one in enrolments.values()]
    rows = LessonProgress.objects.filter(learner__in=learners, lesson__in=scope.lessons()).order_by("last_seen_at")
    seen = dict(rows.values_list("learner", "last_seen_at"))
    return [
        Named(
            enrolment=enrolments[one.enrolment_pk],
            done=one.done,
            seen_at=seen.get(enrolments[one.enrolment_pk].learner_id),
            reasons="、".join(
                word for word, holds in (("久未学习", one.is_quiet), ("落后进度", one.is_behind)) if holds
            ),
        )
        for one in risks
        if one.enrolment_pk in enrolments
    ]


def _risk_row(one: Named) -> Sequence[Any]:
    learner = one.enrolment.learner
    return (
        learner.name,
        learner.email,
        f"{timezone.localtime(one.enrolment.enrolled_at):%Y-%m-%d}",
        f"{timezone.localtime(one.seen_at):%Y-%m-%d}" if one.seen_at else "没有学过",
        one.done,
        one.reasons,
    )


def _scope(request: HttpRequest) -> tuple[ScopeForm, Scope | None]:
    """Read what is asked for; with nothing asked, the course that people enrolled in last."""
    asked = request.GET.copy()
    if "course" not in asked:
        newest = Enrolment.objects.standing().order_by("-enrolled_at").values_list("course", flat=True).first()
        asked["course"] = str(newest or CoursePage.objects.order_by("pk").values_list("pk", flat=True).first() or "")
    form = ScopeForm(asked)
    return form, Scope(**form.cleaned_data) if form.is_valid() else None


def _kept(slug: str, report: Report, scope: Scope) -> tuple[Table, datetime]:
    """Make a table, or take the one of the last ten minutes. Source: docs/rules/study-time.md, rule T35."""
    asked = f"{scope.course.pk}:{scope.company}:{scope.from_date}:{scope.to_date}"
    key = f"study-report:{slug}:{sha256(asked.encode()).hexdigest()}"
    kept: tuple[Table, datetime] | None = cache.get(key)
    if kept is None:
        kept = report.make(scope), timezone.now()
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def _query(request: HttpRequest) -> str:
    """The choice as part of an address, for other reports and pages."""
    asked = request.GET.copy()
    for name in ("p", "export"):
        asked.pop(name, None)
    return asked.urlencode()


def _xlsx(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    response = HttpResponse(sheet.workbook_of(title=title, columns=columns, rows=rows), content_type=XLSX)
    name = f"{title}-{timezone.localdate():%Y-%m-%d}.xlsx"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["Cache-Control"] = "private, no-store"
    return response
