"""Which lessons of a course are not open yet, and why. Pure: docs/rules/learning.md, rules L18-L20."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from itertools import chain


class Why(Enum):
    """What keeps a lesson closed."""

    PREREQUISITE = "先修课没有学完"
    DATE = "还没有到开放日期"
    LESSON = "前面的课没有学完"
    MODULE = "前面的模块没有学完"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One module: the keys of its lessons in order, and how many days after the enrolment it opens."""

    lessons: tuple[int, ...]
    opens_after_days: int = 0


@dataclass(frozen=True, kw_only=True)
class Closed:
    """`opens_on` is the day of a timed release, `first` the key of the lesson to finish before."""

    why: Why
    opens_on: date | None = None
    first: int | None = None


def closed_lessons(
    *,
    parts: Sequence[Part],
    order: str,
    done: Collection[int],
    enrolled_on: date,
    today: date,
    is_prerequisite_met: bool,
) -> dict[int, Closed]:
    """
    Return the lessons that are closed, by key. A finished lesson never is.

    `order` is FREE, LESSONS or MODULES. A missing prerequisite is named first, then the date, then the order.
    Source: docs/rules/learning.md, rules L18-L20.
    """
    closed: dict[int, Closed] = {}
    for place, part in enumerate(parts):
        opens_on = enrolled_on + timedelta(days=part.opens_after_days)
        earlier = list(chain.from_iterable(before.lessons for before in parts[:place]))
        for number, pk in enumerate(part.lessons):
            if pk in done:
                continue
            needed = {"LESSONS": [*earlier, *part.lessons[:number]], "MODULES": earlier}.get(order, [])
            first = next((lesson for lesson in needed if lesson not in done), None)
            if not is_prerequisite_met:
                closed[pk] = Closed(why=Why.PREREQUISITE)
            elif today < opens_on:
                closed[pk] = Closed(why=Why.DATE, opens_on=opens_on)
            elif first is not None:
                closed[pk] = Closed(why=Why.LESSON if order == "LESSONS" else Why.MODULE, first=first)
    return closed
