"""Private files: kept under names that cannot be guessed, sent only by views that look who asks."""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


@contextmanager
def stored(folder: str, files: Mapping[str, bytes]) -> Iterator[dict[str, str]]:
    """
    Write files, each under its extension, and give their names; take them away again if the block fails.

    The rows that name them are to be committed inside the block.
    """
    names: dict[str, str] = {}
    try:
        for extension, content in files.items():
            name = f"{folder}/{secrets.token_urlsafe(24)}.{extension.lower()}"
            names[extension] = default_storage.save(name, ContentFile(content))
        yield names
    except BaseException:
        for name in names.values():
            default_storage.delete(name)
        raise


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def read(name: str) -> bytes:
    """Return the content of a stored file. Raises: FileNotFoundError."""
    with default_storage.open(name, "rb") as file:
        return bytes(file.read())


def delete(name: str) -> None:
    """Delete a stored file; one that is gone already is no mistake."""
    default_storage.delete(name)
