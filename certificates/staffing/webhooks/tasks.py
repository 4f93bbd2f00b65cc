"""One delivery as soon as what it tells is committed: id in, one verb."""

from celery import shared_task
from django.utils import timezone

from certificates.staffing.webhooks import deliveries


@shared_task
def send_webhook(pk: int) -> None:
    """Send one event to one endpoint."""
    deliveries.deliver(pk=pk, now=timezone.now())
