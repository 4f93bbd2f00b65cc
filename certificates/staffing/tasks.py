"""Periodic work for companies."""

from celery import shared_task
from django.utils import timezone

from certificates.staffing import alerts, imports, links
from certificates.staffing.readiness import reminders


@shared_task
def work_off_rosters() -> None:
    """Read the rosters that were uploaded, apply those that were confirmed."""
    imports.work_off(now=timezone.now())


@shared_task
def link_certificates() -> None:
    """Link certificates that were issued since to the people of companies."""
    links.link_due(now=timezone.now())


@shared_task
def warn_companies() -> None:
    """Send alerts before a breach, and the summary of the week."""
    alerts.sweep(now=timezone.now())


@shared_task
def remind_companies() -> None:
    """Tell companies of the days of their cycle, and owners of corrective actions that are due."""
    reminders.sweep(now=timezone.now())
