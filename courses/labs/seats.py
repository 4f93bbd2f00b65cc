"""How many seats a hotline needs. Times are in seconds, shares between 0 and 1."""

import math
from dataclasses import dataclass

from courses.labs.queueing import Queue, servers_needed, solve

MOST_SEATS = 500
HOUR = 3600


@dataclass(frozen=True, kw_only=True)
class Staffing:
    """The fewest seats that reach the target, and the people on the roster who fill them."""

    load: float
    seats: int
    answered: float
    occupancy: float
    wait_seconds: float
    roster: int
    by_square_root: int


def load_of(*, calls: float, handling: float) -> float:
    """Return the load in Erlang of so many calls an hour. Source: docs/rules/labs.md, rule H3."""
    return calls * handling / HOUR


def with_seats(*, calls: float, handling: float, seats: int) -> Queue:
    """Return the queue at so many seats. Raises: QueueGrows. Source: docs/rules/labs.md, rule H3."""
    return solve(arrivals=calls, rate=HOUR / handling, servers=seats)


def staff(*, calls: float, handling: float, target: float, within: float, absent: float) -> Staffing | None:
    """
    Find the fewest seats at which the share `target` is answered within so many seconds; None if 500 do not do.

    Source: docs/rules/labs.md, rule H3.
    """
    load = load_of(calls=calls, handling=handling)
    for seats in range(servers_needed(load=load), MOST_SEATS + 1):
        queue = with_seats(calls=calls, handling=handling, seats=seats)
        answered = queue.served_within(within / HOUR)
        if answered >= target:
            return Staffing(
                load=load,
                seats=seats,
                answered=answered,
                occupancy=queue.utilisation,
                wait_seconds=queue.wait_hours * HOUR,
                roster=roster_of(seats=seats, absent=absent),
                by_square_root=math.ceil(load + math.sqrt(load)),
            )
    return None


def roster_of(*, seats: int, absent: float) -> int:
    """Return how many people fill so many seats when a share is away. Source: docs/rules/labs.md, rule H3."""
    exact = seats / (1 - absent)
    return math.ceil(round(exact, 9))  # 30 / (1 - 0.4) is a hair above 50
