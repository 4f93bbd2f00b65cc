"""What Linux says about processor time. The neighbours' share is printed because it explains noisy figures."""

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_of_group(group: int) -> float:
    """Return the seconds of processor time that the processes of a group have used so far."""
    total = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[2]) == group:
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def busy_share(seconds: float) -> float:
    """Watch the whole machine for so long; return the share of its processors that was busy."""
    before = _times()
    time.sleep(seconds)
    all_time, idle = (after - earlier for after, earlier in zip(_times(), before, strict=True))
    return 1 - idle / all_time if all_time else 0.0


def _times() -> tuple[int, int]:
    values = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(values), values[3] + values[4]
