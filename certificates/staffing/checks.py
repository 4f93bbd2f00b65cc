"""Check a roster against the register of certificates, and keep the answer."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from certificates import logbook
from certificates.models import Certificate
from certificates.staffing import ratio
from certificates.staffing.models import StaffingCheck
from certificates.staffing.rosters import Entry, Roster
from lms.errors import DomainError
from lms.users.models import User

FIRST_AS_OF, LAST_AS_OF = date(2000, 1, 1), date(2100, 12, 31)
NUMBERS_PER_QUERY = 10_000  # below every database's limit of parameters


class AsOfOutOfRange(DomainError):
    message = f"基准日应在 {FIRST_AS_OF} 至 {LAST_AS_OF} 之间。请核对年份。"


def evaluate(*, roster: Roster, as_of: date) -> ratio.Staffing:
    """
    Judge a roster on a day by the certificates that its numbers lead to; three queries per 10,000 numbers.

    Raises: AsOfOutOfRange, NoManagers. Source: docs/rules/staffing.md, rules S1-S8.
    """
    if not FIRST_AS_OF <= as_of <= LAST_AS_OF:
        raise AsOfOutOfRange
    register = _look_up({entry.certificate_number for entry in roster.entries} - {""})
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


def delete(*, check: StaffingCheck) -> None:
    """Delete a check with everything that it kept of the roster."""
    check.delete()


def _person(entry: Entry, certificate: ratio.CertificateFacts | None) -> ratio.Person:
    return ratio.Person(
        row=entry.row,
        name=entry.name,
        is_manager=entry.is_manager,
        joined_on=entry.joined_on,
        left_on=entry.left_on,
        certificate_number=entry.certificate_number,
        certificate=certificate,
    )


def _look_up(numbers: Iterable[str]) -> dict[str, ratio.CertificateFacts]:
    ordered = sorted(numbers)
    facts: dict[str, ratio.CertificateFacts] = {}
    for start in range(0, len(ordered), NUMBERS_PER_QUERY):
        batch = ordered[start : start + NUMBERS_PER_QUERY]
        found = logbook.sound(list(Certificate.objects.filter(number__in=batch)))
        facts.update({certificate.number: _facts(certificate) for certificate in found})
    return facts


def _facts(certificate: Certificate) -> ratio.CertificateFacts:
    # A holder whose account is gone is still the same person on all of his or her certificates.
    anonymous = f"{certificate.holder_name} {certificate.holder_id_masked}"
    return ratio.CertificateFacts(
        holder=anonymous if certificate.holder_id is None else str(certificate.holder_id),
        holder_name=certificate.holder_name,
        is_in_force=certificate.status == Certificate.Status.VALID,
        status=certificate.get_status_display(),
        issued_date=certificate.issued_date,
        valid_until=certificate.valid_until,
    )
