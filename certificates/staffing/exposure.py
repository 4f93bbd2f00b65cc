"""Which companies lean on certificates that are in doubt: their answer now, and without them. Reads only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from certificates.models import Certificate
from certificates.staffing import checks, ratio
from certificates.staffing.models import Company

MOST = 50  # companies looked at; each takes some queries


@dataclass(frozen=True)
class Exposure:
    """One company on the day. Units: people."""

    company: Company
    required: int
    held: int
    losing: int

    @property
    def left(self) -> int:
        return self.held - self.losing

    @property
    def is_covered(self) -> bool:
        return self.held >= self.required

    @property
    def stays_covered(self) -> bool:
        return self.left >= self.required


def exposures(*, certificates: Collection[Certificate], as_of: date) -> list[Exposure]:
    """
    Find the companies that count somebody by one of these certificates; at most MOST are looked at.

    Source: docs/rules/key-fix.md, rule K10.
    """
    numbers = {certificate.number for certificate in certificates}
    named = Company.objects.filter(people__certificate_number__in=numbers)
    agreed = Company.objects.filter(people__user__in={certificate.holder_id for certificate in certificates} - {None})
    found = []
    for company in (named | agreed).distinct().order_by("pk")[:MOST]:
        try:
            answer = checks.check_company(company=company, as_of=as_of)
        except ratio.NoManagers:
            continue
        losing = sum(person.is_counted and person.certificate_number in numbers for person in answer.people)
        if losing:
            found.append(Exposure(company, answer.staffing.required, answer.staffing.held, losing))
    return found
