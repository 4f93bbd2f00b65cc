"""The holder hears in time that seats run out. Source: docs/rules/seats.md, rule S10."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from courses.models import Seat, SeatBatch, SeatReminder
from lms.users import outbox

DAYS_BEFORE = (30, 7)
AT_ONCE = 200  # batches; the rest comes with the next sweep


def remind_due(*, now: datetime) -> int:
    """
    Write to the holders whose unaccepted seats run out soon, once for each distance; return how many mails were queued.

    Source: docs/rules/seats.md, rule S10.
    """
    today, sent = timezone.localdate(now), 0
    for days, nearest in zip(DAYS_BEFORE, (*DAYS_BEFORE[1:], -1), strict=True):
        told = SeatReminder.objects.filter(batch=OuterRef("batch"), expires_on=OuterRef("expires_on"), days_before=days)
        near = Seat.objects.unclaimed().filter(
            ~Exists(told), expires_on__gt=today + timedelta(days=nearest), expires_on__lte=today + timedelta(days=days)
        )
        due = near.order_by("batch_id", "expires_on").values_list("batch_id", "expires_on").distinct()
        for batch_pk, expires_on in due[:AT_ONCE]:
            sent += _remind(batch_pk, expires_on, days, now)
    return sent


@transaction.atomic
def _remind(batch_pk: int, expires_on: date, days: int, now: datetime) -> bool:
    batch = SeatBatch.objects.select_for_update(no_key=True).get(pk=batch_pk)
    count = batch.seats.unclaimed().filter(expires_on=expires_on).count()
    if not count:
        return False
    _, is_new = SeatReminder.objects.get_or_create(
        batch=batch, expires_on=expires_on, days_before=days, defaults={"sent_at": now}
    )
    if is_new:
        outbox.queue(message=_message(batch, expires_on, count), now=now)
    return is_new


def _message(batch: SeatBatch, expires_on: date, count: int) -> EmailMessage:
    context = {
        "batch": batch,
        "course": batch.course,
        "expires_on": expires_on,
        "count": count,
        "url": settings.SITE_URL + reverse("courses:seat_batch", args=[batch.pk]),
        "site_name": settings.SITE_NAME,
        "support_email": settings.SUPPORT_EMAIL,
    }
    return EmailMessage(
        f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{count} 个席位将在 {expires_on:%Y-%m-%d} 到期",
        render_to_string("courses/mail/seat_reminder.txt", context),
        to=[batch.holder.email],
    )
