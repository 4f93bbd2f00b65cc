"""How long an MP4 film is, read from its header. Pure. ISO/IEC 14496-12, boxes moov and mvhd."""

import struct
from typing import BinaryIO

MOST_BOXES = 64  # at the top of a file and inside moov: more is no ordinary film


def duration(stream: BinaryIO) -> float | None:
    """Return the length of a film in seconds, or None if the file does not say."""
    try:
        start = _enter(stream, b"moov") and _enter(stream, b"mvhd")
        if not start:
            return None
        version = stream.read(4)[0]
        pattern = ">QQIQ" if version == 1 else ">IIII"
        _, _, scale, units = struct.unpack(pattern, stream.read(struct.calcsize(pattern)))
    except (struct.error, IndexError, OverflowError):
        return None
    return float(units / scale) if scale and units else None


def _enter(stream: BinaryIO, name: bytes) -> bool:
    """Move to the content of the next box of a name among the boxes from here on."""
    for _ in range(MOST_BOXES):
        begin = stream.tell()
        head = stream.read(8)
        if len(head) < 8:  # the end of the file
            return False
        size, kind = struct.unpack(">I4s", head)
        if kind == name:
            return True
        if size == 1:  # a large box writes its size after its name
            size = struct.unpack(">Q", stream.read(8))[0]
        if size == 0:  # a box without a size goes on to the end
            return False
        stream.seek(begin + size)
    return False
