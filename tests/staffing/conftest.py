"""What the staffing room's tests share."""

from collections.abc import Callable
from email import message_from_bytes, policy

import pytest

from lms.users import vault
from lms.users.models import OutgoingMail


@pytest.fixture
def outbox_texts(db) -> Callable[[], list[str]]:
    """The texts of the queued mails, oldest first."""

    def texts() -> list[str]:
        parsed = [
            message_from_bytes(vault.decrypt(mail.message_cipher).encode("latin-1"), policy=policy.default)
            for mail in OutgoingMail.objects.order_by("pk")
        ]
        return [message.get_content() for message in parsed]

    return texts
