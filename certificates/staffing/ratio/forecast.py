"""When a roster first falls short, by what is known today."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from certificates.staffing.ratio.arithmetic import required_for
from certificates.staffing.ratio.people import Person, counted_rows, link_trouble

HORIZON_MONTHS = 36
NAMED_CAUSES = 5


@dataclass(frozen=True, slots=True)
class Breach:
    """The first day on which fewer are held than required, and what happened on it."""

    day: date
    required: int
    held: int
    causes: tuple[str, ...]


def first_breach(people: Sequence[Person], as_of: date) -> Breach | None:
    """Find the first day within the horizon on which too few are held. Source: docs/rules/staffing.md, rule S7."""
    for offset, (managers, held) in enumerate(daily_counts(people, as_of)):
        required = required_for(managers)
        if held < required:
            day = as_of + timedelta(days=offset)
            causes = causes_of_change(people, day) if offset else (f"基准日当天缺 {required - held} 名",)
            return Breach(day, required, held, causes)
    return None


def daily_counts(people: Sequence[Person], as_of: date) -> list[tuple[int, int]]:
    """
    Return the service managers and those held on each day from `as_of` to the end of the horizon, both included.

    Time is linear in the people. Source: docs/rules/staffing.md, rule S7.
    """
    days = (add_months(as_of, HORIZON_MONTHS) - as_of).days + 1
    terms = (stretch for person in people for stretch in person.managing_days())
    return list(zip(_per_day(terms, as_of, days), _per_day(_held_intervals(people), as_of, days), strict=True))


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later, or that month's last day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _held_intervals(people: Iterable[Person]) -> Iterator[tuple[date, date]]:
    """Give the days on which each holder counts, as intervals that do not overlap for one holder."""
    by_holder: defaultdict[str, list[tuple[date, date]]] = defaultdict(list)
    for person in people:
        if person.certificate and link_trouble(person) is None:
            first = max(person.joined_on or date.min, person.certificate.issued_date)
            last = min(person.left_on or date.max, person.certificate.valid_until)
            by_holder[person.certificate.holder] += _without(first, last, person.taken)
    for intervals in by_holder.values():
        reached = date.min
        for first, last in sorted(intervals):
            if last > reached:
                yield max(first, reached + timedelta(days=1)), last
                reached = last


def _without(first: date, last: date, taken: Iterable[tuple[date, date]]) -> Iterator[tuple[date, date]]:
    """Give what is left of a stretch of days after others, in order and apart from each other, are taken out."""
    for start, end in taken:
        if end < first or start > last:
            continue
        if first < start:
            yield first, start - timedelta(days=1)
        if end >= last:
            return
        first = end + timedelta(days=1)
    if first <= last:
        yield first, last


def _per_day(intervals: Iterable[tuple[date, date]], first_day: date, days: int) -> list[int]:
    """Count how many intervals cover each of so many days."""
    changes = [0] * (days + 1)
    for first, last in intervals:
        start, end = max(0, (first - first_day).days), min(days - 1, (last - first_day).days)
        if start <= end:
            changes[start] += 1
            changes[end + 1] -= 1
    return list(accumulate(changes[:days]))


def causes_of_change(people: Sequence[Person], day: date) -> tuple[str, ...]:
    """Say what happened between the day before and the day: who no longer counts, and how many managers joined."""
    before, after = counted_rows(people, day - timedelta(days=1)), counted_rows(people, day)
    lost_rows = {row for holder, row in before.items() if holder not in after}
    lost = [_loss(person, day) for person in people if person.row in lost_rows]
    joined = sum(person.joined_on == day and person.is_manager_on(day) for person in people)
    named = sum(_is_named_manager_on(person, day) for person in people)
    causes = lost[:NAMED_CAUSES]
    if len(lost) > NAMED_CAUSES:
        causes.append(f"另有 {len(lost) - NAMED_CAUSES} 人到期或离职")
    if joined:
        causes.append(f"{joined} 名服务管理人员在 {day} 入职，应配人数随之变化")
    if named:
        causes.append(f"{named} 人从 {day} 起算作服务管理人员，应配人数随之变化")
    return tuple(causes)


def _is_named_manager_on(person: Person, day: date) -> bool:
    """Say whether somebody who was there before becomes a service manager on a day."""
    if not any(since == day and is_manager for since, is_manager in person.judgements):
        return False
    before = day - timedelta(days=1)
    return person.is_manager_on(day) and person.is_employed_on(before) and not person.is_manager_on(before)


def _loss(person: Person, day: date) -> str:
    if not person.is_employed_on(day):
        return f"{person.name}（{person.where}）{person.left_on} 离职"
    if person.is_taken_on(day):
        return f"{person.name}（{person.where}）自 {day} 起计在另一家企业"
    until = person.certificate.valid_until if person.certificate else day
    return f"{person.name}（{person.where}）的证书有效期至 {until}"
