"""Put the issuer's PAdES signature on a PDF. Which key and whose time stamp, the settings say. docs/keys.md."""

import io
import threading
from functools import cache

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from django.conf import settings
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import Signer
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.requests_client import HTTPTimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import ValidationError

from certificates import keys
from lms.errors import DomainError

FIELD = "Issuer"
TSA_SECONDS = 10
CERTIFICATE = "证书签发"

local = threading.local()


class SigningUnavailable(DomainError):
    message = "签名服务暂时不可用，PDF 没有生成。证书本身有效，可以在线核验；请稍后再试。"


def sign(
    pdf: bytes,
    *,
    signer: Signer,
    time_stamper: TimeStamper | None = None,
    evidence: ValidationContext | None = None,
    reason: str = CERTIFICATE,
) -> bytes:
    """
    Certify a PDF so that no change is allowed after it: PAdES B-B, B-T with a time stamp, B-LT with evidence.

    With both it is B-LTA: a second time stamp seals the evidence, which then outlives what it speaks of.
    The bytes of `pdf` stay as they are, the signature comes after them.
    Source: docs/rules/certificates.md, rule N13.
    """
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        embed_validation_info=evidence is not None,
        use_pades_lta=evidence is not None and time_stamper is not None,
        validation_context=evidence,
        name=settings.ISSUER_NAME,
        reason=reason,
    )
    signed = io.BytesIO()
    PdfSigner(metadata, signer=signer, timestamper=time_stamper).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf)), output=signed
    )
    return signed.getvalue()


def sign_as_issuer(pdf: bytes, *, reason: str = CERTIFICATE) -> bytes:
    """Sign with the key, the time stamp and the evidence that the settings name. Raises: SigningUnavailable."""
    stamper = (
        HTTPTimeStamper(settings.CERTIFICATE_TSA_URL, timeout=TSA_SECONDS) if settings.CERTIFICATE_TSA_URL else None
    )
    try:
        signer = issuer_signer()
        return sign(pdf, signer=signer, time_stamper=stamper, evidence=_evidence(signer), reason=reason)
    except (OSError, SigningError, ValidationError) as error:  # the authority, or its revocation data
        raise SigningUnavailable from error
    except _device_errors() as error:
        vars(local).pop("device", None)  # a device that was pulled out and is back needs a new session
        raise SigningUnavailable from error


def issuer_certificate() -> x509.Certificate:
    """Return the certificate that documents are signed with."""
    certificate: asn1_x509.Certificate = issuer_signer().signing_cert
    return x509.load_der_x509_certificate(certificate.dump())


def issuer_signer() -> Signer:
    """Return the signer that the settings name: a PKCS#12 file, or a key in a PKCS#11 device."""
    if settings.CERTIFICATE_PKCS11_MODULE:
        if not hasattr(local, "device"):  # a session belongs to its thread
            local.device = _open_device()
        return local.device
    path, password = keys.document_store()
    return _read_store(str(path), password)


@cache
def _read_store(path: str, password: bytes) -> Signer:
    signer = SimpleSigner.load_pkcs12(path, passphrase=password)
    if signer is None:
        raise SigningUnavailable("签名证书文件读不出来：请检查 CERTIFICATE_PKCS12 与它的口令。")
    return signer


def _open_device() -> Signer:
    from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session  # noqa: PLC0415  # only sites with a device have it

    session = open_pkcs11_session(
        settings.CERTIFICATE_PKCS11_MODULE,
        token_criteria=TokenCriteria(label=settings.CERTIFICATE_PKCS11_TOKEN or None),
        user_pin=settings.CERTIFICATE_PKCS11_PIN,
    )
    label = settings.CERTIFICATE_PKCS11_LABEL
    # The device signs a digest that we made: every device can do that, not every one hashes.
    return PKCS11Signer(session, cert_label=label, key_label=label, use_raw_mechanism=True)


def _device_errors() -> tuple[type[Exception], ...]:
    """Return what a device may raise; nothing where there is none, because then its library need not be installed."""
    if not settings.CERTIFICATE_PKCS11_MODULE:
        return ()
    from pkcs11.exceptions import PKCS11Error  # noqa: PLC0415  # only sites with a device have it

    return (PKCS11Error,)


def _evidence(signer: Signer) -> ValidationContext | None:
    """Fetch revocation data of the issuer's chain, and the time stamp's, where long-term validation is configured."""
    if not settings.CERTIFICATE_LTV:
        return None
    chain: list[asn1_x509.Certificate] = list(signer.cert_registry)
    roots = [certificate for certificate in chain if certificate.self_issued]
    if settings.CERTIFICATE_TRUST_ROOTS:
        roots += load_certs_from_pemder([settings.CERTIFICATE_TRUST_ROOTS])
    return ValidationContext(trust_roots=roots, other_certs=chain, allow_fetching=True, revocation_mode="require")
