"""The images and files of a package: named by their content, and checked before they enter the library."""

from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from PIL import Image, UnidentifiedImageError
from wagtail.utils.file import hash_filelike

from courses.markup.problems import Malformed
from courses.markup.svg import check_svg
from courses.models import CourseDocument, CourseImage
from courses.models.media import PAID_COLLECTION, PUBLIC_COLLECTION, collection_named, is_paid

FOLDER, LISTED = "media", "media/media.yaml"
IMAGE, DOCUMENT = "image", "document"
FIELDS = {"file", "kind", "title", "description", "paid"}
RASTER = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP"}


class Shelf:
    """Files of the library on their way into a package; each is named once."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.facts: dict[str, dict[str, Any]] = {}
        self.names: dict[tuple[str, int], str] = {}

    def name_of(self, file: CourseImage | CourseDocument | int) -> str:
        """Return the name of a file in the package; a number is the key of a document that a text links to."""
        if isinstance(file, int):
            linked = CourseDocument.objects.filter(pk=file).first()
            return self.name_of(linked) if linked else ""
        kind = IMAGE if isinstance(file, CourseImage) else DOCUMENT
        if (kind, file.pk) not in self.names:
            self._add(kind, file)
        return self.names[kind, file.pk]

    def _add(self, kind: str, file: CourseImage | CourseDocument) -> None:
        with file.open_file() as stream:
            content = bytes(stream.read())
        facts = {
            "kind": kind,
            "title": file.title,
            "description": getattr(file, "description", ""),
            "paid": is_paid(file),
        }
        stem, suffix = sha256(content).hexdigest()[:16], PurePath(str(file.file.name)).suffix.lower()
        at = 1
        while self.facts.get(name := f"{FOLDER}/{stem}{f'-{at}' if at > 1 else ''}{suffix}", facts) != facts:
            at += 1
        self.files[name], self.facts[name], self.names[kind, file.pk] = content, facts, name


def faults_of(name: str, facts: Mapping[str, Any], content: bytes) -> list[str]:
    """Say why a file may not enter the library. Source: docs/rules/package.md, rule K4."""
    suffix = PurePath(name).suffix.lstrip(".")
    allowed = settings.WAGTAILIMAGES_EXTENSIONS if facts["kind"] == IMAGE else settings.WAGTAILDOCS_EXTENSIONS
    if suffix not in allowed:
        return [f"{name}：不收 .{suffix} 文件，可用的是 {'、'.join(allowed)}。"]
    if facts["kind"] != IMAGE:
        return []
    if suffix == "svg":
        try:
            check_svg(content)
        except Malformed as fault:
            return [f"{name}：{fault}"]
        return []
    try:
        with Image.open(BytesIO(content), formats=[RASTER[suffix]]) as image:
            image.verify()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return [f"{name}：不是 .{suffix} 图片，或者已经损坏。"]
    return []


def put(name: str, facts: Mapping[str, Any], content: bytes) -> tuple[CourseImage | CourseDocument, bool]:
    """Return the library's file with this content, title and description, and whether it is new."""
    model: type[CourseImage | CourseDocument] = CourseImage if facts["kind"] == IMAGE else CourseDocument
    told = {"title": facts["title"]} | ({"description": facts["description"]} if model is CourseImage else {})
    place = collection_named(PAID_COLLECTION if facts["paid"] else PUBLIC_COLLECTION)
    digest = hash_filelike(BytesIO(content))
    for known in model.objects.filter(**told, file_hash__in=["", digest]).select_related("collection"):
        if is_paid(known) == facts["paid"] and _hash_of(known) == digest:
            return known, False
    file: CourseImage | CourseDocument = model(**told, collection=place)
    file.file = ContentFile(content, name=PurePath(name).name)
    if isinstance(file, CourseDocument):
        file.file_size = len(content)
    file.save()
    file.get_file_hash()
    return file, True


def _hash_of(file: CourseImage | CourseDocument) -> str:
    """Return a file's hash, which the library notes when it is first asked; "" if the file is gone."""
    try:
        return str(file.get_file_hash())
    except FileNotFoundError:
        return ""
