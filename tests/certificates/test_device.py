"""The issuer's key in a PKCS#11 device: here SoftHSM, a token made of software. docs/keys.md."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pkcs11.util.x509 import decode_x509_certificate

from certificates import documents, keys, signing
from certificates.models import SignedDocument
from tests.factories.certificates import make_certificate, make_exam

pytestmark = pytest.mark.django_db
MODULE = "/usr/lib/softhsm/libsofthsm2.so"
TOKEN, PIN, LABEL = "shouhou", "648219", "issuer"


@pytest.fixture(scope="module")
def token(tmp_path_factory) -> Iterator[x509.Certificate]:
    """Put a P-256 key and its certificate into a fresh token. The module reads where its tokens are only once."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "设备里的签名证书")])
    began = datetime.now(UTC) - timedelta(days=1)
    certificate = x509.CertificateBuilder(name, name, key.public_key(), 11, began, began + timedelta(days=9)).sign(
        key, hashes.SHA256()
    )
    pem = folder / "key.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    tool = ["softhsm2-util", "--module", MODULE]
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SOFTHSM2_CONF", str(conf))
        subprocess.run([*tool, "--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", PIN], check=True)
        subprocess.run(
            [*tool, "--import", str(pem), "--token", TOKEN, "--label", LABEL, "--id", "01", "--pin", PIN], check=True
        )
        with pkcs11.lib(MODULE).get_token(token_label=TOKEN).open(rw=True, user_pin=PIN) as session:
            encoded = certificate.public_bytes(serialization.Encoding.DER)
            session.create_object(
                decode_x509_certificate(encoded)
                | {pkcs11.Attribute.TOKEN: True, pkcs11.Attribute.LABEL: LABEL, pkcs11.Attribute.ID: b"\x01"}
            )
        yield certificate


@pytest.fixture
def device(token, settings) -> Iterator[x509.Certificate]:
    """Tell the settings where the key is."""
    settings.CERTIFICATE_PKCS11_MODULE, settings.CERTIFICATE_PKCS11_TOKEN = MODULE, TOKEN
    settings.CERTIFICATE_PKCS11_PIN, settings.CERTIFICATE_PKCS11_LABEL = PIN, LABEL
    yield token
    vars(signing.local).pop("device", None)


def test_a_key_that_never_leaves_its_device_signs(device, now, tmp_path):
    exam = make_exam()

    made = [documents.signed_pdf(certificate=make_certificate(exam=exam, now=now), now=now) for _ in range(2)]

    for pdf in made:
        (tmp_path / "signed.pdf").write_bytes(pdf)
        said = subprocess.run(["pdfsig", str(tmp_path / "signed.pdf")], capture_output=True, text=True, check=False)
        assert "Signature is Valid." in said.stdout
        assert "CN=设备里的签名证书" in said.stdout
    assert signing.issuer_certificate() == device
    assert not keys.is_demo()
    assert not SignedDocument.objects.filter(key__is_demo=True).exists()


def test_a_device_that_is_not_there_is_a_refusal_in_words(device, settings, now):
    settings.CERTIFICATE_PKCS11_TOKEN = "drawer"

    with pytest.raises(signing.SigningUnavailable):
        documents.signed_pdf(certificate=make_certificate(now=now), now=now)
    assert not SignedDocument.objects.exists()
