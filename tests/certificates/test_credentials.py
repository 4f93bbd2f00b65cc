"""The digital credential, checked with `cryptography` and base64 alone: not by the library that signs it."""

import base64
import gzip
import json
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.test import Client

from certificates import credentials, keys, lifecycle, status_bits
from certificates.models import Certificate
from certificates.status_bits import LIST_SIZE
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
    subject = checked(token, document)["credentialSubject"]
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
    credential = claims
    assert "vc" not in claims
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
    changed["credentialSubject"]["identifier"][0]["identityHash"] = "李四"
    forged = base64.urlsafe_b64encode(json.dumps(changed).encode()).rstrip(b"=").decode()

    with pytest.raises(InvalidSignature):
        checked(f"{head}.{forged}.{signature}", credentials.did_document(now=now))
    assert credentials.read(f"{head}.{forged}.{signature}") is None
    assert credentials.read(token) is not None


@pytest.mark.parametrize("verb", [lifecycle.suspend, lifecycle.revoke, lifecycle.withdraw])
def test_status_list_follows_each_change(verb, client, now):
    certificate = make_certificate(now=now)
    entry = credentials.credential(certificate)["credentialStatus"]
    assert (entry["type"], entry["statusPurpose"]) == ("BitstringStatusListEntry", "suspension")
    path = urlsplit(entry["statusListCredential"]).path
    index = int(entry["statusListIndex"])

    def bit() -> bool:
        answer = client.get(path)
        assert answer["Content-Type"] == "application/vc+jwt"
        assert answer["Cache-Control"] == "public, max-age=30"
        return is_set(answer.content.decode(), client.get(DID).json(), index)

    assert not bit()
    verb(certificate=certificate, reason="原因", person=None, now=now)
    assert bit()
    if verb is lifecycle.suspend:
        lifecycle.restore(certificate=certificate, reason="原因", person=None, now=now)
        assert not bit()


def test_only_the_bits_of_what_is_out_of_force_are_set(now):
    exam = make_exam()
    made = [make_certificate(exam=exam, now=now) for _ in range(3)]
    Certificate.objects.filter(pk=made[0].pk).update(status_bit=3 * LIST_SIZE + 9, status="REVOKED")
    Certificate.objects.filter(pk=made[1].pk).update(status_bit=3 * LIST_SIZE + 10)
    Certificate.objects.filter(pk=made[2].pk).update(status_bit=4 * LIST_SIZE, status="REVOKED")

    packed = credentials.status_list(number=3, now=now)["credentialSubject"]["encodedList"]

    bits = gzip.decompress(decoded(packed[1:]))
    assert bits == bytes([0, 0x40]) + bytes(LIST_SIZE // 8 - 2)


def test_a_place_in_the_status_lists_tells_nothing_of_the_number_issued(now):
    exam = make_exam()
    places = [make_certificate(exam=exam, now=now).status_bit for _ in range(12)]

    assert len(set(places)) == 12
    assert places != sorted(places)
    assert len({status_bits.place(place)[0] for place in places}) > 1


def test_a_taken_place_is_drawn_again(now, monkeypatch):
    exam = make_exam()
    first = make_certificate(exam=exam, now=now)
    drawn = iter([first.status_bit, first.status_bit, 77])
    monkeypatch.setattr(status_bits, "draw", lambda: next(drawn))

    assert make_certificate(exam=exam, now=now).status_bit == 77


def test_all_lists_are_there_before_the_first_certificate_and_no_more(client):
    assert client.get(f"/certificates/status/{status_bits.LISTS - 1}/").status_code == 200
    assert client.get(f"/certificates/status/{status_bits.LISTS}/").status_code == 404
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
