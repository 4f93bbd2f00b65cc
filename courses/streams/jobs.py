"""Makes streams of the films in published lessons, one at a time. Source: docs/rules/syllabus.md, rules Y29 and Y31."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path, PurePath
from secrets import token_hex
from tempfile import TemporaryDirectory

import structlog
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from wagtail.models import ReferenceIndex

from courses.models import CourseDocument, LessonPage, VideoStream
from courses.models.media import VideoStreamQuerySet
from courses.streams import ffmpeg
from courses.streams.playlists import PIECE, Rendition

ROOT = "streams"
MAX_BYTES = 2 * 1024**3
MOST_TRIES = 2
LOST_AFTER = timedelta(hours=3)  # longer than two sizes may take
State = VideoStream.State
log = structlog.get_logger(__name__)


def has_work(*, now: datetime) -> bool:
    """Put new films into the queue, and say whether one is to be made now: ffmpeg is there and nobody is at it."""
    if not settings.VIDEO_STREAMS or not ffmpeg.is_there():
        return False
    shown = _films_of_lessons()
    fresh = CourseDocument.objects.filter(pk__in=shown, stream=None)
    VideoStream.objects.bulk_create(
        [VideoStream(document=document, changed_at=now) for document in fresh], ignore_conflicts=True
    )
    is_busy = VideoStream.objects.filter(state=State.WORKING, changed_at__gt=now - LOST_AFTER).exists()
    return not is_busy and _due(now).exists()


def make_next(*, now: datetime) -> None:
    """Make one stream, if one is due. A film that does not go stays the file it is."""
    stream = _take(now)
    if stream is None:
        return
    try:
        renditions = _make(stream)
    except (ffmpeg.Unplayable, OSError) as fault:
        log.warning("no stream", document=stream.document_id, reason=str(fault))
        _finish(stream, state=State.FAILED)
    else:
        _finish(stream, state=State.READY, renditions=renditions, seconds=sum(renditions[0]["pieces"]))


def drop_old() -> None:
    """Delete the folders that no row names: of films that were replaced, deleted or given up."""
    if not default_storage.exists(ROOT):
        return
    kept = set(VideoStream.objects.values_list("folder", flat=True))
    for name in default_storage.listdir(ROOT)[0]:
        if f"{ROOT}/{name}" not in kept:
            _delete(f"{ROOT}/{name}")


def _films_of_lessons() -> set[int]:
    """Return the keys of the documents that published lessons show as a film."""
    shown = ReferenceIndex.objects.filter(
        content_type=ContentType.objects.get_for_model(LessonPage),
        to_content_type=ContentType.objects.get_for_model(CourseDocument),
        model_path="body.video.file",
    ).values_list("object_id", "to_object_id")
    live = {str(pk) for pk in LessonPage.objects.live().values_list("pk", flat=True)}
    return {int(document) for lesson, document in shown if lesson in live}


def _due(now: datetime) -> VideoStreamQuerySet:
    replaced = ~Q(source=F("document__file")) & ~Q(state=State.WORKING)
    lost = Q(state=State.WORKING, changed_at__lte=now - LOST_AFTER)
    return VideoStream.objects.filter(Q(state=State.WAITING) | replaced | lost).order_by("changed_at", "pk")


def _take(now: datetime) -> VideoStream | None:
    """Claim the next film: whoever comes second looks at a row that is at work already."""
    found = _due(now).first()
    with transaction.atomic():
        locked = VideoStream.objects.select_for_update().filter(pk=found.pk).first() if found else None
        stream = _due(now).filter(pk=locked.pk).select_related("document").first() if locked else None
        if stream is None:
            return None
        source = str(stream.document.file.name)
        stream.tries = stream.tries + 1 if stream.source == source else 1
        stream.state = State.WORKING if stream.tries <= MOST_TRIES else State.FAILED
        stream.source, stream.folder, stream.changed_at = source, f"{ROOT}/{token_hex(16)}", now
        stream.save()
    return stream if stream.state == State.WORKING else None


def _make(stream: VideoStream) -> list[Rendition]:
    with TemporaryDirectory(prefix="lms-film-") as folder:
        path = Path(folder) / f"film{PurePath(stream.source).suffix.lower()}"
        if path.suffix[1:] not in ffmpeg.CONTAINERS or default_storage.size(stream.source) > MAX_BYTES:
            raise ffmpeg.Unplayable("not a film, or too big")
        with default_storage.open(stream.source, "rb") as source, path.open("wb") as copy:
            shutil.copyfileobj(source, copy)
        film = ffmpeg.look(path)
        renditions = [ffmpeg.encode(path, name) for name in ffmpeg.sizes(film)]
        for piece in sorted(Path(folder).iterdir()):
            if PIECE.fullmatch(piece.name):
                with piece.open("rb") as content:
                    default_storage.save(f"{stream.folder}/{piece.name}", File(content))
    return renditions


@transaction.atomic
def _finish(stream: VideoStream, **changes: object) -> None:
    """Write down what came of it, unless the film was deleted or taken over by somebody else in the meantime."""
    locked = VideoStream.objects.select_for_update().filter(pk=stream.pk, state=State.WORKING).first()
    if locked is None or locked.folder != stream.folder:
        return
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.changed_at = timezone.now()
    locked.save()


def _delete(folder: str) -> None:
    for name in default_storage.listdir(folder)[1]:
        default_storage.delete(f"{folder}/{name}")
    default_storage.delete(folder)
