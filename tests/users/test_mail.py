"""A request never waits for a mail server: the backend, its tasks, and signing up while the server is down."""

import re
import time
from datetime import timedelta

import pytest
from django.conf import settings as site
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from lms.celery import app
from lms.users import tasks
from lms.users.models import OutgoingMail, User
from tests.factories.mail import make_mail
from tests.users.smtp_sink import sink
from tests.users.test_account_pages import SIGNUP

pytestmark = pytest.mark.django_db
Status = OutgoingMail.Status


@pytest.fixture(autouse=True)
def _queued(settings):
    settings.EMAIL_BACKEND = "lms.users.mail.QueuedBackend"


def test_signup_without_a_mail_server_works_and_the_mail_follows(client, smtp, django_capture_on_commit_callbacks):
    port = smtp()

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(reverse("account_signup"), SIGNUP)

    mail = OutgoingMail.objects.get()
    assert response.url == reverse("account_email_verification_sent")
    assert client.get(response.url).status_code == 200
    assert User.objects.get().email == mail.to == "new@example.com"
    assert (mail.status, mail.tries, mail.last_error) == (
        Status.WAITING,
        1,
        "ConnectionRefusedError: [Errno 111] Connection refused",
    )

    OutgoingMail.objects.update(next_try_at=timezone.now())
    with sink(port) as server:
        tasks.send_pending_mail()
        tasks.send_pending_mail()

    mail.refresh_from_db()
    [(recipients, raw)] = server.letters
    assert (recipients, mail.status, mail.tries) == (["new@example.com"], Status.SENT, 2)
    link = re.search(rb"http://testserver(/\S+/)\r\n", raw)[1].decode()
    assert client.post(link).url == reverse("learn")


def test_mail_is_there_when_the_page_answers(client, settings, tmp_path, django_capture_on_commit_callbacks):
    settings.MAIL_DELIVERY_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)

    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("account_signup"), SIGNUP)

    [mail] = client.get("/local/mail/").context["mails"]
    assert (mail.subject.strip(), mail.to) == ("【售后服务管理师】请验证你的邮箱，完成注册", "new@example.com")
    assert "/accounts/confirm-email/" in mail.text


def test_nothing_is_sent_when_the_transaction_rolls_back(smtp, django_capture_on_commit_callbacks):
    with sink() as server:
        smtp(server.server_address[1])
        with django_capture_on_commit_callbacks(execute=True) as callbacks, pytest.raises(ZeroDivisionError):  # noqa: PT012, SIM117
            with transaction.atomic():
                send_mail("主题", "正文", None, ["alice@example.com"])
                raise ZeroDivisionError

    assert (callbacks, server.letters, OutgoingMail.objects.count()) == ([], [], 0)


@pytest.mark.django_db(transaction=True)
def test_send_outside_a_transaction_goes_at_once(smtp):
    with sink() as server:
        smtp(server.server_address[1])
        assert send_mail("主题", "正文", None, ["alice@example.com", "charlie@example.com"]) == 1

    assert [recipients for recipients, _ in server.letters] == [["alice@example.com"], ["charlie@example.com"]]


@pytest.mark.django_db(transaction=True)
def test_broker_out_of_reach_is_logged_and_the_row_waits(smtp, monkeypatch, caplog):
    monkeypatch.setitem(app.conf, "task_always_eager", False)
    monkeypatch.setenv("CELERY_BROKER_URL", f"redis://127.0.0.1:{smtp()}/0")  # Celery itself looks here first
    monkeypatch.setattr(app.amqp, "_producer_pool", None)
    begun = time.monotonic()

    send_mail("主题", "正文", None, ["alice@example.com"])

    assert time.monotonic() - begun < 5

    mail = OutgoingMail.objects.get()
    assert (mail.status, mail.tries) == (Status.WAITING, 0)
    assert "Connection refused" in caplog.text
    with sink() as server:
        smtp(server.server_address[1])
        tasks.send_pending_mail()
    assert len(server.letters) == 1


def test_the_schedule_names_tasks_that_exist():
    named = {entry["task"] for entry in site.CELERY_BEAT_SCHEDULE.values()}

    assert {tasks.send_pending_mail.name, tasks.purge_mail.name} <= named & set(app.tasks)


def test_sweep_knocks_once_at_a_dead_server(smtp):
    smtp()
    for _ in range(3):
        make_mail()

    tasks.send_pending_mail()

    assert list(OutgoingMail.objects.order_by("pk").values_list("tries", flat=True)) == [1, 0, 0]


def test_sweep_goes_on_after_a_refused_address_in_the_next_round(smtp):
    for name in ("nobody", "alice", "charlie"):
        make_mail(f"{name}@example.com")

    with sink(refused=("nobody@example.com",)) as server:
        smtp(server.server_address[1])
        tasks.send_pending_mail()
        tasks.send_pending_mail()

    assert [recipients for recipients, _ in server.letters] == [["alice@example.com"], ["charlie@example.com"]]


def test_sweep_is_bounded(smtp, monkeypatch):
    monkeypatch.setattr(tasks, "MAILS_A_ROUND", 2)
    for _ in range(3):
        make_mail()

    with sink() as server:
        smtp(server.server_address[1])
        tasks.send_pending_mail()

    assert len(server.letters) == 2


def test_purge_mail_forgets_old_mail():
    long_ago = timezone.now() - timedelta(days=31)
    make_mail(now=long_ago, status=Status.SENT, sent_at=long_ago, next_try_at=None)

    tasks.purge_mail()

    assert not OutgoingMail.objects.exists()
