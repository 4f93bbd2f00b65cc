"""The arithmetic of the benchmarks, free of clocks, sockets and databases."""

import math
from collections.abc import Iterable, Mapping, Sequence

Content = tuple[int, str]  # position and answer


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least `percent` % of the values do not exceed; 0 if there are none."""
    if not values:
        return 0.0
    rank = math.ceil(percent / 100 * len(values))
    return sorted(values)[max(rank, 1) - 1]


def open_loop(*, rate: float, seconds: float) -> list[float]:
    """
    Return the moments at which an open loop sends, evenly spaced from 0.

    Latency counts from these moments, so a server that falls behind is charged for the waiting of all that comes after.
    Units: requests a second, seconds.
    """
    return [number / rate for number in range(int(rate * seconds))] if rate > 0 else []


def exam_day_size(
    sizes: Iterable[int], *, start_per_s: float, save_per_s: float, hand_in_per_s: float, window: float, pace: float
) -> int:
    """
    Return the largest size that keeps the server at most 60 % busy in its two busiest minutes; else the smallest.

    `window`: seconds within which all start, and within which all hand in; a candidate saves every 30 × `pace` seconds.
    """
    ordered = sorted(sizes)
    if not min(start_per_s, save_per_s, hand_in_per_s) > 0:
        return ordered[0]
    saving = 1 / (30 * pace) / save_per_s
    busy = max(1 / window / start_per_s, 1 / window / hand_in_per_s) + saving
    return max((size for size in ordered if size * busy <= 0.6), default=ordered[0])


def lost(
    acknowledged: Mapping[int, Mapping[int, Content]], journal: Mapping[int, Mapping[int, Content]]
) -> list[tuple[int, int]]:
    """Return (attempt, seq) of every acknowledged answer that the journal lacks or holds with other content."""
    return sorted(
        (attempt, seq)
        for attempt, entries in acknowledged.items()
        for seq, content in entries.items()
        if journal.get(attempt, {}).get(seq) != content
    )


def standing(entries: Mapping[int, Content]) -> dict[int, str]:
    """Return the answer that counts for each position: the one with the highest seq."""
    return {position: answer for _, (position, answer) in sorted(entries.items())}
