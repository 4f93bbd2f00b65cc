"""What several threads want at the same moment is done as one piece of work. Knows nothing of what that work is."""

from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

Wish = TypeVar("Wish")
Outcome = TypeVar("Outcome")


@dataclass(eq=False, slots=True)
class Ticket(Generic[Wish, Outcome]):
    """One thread's wish, and after the work its outcome or the exception that took its place."""

    wish: Wish
    outcome: Outcome | Exception | None = None
    is_done: bool = False


class Group(Generic[Wish, Outcome]):
    """
    Runs `work` on everything that waits, at most `size` wishes at a time and no two with the same `key`.

    Whoever comes while the work runs waits; the first of those takes all of them next. Nobody waits for company.
    `work` returns an outcome, or an exception for that thread to raise, for each wish in order.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Wish]], Sequence[Outcome | Exception]],
        *,
        key: Callable[[Wish], Hashable],
        size: int,
    ) -> None:
        self._work, self._key, self._size = work, key, size
        self._waiting: deque[Ticket[Wish, Outcome]] = deque()
        self._leading = Lock()

    def do(self, wish: Wish) -> Outcome:
        """Return the outcome of `wish`, worked on by this thread or another. Raises what stands in its place."""
        ticket = Ticket[Wish, Outcome](wish)
        self._waiting.append(ticket)
        with self._leading:
            while not ticket.is_done:
                self._lead()
        if isinstance(ticket.outcome, Exception):
            raise ticket.outcome
        return ticket.outcome  # type: ignore[return-value]  # done and no exception: an outcome

    def _lead(self) -> None:
        batch = self._next_batch()
        try:
            outcomes = self._work([ticket.wish for ticket in batch])
        except Exception as error:  # noqa: BLE001  # each thread raises it
            outcomes = [error] * len(batch)
        for ticket, outcome in zip(batch, outcomes, strict=True):
            ticket.outcome, ticket.is_done = outcome, True

    def _next_batch(self) -> list[Ticket[Wish, Outcome]]:
        """Take what waits in order of arrival; leave a second wish with the same key to the next batch."""
        batch: dict[Hashable, Ticket[Wish, Outcome]] = {}
        left = []
        while self._waiting and len(batch) < self._size:
            ticket = self._waiting.popleft()
            if batch.setdefault(self._key(ticket.wish), ticket) is not ticket:
                left.append(ticket)
        self._waiting.extendleft(reversed(left))
        return list(batch.values())
