"""
Sends a file of the media store to somebody who may have it: by nginx, by the object store, or from here with ranges.

Source: docs/rules/syllabus.md, rules Y23-Y25.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import Storage
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import content_disposition_header, http_date

CONTENT_TYPES = {
    "avif": "image/avif",
    "csv": "text/csv; charset=utf-8",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "m3u8": "application/vnd.apple.mpegurl",
    "m4a": "audio/mp4",
    "m4s": "video/iso.segment",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "ts": "video/mp2t",
    "txt": "text/plain; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "webm": "video/webm",
    "webp": "image/webp",
}
OTHER = "application/octet-stream"
TO_BE_SAVED = {"csv", "txt"}  # known, but meant to be taken along
# A file that is opened by itself is a document on our origin: it may show its shapes and nothing else.
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
PDF_POLICY = "default-src 'none'; object-src 'self'; frame-ancestors 'self'"  # browsers show no PDF inside a sandbox
PUBLIC_SECONDS = 3600
STORE_SECONDS = 120  # how long an address of the object store works
CHUNK = 64 * 1024
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def send(request: HttpRequest, file: FieldFile, *, is_public: bool, filename: str = "") -> HttpResponseBase:
    """
    Answer with a file. `is_public`: anybody may have it, so any cache may keep it. Raises: Http404 for a lost file.

    Pictures, video, audio and PDF are shown; anything else is to be saved, under `filename`.
    """
    name = str(file.name)
    ending = PurePath(name).suffix.lstrip(".").lower()
    content_type = CONTENT_TYPES.get(ending, OTHER)
    is_shown = ending in CONTENT_TYPES and ending not in TO_BE_SAVED
    disposition = content_disposition_header(not is_shown, filename or PurePath(name).name) or "inline"
    response: HttpResponseBase
    if settings.MEDIA_ACCEL_PREFIX:
        response = HttpResponse(headers={"X-Accel-Redirect": settings.MEDIA_ACCEL_PREFIX + quote(name)})
    elif _is_remote(file):
        parameters = {"ResponseContentType": content_type, "ResponseContentDisposition": disposition}
        store: Any = file.storage
        address = store.url(name, parameters=parameters, expire=STORE_SECONDS)
        response = HttpResponse(status=HTTPStatus.FOUND, headers={"Location": address})
        patch_cache_control(response, private=True, no_store=True)
        return response
    else:
        response = _from_here(request, file.storage, name)
    response["Content-Type"] = content_type
    response["Content-Disposition"] = disposition
    response["Content-Security-Policy"] = PDF_POLICY if ending == "pdf" else FILE_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    if is_public:
        patch_cache_control(response, public=True, max_age=PUBLIC_SECONDS)
    else:  # kept only by the browser, which asks before it uses it again: the next person may be another
        patch_cache_control(response, private=True, no_cache=True)
    return response


def _is_remote(file: FieldFile) -> bool:
    try:
        return not file.path
    except NotImplementedError:
        return True


def _from_here(request: HttpRequest, storage: Storage, name: str) -> HttpResponseBase:
    try:
        size, changed_at = storage.size(name), storage.get_modified_time(name)
    except FileNotFoundError as fault:
        raise Http404 from fault
    changed = int(changed_at.timestamp())
    etag = f'"{sha256(f"{name} {size} {changed}".encode()).hexdigest()[:32]}"'
    response: HttpResponseBase | None = get_conditional_response(request, etag, changed, None)
    if response is None:
        span = _span(request.headers.get("Range", ""), size) if _is_wanted(request, etag, changed_at) else (0, size)
        response = _answer(request, storage, name, size, span)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    response["Last-Modified"] = http_date(changed)
    return response


def _is_wanted(request: HttpRequest, etag: str, changed_at: datetime) -> bool:
    """Say whether the part asked for continues the file that the browser has the beginning of (If-Range)."""
    known = request.headers.get("If-Range", "")
    return known in {"", etag, http_date(int(changed_at.timestamp()))}


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """Read a Range header as (start, end), end excluded: the whole file if it has none, None for what is not there."""
    if asked.startswith("bytes=") and "," in asked:
        return None  # several parts in one answer: nobody's player needs them
    match = RANGE.fullmatch(asked.replace(" ", ""))
    if not match or match[1] == match[2] == "":
        return 0, size
    if not match[1]:
        return (max(0, size - int(match[2])), size) if int(match[2]) and size else None
    start, end = int(match[1]), min(int(match[2]) + 1 if match[2] else size, size)
    if start < size and match[2] and int(match[2]) < start:
        return 0, size
    return (start, end) if start < size else None


def _answer(
    request: HttpRequest, storage: Storage, name: str, size: int, span: tuple[int, int] | None
) -> HttpResponseBase:
    if span is None:
        status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        return HttpResponse(status=status, headers={"Content-Range": f"bytes */{size}"})
    start, end = span
    is_asked_for = request.method != "HEAD"
    response = StreamingHttpResponse(_pieces(storage, name, start, end)) if is_asked_for else HttpResponse()
    if end - start < size:
        response.status_code = HTTPStatus.PARTIAL_CONTENT
        response["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    response["Content-Length"] = str(end - start)
    return response


def _pieces(storage: Storage, name: str, start: int, end: int) -> Iterator[bytes]:
    with storage.open(name, "rb") as file:
        file.seek(start)
        left = end - start
        while left > 0 and (piece := file.read(min(CHUNK, left))):
            left -= len(piece)
            yield piece
