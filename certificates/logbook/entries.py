"""What a leaf says, and whether the register still says the same."""

import hashlib
import json
import secrets
from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.db.models import Prefetch, prefetch_related_objects

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


SOUND = frozenset({Standing.LOGGED, Standing.WAITING})
FirstHead = Callable[[datetime], tuple[int] | None]  # the size of the first tree signed at a time or later


def facts_of(certificate: Certificate) -> dict[str, str | int]:
    """Write the frozen facts whose hash each leaf carries. Source: docs/rules/certificates.md, rules N15, N32, N35."""
    extra: dict[str, str | int] = {"serial": certificate.serial} if certificate.serial else {}
    if certificate.template:
        extra |= {"template": certificate.template.number, "template_sha256": certificate.template.sha256}
    return extra | {
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
    data = data_of(change)
    return LogEntry.objects.create(change=change, data=data, leaf=merkle.hash_leaf(data.encode()).hex())


def data_of(change: StatusChange) -> str:
    """Write what a change's leaf says, with a new salt. Source: docs/rules/certificates.md, rule N15."""
    return canonical(_said(change) | {"facts": facts_hash(change.certificate), "salt": secrets.token_hex(16)})


def standing_of(certificate: Certificate) -> Standing:
    """
    Compare a certificate with its leaves: three queries, none with the log's size in it.

    Source: docs/rules/certificates.md, rule N18.
    """
    changes = list(certificate.changes.select_related("log_entry"))
    return _standing(certificate, changes, _first_head)


def sound(certificates: Sequence[Certificate]) -> list[Certificate]:
    """
    Keep those that the log bears out, in three queries however many there are. Source: rule N18 of the same file.
    """
    prefetch_related_objects(
        certificates, "template", Prefetch("changes", StatusChange.objects.select_related("log_entry"))
    )
    heads = list(TreeHead.objects.order_by("signed_at").values_list("signed_at", "size"))

    def first_head(day: datetime) -> tuple[int] | None:
        place = bisect_left(heads, day, key=lambda head: head[0])
        return (heads[place][1],) if place < len(heads) else None

    return [one for one in certificates if _standing(one, list(one.changes.all()), first_head) in SOUND]


def _first_head(day: datetime) -> tuple[int] | None:
    return TreeHead.objects.filter(signed_at__gte=day).order_by("signed_at").values_list("size").first()


def _standing(certificate: Certificate, changes: list[StatusChange], first_head: FirstHead) -> Standing:
    entries = [entry for change in changes if (entry := getattr(change, "log_entry", None))]
    if not changes or len(entries) < len(changes):
        return Standing.MISSING
    if certificate.status != changes[-1].to_status or any(is_altered(entry, certificate) for entry in entries):
        return Standing.ALTERED
    for change, entry in zip(changes, entries, strict=True):
        head = first_head(change.changed_at + GRACE)
        if head and (entry.position is None or entry.position >= head[0]):
            return Standing.BACKDATED  # a tree signed well after its date did not have it
    return Standing.WAITING if any(entry.position is None for entry in entries) else Standing.LOGGED


def is_altered(entry: LogEntry, certificate: Certificate) -> bool:
    """Tell whether register and leaf contradict each other, or the leaf its own hash."""
    if merkle.hash_leaf(entry.data.encode()).hex() != entry.leaf:
        return True
    said = json.loads(entry.data)
    expected = _said(entry.change) | {"facts": facts_hash(certificate), "number": certificate.number}
    return any(said.get(key) != value for key, value in expected.items())


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
