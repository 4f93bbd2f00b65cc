"""Films in pieces: the playlists and the pieces, each behind the right to the film. docs/rules/syllabus.md, Y30"""

from django.contrib.auth.decorators import login_not_required
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from courses import media_access, media_links
from courses.models import CourseDocument, VideoStream
from courses.streams import playlists
from courses.views.sending import CONTENT_TYPES, send

ENDING = ".m3u8"


@login_not_required
@require_safe
def stream_master(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer with the sizes of a film, each at this person's own address."""
    document = get_object_or_404(CourseDocument, pk=pk)
    stream = document.ready_stream
    if stream is None or not media_access.may_fetch(user=request.user, file=document):
        raise Http404
    addresses = {
        one["name"]: media_links.stream_address(stream=stream, name=one["name"] + ENDING, user=request.user)
        for one in stream.renditions
    }
    return _playlist(playlists.master(addresses, stream.renditions))


@login_not_required
@require_safe
def stream_file(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """Answer with the list of pieces of one size, or with a piece; the right to the film is looked up each time."""
    ready = VideoStream.objects.ready().select_related("document__collection")
    stream = get_object_or_404(ready, pk=media_links.read_stream(token, user=request.user))
    if not media_access.may_fetch(user=request.user, file=stream.document):
        raise Http404
    sizes = {one["name"]: one for one in stream.renditions}
    if name.removesuffix(ENDING) in sizes and name.endswith(ENDING):
        return _playlist(playlists.media(sizes[name.removesuffix(ENDING)]))
    piece = playlists.PIECE.fullmatch(name)
    if piece is None or piece["size"] not in sizes:
        raise Http404
    stored = FieldFile(stream.document, stream.document.file.field, f"{stream.folder}/{name}")
    return send(request, stored, is_public=False)


def _playlist(text: str) -> HttpResponse:
    response = HttpResponse(text, content_type=CONTENT_TYPES["m3u8"])
    patch_cache_control(response, private=True, no_store=True)
    return response
