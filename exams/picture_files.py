"""
Pictures of items as files: what is accepted, what it is called, and where a text names one. No framework here.

A picture is called by what it holds, so the same picture has the same name in every bank, and what a name stands for
never changes. Source: docs/rules/grading.md, rule G26.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

from PIL import Image

from courses.markup.problems import Malformed
from courses.markup.svg import check_svg

MAX_BYTES = 2 * 1024 * 1024
TOO_BIG = f"图片超过 {MAX_BYTES // 1024 // 1024} MB。请缩小或压缩以后再传。"
MAX_SIDE = 4000  # pixels; what is larger is no picture for a phone, or a bomb
ENDINGS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "GIF": "gif"}
TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "svg": "image/svg+xml",
}
FOLDER = "pictures/"
NAME = r"[0-9a-f]{24}\.(?:png|jpg|webp|gif|svg)"
NAMED = re.compile(rf"\({FOLDER}({NAME})\)")
UNSAFE = re.compile(r"[][\\]")
SHOWN = re.compile(rf"!\[([^\]\n]*)\]\({FOLDER}({NAME})\)")


class PictureRefused(ValueError):
    """Not a picture that we keep; the text says in Chinese why, and what to do."""


@dataclass(frozen=True)
class Examined:
    """A harmless picture. Units: pixels; 0 for drawings, which have none."""

    name: str
    width: int
    height: int


def examine(content: bytes) -> Examined:
    """
    Look at a file whose name and type say nothing: is it a picture, small enough, and of a kind that runs nothing?

    Raises: PictureRefused. Source: docs/rules/grading.md, rule G26.
    """
    if len(content) > MAX_BYTES:
        raise PictureRefused(TOO_BIG)
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _drawing(content)
    try:
        with Image.open(BytesIO(content), formats=tuple(ENDINGS)) as image:
            ending, size, frames = ENDINGS[image.format or ""], image.size, getattr(image, "n_frames", 1)
            if max(size) <= MAX_SIDE and frames == 1:
                image.load()
    except Exception as fault:  # decoders of damaged files fail in many ways
        raise PictureRefused("不是图片，或者图片已损坏。请用 PNG、JPEG、WebP、GIF 或 SVG 图。") from fault
    if max(size) > MAX_SIDE:
        raise PictureRefused(f"图片有 {size[0]} × {size[1]} 像素，边长最多 {MAX_SIDE}。请缩小以后再传。")
    if frames > 1:
        raise PictureRefused("是动图，不能用在试题里。请改用静止的图。")
    return Examined(_name(content, ending), *size)


def names_in(texts: Iterable[str]) -> list[str]:
    """List the pictures that texts name, each once, in order."""
    return list(dict.fromkeys(name for text in texts for name in NAMED.findall(text)))


def reference(name: str, alt: str) -> str:
    """Write how a text shows a picture; what would end the alternative text is left out."""
    words = " ".join(UNSAFE.sub(" ", alt).split())
    return f"![{words}]({FOLDER}{name})"


def _drawing(content: bytes) -> Examined:
    try:
        check_svg(content)
    except Malformed as fault:
        raise PictureRefused("；".join(problem.text for problem in fault.problems)) from fault
    return Examined(_name(content, "svg"), 0, 0)


def _name(content: bytes, ending: str) -> str:
    return f"{sha256(content).hexdigest()[:24]}.{ending}"
