"""
本地邮箱: what the embedded mode would have sent, and the second-factor codes of the demo's staff.

These pages exist in the embedded mode only (lms/urls.py): there mails are files, and a visitor of the demo has neither
the mailbox nor the phone of the people whose accounts are lent out.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import islice
from pathlib import Path

from allauth.mfa import app_settings as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lms.users import demo

MAILS_SHOWN = 100
SEPARATOR = b"-" * 79 + b"\n"  # what Django's file backend writes after each message


@dataclass(frozen=True)
class Mail:
    """One message as it would have arrived. `key` names it in URLs."""

    key: str
    subject: str
    to: str
    sent_at: datetime | None
    text: str


@dataclass(frozen=True)
class Code:
    """What the phone of one of the demo's staff would show now."""

    email: str
    label: str
    code: str


@login_not_required
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    seconds_left = mfa.TOTP_PERIOD - int(time.time()) % mfa.TOTP_PERIOD
    context = {
        "mails": list(islice(_mails(), MAILS_SHOWN)),
        "limit": MAILS_SHOWN,
        "codes": _demo_codes(),
        "seconds_left": seconds_left,
    }
    return render(request, "lms/mailbox.html", context)


@login_not_required
@require_safe
def mailbox_message(request: HttpRequest, key: str) -> HttpResponse:
    mail = next((mail for mail in islice(_mails(), MAILS_SHOWN) if mail.key == key), None)
    if mail is None:
        raise Http404
    return render(request, "lms/mailbox_message.html", {"mail": mail})


def _mails() -> Iterator[Mail]:
    """Read the mails, newest first."""
    files = Path(settings.EMAIL_FILE_PATH).glob("*.log")
    for path in sorted(files, key=lambda file: file.stat().st_mtime_ns, reverse=True):
        parts = [part for part in path.read_bytes().split(SEPARATOR) if part.strip()]
        for number in range(len(parts), 0, -1):
            yield _parse(f"{path.stem}-{number}", parts[number - 1])


def _parse(key: str, raw: bytes) -> Mail:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101  # that is what the default policy makes
    body = message.get_body(("plain",))
    return Mail(
        key=key,
        subject=str(message["Subject"] or "（无主题）"),
        to=str(message["To"] or ""),
        sent_at=_date_of(message),
        text=body.get_content() if body else "",
    )


def _date_of(message: EmailMessage) -> datetime | None:
    header = message["Date"]
    sent_at: datetime | None = header.datetime if header else None
    if sent_at and not sent_at.tzinfo:  # "-0000": UTC, from a place unknown
        return sent_at.replace(tzinfo=UTC)
    return sent_at


def _demo_codes() -> list[Code]:
    labels = {account.email: account.label for account in demo.ACCOUNTS}
    found = Authenticator.objects.filter(user__email__in=labels, type=Authenticator.Type.TOTP).select_related("user")
    by_email = {row.user.email: row for row in found}
    counter = int(time.time()) // mfa.TOTP_PERIOD
    return [
        Code(email, label, format_hotp_value(hotp_value(decrypt(by_email[email].data["secret"]), counter)))
        for email, label in labels.items()
        if email in by_email
    ]
