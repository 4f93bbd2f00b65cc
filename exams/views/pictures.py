"""Pictures of the bank, each sent only to who may see it."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from exams import picture_access
from exams.models import ItemPicture
from exams.picture_files import TYPES
from lms import private_files

MAX_AGE_SECONDS = 6 * 3600  # longer than an exam: a reload without network still has its pictures
# A drawing that is opened by itself is a document on our origin: it may show its shapes and nothing else.
DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@login_not_required
@require_safe
def item_picture(request: HttpRequest, name: str) -> HttpResponse:
    """Send a picture. Without login only those of questions that a free lesson places."""
    picture = get_object_or_404(ItemPicture, name=name)
    if not picture_access.may_see(picture=picture, user=request.user, now=timezone.now()):
        raise Http404
    try:
        content = private_files.read(picture.file)
    except FileNotFoundError as fault:
        raise Http404 from fault
    response = HttpResponse(content, content_type=TYPES[name.rpartition(".")[2]])
    response["Content-Security-Policy"] = DRAWING_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    patch_cache_control(response, private=True, max_age=MAX_AGE_SECONDS)
    return response
