"""Encryption at rest."""

import pytest
from cryptography.fernet import Fernet, InvalidToken

from lms.users import vault

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_encrypt_hides_and_decrypt_restores():
    cipher = vault.encrypt("11010519491231002X")

    assert "11010519491231002X" not in cipher
    assert vault.decrypt(cipher) == "11010519491231002X"
    assert vault.encrypt("11010519491231002X") != cipher


def test_decrypt_reads_what_an_older_key_wrote(settings):
    settings.DATA_KEYS = [OLD]
    cipher = vault.encrypt("秘密")
    settings.DATA_KEYS = [NEW, OLD]

    assert vault.decrypt(cipher) == "秘密"


def test_decrypt_refuses_without_the_key(settings):
    settings.DATA_KEYS = [OLD]
    cipher = vault.encrypt("秘密")
    settings.DATA_KEYS = [NEW]

    with pytest.raises(InvalidToken):
        vault.decrypt(cipher)


def test_digest_stays_when_a_newer_key_is_put_first(settings):
    settings.DATA_KEYS = [OLD]
    before = vault.digest("x", purpose="a")
    settings.DATA_KEYS = [NEW, OLD]

    assert vault.digest("x", purpose="a") == before
    assert vault.digest("x", purpose="b") != before
    assert vault.digest("y", purpose="a") != before
