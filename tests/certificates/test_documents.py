"""The signed file: who can check it, that it never changes, and what one changed byte does."""

import hashlib
import io
import re
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import SimpleSigner
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pypdf import PdfReader

from certificates import documents, inspection, keys, lifecycle, rendering, signing
from certificates.models import PublicKey, SignedDocument
from tests.factories.certificates import make_certificate, make_exam

pytestmark = pytest.mark.django_db


def pdfsig(pdf: bytes, path) -> str:
    """Poppler's opinion: another implementation than the one that signed."""
    file = path / "signed.pdf"
    file.write_bytes(pdf)
    return subprocess.run(["pdfsig", str(file)], capture_output=True, text=True, check=False).stdout


def roots() -> list:
    return [certificate for certificate in signing.issuer_signer().cert_registry if certificate.self_issued]


def test_an_independent_program_finds_the_signature_valid(now, tmp_path):
    pdf = documents.signed_pdf(certificate=make_certificate(now=now), now=now)

    said = pdfsig(pdf, tmp_path)

    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    assert "CN=演示签名（仅供演示）" in said


@pytest.mark.parametrize("place", [1000, 20_000, -3000])
def test_one_changed_byte_fails(place, now, tmp_path):
    pdf = bytearray(documents.signed_pdf(certificate=make_certificate(now=now), now=now))
    pdf[place] ^= 1

    assert "Signature is Valid." not in pdfsig(bytes(pdf), tmp_path)


def test_the_chain_leads_to_the_demo_authority(now):
    pdf = documents.signed_pdf(certificate=make_certificate(now=now), now=now)
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0]

    status = validate_pdf_signature(signature, ValidationContext(trust_roots=roots(), allow_fetching=False))

    assert status.bottom_line
    assert status.docmdp_ok


def test_the_unsigned_bytes_come_first_and_the_file_is_always_the_same(now):
    certificate = make_certificate(now=now)

    first = documents.signed_pdf(certificate=certificate, now=now)
    again = documents.signed_pdf(certificate=certificate, now=now + timedelta(days=3))

    assert first == again
    assert first.startswith(rendering.print_pdf(certificate))
    stored = SignedDocument.objects.get()
    assert stored.sha256 == hashlib.sha256(first).hexdigest()
    assert (stored.key.kind, stored.key.is_demo, stored.signed_at) == ("DOCUMENT", True, now)


def test_the_second_of_two_who_signed_at_once_is_thrown_away(now):
    certificate = make_certificate(now=now)
    first = documents.keep(certificate=certificate, signed=b"first", now=now)

    second = documents.keep(certificate=certificate, signed=b"second", now=now)

    assert second == first
    assert documents.signed_pdf(certificate=certificate, now=now) == b"first"


def test_what_is_out_of_force_is_not_handed_out(now):
    certificate = make_certificate(now=now)
    documents.signed_pdf(certificate=certificate, now=now)
    revoked = lifecycle.revoke(certificate=certificate, reason="原因", person=None, now=now)

    with pytest.raises(rendering.NotInForce, match="撤销"):
        documents.signed_pdf(certificate=revoked, now=now)


def test_rotation_leaves_old_files_valid(now, settings, tmp_path):
    """The issuer's certificate is replaced: what it signed stays what it is, and is still recognised as ours."""
    exam = make_exam()
    old = make_certificate(exam=exam, now=now)
    first = documents.signed_pdf(certificate=old, now=now)
    new_store = tmp_path / "new.p12"
    new_store.write_bytes(keys.demo_store())
    settings.CERTIFICATE_PKCS12, settings.CERTIFICATE_PKCS12_PASSWORD = str(new_store), keys.DEMO_PASSWORD.decode()

    second = documents.signed_pdf(certificate=make_certificate(exam=exam, now=now), now=now)

    assert documents.signed_pdf(certificate=old, now=now) == first
    assert [key.is_demo for key in PublicKey.objects.filter(kind="DOCUMENT").order_by("pk")] == [True, False]
    assert inspection.inspect(first) == inspection.Result(inspection.Verdict.OURS, old)
    assert inspection.inspect(second).verdict == inspection.Verdict.OURS
    assert "Signature is Valid." in pdfsig(first, tmp_path)
    assert "Signature is Valid." in pdfsig(second, tmp_path)
    edited = first.replace(b"/Reason", b"/Treason"[:7], 1)
    assert inspection.inspect(edited).verdict == inspection.Verdict.EDITED


