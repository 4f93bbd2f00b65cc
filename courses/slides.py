"""
Pages of a PDF as pictures and as words. What was drawn once is kept in the media store.

PDFium works for one thread at a time, so everything goes through one lock.
"""

from io import BytesIO
from threading import Lock
from typing import Any

import pypdfium2
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

MAX_PAGES = 200
WIDTH = 1440
WORDS_SHOWN = 300
REMEMBERED_SECONDS = 24 * 3600
_one_at_a_time = Lock()


def words(document: Any) -> list[str]:
    """Return the words of each page, shortened, in order; nothing for a file that is gone or no PDF."""
    key = f"slides:{document.get_file_hash()}"
    known: list[str] | None = cache.get(key)
    if known is None:
        known = _read_words(document)
        cache.set(key, known, REMEMBERED_SECONDS)
    return known


def picture(document: Any, number: int) -> bytes:
    """Draw one page (from 1) as WebP. Raises: LookupError if there is no such page."""
    name = f"slides/{document.get_file_hash()}-{number}.webp"
    if default_storage.exists(name):
        with default_storage.open(name, "rb") as file:
            return bytes(file.read())
    if not 1 <= number <= len(words(document)):
        raise LookupError(number)
    content = _draw(document, number)
    default_storage.save(name, ContentFile(content))
    return content


def _read_words(document: Any) -> list[str]:
    try:
        content = _content(document)
    except FileNotFoundError:
        return []
    with _one_at_a_time:
        try:
            with pypdfium2.PdfDocument(content) as pdf:
                return [
                    " ".join(pdf[at].get_textpage().get_text_bounded().split())[:WORDS_SHOWN]
                    for at in range(min(len(pdf), MAX_PAGES))
                ]
        except pypdfium2.PdfiumError:
            return []


def _draw(document: Any, number: int) -> bytes:
    content = _content(document)
    with _one_at_a_time, pypdfium2.PdfDocument(content) as pdf:
        page = pdf[number - 1]
        image = page.render(scale=min(WIDTH / page.get_width(), 8)).to_pil()
    out = BytesIO()
    image.convert("RGB").save(out, "WEBP", quality=82)
    return out.getvalue()


def _content(document: Any) -> bytes:
    with document.open_file() as file:
        return bytes(file.read())
