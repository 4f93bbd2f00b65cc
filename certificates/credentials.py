"""
The certificate as an Open Badges 3.0 credential: a signed JWT that anybody can check with our public key alone.

JSON Web Token proof with RS256, the algorithm that the standard asks of every verifier; the issuer is a did:web of the
site. Whether it still holds is in a Bitstring Status List. Source: docs/rules/certificates.md, rules N30 and N31.
"""

import base64
import gzip
import json
import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast
from urllib.parse import quote

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from jwt.algorithms import RSAAlgorithm

from certificates import keys, status_bits, wording
from certificates.models import Certificate, PublicKey
from certificates.status_bits import LIST_SIZE
from lms.templatetags import points

ALGORITHM = "RS256"
CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
LIST_SECONDS = 30  # how long an answer about it may be kept
LIST_VALID = timedelta(days=1)


def credential(certificate: Certificate) -> dict[str, Any]:
    """Write a certificate as an OpenBadgeCredential. Source: docs/rules/certificates.md, rule N30."""
    identifier = certificate_url(certificate.number)
    list_number, index = status_bits.place(certificate.status_bit)
    return {
        "@context": CONTEXT,
        "id": identifier,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": certificate.title,
        "description": wording.DISCLAIMER,
        "issuer": {"id": did(), "type": ["Profile"], "name": certificate.issuer, "url": settings.SITE_URL},
        "validFrom": _start(certificate.issued_date),
        "validUntil": _start(certificate.valid_until + timedelta(days=1)),
        "awardedDate": _start(certificate.issued_date),
        "credentialSubject": {
            "id": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, identifier)}",
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "identityHash": certificate.holder_name,
                    "identityType": "name",
                    "hashed": False,
                }
            ],
            "result": [{"type": ["Result"], "value": _score(certificate)}],
            "achievement": _achievement(certificate),
        },
        "credentialStatus": {
            "id": f"{list_url(list_number)}#{index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "suspension",
            "statusListIndex": str(index),
            "statusListCredential": list_url(list_number),
        },
    }


def credential_jwt(*, certificate: Certificate, now: datetime) -> str:
    """Sign the credential: the same text each time while the key is the same. Source: rule N30 of the same file."""
    return _sign(credential(certificate), now)


def status_list(*, number: int, now: datetime) -> dict[str, Any]:
    """
    Write one list of status bits: set means that we do not stand behind the certificate now.

    Suspended, revoked, withdrawn or replaced; expiry is in the credential itself.
    Source: docs/rules/certificates.md, rule N31.
    """
    bits, first = bytearray(LIST_SIZE // 8), number * LIST_SIZE
    own = Certificate.objects.filter(status_bit__gte=first, status_bit__lt=first + LIST_SIZE)
    for bit in own.exclude(status=Certificate.Status.VALID).values_list("status_bit", flat=True):
        bits[(bit - first) // 8] |= 0x80 >> bit % 8
    packed = base64.urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).rstrip(b"=").decode()
    return {
        "@context": CONTEXT[:1],
        "id": list_url(number),
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": did(),
        "validFrom": _moment(now),
        "validUntil": _moment(now + LIST_VALID),
        "credentialSubject": {
            "id": f"{list_url(number)}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "suspension",
            "encodedList": f"u{packed}",
            "ttl": LIST_SECONDS * 1000,
        },
    }


def status_list_jwt(*, number: int, now: datetime) -> str:
    """Sign a status list. Source: docs/rules/certificates.md, rule N31."""
    return _sign(status_list(number=number, now=now), now)


def did() -> str:
    """Name the issuer: did:web of the site's address, a port's colon escaped."""
    return f"did:web:{quote(settings.SITE_URL.partition('://')[2].rstrip('/'), safe='.-')}"


def did_document(*, now: datetime) -> dict[str, Any]:
    """List every key that has ever signed credentials, the present one too. Source: rule N14 of the same file."""
    keys.remember_credential_key(now=now)
    rows = PublicKey.objects.filter(kind=PublicKey.Kind.CREDENTIAL).order_by("pk")
    methods = [
        {
            "id": _key_url(row.fingerprint),
            "type": "JsonWebKey",
            "controller": did(),
            "publicKeyJwk": RSAAlgorithm.to_jwk(_public_key(row), as_dict=True) | {"alg": ALGORITHM, "use": "sig"},
        }
        for row in rows
    ]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
        "id": did(),
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def profile() -> dict[str, Any]:
    """Write the issuer as an Open Badges profile."""
    return {
        "@context": CONTEXT,
        "id": did(),
        "type": ["Profile"],
        "name": settings.ISSUER_NAME,
        "url": settings.SITE_URL,
        "email": settings.SUPPORT_EMAIL,
    }


def read(token: str) -> str | None:
    """
    Return the id of a credential that one of our keys has signed, or None. Says nothing about its state.

    Source: docs/rules/certificates.md, rule N28.
    """
    for row in PublicKey.objects.filter(kind=PublicKey.Kind.CREDENTIAL):
        try:
            claims = jwt.decode(
                token,
                _public_key(row),
                algorithms=[ALGORITHM],
                options={"verify_exp": False, "verify_nbf": False, "require": ["iss", "jti", "sub", "nbf"]},
                issuer=did(),
            )
        except jwt.InvalidTokenError:
            continue
        return str(claims["jti"])
    return None


def certificate_url(number: str) -> str:
    return settings.SITE_URL + reverse("certificates:verify", args=[number])


def list_url(number: int) -> str:
    return settings.SITE_URL + reverse("certificates:status_list", args=[number])


def _sign(said: dict[str, Any], now: datetime) -> str:
    """Sign: the claims are the credential itself with JWT's own beside it; a `vc` around it is of data model 1.1."""
    key = keys.remember_credential_key(now=now)
    claims = said | {
        "iss": did(),
        "jti": said["id"],
        "sub": said["credentialSubject"]["id"],
        "nbf": _seconds(said["validFrom"]),
        "exp": _seconds(said["validUntil"]),
    }
    return jwt.encode(claims, keys.credential_key(), algorithm=ALGORITHM, headers={"kid": _key_url(key.fingerprint)})


def _achievement(certificate: Certificate) -> dict[str, Any]:
    return {
        "id": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{did()}/{certificate.title}/{certificate.course_title}')}",
        "type": ["Achievement"],
        "achievementType": "Certificate",
        "name": certificate.title,
        "description": f"{certificate.course_title}（{certificate.course_revision}），{certificate.study_hours} 学时",
        "criteria": {"narrative": f"依据 {certificate.standard}完成培训，{certificate.exam_title}考核合格。"},
    }


def _score(certificate: Certificate) -> str:
    return f"{points(certificate.points_centi)}/{points(certificate.total_centi)}"


def _key_url(fingerprint: str) -> str:
    return f"{did()}#{fingerprint[:32]}"


def _public_key(row: PublicKey) -> RSAPublicKey:
    return cast(RSAPublicKey, serialization.load_pem_public_key(row.public.encode()))


def _start(day: date) -> str:
    """Write the moment at which a day begins in Asia/Shanghai, in UTC."""
    return _moment(datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone()))


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def as_json(value: dict[str, Any]) -> str:
    """Write JSON for people to read."""
    return json.dumps(value, ensure_ascii=False, indent=2)
