"""
The second process: reads a plan as JSON from standard input, drives the server, writes what it saw to standard output.

Closed loop for the rate (a fixed number of users, each waits for its answer), then open loop at 70 % of that rate for
the latencies. It imports neither Django nor the product.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import cycle, islice
from typing import Any

from tools.bench import machine, users
from tools.bench.arithmetic import open_loop, percentile
from tools.bench.browser import Browser, Room
from tools.bench.engine import Engine, User
from tools.bench.users import Diary, Tally

CLOSED_USERS = 16
OPEN_CONNECTIONS = 64
OPEN_SHARE = 0.7  # of the closed loop's rate
WARM_UP = 0.15  # of the time of the closed loop
ROOMS = 512  # open attempts among which the saves rotate: none is faster than a candidate may be
FINISHED_ENTRIES = 60  # 50 questions, every fifth answered twice

Unit = Callable[[float, Tally], User]  # due, tally


def main() -> None:
    plan = json.load(sys.stdin)
    report = exam_day(plan) if plan["scenario"] == "exam_day" else measure(plan, units_of(plan))
    json.dump(report, sys.stdout)


def units_of(plan: dict[str, Any]) -> list[Unit] | Iterator[Unit]:
    """Return the scenario's units of work: a list where each can be done once, else an endless iterator."""
    browsers, scenario = [Browser(**row) for row in plan["candidates"]], plan["scenario"]
    if scenario == "catalogue":
        visitor = Browser(plan["host"])
        return cycle([lambda due, tally: users.look_at(visitor, plan["path"], due=due, tally=tally)])
    if scenario == "start_and_page":
        return [entering(browser, plan["exam"]) for browser in browsers]
    if scenario == "hand_in":
        return [handing_in(room) for room in open_rooms(plan, browsers, answers=FINISHED_ENTRIES)]
    unit = {"answer_save": saving, "open_page": opening}[scenario]
    return cycle([unit(room) for room in open_rooms(plan, browsers[:ROOMS], answers=0)])


def entering(browser: Browser, exam: int) -> Unit:
    return lambda due, tally: users.enter_only(browser, exam=exam, due=due, tally=tally)


def saving(room: Room) -> Unit:
    dice = random.Random(room.attempt)  # noqa: S311  # the same answers each time
    return lambda due, tally: users.save_only(room, due=due, tally=tally, dice=dice)


def opening(room: Room) -> Unit:
    return lambda due, tally: users.open_only(room, due=due, tally=tally)


def handing_in(room: Room) -> Unit:
    return lambda due, tally: users.hand_in(room, due=due, tally=tally)


def open_rooms(plan: dict[str, Any], browsers: list[Browser], *, answers: int) -> list[Room]:
    """Let candidates enter and answer, unmeasured."""
    rooms: list[Room] = []
    engine = Engine(port=plan["port"], connections=8)
    engine.run(users.prepare_room(one, exam=plan["exam"], answers=answers, rooms=rooms) for one in browsers)
    engine.close()
    return rooms


def measure(plan: dict[str, Any], units: list[Unit] | Iterator[Unit]) -> dict[str, Any]:
    """Run both loops. Where a unit can be done once only, the first loop leaves half of them to the second."""
    closed, left = (iter(units), units) if not isinstance(units, list) else halves(units)
    rate, costs, first = closed_loop(plan, closed)
    second = Tally()
    engine = Engine(port=plan["port"], connections=OPEN_CONNECTIONS)
    moments = open_loop(rate=rate * OPEN_SHARE, seconds=plan["seconds"])
    engine.run(unit(due, second) for due, unit in zip(moments, left, strict=False))
    engine.close()
    return {
        "per_s": rate,
        "p50_ms": percentile(second.latencies, 50) * 1000,
        "p99_ms": percentile(second.latencies, 99) * 1000,
        "errors": first.errors + second.errors,
        "measured": [len(first.ends), len(second.ends)],
        "samples": first.samples + second.samples,
        **costs,
    }


def halves(units: list[Unit]) -> tuple[Iterator[Unit], Iterator[Unit]]:
    half = len(units) // 2
    return islice(units, half), islice(units, half, None)


def closed_loop(plan: dict[str, Any], units: Iterator[Unit]) -> tuple[float, dict[str, float], Tally]:
    """Return the rate that so many impatient users reach, and what a unit costs the web processes and this one."""
    engine, tally, end = Engine(port=plan["port"], connections=CLOSED_USERS), Tally(), plan["seconds"]

    def user() -> User:
        while engine.now() < end and (unit := next(units, None)):
            yield from unit(engine.now(), tally)

    web, own = machine.cpu_of_group(plan["server"]), time.process_time()
    engine.run(user() for _ in range(CLOSED_USERS))
    took = engine.now()
    web, own = machine.cpu_of_group(plan["server"]) - web, time.process_time() - own
    engine.close()
    ends = sorted(moment for moment in tally.ends if moment > took * WARM_UP)
    rate = len(ends) / (took * (1 - WARM_UP)) if ends else 0.0
    return rate, {"cpu_ms": web * 1000 / max(1, len(tally.ends)), "load_cpu": own / took}, tally


def exam_day(plan: dict[str, Any]) -> dict[str, Any]:
    """All candidates start in the first `window` seconds, save, and hand in during the last `window` seconds."""
    engine, diary, dice = Engine(port=plan["port"], connections=OPEN_CONNECTIONS), Diary(), random.Random(1)  # noqa: S311
    window, total = plan["window"], plan["total"]
    engine.run(
        users.sit(
            Browser(**row),
            engine=engine,
            exam=plan["exam"],
            enter_at=dice.uniform(0, window),
            leave_at=dice.uniform(total - window, total),
            pace=plan["pace"],
            diary=diary,
        )
        for row in plan["candidates"]
    )
    engine.close()
    return {
        "acknowledged": diary.acknowledged,
        "load_cpu": time.process_time() / engine.now(),
        "tallies": {name: asdict(tally) for name, tally in diary.tallies.items()},
    }


if __name__ == "__main__":
    main()
