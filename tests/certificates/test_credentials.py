"""The digital credential, checked with `cryptography` and base64 alone: not by the library that signs it."""

import base64
import gzip
import json
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.test import Client

from certificates import credentials, keys, lifecycle
from tests.factories.certificates import make_certificate, make_exam

pytestmark = pytest.mark.django_db
DID = "/.well-known/did.json"


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def number_of(text: str) -> int:
    return int.from_bytes(decoded(text), "big")


def checked(token: str, document: dict) -> dict:
    """Verify a compact JWS with the key that its `kid` names in the DID document; return the claims."""
    head, payload, signature = token.split(".")
    header = json.loads(decoded(head))
    assert (header["alg"], header["typ"]) == ("RS256", "JWT")
    method = next(m for m in document["verificationMethod"] if m["id"] == header["kid"])
    assert method["id"] in document["assertionMethod"]
    jwk = method["publicKeyJwk"]
    assert "d" not in jwk
    key = rsa.RSAPublicNumbers(e=number_of(jwk["e"]), n=number_of(jwk["n"])).public_key()
    key.verify(decoded(signature), f"{head}.{payload}".encode(), padding.PKCS1v15(), hashes.SHA256())
    return json.loads(decoded(payload))


def is_set(token: str, document: dict, index: int) -> bool:
    """Read one bit as the standard says: base64url of gzip, the first bit is the leftmost."""
    subject = checked(token, document)["vc"]["credentialSubject"]
    assert subject["type"] == "BitstringStatusList"
    assert subject["encodedList"][0] == "u"
    bits = gzip.decompress(decoded(subject["encodedList"][1:]))
    assert len(bits) * 8 == 131_072
    return bool(bits[index // 8] & (0x80 >> index % 8))


def test_credential_is_verifiable_offline_and_says_what_open_badges_asks(as_alice, alice, now):
    certificate = make_certificate(holder=alice, now=now)
    answer = as_alice.get(f"/certificates/{certificate.number}/credential/")
    document = Client().get(DID).json()

    claims = checked(answer.content.decode(), document)

    assert answer["Content-Type"] == "application/vc+jwt; charset=utf-8"
    credential = claims["vc"]
    assert credential["@context"] == [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ]
    assert credential["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert (claims["iss"], claims["jti"], claims["sub"]) == (
        credential["issuer"]["id"],
        credential["id"],
        credential["credentialSubject"]["id"],
    )
    assert document["id"] == credential["issuer"]["id"]
    assert credential["issuer"]["id"].startswith("did:web:127.0.0.1%3A")
    assert (credential["validFrom"], credential["validUntil"]) == ("2026-11-21T16:00:00Z", "2029-11-21T16:00:00Z")
    assert (claims["nbf"], claims["exp"]) == (1795276800, 1889971200)
    subject = credential["credentialSubject"]
    assert subject["type"] == ["AchievementSubject"]
    assert subject["identifier"][0]["identityHash"] == "张三丰"
    assert {"id", "type", "name", "description", "criteria"} <= subject["achievement"].keys()
    assert subject["result"] == [{"type": ["Result"], "value": "85/100"}]


def test_same_certificate_same_credential(now):
    certificate = make_certificate(now=now)

    first = credentials.credential_jwt(certificate=certificate, now=now)

    assert credentials.credential_jwt(certificate=certificate, now=now + timedelta(days=9)) == first


def test_a_changed_credential_fails(now):
    token = credentials.credential_jwt(certificate=make_certificate(now=now), now=now)
    head, payload, signature = token.split(".")
    changed = json.loads(decoded(payload))
    changed["vc"]["credentialSubject"]["identifier"][0]["identityHash"] = "李四"
    forged = base64.urlsafe_b64encode(json.dumps(changed).encode()).rstrip(b"=").decode()

    with pytest.raises(InvalidSignature):
        checked(f"{head}.{forged}.{signature}", credentials.did_document(now=now))
    assert credentials.read(f"{head}.{forged}.{signature}") is None
    assert credentials.read(token) is not None


@pytest.mark.parametrize("verb", [lifecycle.suspend, lifecycle.revoke, lifecycle.withdraw])
def test_status_list_follows_each_change(verb, client, now):
    exam = make_exam()
    other, certificate = make_certificate(exam=exam, now=now), make_certificate(exam=exam, now=now)
    entry = credentials.credential(certificate)["credentialStatus"]
    assert entry["type"] == "BitstringStatusListEntry"
    path = entry["statusListCredential"].partition("8000")[2] or "/certificates/status/0/"

    def bits() -> list[bool]:
        answer = client.get(path)
        assert answer["Content-Type"] == "application/vc+jwt"
        assert answer["Cache-Control"] == "public, max-age=30"
        document = client.get(DID).json()
        indexes = [int(credentials.credential(c)["credentialStatus"]["statusListIndex"]) for c in (other, certificate)]
        return [is_set(answer.content.decode(), document, index) for index in indexes]

    assert bits() == [False, False]
    verb(certificate=certificate, reason="原因", person=None, now=now)
    assert bits() == [False, True]
    if verb is lifecycle.suspend:
        lifecycle.restore(certificate=certificate, reason="原因", person=None, now=now)
        assert bits() == [False, False]


def test_a_list_that_is_not_there_is_404(client, now):
    make_certificate(now=now)

    assert client.get("/certificates/status/1/").status_code == 404
    assert client.get(f"/certificates/status/{10**17}/").status_code == 404


def test_after_a_rotation_old_credentials_are_checked_with_the_old_key(now, settings, tmp_path):
    certificate = make_certificate(now=now)
    old = credentials.credential_jwt(certificate=certificate, now=now)
    fresh = tmp_path / "credential.pem"
    fresh.write_bytes(keys.new_credential_key())
    settings.CREDENTIAL_KEY_FILE = str(fresh)

    new = credentials.credential_jwt(certificate=certificate, now=now)
    document = credentials.did_document(now=now)

    assert old != new
    assert len(document["verificationMethod"]) == 2
    assert checked(old, document)["jti"] == checked(new, document)["jti"]
    assert credentials.read(old) == credentials.read(new) == credentials.certificate_url(certificate.number)


def test_credential_is_its_holders_alone(as_charlie, alice, now):
    certificate = make_certificate(holder=alice, now=now)

    assert as_charlie.get(f"/certificates/{certificate.number}/credential/").status_code == 404


def test_issuer_profile(client):
    profile = client.get("/certificates/issuer/").json()

    assert profile["type"] == ["Profile"]
    assert profile["id"] == credentials.did()
