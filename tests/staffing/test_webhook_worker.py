"""A delivery by a real Celery worker over real Redis and PostgreSQL; what a dead broker lost, its sweep sends."""

import os
import subprocess
import sys
import time

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from certificates.staffing import webhooks
from certificates.staffing.models import WebhookDelivery, WebhookEvent
from certificates.staffing.webhooks import tasks
from lms.celery import app
from tests.factories.companies import make_company
from tests.factories.webhooks import make_endpoint
from tests.staffing.webhook_receiver import receiver

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
QUEUE = "webhooks-test"


@pytest.fixture
def worker(monkeypatch):
    """A worker process on a queue of its own, which is also where this process sends its tasks."""
    monkeypatch.setitem(app.conf, "task_always_eager", False)
    monkeypatch.setitem(app.conf, "task_default_queue", QUEUE)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "lms.settings",
        "DATABASE_URL": "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**connection.settings_dict),
        "DATA_KEYS": ",".join(django_settings.DATA_KEYS),
    }
    start = "import sys; from lms.celery import app\n"
    start += f"app.conf.task_default_queue = {QUEUE!r}; app.worker_main(sys.argv[1:])"
    options = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "warning"]
    process = subprocess.Popen(
        [sys.executable, "-c", start, "worker", "--pool", "solo", "--queues", QUEUE, *options],
        env=environment,
        cwd=django_settings.BASE_DIR,
    )
    yield process
    process.terminate()
    process.wait(timeout=30)
    with app.connection_for_write() as broker:
        broker.default_channel.queue_purge(QUEUE)


def wait_for(count):
    deadline = time.monotonic() + 60
    while WebhookDelivery.objects.filter(status=WebhookDelivery.Status.SENT).count() < count:
        assert time.monotonic() < deadline, "it was not sent"
        time.sleep(0.1)


def test_a_worker_sends_at_once_and_its_sweep_sends_what_a_dead_broker_lost(worker, monkeypatch):
    def tell(company):
        with transaction.atomic():
            webhooks.emit(company=company, kind=WebhookEvent.Kind.ROSTER_IMPORTED, data={}, now=timezone.now())

    def dead(pk):
        raise OperationalError("the broker does not answer")

    company = make_company()
    with receiver() as system:
        _, secret = make_endpoint(company=company, now=timezone.now(), url=system.url)
        tell(company)
        wait_for(1)
        with monkeypatch.context() as patch:
            patch.setattr(tasks.send_webhook, "delay", dead)
            tell(company)
        assert len(system.sent) == 1

        app.send_task("certificates.staffing.tasks.send_due_webhooks")

        wait_for(2)
    assert [sent.verified_by(secret)["type"] for sent in system.sent] == ["roster.imported", "roster.imported"]
    assert len({sent.headers["webhook-id"] for sent in system.sent}) == 2
