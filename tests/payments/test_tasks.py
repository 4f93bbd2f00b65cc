from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from lms.celery import app
from payments import tasks
from payments.models import Order, Payment, StripeEvent
from tests.factories.payments import OrderFactory, StripeEventFactory

pytestmark = pytest.mark.django_db


def test_the_schedule_names_tasks_that_exist():
    named = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert {name for name in named if name.startswith("payments.")} == {
        tasks.handle_pending_events.name,
        tasks.reconcile_orders.name,
        tasks.send_due_refunds.name,
        tasks.reconcile_with_stripe.name,
        tasks.send_invoice_requests.name,
    }
    assert {tasks.handle_pending_events.name, tasks.reconcile_orders.name} <= set(app.tasks)


def test_handle_pending_events_takes_up_what_a_lost_task_left(stripe_double, payment, order):
    stripe_double.shop(payment.session_id)
    event = StripeEventFactory(object_id=payment.session_id)
    fresh = StripeEventFactory(kind="x", next_try_at=timezone.now() + timedelta(seconds=30))

    tasks.handle_pending_events()

    order.refresh_from_db()
    event.refresh_from_db()
    assert order.status == Order.Status.PAID
    assert event.handled_at is not None
    assert StripeEvent.objects.pending().get() == fresh


def test_handle_pending_events_goes_on_after_a_broken_one(stripe_double, payment, order):
    StripeEventFactory(object_id="", received_at=timezone.now() - timedelta(hours=1))
    stripe_double.shop(payment.session_id)
    StripeEventFactory(object_id=payment.session_id)

    tasks.handle_pending_events()

    order.refresh_from_db()
    assert order.status == Order.Status.PAID


def test_reconcile_orders_repairs_lost_webhooks_and_closes_lapsed_orders(stripe_double, payment, order, now):
    stripe_double.faults(drop=100)
    stripe_double.shop(payment.session_id)
    Payment.objects.update(checked_at=now - timedelta(minutes=3))
    Order.objects.update(expires_at=now - timedelta(seconds=1))
    idle = OrderFactory(placed_at=now - timedelta(hours=2))

    tasks.reconcile_orders()

    order.refresh_from_db()
    idle.refresh_from_db()
    assert (order.status, idle.status) == (Order.Status.PAID, Order.Status.EXPIRED)


def test_look_again_asks_stripe(stripe_double, payment, order, now):
    stripe_double.shop(payment.session_id)
    Payment.objects.update(checked_at=now - timedelta(seconds=30))

    tasks.look_again(order.pk)

    order.refresh_from_db()
    assert order.status == Order.Status.PAID
