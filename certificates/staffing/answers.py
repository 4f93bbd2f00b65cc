"""The answer for a company on a day: the figures, every person with the reason, every site."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from certificates.staffing import ratio
from certificates.staffing.live import LiveRoster, Row
from certificates.staffing.ratio import Outcome, Verdict

CONTESTED = "。重叠：另一家企业也登记了这位持证人，目前计在本企业"


@dataclass(frozen=True, slots=True)
class PersonAnswer:
    """One person on the day: by the employment of that day, else by the last one before, else by the next."""

    row: Row
    verdict: Verdict
    reason: str
    is_employed: bool
    is_contested: bool
    has_external: bool
    manager_reason: str

    @property
    def is_counted(self) -> bool:
        return self.verdict.is_counted

    @property
    def is_manager(self) -> bool:
        return self.verdict.is_counted_manager

    @property
    def certificate_number(self) -> str:
        return self.verdict.person.certificate_number


@dataclass(frozen=True, slots=True)
class SiteAnswer:
    """What one site has on the day. `reference` is 10 % of its own managers, for information only (C5)."""

    site_pk: int | None
    name: str
    managers: int
    held: int

    @property
    def reference(self) -> int:
        return ratio.required_for(self.managers) if self.managers else 0


@dataclass(frozen=True, slots=True)
class CompanyAnswer:
    """What the rule says of a live roster. `externals` counts people with an accepted certificate of another issuer."""

    roster: LiveRoster
    staffing: ratio.Staffing
    people: tuple[PersonAnswer, ...]
    externals: int

    @classmethod
    def of(cls, roster: LiveRoster, staffing: ratio.Staffing, *, externals: set[int]) -> "CompanyAnswer":
        """Put together what the screen, the evidence pack and the API say of everybody."""
        chosen: dict[int, tuple[Row, Verdict]] = {}
        for row, verdict in zip(roster.rows, staffing.verdicts, strict=True):
            earlier = chosen.get(row.person_pk)
            if earlier is None or _speaks_better(row, earlier[0], staffing.as_of):
                chosen[row.person_pk] = (row, verdict)
        counted = {
            verdict.person.certificate.holder: verdict.person
            for verdict in staffing.verdicts
            if verdict.is_counted and verdict.person.certificate
        }
        people = tuple(
            PersonAnswer(
                row=row,
                verdict=verdict,
                reason=_reason(verdict, counted, is_contested=row.row in roster.contested),
                is_employed=verdict.person.is_employed_on(staffing.as_of),
                is_contested=row.row in roster.contested,
                has_external=row.person_pk in externals,
                manager_reason=row.reason_on(staffing.as_of),
            )
            for row, verdict in chosen.values()
        )
        employed = {one.row.person_pk for one in people if one.is_employed}
        return cls(roster, staffing, people, len(externals & employed))

    def sites(self) -> list[SiteAnswer]:
        """Return every site that somebody employed stands on, most managers first; people without a site under ""."""
        names: dict[int | None, str] = {}
        managers: defaultdict[int | None, int] = defaultdict(int)
        held: defaultdict[int | None, int] = defaultdict(int)
        for one in self.people:
            if one.is_employed:
                names[one.row.site_pk] = one.row.site
                managers[one.row.site_pk] += one.is_manager
                held[one.row.site_pk] += one.is_counted
        found = [SiteAnswer(pk, name, managers[pk], held[pk]) for pk, name in names.items()]
        return sorted(found, key=lambda site: (-site.managers, site.name))


def _speaks_better(row: Row, other: Row, day: date) -> bool:
    return _closeness(row, day) > _closeness(other, day)


def _closeness(row: Row, day: date) -> tuple[int, int]:
    """Rank employments for a day: the one of the day, then the last that ended, then the next to begin."""
    first, last = row.joined_on or date.min, row.left_on or date.max
    if first <= day <= last:
        return (2, 0)
    return (1, last.toordinal()) if last < day else (0, -first.toordinal())


def _reason(verdict: Verdict, counted: dict[str, ratio.Person], *, is_contested: bool) -> str:
    certificate = verdict.person.certificate
    if verdict.outcome is Outcome.COUNTED_ELSEWHERE and certificate and certificate.holder in counted:
        twin = counted[certificate.holder]
        return f"同一位持证人已计在 {twin.name}（{twin.where}）名下"
    return verdict.reason + (CONTESTED if is_contested and verdict.is_counted else "")
