"""The three-year cycle of a company's certificate: which audit is due when, and how far it may be put off."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from certificates.staffing import ratio

VALID_MONTHS = 36
AUDIT_MONTHS = 12
EXTENSION_MONTHS = 3
APPLY_MONTHS = 3


class Event(StrEnum):
    """What a cycle consists of. Source: docs/rules/readiness.md, rules A11-A13."""

    INITIAL = "INITIAL"
    FIRST = "FIRST"
    SECOND = "SECOND"
    APPLY = "APPLY"
    RENEWAL = "RENEWAL"


AUDITS = frozenset({Event.INITIAL, Event.FIRST, Event.SECOND, Event.RENEWAL})


@dataclass(frozen=True, slots=True)
class Due:
    """One day of the cycle. `latest` is the end of a possible extension; `done_on` the day on which it was done."""

    event: Event
    day: date
    latest: date | None = None
    done_on: date | None = None


def valid_until(certified_on: date) -> date:
    """Return the certificate's last day. Source: docs/rules/readiness.md, rule A11."""
    return ratio.add_months(certified_on, VALID_MONTHS) - timedelta(days=1)


def calendar(
    *, initial: date | None, certified: date | None, first: date | None = None, second: date | None = None
) -> tuple[Due, ...]:
    """
    Return what is due in the cycle, in order. Days that are given are when it was done; `initial` may be a plan.

    Source: docs/rules/readiness.md, rules A11-A13.
    """
    opening = (Due(Event.INITIAL, initial, done_on=initial if certified else None),) if initial else ()
    if certified is None:
        return opening
    end = valid_until(certified)
    first_due = _surveillance(Event.FIRST, certified, end, first)
    second_due = _surveillance(Event.SECOND, first or first_due.day, end, second)
    apply_by = ratio.add_months(end, -APPLY_MONTHS)
    return (*opening, first_due, second_due, Due(Event.APPLY, apply_by), Due(Event.RENEWAL, end))


def audits_ahead(calendar: tuple[Due, ...], today: date) -> tuple[Due, ...]:
    """Return the audits that are still to be done and not yet past. Source: docs/rules/readiness.md, rule A14."""
    return tuple(
        due for due in calendar if due.event in AUDITS and due.done_on is None and (due.latest or due.day) >= today
    )


def _surveillance(event: Event, before: date, end: date, done: date | None) -> Due:
    day = min(end, ratio.add_months(before, AUDIT_MONTHS))
    return Due(event, day, min(end, ratio.add_months(day, EXTENSION_MONTHS)), done)
