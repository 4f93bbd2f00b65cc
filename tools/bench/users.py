"""What the users of each scenario do, as generators for the engine. Latency counts from the scheduled moment."""

import random
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from tools.bench.browser import Browser, Room, has_acknowledged, path_of, read_room
from tools.bench.engine import Engine, Response, Step, User, header

SAMPLES = 5
PULSE_SECONDS = 30


@dataclass
class Tally:
    """What became of the units of one scenario: latency and end of each that went well, and the errors."""

    latencies: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    errors: int = 0
    samples: list[str] = field(default_factory=list)

    def good(self, *, due: float, done: float) -> None:
        self.latencies.append(done - due)
        self.ends.append(done)

    def bad(self, what: str, reply: Response) -> None:
        self.errors += 1
        if len(self.samples) < SAMPLES:
            self.samples.append(f"{what}: {reply.status} {reply.body[:200].decode(errors='replace')}")


def enter(browser: Browser, *, exam: int, due: float, tally: Tally) -> Generator[Step, Response, Room | None]:
    """Start the exam and open the sitting page."""
    reply = yield Step(due, browser.start(exam))
    if reply.status != 302:
        tally.bad("start", reply)
        return None
    reply = yield Step(0, browser.get(path_of(header(reply.head, b"location"))))
    room = read_room(browser, reply.body) if reply.status == 200 else None
    if room is None:
        tally.bad("page", reply)
        return None
    tally.good(due=due, done=reply.done)
    return room


def open_page(room: Room, *, due: float, tally: Tally) -> Generator[Step, Response, bool]:
    """Open a session for a sitting page; say whether that went well."""
    reply = yield Step(due, room.open())
    if reply.status != 201:
        tally.bad("session", reply)
        return False
    room.opened(reply.body)
    tally.good(due=due, done=reply.done)
    return True


def open_only(room: Room, *, due: float, tally: Tally) -> User:
    yield from open_page(room, due=due, tally=tally)


def enter_only(browser: Browser, *, exam: int, due: float, tally: Tally) -> User:
    yield from enter(browser, exam=exam, due=due, tally=tally)


def prepare_room(browser: Browser, *, exam: int, answers: int, rooms: list[Room]) -> User:
    """Enter, answer so many questions in one save, and leave the room open in `rooms`."""
    tally = Tally()
    room = yield from enter(browser, exam=exam, due=0, tally=tally)
    if room is None or not (yield from open_page(room, due=0, tally=tally)):
        raise RuntimeError(tally.samples)
    if answers:
        dice = random.Random(room.attempt)  # noqa: S311  # the same answers each time
        entries = [room.entry(number, dice) for number in range(answers)]
        reply = yield Step(0, room.save(*entries))
        if not all(has_acknowledged(reply.body, entry) for entry in entries):
            tally.bad("save", reply)
            raise RuntimeError(tally.samples)
    rooms.append(room)


def save(room: Room, *, due: float, tally: Tally, dice: random.Random) -> Generator[Step, Response, dict[str, Any]]:
    """Save one changed answer; return the entry if the receipt says that it is durable."""
    entry = room.entry(dice.randrange(len(room.questions)), dice)
    reply = yield Step(due, room.save(entry))
    if reply.status == 200 and has_acknowledged(reply.body, entry):
        tally.good(due=due, done=reply.done)
        return entry
    tally.bad("save", reply)
    return {}


def pulse(room: Room, *, due: float, tally: Tally) -> Generator[Step, Response, None]:
    """Say that the page is alive."""
    reply = yield Step(due, room.save())
    if reply.status == 200:
        tally.good(due=due, done=reply.done)
    else:
        tally.bad("pulse", reply)


def save_only(room: Room, *, due: float, tally: Tally, dice: random.Random) -> User:
    yield from save(room, due=due, tally=tally, dice=dice)


def hand_in(room: Room, *, due: float, tally: Tally) -> User:
    reply = yield Step(due, room.hand_in())
    if reply.status == 200 and b'"receipt_number"' in reply.body:
        tally.good(due=due, done=reply.done)
    else:
        tally.bad("hand in", reply)


def look_at(browser: Browser, path: str, *, due: float, tally: Tally) -> User:
    reply = yield Step(due, browser.get(path))
    if reply.status == 200:
        tally.good(due=due, done=reply.done)
    else:
        tally.bad("page", reply)


@dataclass
class Diary:
    """What the server has acknowledged on the exam day: per attempt, seq to position and answer."""

    acknowledged: dict[int, dict[int, tuple[int, str]]] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(
        default_factory=lambda: {name: Tally() for name in ("start", "session", "answer_save", "pulse", "hand_in")}
    )


def sit(
    browser: Browser, *, engine: Engine, exam: int, enter_at: float, leave_at: float, pace: float, diary: Diary
) -> User:
    """One candidate's exam: enter, save every 20 to 40 seconds and pulse every 30 (both times `pace`), hand in."""
    room = yield from enter(browser, exam=exam, due=enter_at, tally=diary.tallies["start"])
    if room is None or not (yield from open_page(room, due=engine.now(), tally=diary.tallies["session"])):
        return
    dice = random.Random(room.attempt)  # noqa: S311  # the same exam each time
    notes = diary.acknowledged.setdefault(room.attempt, {})
    due = engine.now() + dice.uniform(0, 40) * pace
    alive_at = engine.now() + PULSE_SECONDS * pace
    while due < leave_at:
        while alive_at < due:
            yield from pulse(room, due=alive_at, tally=diary.tallies["pulse"])
            alive_at += PULSE_SECONDS * pace
        entry = yield from save(room, due=due, tally=diary.tallies["answer_save"], dice=dice)
        if entry:
            notes[entry["seq"]] = (entry["position"], entry["answer"])
        due += dice.uniform(20, 40) * pace
    yield from hand_in(room, due=leave_at, tally=diary.tallies["hand_in"])
