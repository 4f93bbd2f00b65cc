"""What the register of certificates says: by number, or by the account that holds them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from certificates import logbook
from certificates.models import Certificate
from certificates.staffing.ratio import CertificateFacts

KEYS_PER_QUERY = 10_000  # below every database's limit of parameters


@dataclass(frozen=True, slots=True)
class Known:
    """A certificate that the log bears out. `holder_pk` None: the account is gone."""

    pk: int
    number: str
    holder_pk: int | None
    facts: CertificateFacts


def by_number(numbers: Collection[str]) -> dict[str, Known]:
    """Find certificates by their numbers; four queries per 10,000 numbers. Source: docs/rules/staffing.md, rule S3."""
    found: dict[str, Known] = {}
    ordered = sorted(numbers)
    for start in range(0, len(ordered), KEYS_PER_QUERY):
        batch = Certificate.objects.filter(number__in=ordered[start : start + KEYS_PER_QUERY])
        found |= {one.number: one for one in _sound(batch)}
    return found


def by_holder(users: Collection[int]) -> dict[int, Known]:
    """
    Find the certificate of each account that speaks best for it: in force first, then the one that lasts longest.

    Source: docs/rules/staffing.md, rule S11.
    """
    found: defaultdict[int, list[Known]] = defaultdict(list)
    ordered = sorted(users)
    for start in range(0, len(ordered), KEYS_PER_QUERY):
        for one in _sound(Certificate.objects.filter(holder__in=ordered[start : start + KEYS_PER_QUERY])):
            found[one.holder_pk or 0].append(one)
    return {
        user: max(held, key=lambda one: (one.facts.is_in_force, one.facts.valid_until, one.pk))
        for user, held in found.items()
    }


def _sound(certificates: Iterable[Certificate]) -> list[Known]:
    return [_known(certificate) for certificate in logbook.sound(list(certificates))]


def holder_key(holder_pk: int | None, name: str, id_masked: str) -> str:
    """Name a holder alike on all of his or her certificates, even when the account is gone."""
    return f"{name} {id_masked}" if holder_pk is None else str(holder_pk)


def _known(certificate: Certificate) -> Known:
    facts = CertificateFacts(
        holder=holder_key(certificate.holder_id, certificate.holder_name, certificate.holder_id_masked),
        holder_name=certificate.holder_name,
        is_in_force=certificate.status == Certificate.Status.VALID,
        status=certificate.get_status_display(),
        issued_date=certificate.issued_date,
        valid_until=certificate.valid_until,
    )
    return Known(certificate.pk, certificate.number, certificate.holder_id, facts)
