"""
The digital credential, judged by others: by openbadgeslib, an implementation of Open Badges 3.0 that is not ours, and
by a JSON Schema that we wrote from the texts: W3C Verifiable Credentials 2.0, Open Badges 3.0, Bitstring Status List.
"""

from datetime import timedelta
from urllib.parse import urlsplit

import jsonschema_rs
import jwt
import pytest
import time_machine
from django.test import Client
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier

from certificates import credentials, keys, lifecycle
from tests.factories.certificates import make_certificate

pytestmark = pytest.mark.django_db
TEXT = {"type": "string", "minLength": 1}
URI = {"type": "string", "pattern": "^(https?://|did:|urn:)[^\\s]+$"}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$"}


def types(*needed: str) -> dict:
    return {"type": "array", "allOf": [{"contains": {"const": name}} for name in needed]}


def thing(required: list[str], **properties: dict) -> dict:
    return {"type": "object", "required": required, "properties": properties}


PROFILE = thing(["id", "type"], id=URI, type=types("Profile"), name=TEXT, url=URI)
ACHIEVEMENT = thing(
    ["id", "type", "name", "description", "criteria"],
    id=URI,
    type=types("Achievement"),
    name=TEXT,
    description=TEXT,
    criteria={"type": "object", "minProperties": 1},
)
IDENTITY = thing(
    ["type", "hashed", "identityHash", "identityType"],
    type={"const": "IdentityObject"},
    hashed={"type": "boolean"},
    identityHash=TEXT,
    identityType={"const": "name"},
)
STATUS = thing(
    ["type", "statusPurpose", "statusListIndex", "statusListCredential"],
    id=URI,
    type={"const": "BitstringStatusListEntry"},
    statusPurpose={"enum": ["revocation", "suspension"]},
    statusListIndex={"type": "string", "pattern": r"^\d+$"},
    statusListCredential=URI,
)
CREDENTIAL = thing(
    ["@context", "id", "type", "issuer", "validFrom", "name", "credentialSubject"],
    **{
        "@context": {
            "type": "array",
            "prefixItems": [
                {"const": "https://www.w3.org/ns/credentials/v2"},
                {"pattern": r"^https://purl\.imsglobal\.org/spec/ob/v3p0/context(-3\.0\.\d+)?\.json$"},
            ],
            "minItems": 2,
        }
    },
    id=URI,
    type=types("VerifiableCredential", "OpenBadgeCredential"),
    name=TEXT,
    issuer=PROFILE,
    validFrom=MOMENT,
    validUntil=MOMENT,
    awardedDate=MOMENT,
    credentialSubject=thing(
        ["type", "achievement"],
        id=URI,
        type=types("AchievementSubject"),
        identifier={"type": "array", "items": IDENTITY},
        result={"type": "array", "items": thing(["type"], type=types("Result"), value=TEXT)},
        achievement=ACHIEVEMENT,
    ),
    credentialStatus=STATUS,
) | {"not": {"anyOf": [{"required": ["vc"]}, {"required": ["vp"]}]}}
STATUS_LIST = thing(
    ["@context", "id", "type", "issuer", "credentialSubject"],
    id=URI,
    type=types("VerifiableCredential", "BitstringStatusListCredential"),
    issuer=URI,
    validFrom=MOMENT,
    validUntil=MOMENT,
    credentialSubject=thing(
        ["type", "statusPurpose", "encodedList"],
        id=URI,
        type={"const": "BitstringStatusList"},
        statusPurpose={"const": "suspension"},
        encodedList={"type": "string", "pattern": "^u[A-Za-z0-9_-]+$"},
        ttl={"type": "integer", "minimum": 0},
    ),
)


@pytest.fixture(autouse=True)
def _now_is_now(now):
    """The other implementation looks at the clock itself."""
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture(autouse=True)
def _https(settings):
    """It fetches by https only, as did:web says."""
    settings.SITE_URL = "https://school.example"


