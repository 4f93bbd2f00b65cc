"""The e-mail backend of the site: what a request sends becomes rows, and only tasks talk to the mail server."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from lms.users import outbox, tasks


class QueuedBackend(BaseEmailBackend):
    """
    Stores messages in the caller's transaction, and asks for their sending once it is committed.

    If the broker does not answer, that is logged and no more: the sweep `send_pending_mail` finds the row.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            for mail in outbox.queue(message=message, now=timezone.now()):
                _send_after_commit(mail.pk)
        return len(email_messages)


def _send_after_commit(pk: int) -> None:
    # A lambda, not a partial: on a failure Django logs the callback's __qualname__, and a partial has none.
    transaction.on_commit(lambda: tasks.send_mail.delay(pk), robust=True)
