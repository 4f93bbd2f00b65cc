"""Periodic work for companies."""

from celery import shared_task
from django.utils import timezone

from certificates.staffing import alerts, imports, links, webhooks
from certificates.staffing.readiness import reminders
from certificates.staffing.webhooks import coverage, news, sweeping


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


@shared_task
def find_webhook_news() -> None:
    """Find what certificates and courses have left for companies to hear."""
    news.find(now=timezone.now())


@shared_task
def watch_coverage() -> None:
    """See where a company's coverage broke or is whole again."""
    coverage.watch(now=timezone.now())


@shared_task
def send_due_webhooks() -> None:
    """Send what a lost task or a silent receiver left behind."""
    sweeping.send_due(clock=timezone.now)


@shared_task
def purge_webhooks() -> None:
    """Forget old deliveries."""
    webhooks.purge(now=timezone.now())
