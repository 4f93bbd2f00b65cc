"""
The keys that sign: read from files or a device named in the settings, never from the database. docs/keys.md.

The embedded mode makes demo keys in the data folder; `is_demo` says so, and every page that shows a signature does.
What has signed is remembered by its public half, so that old signatures stay checkable after a rotation.
"""

import contextlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings

from certificates.models import PublicKey

DEMO_PASSWORD = b"demo"  # the file is as secret as its folder
DEMO_YEARS = 20


def is_demo() -> bool:
    """Tell whether documents are signed by a key that this machine made for itself."""
    return not (settings.CERTIFICATE_PKCS12 or settings.CERTIFICATE_PKCS11_MODULE)


def document_store() -> tuple[Path, bytes]:
    """Return the PKCS#12 file with the issuer's certificate, and its password; the demo's is made at the first call."""
    if settings.CERTIFICATE_PKCS12:
        return Path(settings.CERTIFICATE_PKCS12), settings.CERTIFICATE_PKCS12_PASSWORD.encode()
    return _made("demo-issuer.p12", demo_store), DEMO_PASSWORD


@cache
def _read_credential_key(path: str) -> rsa.RSAPrivateKey:
    return cast(rsa.RSAPrivateKey, serialization.load_pem_private_key(Path(path).read_bytes(), None))


@cache
def _read_log_key(path: str) -> ed25519.Ed25519PrivateKey:
    return cast(ed25519.Ed25519PrivateKey, serialization.load_pem_private_key(Path(path).read_bytes(), None))


def credential_key() -> rsa.RSAPrivateKey:
    """Return the RSA key of the digital credential: RS256 is what Open Badges 3.0 asks every verifier to know."""
    return _read_credential_key(settings.CREDENTIAL_KEY_FILE or str(_made("demo-credential.pem", new_credential_key)))


def log_key() -> ed25519.Ed25519PrivateKey:
    """Return the Ed25519 key of the transparency log."""
    return _read_log_key(settings.LOG_KEY_FILE or str(_made("demo-log.pem", new_log_key)))


def remember_document_key(*, certificate: x509.Certificate, now: datetime) -> PublicKey:
    """Keep the certificate that signs documents. Source: docs/rules/certificates.md, rule N14."""
    public = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return _remember(PublicKey.Kind.DOCUMENT, certificate.fingerprint(hashes.SHA256()).hex(), public, now)


def remember_credential_key(*, now: datetime) -> PublicKey:
    """Keep the public key that signs credentials. Source: docs/rules/certificates.md, rule N14."""
    return _remember(PublicKey.Kind.CREDENTIAL, *_public(credential_key().public_key()), now)


def remember_log_key(*, now: datetime) -> PublicKey:
    """Keep the public key that signs the log. Source: docs/rules/certificates.md, rule N14."""
    return _remember(PublicKey.Kind.LOG, *_public(log_key().public_key()), now)


def public_log_keys() -> list[ed25519.Ed25519PublicKey]:
    """Return every key that has signed the log, oldest first."""
    rows = PublicKey.objects.filter(kind=PublicKey.Kind.LOG).order_by("pk").values_list("public", flat=True)
    return [cast(ed25519.Ed25519PublicKey, serialization.load_pem_public_key(pem.encode())) for pem in rows]


def new_credential_key() -> bytes:
    return _pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def new_log_key() -> bytes:
    return _pem(ed25519.Ed25519PrivateKey.generate())


def demo_store() -> bytes:
    """Make a demo authority and a signing certificate under it, in one PKCS#12 file."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("演示根证书（仅供演示）", authority_key, None, authority_key)
    issuer = _certificate("演示签名（仅供演示）", key, authority, authority_key)
    protection = serialization.BestAvailableEncryption(DEMO_PASSWORD)
    return pkcs12.serialize_key_and_certificates(b"demo", key, issuer, [authority], protection)


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate | None,
    authority_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, settings.ISSUER_NAME),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    is_authority, began = authority is None, datetime.now(UTC) - timedelta(days=1)
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"),
        False,  # the value of each key
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.subject if authority else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=365 * DEMO_YEARS))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=0 if is_authority else None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_authority,
                content_commitment=not is_authority,
                key_cert_sign=is_authority,
                crl_sign=is_authority,
                **usage,
            ),
            critical=True,
        )
    )
    if not is_authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(authority_key, hashes.SHA256())


def _made(name: str, make: Callable[[], bytes]) -> Path:
    """Return a demo key's file, making it once even if two processes start together."""
    path = Path(settings.CERTIFICATE_KEYS_DIR) / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_bytes(make())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path


def _pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _public(key: rsa.RSAPublicKey | ed25519.Ed25519PublicKey) -> tuple[str, str]:
    encoded = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return sha256(encoded).hexdigest(), pem.decode()


def _remember(kind: PublicKey.Kind, fingerprint: str, public: str, now: datetime) -> PublicKey:
    row, _ = PublicKey.objects.get_or_create(
        kind=kind, fingerprint=fingerprint, defaults={"public": public, "is_demo": is_demo(), "first_used_at": now}
    )
    return row
