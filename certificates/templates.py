"""Versions of the certificate's design: saved once, never changed. docs/rules/certificates.md, rules N35 and N36."""

import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from math import ceil

from django.db import transaction
from PIL import Image, UnidentifiedImageError

from certificates import places, wording
from certificates.models import CertificateTemplate
from certificates.places import PARTS, Box
from lms.errors import DomainError
from lms.users.models import User

PLACEHOLDERS = (
    "name",
    "id_number",
    "course",
    "study_hours",
    "exam",
    "score",
    "standard",
    "issuer",
    "issued_date",
    "valid_until",
    "number",
    "serial",
)
POINT = 25.4 / 72  # millimetres
MAX_PICTURE_PIXELS = 900  # of the longer side: 300 dpi at 76 mm
MAX_PICTURE_BYTES = 5_000_000
HOLE = re.compile(r"\{([^{}]*)\}")


class TextRefused(DomainError):
    message = "模板文字不能保存。"


class PictureRefused(DomainError):
    message = "图片读不出来。请用 5 MB 以内的 PNG 或 JPEG。"


class AlreadyCurrent(DomainError):
    message = "这个版本已经在使用中。"


@dataclass(frozen=True, kw_only=True)
class Block:
    """A text at a place: millimetres from the top left corner of the page, size in points."""

    text: str
    x: int
    y: int
    width: int
    size: int = 11
    align: str = "left"

    def box(self) -> Box:
        """Return where its first line stands."""
        return Box(self.x, self.y, self.width, ceil(self.size * POINT))


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A seal or a signature at a place, in millimetres; `png` as `clean_picture` returns it."""

    png: bytes
    x: int
    y: int
    width: int
    caption: str = ""

    def box(self) -> Box:
        """Return where the picture itself stands, without its caption."""
        with Image.open(io.BytesIO(self.png)) as opened:
            return Box(self.x, self.y, self.width, ceil(self.width * opened.height / opened.width))

    def place(self) -> dict[str, object]:
        return {"x": self.x, "y": self.y, "width": self.width, "caption": self.caption}


@dataclass(frozen=True, kw_only=True)
class Design:
    """Everything of a version that may be chosen."""

    name: str
    title: str
    statement: str
    blocks: tuple[Block, ...] = ()
    seal: Picture | None = None
    signature: Picture | None = None
    has_photo_frame: bool = False
    boxes: Mapping[str, Box] = field(default_factory=dict)  # {} is the usual order, otherwise every part has its box

    def texts(self) -> Iterator[tuple[str, str]]:
        """Give every text with the name of its place."""
        yield "证书名称", self.title
        yield "正文", self.statement
        yield from ((f"附加文字 {number}", block.text) for number, block in enumerate(self.blocks, start=1))
        if self.seal:
            yield "印章说明", self.seal.caption
        if self.signature:
            yield "签名说明", self.signature.caption


def problems(design: Design) -> dict[str, str]:
    """
    List what must not be saved: place → Chinese sentence, with the words. Empty if all may.

    Source: docs/rules/certificates.md, rules N10, N36 and N37.
    """
    found = {}
    for place, text in design.texts():
        holes = HOLE.findall(text)
        unknown = sorted(set(holes) - set(PLACEHOLDERS))
        if banned := wording.find_banned(text):
            found[place] = f"含有证书不得使用的字样：{'、'.join(banned)}。"
        elif place == "证书名称" and (holes or "{" in text or "}" in text):
            found[place] = "不能含有占位符。"
        elif unknown or "{" in HOLE.sub("", text) or "}" in HOLE.sub("", text):
            named = "、".join(f"{{{name}}}" for name in unknown) or "单独的花括号"
            found[place] = f"有不认识的占位符：{named}。"
    return found | _misplaced(design)


def _misplaced(design: Design) -> dict[str, str]:
    """List what stands where it cannot: rule N37."""
    found = {f"{PARTS[name].label}的位置": text for name, text in places.problems(design.boxes).items()}
    added = [(f"附加文字 {number}", block.box()) for number, block in enumerate(design.blocks, start=1)]
    added += [(label, one.box()) for label, one in (("印章", design.seal), ("签名", design.signature)) if one]
    for label, box in added:
        if over := places.covered(design.boxes, box):
            found.setdefault(label, f"会盖住“{over}”，请移开。")
    return found


@transaction.atomic
def save(*, design: Design, person: User, now: datetime) -> CertificateTemplate:
    """
    Save a design as a new version; it is not in use until somebody chooses it. Raises: TextRefused.

    Source: docs/rules/certificates.md, rules N35-N37.
    """
    if wrong := problems(design):
        raise TextRefused("；".join(f"{place}{text}" for place, text in wrong.items()))
    version = draft(design)
    newest = CertificateTemplate.objects.select_for_update().order_by("-number").first()
    version.number = newest.number + 1 if newest else 1
    version.created_by, version.created_at = person, now
    version.save(force_insert=True)
    return version


def draft(design: Design) -> CertificateTemplate:
    """Make an unsaved version, for saving and for previews."""
    version = CertificateTemplate(
        name=design.name,
        title=design.title,
        statement=design.statement,
        blocks=[asdict(block) for block in design.blocks],
        places={name: asdict(box) for name, box in design.boxes.items()},
        seal=design.seal.place() if design.seal else {},
        seal_png=design.seal.png if design.seal else b"",
        signature=design.signature.place() if design.signature else {},
        signature_png=design.signature.png if design.signature else b"",
        has_photo_frame=design.has_photo_frame,
    )
    version.sha256 = fingerprint(version)
    return version


@transaction.atomic
def choose(*, template: CertificateTemplate) -> CertificateTemplate:
    """Use a version for what is issued from now on. Raises: AlreadyCurrent. Source: rule N35."""
    rows = {row.pk: row for row in CertificateTemplate.objects.select_for_update().order_by("pk")}
    chosen = rows[template.pk]
    if chosen.is_current:
        raise AlreadyCurrent
    CertificateTemplate.objects.filter(is_current=True).update(is_current=False)
    chosen.is_current = True
    chosen.save(update_fields=["is_current"])
    return chosen


def clean_picture(data: bytes) -> bytes:
    """
    Write a picture anew as a small PNG, the same bytes for the same pixels; nothing else of the file stays.

    Raises: PictureRefused. Source: docs/rules/certificates.md, rule N35.
    """
    if len(data) > MAX_PICTURE_BYTES:
        raise PictureRefused
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as opened:
            picture = opened.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise PictureRefused from error
    picture.thumbnail((MAX_PICTURE_PIXELS, MAX_PICTURE_PIXELS))
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()


def fingerprint(version: CertificateTemplate) -> str:
    """Hash everything of a version that shows on paper. Source: docs/rules/certificates.md, rule N35."""
    said = {
        "title": version.title,
        "statement": version.statement,
        "blocks": version.blocks,
        "places": version.places,
        "seal": version.seal,
        "seal_png": hashlib.sha256(version.seal_png).hexdigest(),
        "signature": version.signature,
        "signature_png": hashlib.sha256(version.signature_png).hexdigest(),
        "has_photo_frame": version.has_photo_frame,
    }
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
