"""The page on which a learner goes on to the next edition of a course."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from courses import editions
from courses.models import Enrolment
from exams import moving
from lms.errors import DomainError
from lms.http import UserRequest


@require_http_methods(["GET", "HEAD", "POST"])
def edition_move(request: UserRequest, pk: int) -> HttpResponse:
    """Say what the edition on sale changes for this learner, and move on their word. `pk` is the enrolment's."""
    own = Enrolment.objects.standing().of(request.user).select_related("course")
    enrolment = get_object_or_404(own, pk=pk)
    if request.method == "POST":
        try:
            moved = moving.move(enrolment=enrolment, now=timezone.now())
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"已转到{moved.to_course.edition_name}，学过的课照算。")
        return redirect("learn")
    change = editions.change_for(enrolment=enrolment)
    if change is None:
        messages.info(request, editions.NoNewerEdition.message)
        return redirect("learn")
    context = {
        "enrolment": enrolment,
        "change": change,
        "has_begun_exam": moving.has_begun_exam(learner=request.user, enrolment=enrolment),
    }
    return render(request, "exams/edition_move.html", context)
