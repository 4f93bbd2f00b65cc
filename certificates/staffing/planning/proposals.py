"""Who should renew, and who should be trained: a proposal by a stated order, never a decision."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from certificates.staffing import ratio
from certificates.staffing.planning.timeline import PLAN_MONTHS
from certificates.staffing.ratio import Person
from certificates.staffing.ratio.people import counted_rows

RENEWAL_DAYS = 180


@dataclass(frozen=True, slots=True)
class Nominee:
    """One name of a plan and why it is there."""

    row: int
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who renews, who is trained, and how many are still without a name. Units: people."""

    renewals: tuple[Nominee, ...]
    trainees: tuple[Nominee, ...]
    unnamed: int

    @property
    def seats(self) -> int:
        return len(self.trainees) + self.unnamed


def propose(
    people: Sequence[Person], *, needed: int, today: date, short_from: date, due: date, sites: dict[int, str]
) -> Proposal:
    """
    Name as many people as are needed: first who can renew, then managers without a certificate that counts.

    `sites` names the site of each row. Source: docs/rules/planning.md, rule F5.
    """
    until = ratio.add_months(short_from, PLAN_MONTHS)
    counting = counted_rows([person for person in people if person.certificate], today)
    renewals = _renewals(people, set(counting.values()), short_from, until)[:needed]
    covered = {sites.get(row, "") for row in counting.values()}
    trainees = _trainees(people, set(counting.values()), today, due, sites, covered)[: needed - len(renewals)]
    return Proposal(tuple(renewals), tuple(trainees), needed - len(renewals) - len(trainees))


def _renewals(people: Sequence[Person], counting: Collection[int], short_from: date, until: date) -> list[Nominee]:
    opens = short_from - timedelta(days=RENEWAL_DAYS)
    found = [
        (person.certificate.valid_until, person)
        for person in people
        if person.certificate
        and person.row in counting
        and opens <= person.certificate.valid_until <= until
        and person.is_employed_on(person.certificate.valid_until + timedelta(days=1))
    ]
    found.sort(key=lambda one: (one[0], one[1].name, one[1].row))
    return [Nominee(person.row, person.name, f"续期：证书有效期至 {day}") for day, person in found]


def _trainees(
    people: Sequence[Person],
    counting: Collection[int],
    today: date,
    due: date,
    sites: dict[int, str],
    covered: Collection[str],
) -> list[Nominee]:
    until = ratio.add_months(due, PLAN_MONTHS)
    free = [
        person
        for person in people
        if person.is_manager_on(due)
        and person.row not in counting
        and not (person.certificate and person.certificate.issued_date > today)
        and not (person.left_on and person.left_on <= until)
    ]
    free.sort(key=lambda p: (sites.get(p.row, "") in covered, p.joined_on or date.min, p.name, p.row))
    return [Nominee(person.row, person.name, _why(person, sites.get(person.row, ""), covered)) for person in free]


def _why(person: Person, site: str, covered: Collection[str]) -> str:
    place = f"{site}现在没有计入的管理师" if site and site not in covered else "服务管理人员，没有计入的证书"
    return f"{place}；{person.joined_on} 入职" if person.joined_on else place
