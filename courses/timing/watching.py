"""
Which seconds of a video somebody has really watched: pure rules of docs/rules/study-time.md.

Ranges are pairs of seconds in the video, sorted and disjoint once joined; times of the server in seconds too.
"""

from collections.abc import Iterable, Sequence

MAX_RATE = 2
REPORT_LIMIT_SECONDS = 30
SLACK_SECONDS = 2
SHORTEST_GAP = 1.0  # players report in steps of a quarter of a second: smaller holes are no holes

Range = tuple[float, float]


def join(ranges: Iterable[Range]) -> list[Range]:
    """Sort ranges and join those that touch or nearly touch."""
    joined: list[Range] = []
    for start, end in sorted(one for one in ranges if one[0] < one[1]):
        if joined and start - joined[-1][1] <= SHORTEST_GAP:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def length(ranges: Sequence[Range]) -> float:
    """Return how many seconds disjoint ranges hold."""
    return sum(end - start for start, end in ranges)


def accept(*, known: Sequence[Range], claimed: Iterable[Range], elapsed: float, duration: float) -> list[Range]:
    """
    Add to the known ranges what a report claims, as far as the server's own clock allows it.

    New seconds may not exceed twice the time since the last report, of which 30 seconds count at most; what is too much
    is cut off at the claim's end. Nothing beyond the video's length is taken.
    Source: docs/rules/study-time.md, rule T20.
    """
    budget = MAX_RATE * max(0.0, min(elapsed, REPORT_LIMIT_SECONDS)) + (SLACK_SECONDS if elapsed > 0 else 0)
    result = join(known)
    inside = ((max(0.0, start), min(end, duration)) for start, end in claimed)
    for start, end in join(inside):
        for free_start, free_end in _free(start, end, result):
            taken = min(free_end - free_start, budget)
            if taken <= 0:
                return result
            budget -= taken
            result = join([*result, (free_start, free_start + taken)])
    return result


def percent(*, watched: Sequence[Range], duration: float) -> int:
    """Return the share of a video that was watched, 0 to 100, rounded down. Source: study-time.md, rule T21."""
    return min(100, int(100 * length(watched) / duration)) if duration > 0 else 0


def reached(watched: Sequence[Range]) -> float:
    """Return up to where the first viewing has come without a hole. Source: docs/rules/study-time.md, rule T22."""
    first = next(iter(watched), (0.0, 0.0))
    return first[1] if first[0] <= SHORTEST_GAP else 0.0


def _free(start: float, end: float, covered: Sequence[Range]) -> list[Range]:
    parts = []
    for taken_start, taken_end in covered:
        if taken_end <= start or taken_start >= end:
            continue
        if start < taken_start:
            parts.append((start, taken_start))
        start = max(start, taken_end)
    return [*parts, (start, end)] if start < end else parts
