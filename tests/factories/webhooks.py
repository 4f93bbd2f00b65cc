"""Endpoints as the verb makes them, on loopback unless told otherwise."""

from datetime import datetime

from certificates.staffing import webhooks
from certificates.staffing.models import Company, WebhookDelivery, WebhookEndpoint, WebhookEvent
from certificates.staffing.webhooks import events
from lms.users.models import User

ALL = tuple(kind.value for kind in webhooks.CHOSEN)
NOWHERE = "http://127.0.0.1:1024/hook"  # nobody listens there


def make_endpoint(
    *, company: Company, now: datetime, url: str = NOWHERE, kinds: tuple[str, ...] = ALL, by: User | None = None
) -> tuple[WebhookEndpoint, str]:
    return webhooks.make(company=company, url=url, events=kinds, by=by, now=now)


def make_delivery(*, endpoint: WebhookEndpoint, now: datetime, **data: object) -> WebhookDelivery:
    """Queue an event for one endpoint, without the sending after the commit."""
    event = WebhookEvent.objects.create(
        company=endpoint.company,
        event_id=events.new_id(),
        kind=WebhookEvent.Kind.ROSTER_IMPORTED,
        data=data or {"source": "file"},
        made_at=now,
    )
    return events.queue(endpoint=endpoint, event=event, now=now)
