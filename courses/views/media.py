"""Files of the media store, each behind the rule that protects it. Nothing else serves them."""

from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from courses import media_access
from courses.models import CourseImage, CourseRendition, LessonPage

SPECS = {"w720": "width-720|format-webp|preserve-svg", "w1440": "width-1440|format-webp|preserve-svg"}
CONTENT_TYPES = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
}
# A drawing that is opened by itself is a document on our origin: it may show its shapes and nothing else.
DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
MAX_AGE_SECONDS = 3600


@login_not_required
@require_safe
def lesson_image(request: HttpRequest, pk: int, image_pk: int, spec: str) -> HttpResponseBase:
    """Send one image of a lesson, in one of the two widths of SPECS, to those who may read the lesson."""
    lesson: LessonPage = get_object_or_404(LessonPage.objects.defer("body"), pk=pk)
    image = get_object_or_404(CourseImage, pk=image_pk)
    if spec not in SPECS or not media_access.may_read(user=request.user, lesson=lesson):
        raise Http404
    if not media_access.is_used_by(file=image, lesson=lesson) and not media_access.works_in_back_office(request.user):
        raise Http404
    file = image.file if image.is_svg() else image.get_rendition(SPECS[spec]).file
    return _send(file, is_public=lesson.is_preview and lesson.live)


@login_not_required
@require_safe
def media_file(request: HttpRequest, path: str) -> HttpResponseBase:
    """Send an image or a rendition by its stored name. Documents have a view of their own; other files have none."""
    rendition = CourseRendition.objects.filter(file=path).select_related("image__collection").first()
    image = rendition.image if rendition else CourseImage.objects.filter(file=path).select_related("collection").first()
    if image is None or not media_access.may_fetch(user=request.user, file=image):
        raise Http404
    return _send(rendition.file if rendition else image.file, is_public=not request.user.is_authenticated)


def _send(file: FieldFile, *, is_public: bool) -> HttpResponseBase:
    """Answer with a file, or let nginx send it. `is_public`: anybody may have it, so any cache may keep it."""
    name = str(file.name)
    content_type = CONTENT_TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
    response: HttpResponseBase
    if settings.MEDIA_ACCEL_PREFIX:
        response = HttpResponse(content_type=content_type)
        response["X-Accel-Redirect"] = settings.MEDIA_ACCEL_PREFIX + quote(name)
    else:
        try:
            response = FileResponse(file.open("rb"), content_type=content_type)
        except FileNotFoundError as fault:
            raise Http404 from fault
    response["Content-Security-Policy"] = DRAWING_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    patch_cache_control(response, max_age=MAX_AGE_SECONDS, **{"public" if is_public else "private": True})
    return response
