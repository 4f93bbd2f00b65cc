"""Webhooks with real Celery workers over real Redis: they do their work, and they are killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from courses.models import Enrolment
from lms.celery import app
from payments.models import LedgerEntry, Order, StripeEvent

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
QUEUE = "payments-test"


@pytest.fixture
def environment(stripe_double, settings) -> dict[str, str]:
    """What another process needs to be the same site on the test database."""
    database = connection.settings_dict
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "lms.settings",
        "DATABASE_URL": "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database),
        "STRIPE_API_BASE": settings.STRIPE_API_BASE,
        "STRIPE_SECRET_KEY": settings.STRIPE_SECRET_KEY,
        "STRIPE_WEBHOOK_SECRET": settings.STRIPE_WEBHOOK_SECRET,
    }


@pytest.fixture
def start_worker(environment, monkeypatch) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Start worker processes on a queue of their own, which is also where this process sends its tasks."""
    monkeypatch.setitem(app.conf, "task_always_eager", False)
    monkeypatch.setitem(app.conf, "task_default_queue", QUEUE)
    # The worker's own sweep tasks send to its default queue: it must be this one too.
    command = [
        sys.executable,
        "-c",
        "import sys; from lms.celery import app\n"
        f"app.conf.task_default_queue = {QUEUE!r}; app.worker_main(sys.argv[1:])",
    ]
    command += ["worker", "--pool", "solo", "--queues", QUEUE]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "warning"]
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen(command, env=environment, cwd=django_settings.BASE_DIR))
        return started[-1]

    yield start
    for process in started:
        process.terminate()
        process.wait(timeout=30)
    with app.connection_for_write() as broker:
        broker.default_channel.queue_purge(QUEUE)


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def wait_until_paid(order: Order) -> None:
    wait_for(lambda: Order.objects.filter(pk=order.pk, status=Order.Status.PAID).exists())


def test_handle_event_by_a_worker_pays_the_order(start_worker, deliver, stripe_double, payment, order):
    start_worker()
    stripe_double.shop(payment.session_id)

    assert deliver(stripe_double.webhook("checkout.session.completed", payment.session_id)) == 200

    wait_until_paid(order)


KILLED_AFTER_THE_COMMIT = """
import os, signal, sys
import django
django.setup()
from django.test import Client
from payments import tasks
tasks.handle_event.delay = lambda pk: os.kill(os.getpid(), signal.SIGKILL)
Client().post("/stripe/webhook/", data=sys.stdin.buffer.read(), content_type="application/json",
              headers={"Stripe-Signature": sys.argv[1], "Host": "localhost"})
"""


def test_a_web_process_killed_after_the_commit_costs_a_sweep_of_the_worker(
    start_worker, environment, stripe_double, payment, order
):
    """Stripe gets no answer and we have the event; the sweep, a task like any other, hands it to the worker."""
    start_worker()
    stripe_double.shop(payment.session_id)
    webhook = stripe_double.webhook("checkout.session.completed", payment.session_id)
    died = subprocess.run(
        [sys.executable, "-c", KILLED_AFTER_THE_COMMIT, webhook.signature],
        input=webhook.body,
        env=environment,
        check=False,
        timeout=60,
    )
    event = StripeEvent.objects.get()
    assert (died.returncode, event.handled_at, event.tries) == (-signal.SIGKILL, None, 0)
    StripeEvent.objects.update(next_try_at=timezone.now())  # the half minute is over

    app.send_task("payments.tasks.handle_pending_events")

    wait_until_paid(order)
    event.refresh_from_db()
    assert (event.tries, event.outcome) == (1, "已入账，已开通")


def test_a_worker_killed_in_the_middle_costs_a_retry(start_worker, environment, stripe_double, payment, order, deliver):
    """It has claimed the event and waits for Stripe when it dies; another worker takes the event when it is due."""
    first = start_worker()
    stripe_double.shop(payment.session_id)
    webhook = stripe_double.webhook("checkout.session.completed", payment.session_id)
    stripe_double.faults(slow=5)
    assert deliver(webhook) == 200
    wait_for(lambda: StripeEvent.objects.filter(tries=1).exists())
    first.kill()
    first.wait(timeout=30)
    stripe_double.fresh()
    event = StripeEvent.objects.get()
    assert (event.handled_at, order.status) == (None, Order.Status.PENDING)
    StripeEvent.objects.update(next_try_at=timezone.now())  # the half minute is over

    start_worker()
    app.send_task("payments.tasks.handle_pending_events")

    wait_until_paid(order)
    assert Enrolment.objects.get().source_ref == order.number
    assert LedgerEntry.objects.filter(key__startswith="received:").count() == 1
