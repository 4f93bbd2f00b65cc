from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certificates import checkpoints
from certificates.checkpoints import Head

HEAD = Head(origin="example.com/log", size=7, root=b"r" * 32, at=datetime(2026, 11, 22, 6, 3, 22, tzinfo=UTC))


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes(32))


def test_a_head_is_plain_text_and_comes_back(key):
    note = checkpoints.sign(HEAD, key)

    text, signature = note.split("\n\n")
    assert text.split("\n") == ["example.com/log", "7", f"{'cnJy' * 10}cnI=", "time 2026-11-22T06:03:22Z"]
    assert signature.startswith("— example.com/log ")
    assert checkpoints.verify(note, key.public_key()) == HEAD


@pytest.mark.parametrize(
    ("old", "new"),
    [("\n7\n", "\n8\n"), ("06:03:22", "05:03:22"), ("example.com", "example.org"), ("— ", "- "), ("time ", "Time ")],
)
def test_a_changed_head_is_no_head(key, old, new):
    note = checkpoints.sign(HEAD, key).replace(old, new)

    assert checkpoints.verify(note, key.public_key()) is None


@pytest.mark.parametrize("note", ["", "a\nb", "x\n1\n\ntime x\n\n— x x\n", "\n\n"])
def test_nonsense_is_no_head(key, note):
    assert checkpoints.verify(note, key.public_key()) is None


def test_another_key_did_not_sign(key):
    assert checkpoints.verify(checkpoints.sign(HEAD, key), Ed25519PrivateKey.generate().public_key()) is None
