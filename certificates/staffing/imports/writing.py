"""A confirmed comparison → rows, in few statements. Runs inside a transaction that holds the company."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import TypeVar

from certificates.masking import name_key
from certificates.staffing import links, sites
from certificates.staffing.imports.comparison import Change, Comparison, Known
from certificates.staffing.models import Company, Employment, Person, Site

CHUNK = 2000
T = TypeVar("T")
KNOWN_FIELDS = (
    "pk",
    "name",
    "staff_number",
    "department",
    "site__name",
    "level",
    "post",
    "is_manager",
    "manager_reason",
    "certificate_number",
)
PERSON_FIELDS = (
    "name",
    "name_key",
    "staff_number",
    "department",
    "site",
    "level",
    "post",
    "is_manager",
    "manager_reason",
    "certificate_number",
)


def known_people(company: Company) -> list[Known]:
    """Return a company's people with their employments, in two queries."""
    stretches: dict[int, list[tuple[date | None, date | None]]] = {}
    employments = Employment.objects.of(company).order_by("joined_on")
    for person, joined_on, left_on in employments.values_list("person", "joined_on", "left_on").iterator(CHUNK):
        stretches.setdefault(person, []).append((joined_on, left_on))
    rows = Person.objects.of(company).values_list(*KNOWN_FIELDS)
    return [
        Known(
            pk=pk,
            name=name,
            staff_number=staff_number,
            department=department,
            site=site or "",
            level=level,
            post=post,
            is_manager=is_manager,
            manager_reason=reason,
            certificate_number=number,
            stretches=tuple(_in_order(stretches.get(pk, ()))),
        )
        for pk, name, staff_number, department, site, level, post, is_manager, reason, number in rows.iterator(CHUNK)
    ]


def write(
    *, company: Company, comparison: Comparison, left_on: date | None, now: datetime, report: Callable[[int], None]
) -> None:
    """
    Make the roster what the file says; who is missing leaves on `left_on`, unless that is None.

    `report` hears how many people are done. Source: docs/rules/companies.md, rules C12 and C13.
    """
    places = sites.ensure(company=company, names={change.after.site for change in comparison.changes})
    changed = [change for change in comparison.changes if change.before != change.after]
    done = len(comparison.changes) - len(changed)
    for batch in _batches(changed):
        links.link(people=_write_people(company, batch, places), now=now)
        done += len(batch)
        report(done)
    if left_on:
        gone = [person.pk for person in comparison.missing if person.pk]
        for some in _batches(gone):
            open_ones = Employment.objects.filter(person__in=some, left_on=None)
            open_ones.exclude(joined_on__gt=left_on).update(left_on=left_on)


def _write_people(company: Company, batch: Sequence[Change], places: dict[str, Site]) -> list[int]:
    """Write a batch in few statements; return those whose links may have changed."""
    people = [_person(company, change, places) for change in batch]
    fresh = [person for person in people if person.pk is None]
    known = [person for person in people if person.pk is not None]
    Person.objects.bulk_create(fresh, batch_size=CHUNK)
    if known:  # one INSERT … ON CONFLICT; an UPDATE with a CASE for each column takes twenty times as long
        Person.objects.bulk_create(
            known, batch_size=CHUNK, update_conflicts=True, unique_fields=["pk"], update_fields=PERSON_FIELDS
        )
    both = list(zip(people, batch, strict=True))
    moved = [one for one in both if one[1].before is None or one[1].before.stretches != one[1].after.stretches]
    Employment.objects.filter(person__in=[person.pk for person, change in moved if change.before]).delete()
    Employment.objects.bulk_create(
        [
            Employment(person=person, joined_on=joined_on, left_on=left_on)
            for person, change in moved
            for joined_on, left_on in change.after.stretches
        ],
        batch_size=CHUNK,
    )
    return [person.pk for person, change in both if _may_link(change)]


def _may_link(change: Change) -> bool:
    before, after = change.before, change.after
    if before is None:
        return bool(after.certificate_number)
    return (before.name, before.certificate_number) != (after.name, after.certificate_number)


def _person(company: Company, change: Change, places: dict[str, Site]) -> Person:
    after = change.after
    return Person(
        pk=after.pk,
        company=company,
        name=after.name,
        name_key=name_key(after.name),
        staff_number=after.staff_number,
        department=after.department,
        site=places.get(after.site),
        level=after.level,
        post=after.post,
        is_manager=after.is_manager,
        manager_reason=after.manager_reason,
        certificate_number=after.certificate_number,
    )


def _in_order(stretches: Collection[tuple[date | None, date | None]]) -> list[tuple[date | None, date | None]]:
    return sorted(stretches, key=lambda one: one[0] or date.min)


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, CHUNK)):
        yield batch
