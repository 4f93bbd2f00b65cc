"""A confirmed comparison → rows, in few statements. Runs inside a transaction that holds the company."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import TypeVar

from django.utils import timezone

from certificates.masking import name_key
from certificates.staffing import links, sites
from certificates.staffing.imports.comparison import BY_ROSTER, Change, Comparison, Known
from certificates.staffing.models import Company, Employment, Judgement, Person, Site

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
    "first_is_manager",
    "first_reason",
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
    "certificate_number",
)


def known_people(company: Company, today: date) -> list[Known]:
    """Return a company's people with their employments and what is judged of them today, in three queries."""
    past = Judgement.objects.filter(person__company=company, since_on__lte=today).order_by("since_on")
    judged: dict[int, tuple[bool, str]] = {}
    for person, is_manager, reason in past.values_list("person", "is_manager", "reason"):
        judged[person] = (is_manager, reason)
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
            is_manager=judged.get(pk, (is_manager, reason))[0],
            manager_reason=judged.get(pk, (is_manager, reason))[1],
            certificate_number=number,
            stretches=tuple(_in_order(stretches.get(pk, ()))),
        )
        for pk, name, staff_number, department, site, level, post, is_manager, reason, number in rows.iterator(CHUNK)
    ]


def write(
    *,
    company: Company,
    comparison: Comparison,
    left_on: date | None,
    judged_since: date | None,
    now: datetime,
    report: Callable[[int], None],
) -> None:
    """
    Make the roster what the file says; who is missing leaves on `left_on`, unless that is None.

    Who becomes a service manager or ceases to be one does so on `judged_since`; None corrects what holds today.
    `report` hears how many people are done. Source: docs/rules/companies.md, rules C12, C13 and C19.
    """
    places = sites.ensure(company=company, names={change.after.site for change in comparison.changes})
    changed = [change for change in comparison.changes if change.before != change.after]
    done = len(comparison.changes) - len(changed)
    for batch in _batches(changed):
        links.link(people=_write_people(company, batch, places), now=now)
        _judge(batch, judged_since, timezone.localdate(now))
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


def _judge(batch: Sequence[Change], since_on: date | None, today: date) -> None:
    """Write who is a service manager now and was none, or the reverse."""
    after = {
        change.after.pk: change.after
        for change in batch
        if change.after.pk and change.before and change.before.is_manager != change.after.is_manager
    }
    if since_on is None:
        past = Judgement.objects.filter(person__in=after, since_on__lte=today).order_by("since_on")
        holding = {judgement.person_id: judgement for judgement in past}
        for is_manager in (True, False):
            said = [pk for pk, one in after.items() if one.is_manager is is_manager]
            dated = [holding[pk].pk for pk in said if pk in holding]
            first = [pk for pk in said if pk not in holding]
            Judgement.objects.filter(pk__in=dated).update(is_manager=is_manager, reason=BY_ROSTER)
            Person.objects.filter(pk__in=first).update(first_is_manager=is_manager, first_reason=BY_ROSTER)
        return
    Judgement.objects.bulk_create(
        [
            Judgement(person_id=pk, since_on=since_on, is_manager=one.is_manager, reason=one.manager_reason)
            for pk, one in after.items()
        ],
        update_conflicts=True,
        unique_fields=["person", "since_on"],
        update_fields=["is_manager", "reason"],
    )


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
        first_is_manager=after.is_manager,
        first_reason=after.manager_reason,
        certificate_number=after.certificate_number,
    )


def _in_order(stretches: Collection[tuple[date | None, date | None]]) -> list[tuple[date | None, date | None]]:
    return sorted(stretches, key=lambda one: one[0] or date.min)


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, CHUNK)):
        yield batch
