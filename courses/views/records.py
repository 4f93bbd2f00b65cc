"""A learner's own study record: look, take away, appeal against an interval."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from courses import progress, record_sheet
from courses.learning import appeals, records
from courses.models import LessonProgress, StudyAppeal, StudyInterval
from courses.study_forms import AppealForm
from courses.timing.accrual import COUNTING
from lms.http import UserRequest

DAYS_A_PAGE = 5
MOST_LESSONS = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def study_record(request: UserRequest) -> HttpResponse:
    """Show my study time by day, each piece with its reason, and by lesson."""
    now = timezone.now()
    days = Paginator(records.days_with_entries(learner=request.user), DAYS_A_PAGE)
    page = days.get_page(request.GET.get("page"))
    mine = LessonProgress.objects.of(request.user)
    total = mine.aggregate(total=Sum("seconds"))["total"] or 0
    lessons = mine.filter(seconds__gt=0).select_related("lesson").defer("lesson__body").newest_first()[:MOST_LESSONS]
    context = {
        "page_obj": page,
        "days": records.read(learner=request.user, days=list(page)),
        "total": progress.duration_text(total),
        "hours": f"{total * 10 // progress.STUDY_HOUR_SECONDS / 10:.1f}",
        "lessons": [(row, progress.duration_text(row.seconds)) for row in lessons],
        "appeal_from": now - appeals.WITHIN,
        "within_days": appeals.WITHIN.days,
        "idle_minutes": settings.STUDY_IDLE_SECONDS // 60,
        "day_hours": settings.STUDY_DAY_LIMIT_MINUTES / 60,
    }
    return render(request, "courses/study_record.html", context)


@require_safe
def study_record_export(request: UserRequest) -> HttpResponse:
    """Send my whole study record as xlsx."""
    entries = records.whole(learner=request.user)
    response = HttpResponse(record_sheet.workbook_of(entries), content_type=XLSX)
    name = f"学习记录-{timezone.localdate():%Y-%m-%d}.xlsx"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def study_appeal(request: UserRequest, pk: int) -> HttpResponse:
    """Show one of my intervals with its appeal; take the appeal."""
    mine = StudyInterval.objects.of(request.user).exclude(reason__in=COUNTING)
    interval = get_object_or_404(mine.select_related("lesson", "appeal"), pk=pk)
    appeal: StudyAppeal | None = getattr(interval, "appeal", None)
    form = AppealForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            appeals.file(interval=interval, now=timezone.now(), **form.cleaned_data)
        except (appeals.TooLate, appeals.AlreadyAppealed) as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "申诉已提交。处理结果会显示在学习记录里，并发邮件给你。")
        return redirect("courses:study_record")
    context: dict[str, Any] = {
        "interval": interval,
        "length": progress.duration_text(interval.length),
        "appeal": appeal,
        "form": form,
        "is_late": timezone.now() - interval.ended_at > appeals.WITHIN,
        "within_days": appeals.WITHIN.days,
        "back": reverse("courses:study_record"),
    }
    return render(request, "courses/study_appeal.html", context)
