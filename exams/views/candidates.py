"""Before the room: an exam's page with the way in, the mock exam, and a person's own attempts."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from exams import attempts, eligibility
from exams.drawing import Cell
from exams.eligibility import Code
from exams.forms import StartForm
from exams.models import Accommodation, Attempt, Exam, Item, Registration
from exams.views.safe_browser import refused_page
from lms.http import UserRequest

PER_PAGE = 20
PAST_SHOWN = 20
LINKS_SHOWN = 20
HARDLY_ENOUGH = timedelta(minutes=1)


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
    return _enter(request, exam, is_mock=False)


@require_POST
def mock_start(request: UserRequest, pk: int) -> HttpResponse:
    """Start a mock exam, or enter the one that is open."""
    exam = get_object_or_404(Exam.objects.visible_to(request.user).select_related("course"), pk=pk)
    return _enter(request, exam, is_mock=True)


@require_GET
def attempt_list(request: UserRequest) -> HttpResponse:
    """One's own attempts, newest first, formal and mock ones apart; one's places in windows; exams to sit."""
    now = timezone.now()
    for attempt in Attempt.objects.of(request.user).overdue(now):
        attempts.close_if_overdue(attempt=attempt, now=now)
    is_mock = request.GET.get("kind") == "mock"
    rows = Attempt.objects.of(request.user).filter(is_mock=is_mock).select_related("exam").defer("paper")
    exams = Exam.objects.open().filter(course__enrolments__in=request.user.enrolments.standing()).distinct()
    places = Registration.objects.standing().of(request.user).filter(window__closes_at__gt=now)
    context = {
        "page_obj": Paginator(rows.order_by("-started_at", "-pk"), PER_PAGE).get_page(request.GET.get("page")),
        "is_mock": is_mock,
        "exams": exams.order_by("title")[:LINKS_SHOWN],
        "registrations": [
            (place.window, place.window.is_running(now), now < place.window.registration_closes_at)
            for place in places.select_related("window__exam").order_by("window__opens_at")[:LINKS_SHOWN]
        ],
    }
    return render(request, "exams/attempt_list.html", context)


def _enter(request: UserRequest, exam: Exam, *, is_mock: bool) -> HttpResponse:
    if refusal := refused_page(request, exam, way_back=reverse("exams:exam_detail", args=[exam.pk])):
        return refusal
    try:
        attempt = attempts.start(exam=exam, candidate=request.user, is_mock=is_mock, now=timezone.now())
    except (attempts.NotEligible, attempts.ExamNotReady) as refusal:
        messages.error(request, str(refusal))
        return redirect("exams:exam_detail", pk=exam.pk)
    return redirect("exams:attempt_detail", pk=attempt.pk)


def _exam_page(request: UserRequest, exam: Exam, form: StartForm, status: int = 200) -> HttpResponse:
    now = timezone.now()
    own = Attempt.objects.of(request.user).filter(exam=exam)
    for attempt in own.overdue(now):
        attempts.close_if_overdue(attempt=attempt, now=now)
    before = attempts.standing_of(exam=exam, candidate=request.user, now=now)
    verdict = eligibility.decide(before.facts)
    mock_reasons = eligibility.decide_mock(before.facts)
    past = list(own.defer("paper").order_by("-started_at", "-pk")[:PAST_SHOWN])
    open_attempt = next((attempt for attempt in past if attempt.status == Attempt.Status.OPEN), None)
    cells = attempts.cells_of(exam.cells.all())
    links = _links(exam, open_attempt)
    context = {
        "exam": exam,
        "form": form,
        "past": [attempt for attempt in past if not attempt.is_mock],
        "mocks": [attempt for attempt in past if attempt.is_mock],
        "open_attempt": open_attempt,
        "eligibility": verdict,
        "max_attempts": before.facts.max_attempts,
        "has_passed": verdict.has(Code.PASSED),
        "reasons": [(reason, *links.get(reason.code, ("", ""))) for reason in verdict.reasons],
        "windows": [(window, window.state(before.facts.now)) for window in before.facts.windows],
        "may_register": before.facts.is_enrolled and not verdict.has(Code.PASSED),
        "now": before.facts.now,
        "has_mock": exam.has_mock and before.facts.is_enrolled,
        "may_mock": not mock_reasons,
        "is_mock_ready": not exam.has_mock
        or (
            bool(cells)
            and all(supply.is_enough for supply in attempts.supplies_of(cells=cells, pool=Item.Pool.PRACTICE))
        ),
        "allowance_seconds": settings.EXAM_SAVE_ALLOWANCE_SECONDS,
        **_figures(cells),
        **_own_time(exam, before, now),
    }
    return render(request, "exams/exam_detail.html", context, status=status)


def _figures(cells: list[Cell]) -> dict[str, object]:
    counts = [(kind.label, sum(cell.count for cell in cells if cell.kind == kind)) for kind in Item.Kind]
    return {
        "counts": [(label, count) for label, count in counts if count],
        "has_multi": any(cell.kind == Item.Kind.MULTI for cell in cells),
        "has_short": any(cell.kind == Item.Kind.SHORT for cell in cells),
        "question_count": sum(cell.count for cell in cells),
        "total_centi": sum(cell.count * cell.points_centi for cell in cells),
    }


def _own_time(exam: Exam, before: attempts.Standing, now: datetime) -> dict[str, object]:
    """How long this person has: what is approved for them, and what is left of the window."""
    running = before.facts.running
    extra = before.facts.max_attempts - exam.max_attempts
    granted = Accommodation(**before.accommodation, extra_attempts=extra)
    ends_at, full = (
        eligibility.deadline_at(now=now, minutes=exam.minutes, time_factor=before.time_factor, closes_at=closes_at)
        for closes_at in (running.closes_at if running else None, None)
    )
    return {
        "terms": granted.terms,
        "own_minutes": (full - now) // timedelta(minutes=1),
        "running": running,
        "shortened_to": (ends_at - now) // timedelta(minutes=1) if full - ends_at >= HARDLY_ENOUGH else None,
        "ends_at": ends_at,
    }


def _links(exam: Exam, open_attempt: Attempt | None) -> dict[Code, tuple[str, str]]:
    """Where each obstacle is removed: address and words of the link."""
    contact = ("/contact/", "联系客服")
    links = {
        Code.NOT_ENROLLED: (exam.course.get_url() or "/courses/", "去报名"),
        Code.UNFINISHED: (reverse("learn"), "去学习中心"),
        Code.NO_IDENTITY: (reverse("users:identity"), "填写实名信息"),
        Code.PASSED: (reverse("certificates:certificate_list"), "我的证书"),
        Code.NOT_REGISTERED: ("#windows", "去报考"),
        Code.REGISTRATION_LATER: ("#windows", "看考期"),
        Code.WINDOWS_FULL: ("#windows", "看考期"),
        Code.WINDOW_LATER: ("#windows", "看考期"),
        Code.NO_WINDOW: contact,
        Code.NO_ATTEMPTS_LEFT: contact,
        Code.CLOSED: contact,
    }
    if open_attempt:
        links[Code.OPEN_ATTEMPT] = (reverse("exams:attempt_detail", args=[open_attempt.pk]), "继续作答")
    return links
