"""Verbs on outgoing mail: queue it, deliver it, send it again, forget it."""

from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.message import MIMEMixin
from django.db import transaction
from django.db.models import QuerySet

from lms.errors import DomainError
from lms.users import vault
from lms.users.models import OutgoingMail

log = structlog.get_logger(__name__)
Status = OutgoingMail.Status

MAX_TRIES = 8
FIRST_WAIT = timedelta(minutes=1)
WAIT_FACTOR = 3  # 1, 3, 9 … 729 minutes: eight tries outlast a night without a mail server
CLAIM = timedelta(minutes=5)  # longer than a sending whose every step runs into settings.EMAIL_TIMEOUT
KEPT = timedelta(days=30)
ERROR_LENGTH = 500
UNKNOWN = "开始发送之后中断，结果不明"


class AlreadyWaiting(DomainError):
    message = "这封邮件正在发送，或几分钟内就会发送，不必重新发送。请稍后刷新查看结果。"


@transaction.atomic
def queue(*, message: EmailMessage, now: datetime) -> list[OutgoingMail]:
    """
    Store a message, once for each recipient, so that an address that is refused holds up nobody else.

    Source: docs/rules/privacy.md, rule V8.
    """
    cipher = vault.encrypt(_to_text(message.message().as_bytes()))
    return [
        OutgoingMail.objects.create(
            to=recipient, subject=str(message.subject), message_cipher=cipher, queued_at=now, next_try_at=now
        )
        for recipient in dict.fromkeys(message.recipients())
    ]


def deliver(*, pk: int, now: datetime) -> bool:
    """
    Send one mail through settings.MAIL_DELIVERY_BACKEND if it is due, and record what came of it. May run twice.

    Returns False if the server did not take it, so that a sweep does not knock again for the next one. The mail is
    claimed before it is sent and no transaction stays open meanwhile: a slow server holds no lock, and a process that
    dies leaves a mail that is tried again after CLAIM. At worst that one arrives twice, under one Message-ID.
    """
    mail = _claim(pk=pk, now=now)
    if mail is None:
        return True
    claimed = OutgoingMail.objects.filter(pk=pk, status=Status.WAITING, tries=mail.tries)
    try:
        get_connection(settings.MAIL_DELIVERY_BACKEND).send_messages([_StoredMessage(mail)])
    except (OSError, ValueError) as error:  # every refusal of smtplib is an OSError, an impossible address a ValueError
        _record_failure(claimed, tries=mail.tries, error=error, now=now)
        return False
    claimed.update(status=Status.SENT, sent_at=now, next_try_at=None, last_error="")
    return True


@transaction.atomic
def send_again(*, mail: OutgoingMail, now: datetime) -> OutgoingMail:
    """
    Let a mail wait anew with all its tries, whether it was given up, sent, or has long to wait.

    Raises: AlreadyWaiting if it is being sent or about to be.
    """
    locked = OutgoingMail.objects.select_for_update().get(pk=mail.pk)
    if locked.next_try_at and locked.next_try_at <= now + CLAIM:
        raise AlreadyWaiting
    locked.status, locked.next_try_at, locked.sent_at = Status.WAITING, now, None
    locked.tries, locked.last_error = 0, ""
    locked.save()
    return locked


def purge(*, now: datetime) -> int:
    """Delete the mails that are over and older than KEPT; return how many. Source: docs/rules/privacy.md, rule V8."""
    deleted, _ = OutgoingMail.objects.filter(queued_at__lt=now - KEPT).exclude(status=Status.WAITING).delete()
    return deleted


@transaction.atomic
def _claim(*, pk: int, now: datetime) -> OutgoingMail | None:
    """Take a due mail for CLAIM, or None if it is not due, another process has it, or its tries are used up."""
    mail = OutgoingMail.objects.due(now).select_for_update(skip_locked=True).filter(pk=pk).first()
    if mail is None:
        return None
    if mail.tries >= MAX_TRIES:  # the process died in the last of them
        _give_up(OutgoingMail.objects.filter(pk=pk), last_error=mail.last_error)
        return None
    mail.tries, mail.next_try_at, mail.last_error = mail.tries + 1, now + CLAIM, UNKNOWN
    mail.save(update_fields=["tries", "next_try_at", "last_error"])
    return mail


def _record_failure(claimed: QuerySet[OutgoingMail], *, tries: int, error: Exception, now: datetime) -> None:
    last_error = f"{type(error).__name__}: {error}"[:ERROR_LENGTH]
    if tries >= MAX_TRIES:
        _give_up(claimed, last_error=last_error)
    else:
        claimed.update(next_try_at=now + FIRST_WAIT * WAIT_FACTOR ** (tries - 1), last_error=last_error)


def _give_up(mails: QuerySet[OutgoingMail], *, last_error: str) -> None:
    for pk in mails.values_list("pk", flat=True):  # no address in the log; the row has it, and the error
        log.error("mail given up", mail=pk, tries=MAX_TRIES)
    mails.update(status=Status.GIVEN_UP, next_try_at=None, last_error=last_error)


def _to_text(raw: bytes) -> str:
    """Write bytes as one character each, whatever encodings the parts of a message use."""
    return raw.decode("latin-1")


class _StoredMime(MIMEMixin, Message):  # type: ignore[misc]  # as Django's own SafeMIMEMessage
    """A parsed message that can be written out the way Django's backends ask for it."""


class _StoredMessage(EmailMessage):
    """A mail for a backend to send: complete already, under the Date and Message-ID it was queued with."""

    def __init__(self, mail: OutgoingMail) -> None:
        raw = vault.decrypt(mail.message_cipher).encode("latin-1")
        self.mime = message_from_bytes(raw, _class=_StoredMime)
        super().__init__(subject=mail.subject, from_email=str(self.mime["From"]), to=[mail.to])

    def message(self) -> Any:  # type: ignore[override]  # typed for Django 6, which has one argument more
        return self.mime
