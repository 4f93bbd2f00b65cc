"""The event task in a real Celery worker over real Redis."""

import os
import subprocess
import sys
import time

import pytest
from django.conf import settings as django_settings
from django.db import connection

from lms.celery import app
from payments.models import Order

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
QUEUE = "payments-test"


@pytest.fixture
def worker(stripe_double, settings):
    """A worker process on the test database and a queue of its own."""
    database = connection.settings_dict
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "lms.settings",
        "DATABASE_URL": "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database),
        "STRIPE_API_BASE": settings.STRIPE_API_BASE,
        "STRIPE_SECRET_KEY": settings.STRIPE_SECRET_KEY,
    }
    command = [sys.executable, "-m", "celery", "-A", "lms", "worker", "--pool", "solo", "--queues", QUEUE]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "warning"]
    process = subprocess.Popen(command, env=env, cwd=django_settings.BASE_DIR)
    yield process
    process.terminate()
    process.wait(timeout=30)


def test_handle_event_by_a_worker_pays_the_order(worker, deliver, stripe_double, payment, order, monkeypatch):
    monkeypatch.setitem(app.conf, "task_always_eager", False)
    monkeypatch.setitem(app.conf, "task_default_queue", QUEUE)
    stripe_double.shop(payment.session_id)

    assert deliver(stripe_double.webhook("checkout.session.completed", payment.session_id)) == 200

    deadline = time.monotonic() + 30
    while order.status != Order.Status.PAID and time.monotonic() < deadline:
        time.sleep(0.1)
        order.refresh_from_db()
    assert order.status == Order.Status.PAID
