"""Periodic work of the register."""

from celery import shared_task
from django.utils import timezone

from certificates import batches, issuing, logbook, reminders


@shared_task
def issue_due_certificates() -> None:
    """Issue the certificates of attempts that have passed, and what was approved."""
    now = timezone.now()
    batches.work_off(now=now)
    issuing.issue_due(now=now)


@shared_task
def sequence_log() -> None:
    """Give what was issued or changed its place in the transparency log."""
    logbook.sequence(now=timezone.now())


@shared_task
def sign_tree_head() -> None:
    """Sign the transparency log: daily, and within the hour after it grew."""
    logbook.sign_head_if_due(now=timezone.now())


@shared_task
def send_expiry_reminders() -> None:
    """Tell holders 90, 30 and 7 days ahead that a certificate runs out."""
    reminders.send_due(now=timezone.now())
