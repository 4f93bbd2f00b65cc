"""Periodic work of the register."""

from celery import shared_task
from django.utils import timezone

from certificates import issuing


@shared_task
def issue_due_certificates() -> None:
    """Issue the certificates of attempts that have passed."""
    issuing.issue_due(now=timezone.now())
