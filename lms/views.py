"""Pages that combine apps."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from certificates.models import Certificate
from courses import editions, learning, seat_entry
from courses.desk import desk_of
from courses.models import CoursePage, Enrolment, LessonProgress
from exams import attempts
from exams.models import Exam
from lms.http import UserRequest
from payments.models import Order


def learn(request: UserRequest) -> HttpResponse:
    """学习中心: one course in full (that of ?course=, else the one studied last), the other courses as links."""
    now = timezone.now()
    seat_entry.look(request)
    standing = Enrolment.objects.standing().of(request.user)
    courses = list(CoursePage.objects.filter(enrolments__in=standing).order_by("title", "pk"))
    context: dict[str, object] = {
        "orders": Order.objects.of(request.user).pending().exclude(expires_at__lte=now).order_by("placed_at"),
    }
    if courses:
        course = _chosen(request, courses)
        progress = learning.progress_in(learner=request.user, courses=courses)
        exams = Exam.objects.open().filter(course=course).select_related("course").order_by("pk")
        context |= {
            "course": course,
            "progress": progress[course.pk],
            "desk": desk_of(learner=request.user, course=course, progress=progress[course.pk], now=now),
            "last_opened": LessonProgress.objects.of(request.user).inside(course).newest_first().first(),
            "enrolment": standing.filter(course=course).first(),
            "newer_edition": editions.newer_than(course),
            "others": [(other, progress[other.pk]) for other in courses if other != course],
            "exams": [(exam, attempts.eligibility_of(exam=exam, candidate=request.user, now=now)) for exam in exams],
            "certificates": [
                (certificate, certificate.state_on(timezone.localdate(now)))
                for certificate in Certificate.objects.of(request.user)
                .filter(attempt__exam__course=course)
                .order_by("-issued_at")
            ],
        }
    return render(request, "lms/learn.html", context)


def _chosen(request: UserRequest, courses: Sequence[CoursePage]) -> CoursePage:
    asked = {str(course.pk): course for course in courses}.get(request.GET.get("course", ""))
    if asked:
        return asked
    newest = LessonProgress.objects.of(request.user).newest_first().values_list("lesson__path", flat=True)
    last = newest.first() or ""
    return next((course for course in courses if last.startswith(course.path)), courses[0])
