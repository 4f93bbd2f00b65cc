"""Verbs on outgoing mail, against a real socket that takes it or is closed."""

import logging
import threading
import time
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.core import mail as django_mail
from django.db import IntegrityError, connection, transaction

from lms.users import outbox
from lms.users.models import OutgoingMail
from tests.factories.mail import BODY, SUBJECT, make_mail, make_message
from tests.users.smtp_sink import sink

pytestmark = pytest.mark.django_db
Status = OutgoingMail.Status


def facts(mail: OutgoingMail) -> tuple[str, int, str]:
    mail.refresh_from_db()
    return mail.status, mail.tries, mail.last_error


def test_queue_stores_one_row_for_each_recipient_and_no_readable_text(now):
    message = make_message(
        "alice@example.com", "学员 <charlie@example.com>", bcc=["alice@example.com", "eve@example.com"]
    )

    mails = outbox.queue(message=message, now=now)

    assert [mail.to for mail in mails] == ["alice@example.com", "学员 <charlie@example.com>", "eve@example.com"]
    assert {(mail.subject, mail.status, mail.next_try_at, mail.tries) for mail in mails} == {
        (SUBJECT, Status.WAITING, now, 0)
    }
    assert "confirm-email" not in OutgoingMail.objects.first().message_cipher


def test_deliver_sends_what_was_queued(smtp, now):
    mail = make_mail("学员 <alice@example.com>", now=now)

    with sink() as server:
        smtp(server.server_address[1])
        assert outbox.deliver(pk=mail.pk, now=now)

    [(recipients, raw)] = server.letters
    letter = message_from_bytes(raw, policy=policy.default)
    assert recipients == ["alice@example.com"]
    assert (letter["Subject"].strip(), letter["From"], letter["To"]) == (
        SUBJECT,
        "平台 <service@example.com>",
        "学员 <alice@example.com>",
    )
    assert letter.get_content().replace("\r\n", "\n") == BODY
    assert facts(mail) == (Status.SENT, 1, "")
    assert (mail.sent_at, mail.next_try_at) == (now, None)


def test_deliver_keeps_html_files_and_message_id(settings, now):
    settings.MAIL_DELIVERY_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    message = make_message()
    message.attach_alternative("<p>网页</p>", "text/html")
    message.attach("证书.pdf", b"%PDF\xff\x00\r\n", "application/pdf")
    message.attach("旧.txt", "中文".encode("gb18030"), "text/plain")
    message.extra_headers["Message-ID"] = "<one@example.com>"

    [mail] = outbox.queue(message=message, now=now)
    outbox.deliver(pk=mail.pk, now=now)

    [sent] = django_mail.outbox
    letter = message_from_bytes(sent.message().as_bytes(), policy=policy.default)
    assert letter["Message-ID"] == "<one@example.com>"
    assert letter.get_body(("plain",)).get_content() == BODY
    assert letter.get_body(("html",)).get_content().strip() == "<p>网页</p>"
    assert [(part.get_filename(), part.get_content()) for part in letter.iter_attachments()] == [
        ("证书.pdf", b"%PDF\xff\x00\r\n"),
        ("旧.txt", "中文".encode("gb18030")),
    ]


def test_deliver_twice_sends_once(smtp, now):
    mail = make_mail(now=now)

    with sink() as server:
        smtp(server.server_address[1])
        for _ in range(2):
            outbox.deliver(pk=mail.pk, now=now)

    assert len(server.letters) == 1


def test_deliver_of_nothing_changes_nothing(now):
    assert outbox.deliver(pk=404, now=now)


