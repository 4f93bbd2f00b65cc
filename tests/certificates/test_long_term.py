"""Long-term signatures, with an authority of our own on loopback: its CRL, its time stamps, and when it is silent."""

import asyncio
import io
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import ades
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager

from certificates import documents, inspection, signing
from certificates.models import SignedDocument
from tests.factories.certificates import make_certificate

pytestmark = pytest.mark.django_db
DER = serialization.Encoding.DER


@dataclass
class Authority:
    """A certification authority with a time-stamp service; both answer on a loopback port."""

    port: int = 0
    revoked: list[int] = field(default_factory=list)
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    has_crl: bool = True

    def __post_init__(self) -> None:
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "测试根证书")])
        self.certificate = self.certify("测试根证书", self.key.public_key(), is_authority=True)

    def certify(
        self, name: str, key: rsa.RSAPublicKey, *, is_authority: bool = False, **usage: bool
    ) -> x509.Certificate:
        began = datetime.now(UTC) - timedelta(hours=1)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        bits = dict.fromkeys(
            ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
        )
        builder = (
            x509.CertificateBuilder(self.name, subject, key, x509.random_serial_number())
            .not_valid_before(began)
            .not_valid_after(began + timedelta(days=365 * (20 if is_authority else 3)))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=not is_authority,
                    content_commitment=not is_authority,
                    key_cert_sign=is_authority,
                    crl_sign=is_authority,
                    **bits,
                ),
                critical=True,
            )
        )
        if not is_authority:
            place = x509.DistributionPoint(
                [x509.UniformResourceIdentifier(f"http://127.0.0.1:{self.port}/ca.crl")], None, None, None
            )
            builder = builder.add_extension(x509.CRLDistributionPoints([place]), critical=False)
        if usage.get("stamps_time"):
            stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            builder = builder.add_extension(stamping, critical=True)
        return builder.sign(self.key, hashes.SHA256())

    def crl(self) -> bytes:
        now = datetime.now(UTC)
        builder = x509.CertificateRevocationListBuilder(self.name)
        builder = builder.last_update(now - timedelta(minutes=1)).next_update(now + timedelta(days=7))
        for number in self.revoked:
            row = (
                x509.RevokedCertificateBuilder()
                .serial_number(number)
                .revocation_date(now - timedelta(minutes=30))
                .build()
            )
            builder = builder.add_revoked_certificate(row)
        builder = builder.add_extension(x509.CRLNumber(1), critical=False)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
        )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(DER)


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    made: list[Authority] = []
    stampers: list[DummyTimeStamper] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(
                made[0].crl() if made[0].has_crl else b"", "application/pkix-crl", 200 if made[0].has_crl else 503
            )

        def do_POST(self) -> None:
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            self._send(stampers[0].request_tsa_response(asked).dump(), "application/timestamp-reply", 200)

        def _send(self, body: bytes, kind: str, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Stay quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        made.append(Authority(port=server.server_port))
        key = rsa.generate_private_key(65537, 2048)
        stamps = made[0].certify("测试时间戳", key.public_key(), stamps_time=True)
        encoded = key.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        stampers.append(
            DummyTimeStamper(
                asn1_x509.Certificate.load(stamps.public_bytes(DER)), asn1_keys.PrivateKeyInfo.load(encoded)
            )
        )
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield made[0]
        server.shutdown()
        thread.join()


@pytest.fixture
def issuer(authority, settings, tmp_path) -> x509.Certificate:
    """Configure what an issuer with an authority has: a store, revocation data, and the roots to trust."""
    authority.revoked, authority.has_crl = [], True
    key = rsa.generate_private_key(65537, 2048)
    certificate = authority.certify("测试发证机构", key.public_key())
    protection = serialization.BestAvailableEncryption(b"secret")
    store, roots = tmp_path / "issuer.p12", tmp_path / "roots.pem"
    store.write_bytes(
        pkcs12.serialize_key_and_certificates(b"issuer", key, certificate, [authority.certificate], protection)
    )
    roots.write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
    settings.CERTIFICATE_PKCS12, settings.CERTIFICATE_PKCS12_PASSWORD = str(store), "secret"
    settings.CERTIFICATE_LTV, settings.CERTIFICATE_TRUST_ROOTS = True, str(roots)
    return certificate


def judged(pdf: bytes, authority: Authority) -> ades.AdESLTAValidationResult:
    """Validate by ETSI EN 319 102-1 with nothing but the file and the root: no request leaves the process."""
    trust = SimpleTrustManager.build([asn1_x509.Certificate.load(authority.certificate.public_bytes(DER))])
    policy = CertValidationPolicySpec(trust, CertRevTrustPolicy(REQUIRE_REVINFO))
    offline = RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY)
    spec = PdfSignatureValidationSpec(SignatureValidationSpec(policy, offline, policy))
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures[0]
    return asyncio.run(ades.ades_lta_validation(signature, spec))


def test_with_a_time_stamp_and_revocation_data_it_is_b_lta(authority, issuer, settings, now, tmp_path):
    settings.CERTIFICATE_TSA_URL = f"http://127.0.0.1:{authority.port}/tsa"

    pdf = documents.signed_pdf(certificate=make_certificate(now=now), now=now)

    reader = PdfFileReader(io.BytesIO(pdf))
    assert len(reader.root["/DSS"]["/CRLs"]) >= 1
    assert [one.sig_object["/SubFilter"] for one in reader.embedded_signatures] == [
        "/ETSI.CAdES.detached",
        "/ETSI.RFC3161",
    ]
    authority.has_crl = False  # whoever checks it needs nobody any more
    assert judged(pdf, authority).ades_subindic == AdESPassed.OK
    (tmp_path / "lta.pdf").write_bytes(pdf)
    said = subprocess.run(["pdfsig", str(tmp_path / "lta.pdf")], capture_output=True, text=True, check=False).stdout
    assert said.count("Signature is Valid.") == 1  # it knows document time stamps, but does not judge them
    assert inspection.inspect(pdf).verdict == inspection.Verdict.OURS
    assert inspection.inspect(pdf.replace(b"/Reason", b"/Treason"[:7], 1)).verdict == inspection.Verdict.EDITED


def test_with_revocation_data_alone_it_is_b_lt(authority, issuer, now):
    pdf = documents.signed_pdf(certificate=make_certificate(now=now), now=now)

    reader = PdfFileReader(io.BytesIO(pdf))
    assert len(reader.embedded_signatures) == 1
    assert len(reader.root["/DSS"]["/CRLs"]) == 1
    assert len(reader.root["/DSS"]["/Certs"]) == 2


def test_without_evidence_in_the_file_the_strict_check_fails(authority, issuer, settings, now):
    """The check above can fail: the same signature without revocation data does not pass it."""
    settings.CERTIFICATE_LTV = False

    pdf = documents.signed_pdf(certificate=make_certificate(now=now), now=now)

    assert judged(pdf, authority).ades_subindic != AdESPassed.OK


def test_a_revoked_issuer_signs_nothing(authority, issuer, now):
    authority.revoked = [issuer.serial_number]

    with pytest.raises(signing.SigningUnavailable):
        documents.signed_pdf(certificate=make_certificate(now=now), now=now)
    assert not SignedDocument.objects.exists()


def test_an_authority_that_gives_no_list_is_a_refusal(authority, issuer, now):
    authority.has_crl = False

    with pytest.raises(signing.SigningUnavailable):
        documents.signed_pdf(certificate=make_certificate(now=now), now=now)
    assert not SignedDocument.objects.exists()
