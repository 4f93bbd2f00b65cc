"""Sending of mail: ids in, one verb. Each may run twice or late; the rows say what is left to do."""

from celery import shared_task
from django.utils import timezone

from lms.users import outbox
from lms.users.models import OutgoingMail

MAILS_A_ROUND = 50


@shared_task
def send_mail(pk: int) -> None:
    """Send one mail as soon as it is committed."""
    outbox.deliver(pk=pk, now=timezone.now())


@shared_task
def send_pending_mail() -> None:
    """
    Sweep: send what a lost task or a silent server left behind, until the server refuses one.

    One by one and not handed out: tasks that each wait for a dead server would keep the workers from everything else.
    """
    for pk in OutgoingMail.objects.due(timezone.now()).values_list("pk", flat=True)[:MAILS_A_ROUND]:
        if not outbox.deliver(pk=pk, now=timezone.now()):
            break


@shared_task
def purge_mail() -> None:
    """Forget old mail."""
    outbox.purge(now=timezone.now())
