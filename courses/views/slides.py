"""Slides of a lesson, page by page."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from courses import media_access, slides
from courses.models import CourseDocument, LessonPage

MAX_AGE_SECONDS = 3600


@login_not_required
@require_safe
def lesson_slide(request: HttpRequest, pk: int, document_pk: int, number: int) -> HttpResponse:
    """Send one page of a lesson's slides as a picture, to those who may read the lesson."""
    lesson: LessonPage = get_object_or_404(LessonPage.objects.defer("body"), pk=pk)
    document = get_object_or_404(CourseDocument, pk=document_pk)
    if not media_access.may_read(user=request.user, lesson=lesson):
        raise Http404
    is_staff = media_access.works_in_back_office(request.user)
    if not is_staff and not media_access.is_used_by(file=document, lesson=lesson):
        raise Http404
    try:
        content = slides.picture(document, number)
    except (LookupError, FileNotFoundError) as fault:
        raise Http404 from fault
    response = HttpResponse(content, content_type="image/webp", headers={"X-Content-Type-Options": "nosniff"})
    patch_cache_control(response, max_age=MAX_AGE_SECONDS, private=True)
    return response
