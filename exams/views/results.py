"""After the room: the result of one's own attempt."""

from datetime import datetime

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render

from courses.syllabus import MODULES
from exams import attempts
from exams.models import Attempt
from lms.http import UserRequest


def result_page(request: UserRequest, attempt: Attempt, *, now: datetime) -> HttpResponse:
    """Answer `exams:attempt_detail` for one's own attempt once it is closed."""
    verdict = attempts.eligibility_of(exam=attempt.exam, candidate=request.user, now=now)
    modules = [{"name": MODULES[code], **score} for code, score in attempt.result["modules"].items()]
    context = {
        "attempt": attempt,
        "modules": modules,
        "eligibility": verdict,
        "late_count": attempt.entries.filter(is_late=True).count(),
        "allowance_seconds": settings.EXAM_SAVE_ALLOWANCE_SECONDS,
    }
    return render(request, "exams/attempt_detail.html", context)
