"""After the room: the result of one's own attempt, its paper as far as it may be seen, and the appeal against it."""

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from courses.syllabus import MODULES
from exams import attempts, eligibility
from exams.forms import AppealForm
from exams.models import Appeal, Attempt
from exams.results import appeals, history, paper, review
from lms.errors import DomainError
from lms.http import UserRequest


def result_page(
    request: UserRequest, attempt: Attempt, *, now: datetime, form: AppealForm | None = None, status: int = 200
) -> HttpResponse:
    """Answer `exams:attempt_detail` for one's own attempt once it is closed."""
    standing = attempts.standing_of(exam=attempt.exam, candidate=request.user, now=now)
    filed = list(attempt.appeals.all())
    appeal_until = appeals.deadline_of(attempt)
    may_appeal = appeal_until is not None and now < appeal_until
    is_free = all(appeal.status == Appeal.Status.WITHDRAWN for appeal in filed)
    context = {
        "attempt": attempt,
        "modules": [{"name": MODULES[code], **score} for code, score in attempt.result.get("modules", {}).items()],
        "short_centi": max(0, attempt.pass_centi - (attempt.points_centi or 0)),
        "eligibility": eligibility.decide(standing.facts),
        "visibility": review.visibility_of(attempt=attempt, standing=standing, now=now),
        "changes": history.changes_of(attempt),
        "needs_approval": settings.CERTIFICATE_APPROVAL,
        "late_reviews": attempt.late_reviews.all(),
        "late_count": attempt.entries.filter(is_late=True).count(),
        "allowance_seconds": settings.EXAM_SAVE_ALLOWANCE_SECONDS,
        "appeals": filed,
        "appeal_until": appeal_until,
        "appeal_form": form or (AppealForm() if may_appeal and is_free else None),
    }
    return render(request, "exams/attempt_detail.html", context, status=status)


@never_cache
@require_GET
def attempt_review(request: UserRequest, pk: int) -> HttpResponse:
    """The paper, as far as the rule lets it be seen; with `?lost=1` only what cost points. Keys leave here only."""
    now = timezone.now()
    attempt = _own_closed(request, pk, now)
    standing = attempts.standing_of(exam=attempt.exam, candidate=request.user, now=now)
    visibility = review.visibility_of(attempt=attempt, standing=standing, now=now)
    if attempt.status == Attempt.Status.OPEN or not visibility.has_paper:
        messages.info(request, visibility.reason)
        return redirect("exams:attempt_detail", pk=pk)
    questions = paper.keyed_paper(attempt) if visibility.has_key else paper.own_paper(attempt)
    lost = [question for question in questions if question.lost_points]
    only_lost = visibility.has_key and request.GET.get("lost") == "1"
    context = {
        "attempt": attempt,
        "visibility": visibility,
        "questions": lost if only_lost else questions,
        "question_count": len(questions),
        "lost_count": len(lost),
        "only_lost": only_lost,
    }
    return render(request, "exams/attempt_review.html", context)


@require_POST
def attempt_appeal(request: UserRequest, pk: int) -> HttpResponse:
    """Ask for a second look at the result."""
    now = timezone.now()
    attempt = _own_closed(request, pk, now)
    form = AppealForm(request.POST)
    if attempt.status == Attempt.Status.MARKED and not form.is_valid():
        return result_page(request, attempt, now=now, form=form, status=422)
    try:
        appeals.file(attempt=attempt, reason=form.data.get("reason", ""), now=now)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "成绩复核申请已受理，答复以后发邮件通知你，也会显示在本页。")
    return redirect("exams:attempt_detail", pk=pk)


@require_POST
def attempt_appeal_withdraw(request: UserRequest, pk: int) -> HttpResponse:
    """Take the open appeal back."""
    attempt = get_object_or_404(Attempt.objects.of(request.user).only("pk"), pk=pk)
    appeal = get_object_or_404(attempt.appeals.order_by("-pk")[:1])
    try:
        appeals.withdraw(appeal=appeal, now=timezone.now())
    except appeals.AppealDecided as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "已撤回成绩复核申请。期限以内可以再申请。")
    return redirect("exams:attempt_detail", pk=pk)


def _own_closed(request: UserRequest, pk: int, now: datetime) -> Attempt:
    """Load one's own attempt, closed by the clock if it is overdue."""
    rows = Attempt.objects.of(request.user).select_related("exam__course", "window")
    return attempts.close_if_overdue(attempt=get_object_or_404(rows, pk=pk), now=now)
