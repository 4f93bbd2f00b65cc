"""Outgoing mail, queued through the verb."""

from datetime import UTC, datetime

from django.core.mail import EmailMultiAlternatives

from lms.users import outbox
from lms.users.models import OutgoingMail

SUBJECT = "【售后服务管理师】请验证你的邮箱，完成注册"
BODY = "请打开：\n\nhttp://127.0.0.1:8000/accounts/confirm-email/a:b/\n\nFrom 这里开始的一行\n.\n" + "长" * 400 + "\n"


def make_message(*to: str, subject: str = SUBJECT, **fields: object) -> EmailMultiAlternatives:
    return EmailMultiAlternatives(subject, BODY, "平台 <service@example.com>", to or ["alice@example.com"], **fields)


def make_mail(to: str = "alice@example.com", *, now: datetime | None = None, **fields: object) -> OutgoingMail:
    """Queue a mail to one address; `fields` then describe what became of it."""
    [mail] = outbox.queue(message=make_message(to), now=now or datetime(2026, 11, 1, tzinfo=UTC))
    OutgoingMail.objects.filter(pk=mail.pk).update(**fields)
    mail.refresh_from_db()
    return mail