def test_a_store_that_cannot_be_opened_is_a_refusal_in_words(now, settings, tmp_path):
    broken = tmp_path / "broken.p12"
    broken.write_bytes(b"not a store")
    settings.CERTIFICATE_PKCS12 = str(broken)

    with pytest.raises(signing.SigningUnavailable, match="签名证书文件读不出来"):
        documents.signed_pdf(certificate=make_certificate(now=now), now=now)


def test_an_absent_time_stamp_authority_is_a_refusal_and_nothing_is_kept(now, settings):
    settings.CERTIFICATE_TSA_URL = "http://127.0.0.1:9/"

    with pytest.raises(signing.SigningUnavailable):
        documents.signed_pdf(certificate=make_certificate(now=now), now=now)
    assert not SignedDocument.objects.exists()


def authority() -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    """Make a time-stamp authority of our own; pyHanko's takes RSA keys only."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "测试时间戳")])
    began = datetime.now(UTC) - timedelta(days=1)
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, began, began + timedelta(days=30))
    return builder.add_extension(usage, critical=True).sign(key, hashes.SHA256()), key


def test_a_time_stamp_is_embedded(now):
    certificate, key = authority()
    stamper = DummyTimeStamper(
        asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
        asn1_keys.PrivateKeyInfo.load(
            key.private_bytes(
                serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        ),
    )
    unsigned = rendering.print_pdf(make_certificate(now=now))

    signed = signing.sign(unsigned, signer=signing.issuer_signer(), time_stamper=stamper)

    signature = PdfFileReader(io.BytesIO(signed)).embedded_signatures[0]
    trust = ValidationContext(trust_roots=[*roots(), stamper.tsa_cert], allow_fetching=False)
    status = validate_pdf_signature(signature, trust, trust)
    assert status.bottom_line
    assert status.timestamp_validity.valid
    assert status.timestamp_validity.intact


def test_long_term_evidence_is_embedded_where_it_is_asked_for(now):
    unsigned = rendering.print_pdf(make_certificate(now=now))
    evidence = ValidationContext(trust_roots=roots(), allow_fetching=False)

    signed = signing.sign(unsigned, signer=signing.issuer_signer(), evidence=evidence)

    store = PdfFileReader(io.BytesIO(signed)).root["/DSS"]
    assert len(store["/Certs"]) == 2


def test_an_rsa_key_signs_too(now, settings, tmp_path):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "RSA 签名")])
    began = datetime.now(UTC) - timedelta(days=1)
    certificate = x509.CertificateBuilder(name, name, key.public_key(), 7, began, began + timedelta(days=30)).sign(
        key, hashes.SHA256()
    )
    store = tmp_path / "rsa.p12"
    protection = serialization.BestAvailableEncryption(b"secret")
    store.write_bytes(pkcs12.serialize_key_and_certificates(b"x", key, certificate, None, protection))
    settings.CERTIFICATE_PKCS12, settings.CERTIFICATE_PKCS12_PASSWORD = str(store), "secret"

    pdf = documents.signed_pdf(certificate=make_certificate(now=now), now=now)

    assert "Signature is Valid." in pdfsig(pdf, tmp_path)
    assert isinstance(signing.issuer_signer(), SimpleSigner)
    assert signing.issuer_certificate().serial_number == 7


def test_the_signed_file_still_says_pdf_a_and_carries_what_that_asks(now):
    """Read by pypdf, which neither printed nor signed it. No validator of PDF/A is at hand: see decision 0005."""
    pdf = documents.signed_pdf(certificate=make_certificate(real_name="㛃𬱖䶮", now=now), now=now)
    reader = PdfReader(io.BytesIO(pdf))
    root, page = reader.trailer["/Root"], reader.pages[0]

    metadata = root["/Metadata"].get_object().get_data().decode()
    assert re.search(r"pdfaid:part(>|=\")3", metadata)
    assert re.search(r"pdfaid:conformance(>|=\")A", metadata)
    assert re.search(r"pdfuaid:part(>|=\")1", metadata)
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]["/Type"] == "/StructTreeRoot"
    assert root["/Lang"] in ("zh-CN", "zh-cn", "zh")
    assert not reader.is_encrypted
    assert len(reader.trailer["/ID"]) == 2
    fonts = [font.get_object()["/DescendantFonts"][0] for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        assert {"/FontFile2", "/FontFile3"} & font["/FontDescriptor"].keys()
    assert not {"/JavaScript", "/AA", "/OpenAction"} & root.keys()
