"""
Calls ffmpeg on a film that somebody handed in. Pure.

The film is a stranger's: its container is named and not guessed, nothing but plain files is opened, and time and length
are bounded. Source: docs/rules/syllabus.md, rules Y29 and Y31.
"""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from courses.streams.playlists import Rendition

CONTAINERS = {"mp4": "mov", "webm": "matroska"}  # ending → ffmpeg's name of the reader
BOXES = {"480p": (854, 480, 1200), "720p": (1280, 720, 2800)}  # width, height, kbit/s; the film fits inside
PIECE_SECONDS = 6
MAX_SECONDS = 3 * 3600
LOOK_SECONDS = 60
ENCODE_SECONDS = 3600
LENGTH = re.compile(r"#EXTINF:([\d.]+),")


class Unplayable(Exception):
    """ffmpeg cannot do this film, or it is beyond the bounds."""


@dataclass(frozen=True, kw_only=True)
class Film:
    width: int
    height: int
    has_sound: bool
    seconds: float = 0


def is_there() -> bool:
    return bool(shutil.which("ffmpeg") and shutil.which("ffprobe"))


def look(path: Path) -> Film:
    """Return what a film is. Raises: Unplayable."""
    found = _probe(path)
    if not 0 < found.seconds <= MAX_SECONDS:
        raise Unplayable(f"{found.seconds} seconds")
    return found


def sizes(film: Film) -> list[str]:
    """Return the names of the sizes to make: never larger than the film."""
    width, height, _ = BOXES["480p"]
    return ["480p", "720p"] if film.width > width or film.height > height else ["480p"]


def encode(path: Path, name: str) -> Rendition:
    """Write the pieces of one size beside a film. Raises: Unplayable."""
    width, height, kilobits = BOXES[name]
    fit = f"scale=w='min({width},iw)':h='min({height},ih)':force_original_aspect_ratio=decrease:force_divisible_by=2"
    video = [
        *("-vf", fit, "-fpsmax", "30", "-c:v", "libx264", "-preset", "veryfast", "-profile:v", "main"),
        *("-level", "3.1", "-pix_fmt", "yuv420p", "-crf", "23"),
        *("-maxrate", f"{kilobits}k", "-bufsize", f"{2 * kilobits}k"),
        *("-sc_threshold", "0", "-force_key_frames", f"expr:gte(t,n_forced*{PIECE_SECONDS})"),
    ]
    pieces = [
        *("-f", "hls", "-hls_time", str(PIECE_SECONDS), "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"),
        *("-hls_fmp4_init_filename", f"{name}_init.mp4", "-hls_segment_filename", f"{name}_%05d.m4s", f"{name}.m3u8"),
    ]
    _run(
        "ffmpeg",
        *("-nostdin", "-v", "error", "-protocol_whitelist", "file", "-f", CONTAINERS[path.suffix[1:]], "-i", path.name),
        *("-map", "0:v:0", "-map", "0:a:0?", "-sn", "-dn", "-map_metadata", "-1", "-t", str(MAX_SECONDS)),
        *video,
        *("-c:a", "aac", "-b:a", "96k", "-ac", "2", "-ar", "48000", "-threads", "2"),
        *pieces,
        folder=path.parent,
        seconds=ENCODE_SECONDS,
    )
    lengths = [float(one) for one in LENGTH.findall((path.parent / f"{name}.m3u8").read_text())]
    files = sorted(path.parent.glob(f"{name}_*.m4s"))
    if not lengths or len(lengths) != len(files) or min(lengths) <= 0:
        raise Unplayable("no pieces")
    shown = _probe(path.parent / f"{name}_init.mp4")
    heaviest = max(file.stat().st_size * 8 / length for file, length in zip(files, lengths, strict=True))
    return Rendition(
        name=name,
        width=shown.width,
        height=shown.height,
        bandwidth=int(heaviest),
        has_sound=shown.has_sound,
        pieces=lengths,
    )


def _probe(path: Path) -> Film:
    said = _run(
        "ffprobe",
        *("-v", "error", "-protocol_whitelist", "file", "-f", CONTAINERS[path.suffix[1:]]),
        *("-show_entries", "stream=codec_type,width,height:format=duration", "-of", "json", path.name),
        folder=path.parent,
        seconds=LOOK_SECONDS,
    )
    found = json.loads(said)
    kinds = [one.get("codec_type") for one in found["streams"]]
    if "video" not in kinds:
        raise Unplayable("no picture")
    picture = found["streams"][kinds.index("video")]
    return Film(
        width=picture["width"],
        height=picture["height"],
        has_sound="audio" in kinds,
        seconds=float(found["format"].get("duration", 0)),
    )


def _run(program: str, *arguments: str, folder: Path, seconds: int) -> bytes:
    command = [shutil.which(program) or program, *arguments]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=seconds)  # noqa: S603 – our own arguments, no shell
    except subprocess.CalledProcessError as fault:
        raise Unplayable(fault.stderr.decode(errors="replace")[-300:]) from fault
    except subprocess.TimeoutExpired as fault:
        raise Unplayable(f"longer than {seconds} seconds") from fault
    return done.stdout
