"""Taking and giving back a place in a 考期."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from exams import registrations
from exams.models import Exam, ExamWindow
from lms.http import UserRequest

REFUSALS = (
    registrations.NotEnrolled,
    registrations.NothingToSit,
    registrations.OtherWindow,
    registrations.RegistrationClosed,
    registrations.WindowFull,
)


@require_POST
def window_register(request: UserRequest, pk: int) -> HttpResponse:
    """Take a place in a window of an exam that this person can see."""
    window = _window(request, pk)
    try:
        registrations.register(window=window, candidate=request.user, now=timezone.now())
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    else:
        opens_at = timezone.localtime(window.opens_at)
        messages.success(request, f"已报考“{window.title}”，{opens_at:%Y-%m-%d %H:%M} 起可以开始考试。")
    return redirect("exams:exam_detail", pk=window.exam_id)


@require_POST
def window_cancel(request: UserRequest, pk: int) -> HttpResponse:
    """Give the place back."""
    window = _window(request, pk)
    try:
        registrations.cancel(window=window, candidate=request.user, now=timezone.now())
    except (registrations.NotRegistered, registrations.TooLateToCancel) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"已取消报考“{window.title}”，名额已放出。")
    return redirect("exams:exam_detail", pk=window.exam_id)


def _window(request: UserRequest, pk: int) -> ExamWindow:
    visible = ExamWindow.objects.filter(exam__in=Exam.objects.visible_to(request.user))
    return get_object_or_404(visible.select_related("exam"), pk=pk)
