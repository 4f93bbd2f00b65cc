"""Queues with random arrivals and exponential service: M/M/1 and M/M/c. Rates are per hour, times are in hours."""

import math
from dataclasses import dataclass


class QueueGrows(ValueError):
    """More work arrives than the servers can do: there is no steady state. Source: docs/rules/labs.md, rule H2."""


@dataclass(frozen=True, kw_only=True)
class Queue:
    """The long-run averages of a queue that has a steady state. `load` is a = λ/μ, in Erlang."""

    load: float
    utilisation: float
    wait_probability: float
    waiting: float
    present: float
    wait_hours: float
    stay_hours: float
    spare_rate: float

    def served_within(self, hours: float) -> float:
        """Return the share of customers whose turn comes within so many hours. Source: docs/rules/labs.md, rule H1."""
        return 1 - self.wait_probability * math.exp(-self.spare_rate * hours)


def erlang_b(*, load: float, servers: int) -> float:
    """Return the share of calls lost when nobody can wait. Source: docs/rules/labs.md, rule H1."""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked


def erlang_c(*, load: float, servers: int) -> float:
    """Return the probability of having to wait. Raises: QueueGrows. Source: docs/rules/labs.md, rules H1-H2."""
    if load >= servers:
        raise QueueGrows(f"{load} Erlang need more than {servers} servers")
    blocked = erlang_b(load=load, servers=servers)
    return servers * blocked / (servers - load * (1 - blocked))


def solve(*, arrivals: float, rate: float, servers: int) -> Queue:
    """
    Return the averages of a queue; with one server it is M/M/1.

    Raises: QueueGrows. Source: docs/rules/labs.md, rules H1-H2.
    """
    load = arrivals / rate
    wait_probability = erlang_c(load=load, servers=servers)
    spare_rate = servers * rate - arrivals
    wait_hours = wait_probability / spare_rate
    return Queue(
        load=load,
        utilisation=load / servers,
        wait_probability=wait_probability,
        waiting=arrivals * wait_hours,
        present=arrivals * wait_hours + load,
        wait_hours=wait_hours,
        stay_hours=wait_hours + 1 / rate,
        spare_rate=spare_rate,
    )


def servers_needed(*, load: float) -> int:
    """Return the fewest servers with which the queue does not grow for ever. Source: docs/rules/labs.md, rule H2."""
    return math.floor(load) + 1
