"""
The rosters that companies keep here, as people for the rule: employments, certificates, overlaps.

A fixed number of queries for up to 10,000 certificates. Source: docs/rules/staffing.md, rule S11.
"""

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Exists, OuterRef, Q

from certificates.staffing import ratio
from certificates.staffing.claims import Claims, stretch_of
from certificates.staffing.models import Employment, ExternalCertificate, Judgement
from certificates.staffing.register import Known, by_holder, by_number

COLUMNS = (
    "person__company",
    "person",
    "person__name",
    "person__staff_number",
    "person__department",
    "person__site",
    "person__site__name",
    "person__first_is_manager",
    "person__first_reason",
    "person__certificate_number",
    "person__user",
    "joined_on",
    "left_on",
)


@dataclass(frozen=True, slots=True)
class Row:
    """
    One employment of one person of a company. `row` numbers it within this roster, from 1.

    `judgements` (from which day, manager or not, why) are in order; before them the first two fields of it hold.
    """

    row: int
    company_pk: int
    person_pk: int
    name: str
    staff_number: str
    department: str
    site_pk: int | None
    site: str
    is_manager: bool
    manager_reason: str
    certificate_number: str
    user_pk: int | None
    joined_on: date | None
    left_on: date | None
    judgements: tuple[tuple[date, bool, str], ...] = ()

    def reason_on(self, day: date) -> str:
        """Return why the person is a service manager on a day, or is none."""
        return next((reason for since, _, reason in reversed(self.judgements) if since <= day), self.manager_reason)


@dataclass(frozen=True, slots=True)
class LiveRoster:
    """
    The people of companies as the rule takes them, with what the screen says of each. Both in one order.

    `contested` are the rows whose holder another employer names as well, whoever counts them.
    """

    rows: tuple[Row, ...]
    people: tuple[ratio.Person, ...]
    contested: frozenset[int]

    def sites(self) -> dict[int, str]:
        """Return the site of each row."""
        return {row.row: row.site for row in self.rows}

    def sha256(self) -> str:
        """Return a hash of what the company said of its people, the same for the same facts."""
        facts = sorted(
            [
                *(row.name, row.staff_number, row.department, row.site, str(row.is_manager)),
                *(person.certificate_number, str(row.joined_on), str(row.left_on)),
                *(f"{since} {is_manager}" for since, is_manager in person.judgements),
            ]
            for row, person in zip(self.rows, self.people, strict=True)
        )
        return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


def roster_of(*, companies: Collection[int], sites: Collection[int] | None = None) -> LiveRoster:
    """
    Load the roster of companies, or of some of their sites only.

    Who is neither a service manager nor has anything to do with a certificate bears on nothing and is left out.
    """
    rows = tuple(_rows(companies, sites))
    numbers = by_number({row.certificate_number for row in rows} - {""})
    accounts = by_holder({row.user_pk for row in rows if row.user_pk})
    found = [accounts.get(row.user_pk or 0) or numbers.get(row.certificate_number) for row in rows]
    claims = Claims(companies, (one for one in found if one))
    people = tuple(_person(row, one, claims) for row, one in zip(rows, found, strict=True))
    contested = frozenset(
        row.row
        for row, one in zip(rows, found, strict=True)
        if one and claims.is_contested(one.facts.holder, stretch_of(row.joined_on, row.left_on))
    )
    return LiveRoster(rows, people, contested)


def _rows(companies: Collection[int], sites: Collection[int] | None) -> Iterator[Row]:
    judged = _judgements(companies)
    named = Judgement.objects.filter(person=OuterRef("person"), is_manager=True)
    manages = Q(person__first_is_manager=True) | Q(Exists(named))
    bears = manages | ~Q(person__certificate_number="") | Q(person__user__isnull=False)
    has_other = Exists(ExternalCertificate.objects.filter(person=OuterRef("person")))
    employments = Employment.objects.filter(bears | Q(has_other))
    employments = employments.filter(person__company__in=companies)
    if sites is not None:
        employments = employments.filter(person__site__in=sites)
    ordered = employments.order_by("person__company", "person", "joined_on").values_list(*COLUMNS)
    for number, (company, person, name, staff_number, department, site_pk, site, *rest) in enumerate(
        ordered.iterator(chunk_size=5000), start=1
    ):
        told = Row(number, company, person, name, staff_number, department, site_pk, site or "", *rest)
        yield replace(told, judgements=tuple(judged[person])) if person in judged else told


def _judgements(companies: Collection[int]) -> dict[int, list[tuple[date, bool, str]]]:
    found: dict[int, list[tuple[date, bool, str]]] = {}
    rows = Judgement.objects.filter(person__company__in=companies).order_by("person", "since_on")
    for person, since_on, is_manager, reason in rows.values_list("person", "since_on", "is_manager", "reason"):
        found.setdefault(person, []).append((since_on, is_manager, reason))
    return found


def _person(row: Row, known: Known | None, claims: Claims) -> ratio.Person:
    return ratio.Person(
        row=row.row,
        name=row.name,
        is_manager=row.is_manager,
        joined_on=row.joined_on,
        left_on=row.left_on,
        certificate_number=known.number if known else row.certificate_number,
        certificate=known.facts if known else None,
        place=f"工号 {row.staff_number}" if row.staff_number else row.site or row.department or "没有工号",
        taken=claims.taken(known.facts.holder) if known else (),
        judgements=tuple((since_on, is_manager) for since_on, is_manager, _ in row.judgements),
    )
