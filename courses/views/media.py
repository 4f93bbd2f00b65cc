"""Files of the media store, each behind the rule that protects it. Nothing else serves them."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from courses import media_access, media_links
from courses.models import CourseDocument, CourseImage, CourseRendition, LessonPage
from courses.views.sending import send
from lms.http import UserRequest

SPECS = {"w720": "width-720|format-webp|preserve-svg", "w1440": "width-1440|format-webp|preserve-svg"}


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
    return send(request, file, is_public=lesson.is_preview and lesson.live)


@login_not_required
@require_safe
def media_file(request: HttpRequest, path: str) -> HttpResponseBase:
    """Send an image or a rendition by its stored name. Documents have a view of their own; other files have none."""
    rendition = CourseRendition.objects.filter(file=path).select_related("image__collection").first()
    image = rendition.image if rendition else CourseImage.objects.filter(file=path).select_related("collection").first()
    if image is None or not media_access.may_fetch(user=request.user, file=image):
        raise Http404
    return send(request, rendition.file if rendition else image.file, is_public=not request.user.is_authenticated)


@login_not_required
@require_safe
def document_file(request: HttpRequest, document_id: int, document_filename: str) -> HttpResponseBase:
    """Answer at Wagtail's address of a document: with a public one, or with this person's own address of another."""
    file = get_object_or_404(CourseDocument, pk=document_id)
    if document_filename != file.filename or not media_access.may_fetch(user=request.user, file=file):
        raise Http404
    if media_access.may_fetch(user=AnonymousUser(), file=file) or not request.user.is_authenticated:
        return send(request, file.file, is_public=True, filename=file.filename)
    response = HttpResponseRedirect(media_links.address(document=file, user=request.user))
    patch_cache_control(response, private=True, no_store=True)
    return response


@require_safe
def media_signed(request: UserRequest, token: str, name: str) -> HttpResponseBase:
    """Send a protected file by the address that was made for this person. Source: docs/rules/syllabus.md, rule Y21."""
    file = get_object_or_404(CourseDocument, pk=media_links.read(token, user=request.user))
    if name != file.filename or not media_access.may_fetch(user=request.user, file=file):
        raise Http404
    return send(request, file.file, is_public=False, filename=file.filename)
