"""
What a player reads first: which sizes of a film there are, and which pieces follow each other. Pure.

RFC 8216. Addresses are relative to the playlist's own, so a signed folder carries over to every piece.
Source: docs/rules/syllabus.md, rule Y30.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import TypedDict

PIECE = re.compile(r"(?P<size>\d{3,4}p)_(?:\d{5}\.m4s|init\.mp4)", re.ASCII)
CODECS = "avc1.4d401f,mp4a.40.2"  # as courses.streams.ffmpeg asks for: H.264 main 3.1, AAC


class Rendition(TypedDict):
    """One size of a film. `bandwidth`: bits per second of its heaviest piece; `pieces`: seconds of each."""

    name: str
    width: int
    height: int
    bandwidth: int
    has_sound: bool
    pieces: list[float]


def master(addresses: Mapping[str, str], renditions: Sequence[Rendition]) -> str:
    """Write the list of sizes, the smallest first; `addresses`: of each size's own playlist, by its name."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7"]
    for one in renditions:
        codecs = CODECS if one["has_sound"] else CODECS.partition(",")[0]
        size = f"{one['width']}x{one['height']}"
        lines += [
            f'#EXT-X-STREAM-INF:BANDWIDTH={one["bandwidth"]},RESOLUTION={size},CODECS="{codecs}"',
            addresses[one["name"]],
        ]
    return "\n".join(lines) + "\n"


def media(one: Rendition) -> str:
    """Write the list of the pieces of one size."""
    name = one["name"]
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{math.ceil(max(one['pieces']))}",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        f'#EXT-X-MAP:URI="{name}_init.mp4"',
    ]
    for number, seconds in enumerate(one["pieces"]):
        lines += [f"#EXTINF:{seconds:.6f},", f"{name}_{number:05}.m4s"]
    return "\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n"
