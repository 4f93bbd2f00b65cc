"""
Read a PDF from a stranger, in a process of its own: `python -m certificates.pdf_reading < file` prints JSON.

A hostile file can cost this process its seconds and its memory, and nothing else. Knows no framework.
Source: docs/rules/certificates.md, rule N29.
"""

import io
import json
import resource
import sys
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

CPU_SECONDS = 6
MEMORY_BYTES = 512 * 1024 * 1024
MAX_PAGES = 3  # ours have one
MAX_SIGNATURES = 3


def read(data: bytes) -> dict[str, Any]:
    """Return the signatures: whose certificate (SHA-256), whether it fits the bytes and covers the whole file."""
    reader = PdfFileReader(io.BytesIO(data), strict=False)
    if reader.encrypted:
        return {"problem": "ENCRYPTED"}
    pages = int(reader.root["/Pages"]["/Count"])
    embedded = reader.embedded_signatures
    if not 0 < pages <= MAX_PAGES or len(embedded) > MAX_SIGNATURES:
        return {"problem": "TOO_MUCH"}
    signed = reader.embedded_regular_signatures  # time stamps of the whole document are no signatures of anybody
    return {"problem": "", "signatures": [_signature(signature) for signature in signed]}


def _signature(signature: Any) -> dict[str, Any]:
    certificate = signature.signer_cert
    trust = ValidationContext(trust_roots=[certificate], allow_fetching=False)
    status = validate_pdf_signature(signature, trust, skip_diff=True)
    return {
        "fingerprint": certificate.sha256.hex(),
        "is_intact": bool(status.intact and status.valid),
        "covers_all": status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
    }


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    try:
        answer = read(sys.stdin.buffer.read())
    except Exception:  # noqa: BLE001  # whatever a parser stumbles over, the answer is that it cannot be read
        answer = {"problem": "UNREADABLE"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
