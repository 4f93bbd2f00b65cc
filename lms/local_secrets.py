"""Secrets of the embedded mode: made once on this machine, kept in the data folder, never in the repository."""

import contextlib
import json
import secrets
from pathlib import Path

from cryptography.fernet import Fernet


def load(folder: Path) -> dict[str, str]:
    """
    Return the machine's own secrets, making them at the first call.

    Keys: `secret_key`, `data_key` (Fernet), `stripe_webhook_secret`. The file is readable by its owner only.
    """
    path = folder / "secrets.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        values = {
            "secret_key": secrets.token_urlsafe(50),
            "data_key": Fernet.generate_key().decode(),
            "stripe_webhook_secret": f"whsec_{secrets.token_hex(24)}",
        }
        draft = path.with_suffix(f".{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(values))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)  # two processes starting at once agree on the first file
        draft.unlink()
    loaded: dict[str, str] = json.loads(path.read_text())
    return loaded
