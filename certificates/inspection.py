"""What a dropped file is: ours, edited, another's, or unreadable. docs/rules/certificates.md, rules N28 and N29."""

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
from django.conf import settings

from certificates import credentials
from certificates.models import Certificate, PublicKey, SignedDocument, StudyProof

MAX_BYTES = 1024 * 1024  # ours have about 60 KB
WALL_SECONDS = 10

log = structlog.get_logger(__name__)


class Verdict(StrEnum):
    """What the file is, whatever the state of the certificate is now."""

    OURS = "OURS"
    CREDENTIAL = "CREDENTIAL"
    STUDY_PROOF = "STUDY_PROOF"
    EDITED = "EDITED"
    UNREGISTERED = "UNREGISTERED"
    NOT_OURS = "NOT_OURS"
    TOO_BIG = "TOO_BIG"
    TOO_MUCH = "TOO_MUCH"
    ENCRYPTED = "ENCRYPTED"
    UNREADABLE = "UNREADABLE"


@dataclass(frozen=True)
class Result:
    """A verdict, and the certificate where the file proves that its bearer holds our own file."""

    verdict: Verdict
    certificate: Certificate | None = None


def inspect(data: bytes) -> Result:
    """
    Judge a file: byte for byte ours, or else by what its signatures say. Never tells what a forged file asks about.

    Source: docs/rules/certificates.md, rules N28 and N29.
    """
    if len(data) > MAX_BYTES:
        return Result(Verdict.TOO_BIG)
    if data.lstrip().startswith(b"eyJ"):
        return _inspect_credential(data)
    digest = hashlib.sha256(data).hexdigest()
    known = SignedDocument.objects.select_related("certificate").filter(sha256=digest).first()
    if known:
        return Result(Verdict.OURS, known.certificate)
    if StudyProof.objects.filter(pdf_sha256=digest).exists():
        return Result(Verdict.STUDY_PROOF)
    found = read_apart(data)
    problem = found["problem"]
    return Result(Verdict(problem) if problem else _judge(found["signatures"]))


def read_apart(data: bytes) -> dict[str, Any]:
    """Let another process read the file, with limits on its time and memory."""
    command = [sys.executable, "-m", "certificates.pdf_reading"]
    try:
        done = subprocess.run(  # noqa: S603  # our own module, the file comes by standard input
            command, input=data, capture_output=True, timeout=WALL_SECONDS, check=True, cwd=settings.BASE_DIR
        )
        answer: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        log.warning("a dropped file could not be read", error=type(error).__name__, size=len(data))
        return {"problem": Verdict.TOO_MUCH}
    return answer


def _judge(signatures: list[dict[str, Any]]) -> Verdict:
    ours = set(PublicKey.objects.filter(kind=PublicKey.Kind.DOCUMENT).values_list("fingerprint", flat=True))
    mine = [signature for signature in signatures if signature["fingerprint"] in ours]
    if not mine:
        return Verdict.NOT_OURS
    is_whole = all(signature["is_intact"] and signature["covers_all"] for signature in mine)
    return Verdict.UNREGISTERED if is_whole and len(mine) == len(signatures) else Verdict.EDITED


def _inspect_credential(data: bytes) -> Result:
    try:
        identifier = credentials.read(data.decode("ascii").strip())
    except UnicodeDecodeError:
        return Result(Verdict.UNREADABLE)
    if identifier is None:
        return Result(Verdict.NOT_OURS)
    number = identifier.rstrip("/").rpartition("/")[2]
    certificate = Certificate.objects.filter(number=number).first()
    return Result(Verdict.CREDENTIAL, certificate) if certificate else Result(Verdict.UNREGISTERED)
