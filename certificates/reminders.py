"""Tell holders in time that a certificate runs out. docs/rules/certificates.md, rule N27."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from certificates.models import Certificate, ExpiryReminder
from lms.users import outbox

DAYS_AHEAD = (90, 30, 7)
BATCH = 500  # mails in one sweep


def send_due(*, now: datetime) -> int:
    """
    Queue the reminders that are due, each once, and return how many. Renewed certificates need none.

    Who comes within several limits at once (a sweep that stood still, a short validity) is told once, by the nearest.
    Source: docs/rules/certificates.md, rule N27.
    """
    sent = 0
    for days in sorted(DAYS_AHEAD):
        for certificate in due(days_ahead=days, now=now)[: BATCH - sent]:
            sent += remind(certificate=certificate, days_ahead=days, now=now)
    return sent


def due(*, days_ahead: int, now: datetime) -> QuerySet[Certificate]:
    """Return what runs out within so many days and whose holder was not told at this limit or a nearer one."""
    today = timezone.localdate(now)
    told = Certificate.objects.filter(reminders__days_ahead__lte=days_ahead).values("pk")
    return (
        Certificate.objects.filter(status=Certificate.Status.VALID, successor=None, holder__is_active=True)
        .filter(valid_until__gte=today, valid_until__lte=today + timedelta(days=days_ahead))
        .filter(Q(issued_date__lt=F("valid_until")) & ~Q(pk__in=told))
        .select_related("holder")
        .order_by("valid_until", "pk")
    )


def remind(*, certificate: Certificate, days_ahead: int, now: datetime) -> bool:
    """Queue one reminder together with the row that says so; False if another process was first."""
    if certificate.holder is None:
        return False
    days_left = (certificate.valid_until - timezone.localdate(now)).days
    context = {
        "certificate": certificate,
        "days_left": days_left,
        "url": settings.SITE_URL + reverse("certificates:certificate_list"),
        "issuer_name": settings.ISSUER_NAME,
    }
    message = EmailMessage(
        f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}证书将在 {days_left} 天后到期",
        render_to_string("certificates/mail/expiry.txt", context),
        to=[certificate.holder.email],
    )
    try:
        with transaction.atomic():
            ExpiryReminder.objects.create(certificate=certificate, days_ahead=days_ahead, queued_at=now)
            outbox.queue(message=message, now=now)
    except IntegrityError:
        return False
    return True