def test_deliver_waits_longer_each_time_and_gives_up_after_eight(smtp, now, caplog):
    mail = make_mail(now=now)
    smtp()
    waits = []

    with caplog.at_level(logging.ERROR, "lms.users.outbox"):
        while mail.status == Status.WAITING:
            begun = mail.next_try_at
            assert outbox.deliver(pk=mail.pk, now=begun - timedelta(seconds=1))  # not yet
            assert not outbox.deliver(pk=mail.pk, now=begun)
            mail.refresh_from_db()
            waits.append(mail.next_try_at and (mail.next_try_at - begun) // timedelta(minutes=1))

    assert waits == [1, 3, 9, 27, 81, 243, 729, None]
    assert facts(mail) == (Status.GIVEN_UP, 8, "ConnectionRefusedError: [Errno 111] Connection refused")
    assert "mail given up" in caplog.text
    assert "alice@example.com" not in caplog.text


def test_deliver_says_what_the_server_said(smtp, now):
    mail = make_mail("nobody@example.com", now=now)

    with sink(refused=("nobody@example.com",)) as server:
        smtp(server.server_address[1])
        assert not outbox.deliver(pk=mail.pk, now=now)

    assert facts(mail) == (
        Status.WAITING,
        1,
        "SMTPRecipientsRefused: {'nobody@example.com': (550, b'no such person')}",
    )


def test_deliver_to_an_impossible_address_is_recorded(smtp, now):
    mail = make_mail(now=now)
    OutgoingMail.objects.update(to="a\nb@example.com")

    with sink() as server:
        smtp(server.server_address[1])
        assert not outbox.deliver(pk=mail.pk, now=now)

    assert facts(mail)[:2] == (Status.WAITING, 1)
    assert mail.last_error.startswith("ValueError: ")


def test_deliver_that_dies_is_tried_again_after_the_claim(smtp, settings, now):
    mail = make_mail(now=now)
    settings.MAIL_DELIVERY_BACKEND = "lms.users.no_such_module.Backend"
    with pytest.raises(ModuleNotFoundError):
        outbox.deliver(pk=mail.pk, now=now)
    assert facts(mail) == (Status.WAITING, 1, outbox.UNKNOWN)

    with sink() as server:
        smtp(server.server_address[1])
        for minutes in (4, 5, 6):
            outbox.deliver(pk=mail.pk, now=now + timedelta(minutes=minutes))

    assert len(server.letters) == 1
    assert facts(mail) == (Status.SENT, 2, "")


def test_deliver_that_died_in_its_last_try_is_given_up(now, caplog):
    mail = make_mail(now=now, tries=outbox.MAX_TRIES, last_error=outbox.UNKNOWN)

    with caplog.at_level(logging.ERROR, "lms.users.outbox"):
        outbox.deliver(pk=mail.pk, now=now)

    assert facts(mail) == (Status.GIVEN_UP, 8, outbox.UNKNOWN)
    assert "mail given up" in caplog.text


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Status.GIVEN_UP, "tries": 8, "next_try_at": None, "last_error": "x"},
        {"status": Status.SENT, "tries": 1, "next_try_at": None},
        {"status": Status.WAITING, "tries": 6, "last_error": "x"},
    ],
)
def test_send_again_starts_anew(smtp, now, fields):
    mail = make_mail(now=now - timedelta(days=1))
    times = {"sent_at": now - timedelta(days=1)} if fields["status"] == Status.SENT else {}
    times |= {"next_try_at": now + timedelta(hours=4)} if fields["status"] == Status.WAITING else {}
    OutgoingMail.objects.update(**(fields | times))

    outbox.send_again(mail=mail, now=now)

    assert facts(mail) == (Status.WAITING, 0, "")
    with sink() as server:
        smtp(server.server_address[1])
        outbox.deliver(pk=mail.pk, now=now)
    assert facts(mail) == (Status.SENT, 1, "")


def test_send_again_refuses_what_is_being_sent(now):
    mail = make_mail(now=now)

    with pytest.raises(outbox.AlreadyWaiting) as refusal:
        outbox.send_again(mail=mail, now=now)

    assert str(refusal.value) == "这封邮件正在发送，或几分钟内就会发送，不必重新发送。请稍后刷新查看结果。"


def test_purge_forgets_what_is_over_after_thirty_days(now):
    old, recent = now - timedelta(days=30, seconds=1), now - timedelta(days=30)
    over = {"status": Status.SENT, "sent_at": now, "next_try_at": None}
    given_up = {"status": Status.GIVEN_UP, "next_try_at": None}
    make_mail(now=old, **over)
    make_mail(now=old, **given_up)
    kept = [make_mail(now=old), make_mail(now=recent, **over), make_mail(now=recent, **given_up)]

    assert outbox.purge(now=now) == 2
    assert list(OutgoingMail.objects.order_by("pk")) == kept


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Status.SENT},
        {"status": Status.GIVEN_UP},
        {"next_try_at": None},
        {"status": "ODD"},
    ],
)
def test_status_and_times_agree(now, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_mail(now=now, **fields)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_deliver_by_many_at_once_sends_once(smtp, now):
    mails = [make_mail(now=now) for _ in range(3)]
    barrier = threading.Barrier(6)

    def run() -> None:
        barrier.wait()
        for mail in mails:
            outbox.deliver(pk=mail.pk, now=now)
        connection.close()

    with sink() as server:
        smtp(server.server_address[1])
        threads = [threading.Thread(target=run) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(server.letters) == 3
    assert [facts(mail) for mail in mails] == [(Status.SENT, 1, "")] * 3


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_deliver_passes_by_a_row_that_somebody_holds(now):
    mail = make_mail(now=now)

    def run() -> None:
        outbox.deliver(pk=mail.pk, now=now)
        connection.close()

    with transaction.atomic():
        OutgoingMail.objects.select_for_update().get(pk=mail.pk)
        begun = time.monotonic()
        thread = threading.Thread(target=run)
        thread.start()
        thread.join(timeout=10)
        assert time.monotonic() - begun < 10

    assert facts(mail) == (Status.WAITING, 0, "")
