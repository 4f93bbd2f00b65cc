"""Send what waits, and write down what came of it. Source: docs/rules/api.md, rules I15-I19."""

import json
import random
from datetime import UTC, datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from certificates.staffing.models import Company, WebhookDelivery, WebhookEndpoint, WebhookEvent
from certificates.staffing.webhooks import destinations, endpoints, sending, signatures

log = structlog.get_logger(__name__)
Status = WebhookDelivery.Status

API_VERSION = "1"
PATIENCE = timedelta(hours=24)
FIRST_WAIT = timedelta(seconds=30)
WAIT_FACTOR = 3
LONGEST_WAIT = timedelta(hours=6)
JITTER = 0.25
REST = timedelta(minutes=10)  # the longest that a failing endpoint holds up its other deliveries
CLAIM = timedelta(minutes=2)  # longer than the slowest look-up and sending
KEPT = timedelta(days=90)
UNKNOWN = "开始发送之后中断，结果不明"
GONE = 410


def deliver(*, pk: int, now: datetime) -> bool:
    """
    Send one delivery if it is due, and record what came of it. May run twice.

    Returns False if the endpoint did not take it, so that a sweep leaves it alone. Claimed before it is sent, and no
    transaction stays open meanwhile: a slow receiver holds no lock, and a process that dies leaves a delivery that is
    tried again after CLAIM. Source: docs/rules/api.md, rules I10, I13 and I15.
    """
    claimed = _claim(pk, now)
    if claimed is None:
        return True
    body = body_of(claimed.event)
    keys = endpoints.keys_of(claimed.endpoint, now=now)
    answer, error = None, ""
    try:
        to = destinations.resolve(claimed.endpoint.url, allow_local=settings.WEBHOOKS_ALLOW_LOCAL)
        headers = signatures.headers(event_id=claimed.event.event_id, body=body, keys=keys, now=now)
        answer = sending.post(destination=to, body=body.encode(), headers=headers)
    except (destinations.BadDestination, sending.Unanswered) as refusal:
        error = str(refusal)
    return _record(claimed, answer, error, now)


def body_of(event: WebhookEvent) -> str:
    """Write an event as it is sent and signed. Source: docs/rules/api.md, rule I13."""
    content = {
        "event_id": event.event_id,
        "type": event.kind,
        "created_at": event.made_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "api_version": API_VERSION,
        "company_id": event.company_id,
        "data": event.data,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def purge(*, now: datetime) -> int:
    """Delete events older than KEPT, with their deliveries; return how many. Source: docs/rules/api.md, rule I19."""
    old = WebhookEvent.objects.over(now - KEPT)
    count = old.count()
    old.delete()
    return count


@transaction.atomic
def _claim(pk: int, now: datetime) -> WebhookDelivery | None:
    """Take a due delivery for CLAIM, or None if it is not due, another process has it, or it must not go out."""
    delivery = WebhookDelivery.objects.due(now).select_for_update(skip_locked=True).filter(pk=pk).first()
    if delivery is None:
        return None
    endpoint = WebhookEndpoint.objects.select_related("company").get(pk=delivery.endpoint_id)
    if endpoint.disabled_at or endpoint.company.status == Company.Status.REJECTED:
        endpoints.give_up(WebhookDelivery.objects.filter(pk=pk))
        return None
    delivery.tries, delivery.tried_at, delivery.next_try_at = delivery.tries + 1, now, now + CLAIM
    delivery.code, delivery.milliseconds, delivery.answer, delivery.error = None, None, "", UNKNOWN
    delivery.save()
    delivery.endpoint = endpoint
    return delivery


@transaction.atomic
def _record(claimed: WebhookDelivery, answer: sending.Answer | None, error: str, now: datetime) -> bool:
    """Write down an answer, or that there was none; the endpoint first, as everywhere."""
    endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk=claimed.endpoint_id).first()
    row = WebhookDelivery.objects.filter(pk=claimed.pk, status=Status.WAITING, tries=claimed.tries)
    if endpoint is None:
        return True  # deleted meanwhile, with all that waited
    facts: dict[str, object] = {"error": error[:200]}
    if answer:
        facts |= {"code": answer.code, "milliseconds": answer.milliseconds, "answer": answer.text}
    if answer and 200 <= answer.code < 300:
        row.update(status=Status.SENT, next_try_at=None, **facts)
        if endpoint.failures:
            endpoint.failures, endpoint.failing_since = 0, None
            endpoint.save(update_fields=["failures", "failing_since"])
        return True
    _fail(row, claimed, endpoint, facts, now)
    if answer and answer.code == GONE and not endpoint.disabled_at:
        endpoints.shut(endpoint, why=WebhookEndpoint.DisabledWhy.GONE, now=now)
    return False


def _fail(
    row: QuerySet[WebhookDelivery],
    claimed: WebhookDelivery,
    endpoint: WebhookEndpoint,
    facts: dict[str, object],
    now: datetime,
) -> None:
    endpoint.failures, endpoint.failing_since = endpoint.failures + 1, endpoint.failing_since or now
    endpoint.save(update_fields=["failures", "failing_since"])
    if now >= claimed.gives_up_at:
        log.warning("webhook given up", delivery=claimed.pk, tries=claimed.tries)
        row.update(status=Status.GIVEN_UP, next_try_at=None, **facts)
    else:
        row.update(next_try_at=min(now + _wait(claimed.tries), claimed.gives_up_at), **facts)
    rested_at = now + min(_wait(endpoint.failures), REST)
    others = WebhookDelivery.objects.waiting().filter(endpoint=endpoint, next_try_at__lt=rested_at)
    others.exclude(pk=claimed.pk).update(next_try_at=rested_at)


def _wait(tries: int) -> timedelta:
    """Return how long to wait after so many tries; a little by chance, so that not all come back at once."""
    exact = min(FIRST_WAIT * WAIT_FACTOR ** min(tries - 1, 20), LONGEST_WAIT)
    return exact * (1 + random.uniform(0, JITTER))  # noqa: S311  # spreads retries; nothing secret
