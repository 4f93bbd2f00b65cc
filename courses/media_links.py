"""
Addresses of protected files that work for one person and for a short time.

The address says which file, for whom and since when, and is signed. Who opens it is compared, and whether they may is
looked up anew, so an address that was passed on, kept or changed opens nothing.
Source: docs/rules/syllabus.md, rules Y20-Y22.
"""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.urls import reverse

from courses.models import CourseDocument, VideoStream
from lms.users.models import User

SALT = "courses.media_links"
STREAM_SALT = "courses.media_links.stream"


def address(*, document: CourseDocument, user: User) -> str:
    """Return where this person may fetch a file for MEDIA_LINK_SECONDS."""
    token = signing.dumps([document.pk, user.pk], salt=SALT)
    return reverse("courses:media_signed", args=[token, document.filename])


def read(token: str, *, user: User) -> int | None:
    """Return the key of the file that an address is for; None if it is not this person's, or no longer."""
    return _read(token, SALT, user)


def stream_address(*, stream: VideoStream, name: str, user: User | AnonymousUser) -> str:
    """Return where this person may fetch a piece of a film; its neighbours have the same address up to the name."""
    token = signing.dumps([stream.pk, user.pk], salt=STREAM_SALT)
    return reverse("courses:stream_file", args=[token, name])


def read_stream(token: str, *, user: User | AnonymousUser) -> int | None:
    """Return the key of the stream that an address is for; None if it is not this person's, or no longer."""
    return _read(token, STREAM_SALT, user)


def _read(token: str, salt: str, user: User | AnonymousUser) -> int | None:
    try:
        pk, person = signing.loads(token, salt=salt, max_age=settings.MEDIA_LINK_SECONDS)
    except signing.BadSignature:
        return None
    return int(pk) if person == user.pk else None
