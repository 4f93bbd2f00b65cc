"""What the page of a lesson posts: "I am here" and "I have finished"."""

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from courses import learning
from courses.models import LessonPage
from lms.http import UserRequest


@require_POST
def lesson_presence(request: UserRequest, pk: int) -> JsonResponse:
    """
    Take one presence ping; `opened=1` says that the learner has just come (or come back) to the page.

    Answers seconds credited and needed, whether 学完本课 may be pressed, and whether this page is the one that counts.
    """
    lesson = get_object_or_404(LessonPage.objects.live().defer("body"), pk=pk)
    verb = learning.open_lesson if request.POST.get("opened") else learning.record_presence
    try:
        row = verb(learner=request.user, lesson=lesson, now=timezone.now())
    except learning.NotEnrolled as refusal:
        return JsonResponse({"error": str(refusal)}, status=403)
    return JsonResponse(
        {
            "seconds": row.seconds,
            "needed": row.needed_seconds,
            "may_complete": row.may_complete,
            "is_counting": learning.is_accruing(row),
        }
    )


@require_POST
def lesson_complete(request: UserRequest, pk: int) -> HttpResponse:
    """Complete a lesson and come back to it: its panel then says so, and what comes next."""
    lesson = get_object_or_404(LessonPage.objects.live(), pk=pk)
    try:
        learning.complete_lesson(learner=request.user, lesson=lesson, now=timezone.now())
    except (learning.NotEnrolled, learning.NotOpened, learning.TooEarly) as refusal:
        messages.error(request, str(refusal))
        return redirect(lesson.get_url(request))
    return redirect(f"{lesson.get_url(request)}#study")
