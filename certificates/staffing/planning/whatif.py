"""What-if: a roster with changes that have not happened. Gives a new list; the given one stays as it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from certificates.staffing import ratio
from certificates.staffing.ratio import CertificateFacts, Person


class Kind(StrEnum):
    """What may be supposed. Source: docs/rules/planning.md, rule F3."""

    HIRE = "HIRE"
    SHRINK = "SHRINK"
    LEAVE = "LEAVE"
    CERTIFY = "CERTIFY"
    HOLDERS = "HOLDERS"
    LOSE = "LOSE"


OF_A_PERSON = frozenset({Kind.LEAVE, Kind.CERTIFY, Kind.LOSE})


@dataclass(frozen=True, slots=True)
class Change:
    """One supposition. `row` names the person of LEAVE, CERTIFY and LOSE, `count` the number of the others."""

    kind: Kind
    day: date
    count: int = 1
    row: int | None = None


def suppose(people: Sequence[Person], changes: Iterable[Change], *, valid_years: int) -> list[Person]:
    """Return the roster as it would be after all the changes. Source: docs/rules/planning.md, rule F3."""
    supposed = list(people)
    for change in changes:
        supposed = _apply(supposed, change, valid_years)
    return supposed


def _apply(people: list[Person], change: Change, valid_years: int) -> list[Person]:
    next_row = max((person.row for person in people), default=0) + 1
    match change.kind:
        case Kind.HIRE:
            return people + [
                Person(row=next_row + n, name=f"新增{n + 1}", is_manager=True, joined_on=change.day)
                for n in range(change.count)
            ]
        case Kind.SHRINK:
            return _shrink(people, change)
        case Kind.LEAVE:
            return [_leave(person, change.day) if person.row == change.row else person for person in people]
        case Kind.CERTIFY:
            passed = [person for person in people if person.row == change.row]
            return people + [_with_certificate(person, next_row, change.day, valid_years) for person in passed]
        case Kind.HOLDERS:
            newcomers = (Person(row=n, name=f"假设持证{n}", is_manager=False) for n in range(change.count))
            return people + [
                _with_certificate(person, next_row + person.row, change.day, valid_years) for person in newcomers
            ]
        case Kind.LOSE:
            return [_lose(person, change.day) if person.row == change.row else person for person in people]


def _shrink(people: list[Person], change: Change) -> list[Person]:
    """Let the latest-joined managers without a certificate go, as many as there are."""
    staying_on = change.day + timedelta(days=1)
    candidates = [person for person in people if person.is_manager_on(staying_on) and not person.certificate]
    candidates.sort(key=lambda person: (person.joined_on or date.min, person.row), reverse=True)
    going = {person.row for person in candidates[: change.count]}
    return [_leave(person, change.day) if person.row in going else person for person in people]


def _leave(person: Person, day: date) -> Person:
    return replace(person, left_on=min(person.left_on or day, day))


def _with_certificate(person: Person, row: int, day: date, valid_years: int) -> Person:
    """Give the person a second row that only carries a new certificate: an old one goes on counting."""
    known = person.certificate
    fresh = CertificateFacts(
        holder=known.holder if known else f"supposed-{row}",
        holder_name=person.name,
        is_in_force=True,
        status="假设",
        issued_date=day,
        valid_until=ratio.add_months(day, 12 * valid_years) - timedelta(days=1),
    )
    return replace(person, row=row, is_manager=False, judgements=(), certificate_number="假设", certificate=fresh)


def _lose(person: Person, day: date) -> Person:
    known = person.certificate
    if known is None:
        return person
    if known.issued_date >= day:
        return replace(person, certificate=replace(known, is_in_force=False))
    return replace(person, certificate=replace(known, valid_until=min(known.valid_until, day - timedelta(days=1))))
