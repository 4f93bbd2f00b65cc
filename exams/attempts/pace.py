"""How fast one attempt may save: a bucket of tokens each, in this process."""

from lms.errors import DomainError

BURST_SECONDS = 20  # what may come at once, for example after an hour without a network
MOST = 20_000  # attempts that are remembered


class TooFast(DomainError):
    message = "保存得太频繁，这次没有保存。答案还在这台设备上，页面会自动再送。"


class Pace:
    """Lets each key through `per_second` times a second on average, and BURST_SECONDS' worth at once."""

    def __init__(self) -> None:
        self._buckets: dict[int, tuple[float, float]] = {}  # key → tokens left, at second

    def check(self, key: int, *, per_second: float, now: float) -> None:
        """Take a token of `key`. Units: `now` in seconds. Raises: TooFast. Source: exam-room.md, rule R4."""
        full = per_second * BURST_SECONDS
        left, since = self._buckets.get(key, (full, now))
        left = min(full, left + max(0.0, now - since) * per_second)
        if left < 1:
            raise TooFast
        if len(self._buckets) > MOST:
            self._buckets = {key: (left, at) for key, (left, at) in self._buckets.items() if now - at < BURST_SECONDS}
        self._buckets[key] = (left - 1, now)
