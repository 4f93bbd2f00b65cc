"""Periodic and deferred work: ids in, one verb. Each may run twice or late; the rows say what is left to do."""

from contextlib import suppress

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from payments import fulfilment, invoice_sweep, orders, reconciliation, refunds, stripe_gateway
from payments.models import StripeEvent

EVENTS_A_ROUND = 200


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def handle_event(event_pk: int) -> None:
    """Do what one webhook asks for."""
    fulfilment.handle_event(event_pk=event_pk, now=timezone.now())


@shared_task
def look_again(order_pk: int) -> None:
    """Re-read a payment whose buyer is looking at the waiting page."""
    fulfilment.look_again(order_pk=order_pk, now=timezone.now())


@shared_task
def send_refund(refund_pk: int) -> None:
    """Have Stripe send a refund that was just approved."""
    refunds.send(refund_pk=refund_pk, now=timezone.now())


@shared_task
def send_due_refunds() -> None:
    """Sweep: send or re-read the refunds that a lost task, a crash or a silent Stripe left behind."""
    refunds.send_due(now=timezone.now())


@shared_task
def handle_pending_events() -> None:
    """Sweep: hand out the events that a lost task, a crash or a silent Stripe left behind."""
    for event_pk in StripeEvent.objects.due(timezone.now()).values_list("pk", flat=True)[:EVENTS_A_ROUND]:
        handle_event.delay(event_pk)


@shared_task
def reconcile_orders() -> None:
    """Sweep: compare live payments with Stripe, then close the orders whose time is over."""
    now = timezone.now()
    fulfilment.reconcile(now=now)
    orders.expire_lapsed(now=now)


@shared_task
def reconcile_with_stripe() -> None:
    """Sweep: compare the last days with everything that Stripe has; what Stripe cannot say now waits an hour."""
    now = timezone.now()
    with suppress(stripe_gateway.GatewayUnavailable):
        reconciliation.sweep(since=now - reconciliation.WINDOW, now=now)


@shared_task
def send_invoice_requests() -> None:
    """Sweep: hand what is to be issued or reversed to the invoicing service, if there is one."""
    invoice_sweep.send_due(now=timezone.now())
