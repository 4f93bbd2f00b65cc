"""Periodic work: ids or nothing in, one verb."""

from celery import shared_task
from django.utils import timezone

from exams import attempts


@shared_task
def close_overdue_attempts() -> None:
    """Close attempts whose bell has rung, whether or not anybody looks."""
    attempts.close_overdue(now=timezone.now())
