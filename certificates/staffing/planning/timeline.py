"""The forecast line: the days of the horizon in spans within which no figure changes, each with what began it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from certificates.staffing import ratio
from certificates.staffing.ratio import Person
from certificates.staffing.ratio.people import counted_rows

NAMED = 5
PLAN_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Span:
    """Days on which the figures stay the same, both ends included. Units: people."""

    first: date
    last: date
    managers: int
    held: int

    @property
    def required(self) -> int:
        return ratio.required_for(self.managers)

    @property
    def gap(self) -> int:
        return max(0, self.required - self.held)


def spans(people: Sequence[Person], as_of: date) -> tuple[Span, ...]:
    """Cut the 36 months from a day into spans; time is linear in the people. docs/rules/planning.md, rule F1."""
    found: list[Span] = []
    first = as_of
    for (managers, held), days in groupby(ratio.daily_counts(people, as_of)):
        last = first + timedelta(days=sum(1 for _ in days) - 1)
        found.append(Span(first, last, managers, held))
        first = last + timedelta(days=1)
    return tuple(found)


def span_on(line: Sequence[Span], day: date) -> Span | None:
    """Return the span that a day falls in, or None outside of the line."""
    return next((span for span in line if span.first <= day <= span.last), None)


def first_short(line: Sequence[Span]) -> Span | None:
    """Return the first span in which too few are held. Source: docs/rules/planning.md, rule F1."""
    return next((span for span in line if span.gap), None)


def people_needed(line: Sequence[Span]) -> int:
    """
    Return how many people a plan has to add: the largest gap within 12 months of the first short day, 0 if none is.

    Units: people. Source: docs/rules/planning.md, rule F4.
    """
    short = first_short(line)
    if short is None:
        return 0
    until = ratio.add_months(short.first, PLAN_MONTHS)
    return max(span.gap for span in line if span.last >= short.first and span.first <= until)


def reasons(people: Iterable[Person], before: Span, after: Span) -> tuple[str, ...]:
    """
    Say what began a span: who no longer counts, who counts anew, and how the number of managers moved.

    Source: docs/rules/planning.md, rule F1.
    """
    holders = [person for person in people if person.certificate]
    was, now = counted_rows(holders, before.last), counted_rows(holders, after.first)
    lost_rows = {row for holder, row in was.items() if holder not in now}
    gained_rows = {row for holder, row in now.items() if holder not in was}
    said = _named([_loss(person, after.first) for person in holders if person.row in lost_rows], "不再计入")
    said += _named([f"{person.name}计入" for person in holders if person.row in gained_rows], "计入")
    moved = after.managers - before.managers
    if moved:
        said.append(f"服务管理人员{'增加' if moved > 0 else '减少'} {abs(moved)} 名")
    return tuple(said)


def _loss(person: Person, day: date) -> str:
    return f"{person.name}的证书到期" if person.is_employed_on(day) else f"{person.name}离职"


def _named(texts: list[str], rest: str) -> list[str]:
    over = len(texts) - NAMED
    return [*texts[:NAMED], *([f"另有 {over} 人{rest}"] if over > 0 else [])]
