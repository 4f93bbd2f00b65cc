"""Streams of films, without a film: what courses.streams.jobs would have written."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from courses.models import CourseDocument, VideoStream
from courses.streams.playlists import Rendition

PIECES = [6.0, 6.0, 1.5]


def make_stream(document: CourseDocument, *, now: object, content: bytes = b"piece") -> VideoStream:
    """A READY stream of one size and three pieces."""
    folder = f"streams/{document.pk:032}"
    for name in ("480p_init.mp4", *(f"480p_{number:05}.m4s" for number in range(len(PIECES)))):
        default_storage.delete(f"{folder}/{name}")
        default_storage.save(f"{folder}/{name}", ContentFile(content))
    size = Rendition(name="480p", width=854, height=480, bandwidth=900_000, has_sound=True, pieces=PIECES)
    return VideoStream.objects.create(
        document=document,
        state=VideoStream.State.READY,
        source=document.file.name,
        folder=folder,
        seconds=sum(PIECES),
        renditions=[size],
        tries=1,
        changed_at=now,
    )
