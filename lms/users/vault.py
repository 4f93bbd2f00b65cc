"""What must not be readable in the database: identity numbers and second-factor secrets."""

import hashlib
import hmac

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def encrypt(text: str) -> str:
    """Encrypt with the newest of settings.DATA_KEYS."""
    return _fernet().encrypt(text.encode()).decode()


def decrypt(cipher: str) -> str:
    """
    Decrypt what any of settings.DATA_KEYS encrypted.

    Raises: cryptography.fernet.InvalidToken if the key has been taken out of the list or the text was tampered with.
    """
    return _fernet().decrypt(cipher.encode()).decode()


def digest(text: str, *, purpose: str) -> str:
    """
    Return a keyed hash in hex: equal for equal texts, so duplicates are found without decrypting anything.

    Keyed by the last (oldest) of settings.DATA_KEYS, which therefore stays in the list when newer ones are put before
    it.
    Source: docs/rules/privacy.md, rule V3.
    """
    key = hmac.digest(settings.DATA_KEYS[-1].encode(), purpose.encode(), "sha256")
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.DATA_KEYS])
