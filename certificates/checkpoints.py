"""
Signed tree heads as text: a C2SP checkpoint (origin, size, root, time) under a C2SP signed note with Ed25519.

Anybody can read one without our software. Source: docs/rules/certificates.md, rule N17.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"


@dataclass(frozen=True, kw_only=True)
class Head:
    """A tree as it was at a moment: `size` leaves, their `root`, in UTC to the second."""

    origin: str
    size: int
    root: bytes
    at: datetime

    @property
    def text(self) -> str:
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\ntime {self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}\n"


def sign(head: Head, key: Ed25519PrivateKey) -> str:
    """Write a head down with its signature."""
    mark = key_mark(head.origin, key.public_key())
    signature = base64.b64encode(mark + key.sign(head.text.encode())).decode()
    return f"{head.text}\n— {head.origin} {signature}\n"


def verify(note: str, key: Ed25519PublicKey) -> Head | None:
    """Read a signed head, or None if its form or signature is wrong."""
    try:
        text, _, signatures = note.partition("\n\n")
        origin, size, root, at = text.split("\n")
        dash, signer, encoded = signatures.rstrip("\n").split(" ")
        raw = base64.b64decode(encoded, validate=True)
        head = Head(
            origin=origin,
            size=int(size),
            root=base64.b64decode(root, validate=True),
            at=datetime.strptime(at, "time %Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
        )
        if (dash, signer, raw[:4]) != ("—", origin, key_mark(origin, key)):
            return None
        key.verify(raw[4:], (text + "\n").encode())
    except (ValueError, InvalidSignature):
        return None
    return head


def key_mark(origin: str, key: Ed25519PublicKey) -> bytes:
    """Return the four bytes by which a note names its key."""
    return sha256(f"{origin}\n".encode() + ED25519 + key.public_bytes_raw()).digest()[:4]


def verifier_key(origin: str, key: Ed25519PublicKey) -> str:
    """Write a public key in the note format: origin+mark+key, the form that log monitors take."""
    encoded = base64.b64encode(ED25519 + key.public_bytes_raw()).decode()
    return f"{origin}+{key_mark(origin, key).hex()}+{encoded}"
