"""Write down what there is to tell, in the transaction of what happened. Source: docs/rules/api.md, rules I11-I12."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from certificates.staffing.models import Company, WebhookDelivery, WebhookEndpoint, WebhookEvent
from certificates.staffing.webhooks import tasks
from certificates.staffing.webhooks.deliveries import CLAIM, PATIENCE
from lms.errors import DomainError

Kind = WebhookEvent.Kind
PINGED_AGAIN_AFTER = timedelta(seconds=10)


class EndpointDisabled(DomainError):
    message = "这个地址已经停用。请先启用，再测试或重发。"


class PingedJustNow(DomainError):
    message = "刚刚测试过。请等 10 秒再试。"


class AlreadyWaiting(DomainError):
    message = "这次推送正在发送，或几分钟内就会发送，不必重发。请稍后刷新查看。"


@transaction.atomic
def emit(
    *,
    company: Company,
    kind: WebhookEvent.Kind,
    data: dict[str, object],
    now: datetime,
    source: str = "",
    happened_at: datetime | None = None,
) -> list[WebhookDelivery]:
    """
    Queue an event for every endpoint of a company that listens to it and did so when it happened; by default now.

    With a `source`, the row that a sweep found, a second call changes nothing. Source: docs/rules/api.md, rule I12.
    """
    live = WebhookEndpoint.objects.of(company).live().filter(listens_since__lte=happened_at or now).order_by("pk")
    endpoints = [endpoint for endpoint in live if kind in endpoint.events]
    if not endpoints and not source:
        return []
    facts = {"event_id": new_id(), "kind": kind, "data": data, "made_at": now}
    if source:
        event, is_new = WebhookEvent.objects.get_or_create(company=company, source=source, defaults=facts)
    else:
        event, is_new = WebhookEvent.objects.create(company=company, **facts), True
    return [queue(endpoint=endpoint, event=event, now=now) for endpoint in endpoints] if is_new else []


@transaction.atomic
def ping(*, endpoint: WebhookEndpoint, now: datetime) -> WebhookDelivery:
    """Send a test to an endpoint. Raises: EndpointDisabled, PingedJustNow. Source: docs/rules/api.md, rule I18."""
    locked = _enabled(endpoint.pk)
    pings = WebhookDelivery.objects.filter(endpoint=locked, event__kind=Kind.PING)
    if pings.filter(queued_at__gt=now - PINGED_AGAIN_AFTER).exists():
        raise PingedJustNow
    data = {"message": "这是一次测试，不需要处理。"}
    event = WebhookEvent.objects.create(
        company_id=locked.company_id, event_id=new_id(), kind=Kind.PING, data=data, made_at=now
    )
    return queue(endpoint=locked, event=event, now=now)


@transaction.atomic
def send_again(*, delivery: WebhookDelivery, now: datetime) -> WebhookDelivery:
    """
    Let a delivery wait anew with all its time, whether it arrived, was given up, or has long to wait.

    Raises: EndpointDisabled, AlreadyWaiting. Source: docs/rules/api.md, rule I18.
    """
    _enabled(delivery.endpoint_id)
    locked = WebhookDelivery.objects.select_for_update().get(pk=delivery.pk)
    if locked.next_try_at and locked.next_try_at <= now + CLAIM:
        raise AlreadyWaiting
    locked.status, locked.next_try_at, locked.gives_up_at = WebhookDelivery.Status.WAITING, now, now + PATIENCE
    locked.tries = 0
    locked.save(update_fields=["status", "next_try_at", "gives_up_at", "tries"])
    send_after_commit(locked)
    return locked


def queue(*, endpoint: WebhookEndpoint, event: WebhookEvent, now: datetime) -> WebhookDelivery:
    """Let an event wait for an endpoint, and ask for its sending once the caller's transaction is committed."""
    delivery = WebhookDelivery.objects.create(
        endpoint=endpoint, event=event, queued_at=now, gives_up_at=now + PATIENCE, next_try_at=now
    )
    send_after_commit(delivery)
    return delivery


def send_after_commit(delivery: WebhookDelivery) -> None:
    """If the broker does not answer, that is logged and no more: the sweep finds the row."""
    pk = delivery.pk
    transaction.on_commit(lambda: tasks.send_webhook.delay(pk), robust=True)


def _enabled(pk: int) -> WebhookEndpoint:
    locked = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=pk)
    if locked.disabled_at:
        raise EndpointDisabled
    return locked


def new_id() -> str:
    return f"evt_{secrets.token_urlsafe(18)}"
