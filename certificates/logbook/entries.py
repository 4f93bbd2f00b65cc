"""What a leaf says, and whether the register still says the same."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from certificates import merkle
from certificates.models import Certificate, LogEntry, StatusChange, TreeHead

VERSION = 1
GRACE = timedelta(hours=1)  # a change must be in the first tree signed this long after it


class Standing(StrEnum):
    """How a certificate of the register stands in the log."""

    LOGGED = "LOGGED"
    WAITING = "WAITING"
    MISSING = "MISSING"
    ALTERED = "ALTERED"
    BACKDATED = "BACKDATED"


def facts_of(certificate: Certificate) -> dict[str, str | int]:
    """Write down the frozen facts whose hash each leaf carries. Source: docs/rules/certificates.md, rule N15."""
    return {
        "number": certificate.number,
        "title": certificate.title,
        "name": certificate.holder_name,
        "id_number": certificate.holder_id_masked,
        "course": certificate.course_title,
        "course_revision": certificate.course_revision,
        "study_hours": certificate.study_hours,
        "exam": certificate.exam_title,
        "points_centi": certificate.points_centi,
        "total_centi": certificate.total_centi,
        "standard": certificate.standard,
        "issuer": certificate.issuer,
        "issued_date": certificate.issued_date.isoformat(),
        "valid_until": certificate.valid_until.isoformat(),
    }


def record(*, change: StatusChange) -> LogEntry:
    """
    Write the leaf of a change, in the caller's transaction; `sequence` gives it its place.

    Source: docs/rules/certificates.md, rule N15.
    """
    data = canonical(_said(change) | {"facts": facts_hash(change.certificate), "salt": secrets.token_hex(16)})
    return LogEntry.objects.create(change=change, data=data, leaf=merkle.hash_leaf(data.encode()).hex())


def standing_of(certificate: Certificate) -> Standing:
    """
    Compare a certificate with its leaves: three queries, none with the log's size in it.

    Source: docs/rules/certificates.md, rule N18.
    """
    changes = list(certificate.changes.select_related("log_entry"))
    entries = [entry for change in changes if (entry := getattr(change, "log_entry", None))]
    if not changes or len(entries) < len(changes):
        return Standing.MISSING
    if certificate.status != changes[-1].to_status or any(is_altered(entry, certificate) for entry in entries):
        return Standing.ALTERED
    placed = [(change.changed_at, entry.position) for change, entry in zip(changes, entries, strict=True)]
    if is_backdated(placed):
        return Standing.BACKDATED
    return Standing.WAITING if any(position is None for _, position in placed) else Standing.LOGGED


def is_altered(entry: LogEntry, certificate: Certificate) -> bool:
    """Tell whether register and leaf contradict each other, or the leaf its own hash."""
    if merkle.hash_leaf(entry.data.encode()).hex() != entry.leaf:
        return True
    said = json.loads(entry.data)
    expected = _said(entry.change) | {"facts": facts_hash(certificate), "number": certificate.number}
    return any(said.get(key) != value for key, value in expected.items())


def is_backdated(placed: Sequence[tuple[datetime, int | None]]) -> bool:
    """Tell whether a leaf came into the tree although a tree signed well after its date did not have it."""
    for changed_at, position in placed:
        first = TreeHead.objects.filter(signed_at__gte=changed_at + GRACE).order_by("signed_at").first()
        if first and (position is None or position >= first.size):
            return True
    return False


def facts_hash(certificate: Certificate) -> str:
    return hashlib.sha256(canonical(facts_of(certificate)).encode()).hexdigest()


def canonical(value: dict[str, str | int]) -> str:
    """Write JSON in the one way that is hashed: sorted keys, no spaces, characters as they are."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _said(change: StatusChange) -> dict[str, str | int]:
    return {
        "v": VERSION,
        "number": change.certificate.number,
        "from": change.from_status,
        "to": change.to_status,
        "reason_class": change.reason_class,
        "at": f"{change.changed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
