"""Certificates of other issuers: hand in with a scan, decide. Source: docs/rules/companies.md, rule C11."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from certificates.staffing.models import ExternalCertificate, Person
from lms import private_files
from lms.errors import DomainError
from lms.users.models import User

MAX_BYTES = 10 * 1024 * 1024
MAX_PER_PERSON = 20
KINDS = {b"%PDF-": ("pdf", "application/pdf"), b"\x89PNG\r\n\x1a\n": ("png", "image/png")}
JPEG = ("jpg", "image/jpeg")
CONTENT_TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg"}


class ScanRefused(DomainError):
    message = "扫描件请用 PDF、PNG 或 JPEG，最大 10 MB。"


class AlreadyHandedIn(DomainError):
    message = "这张证书已经登记过。要更正，请先删除原来的登记。"


class TooManyExternals(DomainError):
    message = f"一个人最多登记 {MAX_PER_PERSON} 张其他机构的证书。请先删除不用的登记。"


class AlreadyDecided(DomainError):
    message = "这份材料已经核对过。请刷新页面查看。"


class DecisionMissing(DomainError):
    message = "请写明核对意见，企业和同事都会看到。"


@dataclass(frozen=True, slots=True)
class Facts:
    """What stands on the certificate."""

    issuer: str
    number: str
    holder_name: str
    issued_on: date
    expires_on: date | None


def kind_of(content: bytes) -> str:
    """Return the extension of a scan by what it really is. Raises: ScanRefused."""
    if len(content) <= MAX_BYTES:
        if content.startswith(b"\xff\xd8\xff"):
            return "jpg"
        for mark, (extension, _) in KINDS.items():
            if content.startswith(mark):
                return extension
    raise ScanRefused


def hand_in(*, person: Person, facts: Facts, scan: bytes, by: User, now: datetime) -> ExternalCertificate:
    """Keep a certificate of another issuer with its scan. Raises: ScanRefused, AlreadyHandedIn, TooManyExternals."""
    extension = kind_of(scan)
    try:
        with private_files.stored("external-certificates", {extension: scan}) as names, transaction.atomic():
            locked = Person.objects.select_for_update().get(pk=person.pk)
            if locked.external_certificates.count() >= MAX_PER_PERSON:
                raise TooManyExternals
            return ExternalCertificate.objects.create(
                person=locked,
                issuer=facts.issuer,
                number=facts.number,
                holder_name=facts.holder_name,
                issued_on=facts.issued_on,
                expires_on=facts.expires_on,
                scan=names[extension],
                scan_sha256=private_files.sha256(scan),
                submitted_by=by,
                submitted_at=now,
            )
    except IntegrityError as error:
        raise AlreadyHandedIn from error


@transaction.atomic
def accept(*, external: ExternalCertificate, by: User, decision: str, now: datetime) -> ExternalCertificate:
    """Say that the scan agrees with what was typed. Raises: AlreadyDecided, DecisionMissing."""
    return _decide(external, ExternalCertificate.Status.ACCEPTED, by, decision, now)


@transaction.atomic
def reject(*, external: ExternalCertificate, by: User, decision: str, now: datetime) -> ExternalCertificate:
    """Say that the scan does not agree. Raises: AlreadyDecided, DecisionMissing."""
    return _decide(external, ExternalCertificate.Status.REJECTED, by, decision, now)


@transaction.atomic
def delete(*, external: ExternalCertificate) -> None:
    """Delete a certificate of another issuer, with its scan."""
    locked = ExternalCertificate.objects.select_for_update().get(pk=external.pk)
    locked.delete()
    transaction.on_commit(lambda: private_files.delete(locked.scan))


def _decide(
    external: ExternalCertificate, status: ExternalCertificate.Status, by: User, decision: str, now: datetime
) -> ExternalCertificate:
    locked = ExternalCertificate.objects.select_for_update().get(pk=external.pk)
    if locked.status != ExternalCertificate.Status.WAITING:
        raise AlreadyDecided
    if not decision.strip():
        raise DecisionMissing
    locked.status, locked.decided_by, locked.decided_at = status, by, now
    locked.decision = decision.strip()[:200]
    locked.save()
    return locked
