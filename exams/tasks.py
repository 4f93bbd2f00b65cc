"""Periodic work: ids or nothing in, one verb."""

from celery import shared_task
from django.utils import timezone

from exams import attempts, exchange, marking, rechecks
from exams.analysis import runs
from exams.keyfix import regrading


@shared_task
def close_overdue_attempts() -> None:
    """Close attempts whose bell has rung, whether or not anybody looks."""
    attempts.close_overdue(now=timezone.now())


@shared_task
def publish_marked_attempts() -> None:
    """Publish the results whose 简答 people have marked."""
    marking.publish_marked(now=timezone.now())


@shared_task
def sweep_rechecks() -> None:
    """Flag the items whose lesson or rule has changed."""
    rechecks.sweep_rechecks()


@shared_task
def work_off_key_fixes() -> None:
    """Go on with the corrections of keys: impact, re-marking, letters."""
    regrading.work_off(now=timezone.now())


@shared_task
def compute_analyses() -> None:
    """Compute the analyses that somebody asked for."""
    runs.work_off(now=timezone.now())


@shared_task
def work_off_imports() -> None:
    """Look through and store files of items that people handed in."""
    exchange.work_off(now=timezone.now())


@shared_task
def work_on_import(pk: int) -> None:
    """Do one of them at once."""
    exchange.work_on(pk=pk, now=timezone.now())
