"""What SQLite cannot show: two at once, and a process that dies between commit and task."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from courses.models import Enrolment
from payments import coupons, fulfilment, orders, refund_requests, refunds, stripe_gateway, tasks
from payments.fulfilment import Outcome
from payments.models import Attention, Order, Payment, Refund, StripeEvent
from tests.factories.courses import make_course
from tests.factories.payments import CouponFactory
from tests.factories.users import UserFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(count: int, act) -> list:
    """Run `act` in so many threads that start together, each with its own connection."""
    barrier = threading.Barrier(count)

    def run(_: int):
        barrier.wait()
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_settle_by_phone_desktop_and_webhook_together_unlocks_once(stripe_double, payment, order, now, monkeypatch):
    """All of them have read "paid" from Stripe before any of them takes the lock."""
    stripe_double.shop(payment.session_id)
    retrieve, all_have_read = stripe_gateway.retrieve_session, threading.Barrier(4)

    def retrieve_and_wait(session_id):
        session = retrieve(session_id)
        all_have_read.wait()
        return session

    monkeypatch.setattr(stripe_gateway, "retrieve_session", retrieve_and_wait)

    outcomes = at_once(4, lambda: fulfilment.settle(session_id=payment.session_id, now=now))

    assert sorted(outcomes) == sorted([Outcome.UNLOCKED, *[Outcome.ALREADY] * 3])
    assert Enrolment.objects.get().source_ref == order.number
    assert not Attention.objects.exists()


def test_place_twice_at_once_makes_one_order(alice, now):
    course = make_course()

    placed = at_once(4, lambda: orders.place(buyer=alice, course=course, now=now).pk)

    assert set(placed) == {Order.objects.get().pk}


def test_begin_payment_twice_at_once_opens_one_page(stripe_double, order, now):
    urls = at_once(4, lambda: orders.begin_payment(order=order, now=now).session_url)

    assert set(urls) == {Payment.objects.get().session_url}


def test_cancel_against_money_never_loses_it(stripe_double, payment, order, now):
    def settle_or_cancel():
        try:
            return orders.cancel(order=order, now=now).status
        except orders.PaymentArrived as arrival:
            return fulfilment.settle(session_id=arrival.session_id, now=now)

    stripe_double.shop(payment.session_id)

    at_once(2, settle_or_cancel)

    assert Order.objects.get().status == Order.Status.PAID
    assert Enrolment.objects.count() == 1


def test_the_last_use_of_a_coupon_goes_to_one_of_two_buyers(now):
    coupon, course = CouponFactory(code="LAST", max_uses=3), make_course()
    buyers = iter([UserFactory() for _ in range(8)])

    def order_or_refusal():
        try:
            return orders.place(buyer=next(buyers), course=course, coupon_code="LAST", now=now).amount_fen
        except coupons.CouponUsedUp:
            return "used up"

    outcomes = at_once(8, order_or_refusal)

    assert sorted(outcomes, key=str) == [78_000] * 3 + ["used up"] * 5
    assert Order.objects.holding(coupon).count() == 3


def test_two_colleagues_decide_a_refund_once(asked, staff, now):
    def approve_or_refusal():
        try:
            return refund_requests.approve(refund=asked, by=staff, amount_fen=88_000, ends_access=True, now=now).status
        except refund_requests.AlreadyDecided:
            return "decided"

    assert sorted(at_once(4, approve_or_refusal)) == ["APPROVED", "decided", "decided", "decided"]


def test_a_refund_sent_by_task_sweep_and_webhook_together_is_booked_once(stripe_double, asked, paid, staff, now):
    refund_requests.approve(refund=asked, by=staff, amount_fen=88_000, ends_access=True, now=now)
    refunds.send(refund_pk=asked.pk, now=now)
    asked.refresh_from_db()
    theirs = stripe_gateway.retrieve_refund(asked.stripe_refund_id)

    at_once(4, lambda: refunds.follow(theirs, now=now))

    assert paid.ledger.filter(refund=asked).count() == 1
    assert Refund.objects.get().status == Refund.Status.SUCCEEDED


DIES_BEFORE_THE_TASK = """
import os, signal, sys
import django
django.setup()
from django.test import Client
from payments import tasks
tasks.handle_event.delay = lambda pk: os.kill(os.getpid(), signal.SIGKILL)
Client().post("/stripe/webhook/", data=sys.stdin.buffer.read(), content_type="application/json",
              headers={"Stripe-Signature": sys.argv[1], "Host": "localhost"})
"""


def test_kill_between_commit_and_task_costs_a_sweep(stripe_double, payment, order, settings):
    stripe_double.shop(payment.session_id)
    webhook = stripe_double.webhook("checkout.session.completed", payment.session_id)
    database = connection.settings_dict
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "lms.settings",
        "DATABASE_URL": "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database),
        "STRIPE_WEBHOOK_SECRET": settings.STRIPE_WEBHOOK_SECRET,
        "STRIPE_API_BASE": settings.STRIPE_API_BASE,
    }

    died = subprocess.run(
        [sys.executable, "-c", DIES_BEFORE_THE_TASK, webhook.signature], input=webhook.body, env=env, timeout=60
    )

    assert died.returncode == -signal.SIGKILL
    event = StripeEvent.objects.get()
    assert (event.event_id, event.handled_at) == (webhook.event["id"], None)
    StripeEvent.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
    tasks.handle_pending_events()
    order.refresh_from_db()
    assert order.status == Order.Status.PAID
