"""The signed PDF of a certificate: made at the first request, kept, and handed out as it is from then on."""

import hashlib
import secrets
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from certificates import keys, rendering, signing
from certificates.models import Certificate, SignedDocument

FOLDER = "signed-certificates"  # no address serves this folder; the holder's page sends the file


def signed_pdf(*, certificate: Certificate, now: datetime) -> bytes:
    """
    Return the signed file of a certificate that is in force, the same bytes every time.

    It is signed once, outside of any transaction: a slow time-stamp authority holds no lock. If two ask at once, the
    first file stays and the second is thrown away.
    Raises: NotInForce, CharacterMissing, SigningUnavailable. Source: docs/rules/certificates.md, rules N7 and N13.
    """
    rendering.refuse_out_of_force(certificate=certificate, today=timezone.localdate(now))
    standing = SignedDocument.objects.filter(certificate=certificate).first()
    if standing is None:
        signed = signing.sign_as_issuer(rendering.print_pdf(certificate))
        standing = keep(certificate=certificate, signed=signed, now=now)
    with default_storage.open(str(standing.file)) as stored:
        return bytes(stored.read())


def keep(*, certificate: Certificate, signed: bytes, now: datetime) -> SignedDocument:
    """Store a signed file for a certificate that has none; the standing one comes back otherwise."""
    name = f"{FOLDER}/{certificate.issued_date.year}/{secrets.token_urlsafe(16)}.pdf"
    name = default_storage.save(name, ContentFile(signed))
    with transaction.atomic():
        Certificate.objects.select_for_update().get(pk=certificate.pk)
        key = keys.remember_document_key(certificate=signing.issuer_certificate(), now=now)
        standing, is_new = SignedDocument.objects.get_or_create(
            certificate=certificate,
            defaults={"file": name, "sha256": hashlib.sha256(signed).hexdigest(), "key": key, "signed_at": now},
        )
    if not is_new:
        default_storage.delete(name)
    return standing