def fetched(url: str) -> bytes:
    """Answer the other implementation's requests from the pages that the site serves to everybody."""
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc) == ("https", "school.example")
    return Client().get(parts.path).content


def verifier() -> OB3Verifier:
    return OB3Verifier.for_issuer_did("did:web:school.example", download=fetched)


def test_another_implementation_accepts_it_and_reads_the_same(now):
    certificate = make_certificate(now=now)
    token = credentials.credential_jwt(certificate=certificate, now=now)

    read = verifier().verify(token, check_status=True, download=fetched)

    assert read.issuer.id == "did:web:school.example"
    assert read.achievement.name == certificate.title
    assert read.name == certificate.title
    assert (read.issuance_date.isoformat(), read.expiration_date.isoformat()) == (
        "2026-11-21T16:00:00+00:00",
        "2029-11-21T16:00:00+00:00",
    )


@pytest.mark.parametrize("verb", [lifecycle.suspend, lifecycle.revoke, lifecycle.withdraw])
def test_another_implementation_sees_each_change_in_our_signed_list(verb, now):
    certificate = make_certificate(now=now)
    token = credentials.credential_jwt(certificate=certificate, now=now)
    verb(certificate=certificate, reason="原因", person=None, now=now)

    with pytest.raises(OB3VerificationError, match="'suspension' is set"):
        verifier().verify(token, check_status=True, download=fetched)
    assert verifier().verify(token).achievement.name == certificate.title  # the signature is as good as before


def test_another_implementation_accepts_what_an_earlier_key_signed(now, settings, tmp_path):
    certificate = make_certificate(now=now)
    old = credentials.credential_jwt(certificate=certificate, now=now)
    fresh = tmp_path / "credential.pem"
    fresh.write_bytes(keys.new_credential_key())
    settings.CREDENTIAL_KEY_FILE = str(fresh)
    new = credentials.credential_jwt(certificate=certificate, now=now)

    assert verifier().verify(old) == verifier().verify(new)


def test_another_implementation_refuses_a_changed_one_and_another_issuers(now, settings):
    certificate = make_certificate(now=now)
    token = credentials.credential_jwt(certificate=certificate, now=now)
    head, _, signature = token.split(".")
    said = jwt.decode(token, options={"verify_signature": False})
    forged = jwt.encode(said | {"name": "另一张证书"}, "x" * 32, algorithm="HS256").split(".")[1]
    settings.SITE_URL = "https://other.example"
    others = credentials.credential_jwt(certificate=certificate, now=now)
    settings.SITE_URL = "https://school.example"

    with pytest.raises(OB3VerificationError, match="Invalid signature"):
        verifier().verify(f"{head}.{forged}.{signature}")
    with pytest.raises(OB3VerificationError, match="different DID"):
        verifier().verify(others)


def test_another_implementation_says_when_it_has_run_out(now):
    certificate = make_certificate(now=now - timedelta(days=4 * 365))
    token = credentials.credential_jwt(certificate=certificate, now=now)

    with pytest.raises(OB3VerificationError, match="expired"):
        verifier().verify(token)


def test_credential_has_what_the_texts_require(now):
    said = jwt.decode(
        credentials.credential_jwt(certificate=make_certificate(now=now), now=now), options={"verify_signature": False}
    )

    assert [error.message for error in jsonschema_rs.validator_for(CREDENTIAL).iter_errors(said)] == []
    for name in CREDENTIAL["required"]:
        assert not jsonschema_rs.is_valid(CREDENTIAL, {key: value for key, value in said.items() if key != name})
    assert not jsonschema_rs.is_valid(CREDENTIAL, said | {"vc": said})


def test_status_list_has_what_the_texts_require(now):
    said = jwt.decode(credentials.status_list_jwt(number=0, now=now), options={"verify_signature": False})

    assert [error.message for error in jsonschema_rs.validator_for(STATUS_LIST).iter_errors(said)] == []
