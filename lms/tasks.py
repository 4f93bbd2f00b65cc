"""Periodic work of the house itself."""

from datetime import UTC, datetime

from celery import shared_task
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone

HEARTBEAT_KEY = "lms:heartbeat"
HEARTBEAT_MAX_AGE_SECONDS = 60


@shared_task
def heartbeat() -> None:
    """Leave proof that scheduled tasks are being executed; /readyz reads it."""
    cache.set(HEARTBEAT_KEY, timezone.now().timestamp(), timeout=600)


def last_heartbeat_at() -> datetime | None:
    """Return when a worker last executed `heartbeat`, in UTC, or None."""
    stamp = cache.get(HEARTBEAT_KEY)
    return None if stamp is None else datetime.fromtimestamp(stamp, tz=UTC)


@shared_task
def publish_scheduled_pages() -> None:
    """Publish and unpublish pages whose time has come."""
    call_command("publish_scheduled", verbosity=0)


@shared_task
def clear_sessions() -> None:
    """Drop expired sessions."""
    call_command("clearsessions")
