"""Check a roster against the register of certificates: a file, whose answer is kept, or what companies keep here."""

from collections.abc import Iterator
from datetime import date, datetime

from certificates.staffing import live, ratio
from certificates.staffing.answers import CompanyAnswer
from certificates.staffing.models import Company, CompanyGroup, ExternalCertificate, Site, StaffingCheck
from certificates.staffing.register import Known, by_number
from certificates.staffing.rosters import Entry, Roster
from lms.errors import DomainError
from lms.users.models import User

FIRST_AS_OF, LAST_AS_OF = date(2000, 1, 1), date(2100, 12, 31)


class AsOfOutOfRange(DomainError):
    message = f"基准日应在 {FIRST_AS_OF} 至 {LAST_AS_OF} 之间。请核对年份。"


def evaluate(*, roster: Roster, as_of: date) -> ratio.Staffing:
    """
    Judge a roster on a day by the certificates that its numbers lead to; three queries per 10,000 numbers.

    Raises: AsOfOutOfRange, NoManagers. Source: docs/rules/staffing.md, rules S1-S8.
    """
    if not FIRST_AS_OF <= as_of <= LAST_AS_OF:
        raise AsOfOutOfRange
    register = by_number({entry.certificate_number for entry in roster.entries} - {""})
    people = [_person(entry, register.get(entry.certificate_number)) for entry in roster.entries]
    return ratio.check(people, as_of)


def run_check(*, owner: User, company_name: str, roster: Roster, as_of: date, now: datetime) -> StaffingCheck:
    """
    Check a roster on a day and keep the answer for its owner.

    Of the people it keeps those who bear on the answer: service managers, and whoever names a certificate.
    Raises: AsOfOutOfRange, NoManagers; then nothing is kept. Source: docs/rules/staffing.md, rules S1-S8 and S10.
    """
    staffing = evaluate(roster=roster, as_of=as_of)
    return StaffingCheck.objects.create(
        owner=owner,
        company_name=company_name,
        as_of_date=as_of,
        roster_sha256=roster.sha256,
        rule_version=ratio.RULE_VERSION,
        people=len(roster.entries),
        managers=staffing.managers,
        required=staffing.required,
        held=staffing.held,
        points_centi=staffing.points_centi,
        first_breach_date=staffing.breach.day if staffing.breach else None,
        first_breach_cause="\n".join(staffing.breach.causes) if staffing.breach else "",
        rows=[
            row
            for entry, row in zip(roster.entries, rows_of(roster=roster, staffing=staffing), strict=True)
            if entry.is_manager or entry.certificate_number
        ],
        checked_at=now,
    )


def rows_of(*, roster: Roster, staffing: ratio.Staffing) -> Iterator[dict[str, object]]:
    """Give one plain object per person of the roster, in its order: who, counted or not, and why."""
    for entry, verdict in zip(roster.entries, staffing.verdicts, strict=True):
        yield {
            "row": entry.row,
            "name": entry.name,
            "staff_number": entry.staff_number,
            "department": entry.department,
            "site": entry.site,
            "is_manager": verdict.is_counted_manager,
            "is_counted": verdict.is_counted,
            "outcome": verdict.outcome.value,
            "reason": verdict.reason,
            "certificate_number": entry.certificate_number,
        }


def check_company(
    *, company: Company | None = None, site: Site | None = None, group: CompanyGroup | None = None, as_of: date
) -> CompanyAnswer:
    """
    Judge what a company, one of its sites with all below it, or a whole group keeps here, on a day.

    At most 10 queries per 10,000 certificates. Raises: AsOfOutOfRange, NoManagers; ValueError unless exactly one is
    given. Source: docs/rules/staffing.md, rule S11.
    """
    if [company, site, group].count(None) != 2:
        raise ValueError("check exactly one company, site or group")
    if not FIRST_AS_OF <= as_of <= LAST_AS_OF:
        raise AsOfOutOfRange
    sites = None
    if site is not None:
        companies, sites = [site.company_id], site_tree(site)
    elif group is not None:
        companies = list(Company.objects.filter(group=group).values_list("pk", flat=True))
    else:
        companies = [company.pk] if company else []
    roster = live.roster_of(companies=companies, sites=sites)
    staffing = ratio.check(roster.people, as_of)
    externals = ExternalCertificate.objects.accepted_on(as_of).filter(person__company__in=companies)
    if sites is not None:
        externals = externals.filter(person__site__in=sites)
    return CompanyAnswer.of(roster, staffing, externals=set(externals.values_list("person", flat=True)))


def site_tree(site: Site) -> list[int]:
    """Return the keys of a site and of all that lies below it; one query."""
    children: dict[int | None, list[int]] = {}
    for pk, parent in Site.objects.filter(company=site.company_id).values_list("pk", "parent"):
        children.setdefault(parent, []).append(pk)
    found = [site.pk]
    for pk in found:  # grows while it is walked
        found += children.get(pk, [])
    return found


def delete(*, check: StaffingCheck) -> None:
    """Delete a check with everything that it kept of the roster."""
    check.delete()


def _person(entry: Entry, known: Known | None) -> ratio.Person:
    return ratio.Person(
        row=entry.row,
        name=entry.name,
        is_manager=entry.is_manager,
        joined_on=entry.joined_on,
        left_on=entry.left_on,
        certificate_number=entry.certificate_number,
        certificate=known.facts if known else None,
    )
