"""Before and around the room: an exam's page with the way in, and a person's own attempts."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from exams import attempts
from exams.eligibility import Code
from exams.forms import StartForm
from exams.models import Attempt, Exam, Item
from lms.http import UserRequest

PER_PAGE = 20


@require_GET
def exam_detail(request: UserRequest, pk: int) -> HttpResponse:
    """What the exam is, whether this person may sit it now, and why not."""
    exam = get_object_or_404(Exam.objects.visible_to(request.user).select_related("course"), pk=pk)
    return _exam_page(request, exam, StartForm())


@require_POST
def attempt_start(request: UserRequest, pk: int) -> HttpResponse:
    """Freeze a paper and enter the room; an attempt that is open is entered again."""
    exam = get_object_or_404(Exam.objects.visible_to(request.user).select_related("course"), pk=pk)
    form = StartForm(request.POST)
    if not form.is_valid():
        return _exam_page(request, exam, form, status=422)
    try:
        attempt = attempts.start(exam=exam, candidate=request.user, now=timezone.now())
    except (attempts.NotEligible, attempts.ExamNotReady) as refusal:
        messages.error(request, str(refusal))
        return redirect("exams:exam_detail", pk=pk)
    return redirect("exams:attempt_detail", pk=attempt.pk)


@require_GET
def attempt_list(request: UserRequest) -> HttpResponse:
    """All attempts of this person, newest first."""
    now = timezone.now()
    for attempt in Attempt.objects.of(request.user).overdue(now):
        attempts.close_if_overdue(attempt=attempt, now=now)
    rows = Attempt.objects.of(request.user).select_related("exam").defer("paper").order_by("-started_at", "-pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    exams = Exam.objects.open().filter(course__enrolments__in=request.user.enrolments.standing()).distinct()
    return render(request, "exams/attempt_list.html", {"page_obj": page, "exams": exams.order_by("title")[:PER_PAGE]})


def _exam_page(request: UserRequest, exam: Exam, form: StartForm, status: int = 200) -> HttpResponse:
    now = timezone.now()
    own = Attempt.objects.of(request.user).filter(exam=exam)
    for attempt in own.overdue(now):
        attempts.close_if_overdue(attempt=attempt, now=now)
    past = list(own.defer("paper").order_by("-number")[:PER_PAGE])
    open_attempt = next((attempt for attempt in past if attempt.status == Attempt.Status.OPEN), None)
    verdict = attempts.eligibility_of(exam=exam, candidate=request.user, now=now)
    links = _links(exam, open_attempt)
    context = {
        "exam": exam,
        "form": form,
        "attempts": past,
        "open_attempt": open_attempt,
        "eligibility": verdict,
        "has_passed": verdict.has(Code.PASSED),
        "reasons": [(reason, *links.get(reason.code, ("", ""))) for reason in verdict.reasons],
        **_figures(exam),
    }
    return render(request, "exams/exam_detail.html", context, status=status)


def _figures(exam: Exam) -> dict[str, object]:
    cells = list(exam.cells.all())
    counts = [(kind.label, sum(cell.count for cell in cells if cell.kind == kind)) for kind in Item.Kind]
    return {
        "counts": [(label, count) for label, count in counts if count],
        "question_count": sum(cell.count for cell in cells),
        "total_centi": sum(cell.count * cell.points_centi for cell in cells),
    }


def _links(exam: Exam, open_attempt: Attempt | None) -> dict[Code, tuple[str, str]]:
    """Where each obstacle is removed: address and words of the link."""
    links = {
        Code.NOT_ENROLLED: (exam.course.get_url() or "/courses/", "去报名"),
        Code.UNFINISHED: (reverse("learn"), "去学习中心"),
        Code.NO_IDENTITY: (reverse("users:identity"), "填写实名信息"),
        Code.PASSED: (reverse("certificates:certificate_list"), "我的证书"),
        Code.NO_ATTEMPTS_LEFT: ("/contact/", "联系客服"),
        Code.CLOSED: ("/contact/", "联系客服"),
    }
    if open_attempt:
        links[Code.OPEN_ATTEMPT] = (reverse("exams:attempt_detail", args=[open_attempt.pk]), "继续作答")
    return links
