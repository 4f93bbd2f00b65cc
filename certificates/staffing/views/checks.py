"""The roster template, and a person's own checks."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from certificates.staffing import checks, ratio, rosters
from certificates.staffing.forms import CheckForm
from certificates.staffing.models import StaffingCheck
from courses.models import CoursePage
from lms.http import UserRequest

CHECKS_PER_PAGE = 20
PEOPLE_PER_PAGE = 50
PROBLEMS_SHOWN = 500
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN_PEOPLE = {
    "all": "全部",
    "counted": "已计入",
    "not_counted": "填了证书未计入",
    "managers": "服务管理人员",
}


def _course() -> CoursePage | None:
    """The course that closes a gap: the one on sale for the longest time."""
    return CoursePage.objects.on_sale().order_by("pk").first()


@login_not_required
@require_GET
def roster_template(request: HttpRequest) -> HttpResponse:
    """Give the roster template as .xlsx."""
    return HttpResponse(
        rosters.template_workbook(),
        content_type=XLSX,
        headers={"Content-Disposition": 'attachment; filename="roster-template.xlsx"'},
    )


@require_safe
def check_list(request: UserRequest) -> HttpResponse:
    """List the user's own checks, newest first."""
    mine = StaffingCheck.objects.of(request.user).without_rows().order_by("-checked_at", "-pk")
    page = Paginator(mine, CHECKS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "staffing/check_list.html", {"page_obj": page})


@require_http_methods(["GET", "HEAD", "POST"])
def check_create(request: UserRequest) -> HttpResponse:
    """Take a roster and check it, or name every mistake in it."""
    form = CheckForm(request.POST, request.FILES) if request.method == "POST" else CheckForm()
    context: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            roster = rosters.read(form.cleaned_data["roster"].read())
            check = checks.run_check(
                owner=request.user,
                company_name=form.cleaned_data["company_name"],
                roster=roster,
                as_of=form.cleaned_data["as_of_date"],
                now=timezone.now(),
            )
        except rosters.RosterUnusable as refusal:
            form.add_error("roster", str(refusal))
            context |= {"problems": refusal.problems[:PROBLEMS_SHOWN], "problem_count": len(refusal.problems)}
        except ratio.NoManagers as refusal:
            form.add_error("roster", str(refusal))
        else:
            if roster.ignored_columns:
                messages.info(request, f"这些列没有读取，也没有保存：{'、'.join(roster.ignored_columns)}。")
            return redirect("staffing:check_detail", pk=check.pk)
    return render(request, "staffing/check_create.html", context)


@require_safe
def check_detail(request: UserRequest, pk: int) -> HttpResponse:
    """Show one of the user's own checks with its people."""
    check = get_object_or_404(StaffingCheck.objects.of(request.user), pk=pk)
    show = request.GET.get("show", "all")
    people = Paginator(_people(check, show), PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    course = _course()
    context = {
        "check": check,
        "page_obj": people,
        "show": show if show in SHOWN_PEOPLE else "all",
        "filters": SHOWN_PEOPLE.items(),
        "uncounted": len(_people(check, "not_counted")),
        "course": course,
        "cost_fen": check.gap * course.price_fen if course else None,
        "horizon_months": ratio.HORIZON_MONTHS,
    }
    return render(request, "staffing/check_detail.html", context)


def _people(check: StaffingCheck, show: str) -> list[dict[str, object]]:
    if show == "counted":
        return [row for row in check.rows if row["is_counted"]]
    if show == "not_counted":
        return [row for row in check.rows if row["certificate_number"] and not row["is_counted"]]
    if show == "managers":
        return [row for row in check.rows if row["is_manager"]]
    return list(check.rows)


@require_POST
def check_delete(request: UserRequest, pk: int) -> HttpResponse:
    """Delete one of the user's own checks."""
    check = get_object_or_404(StaffingCheck.objects.of(request.user).without_rows(), pk=pk)
    checks.delete(check=check)
    messages.success(request, "检查记录和其中的人员信息已删除。")
    return redirect("staffing:check_list")
