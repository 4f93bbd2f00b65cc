"""本地邮箱: mails as files, and the demo's authenticator."""

import importlib
import os

import pytest
from allauth.mfa.models import Authenticator
from django.core.mail import EmailMultiAlternatives, send_mail
from django.urls import clear_url_caches, reverse, set_urlconf

import lms.urls
from lms import mailbox
from lms.users import demo, roles
from tests.factories.users import make_staff

pytestmark = pytest.mark.django_db
URL = "/local/mail/"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    return tmp_path / "mail"


@pytest.fixture
def _production_urls(settings):
    settings.EMBEDDED = False
    importlib.reload(lms.urls)
    clear_url_caches()
    yield
    settings.EMBEDDED = True
    importlib.reload(lms.urls)
    clear_url_caches()
    set_urlconf(None)


def send(subject: str, text: str = "正文", to: str = "alice@example.com") -> None:
    send_mail(subject, text, "service@example.com", [to])


def test_mailbox_empty_says_what_to_do(client):
    text = client.get(URL).text

    assert "还没有邮件" in text
    assert "注册一个账号" in text
    assert "还没有演示账号" in text


def test_mailbox_lists_newest_first(client, folder):
    send("first")
    send("second")
    for age, path in enumerate(sorted(folder.iterdir(), key=lambda file: "second" in file.read_text(), reverse=True)):
        os.utime(path, (1_800_000_000 - age, 1_800_000_000 - age))

    assert [mail.subject for mail in client.get(URL).context["mails"]] == ["second", "first"]


def test_mailbox_message_shows_text_with_links(client):
    send("请验证", "请打开：\n\nhttp://127.0.0.1:8000/accounts/confirm-email/a:b/\n\n<script>alert(1)</script>")
    mail = client.get(URL).context["mails"][0]

    text = client.get(reverse("mailbox_message", args=[mail.key])).text

    assert mail.to == "alice@example.com"
    assert mail.sent_at.tzinfo is not None
    assert '<a href="http://127.0.0.1:8000/accounts/confirm-email/a:b/" rel="nofollow">' in text
    assert "&lt;script&gt;" in text


def test_mailbox_reads_several_mails_of_one_file_and_html_ones(client):
    message = EmailMultiAlternatives("一起的", "纯文本", to=["alice@example.com"])
    message.attach_alternative("<p>网页</p>", "text/html")
    connection = message.get_connection()
    connection.open()
    connection.send_messages([message])
    message.subject = "后一封"
    connection.send_messages([message])
    connection.close()

    mails = client.get(URL).context["mails"]

    assert [(mail.subject, mail.text.strip()) for mail in mails] == [("后一封", "纯文本"), ("一起的", "纯文本")]


def test_mailbox_is_bounded(client, monkeypatch):
    monkeypatch.setattr(mailbox, "MAILS_SHOWN", 2)
    for n in range(3):
        send(f"第{n}封")

    response = client.get(URL)

    assert len(response.context["mails"]) == 2
    assert "只显示最近 2 封。" in response.text


def test_mailbox_survives_odd_files(client, folder):
    folder.mkdir()
    (folder / "broken.log").write_bytes(b"\xff\xfe\x00Subject: \xff\n\n\xff" + mailbox.SEPARATOR)
    (folder / "empty.log").write_bytes(b"")
    (folder / "date.log").write_bytes(b"Subject: x\nDate: yesterday\n\nhi\n" + mailbox.SEPARATOR)

    assert client.get(URL).status_code == 200


@pytest.mark.parametrize("key", ["nothing", "..%2f..%2fsecrets.json", "%00"])
def test_mailbox_message_unknown_is_404(client, key):
    assert client.get(f"{URL}{key}/").status_code == 404


def test_mailbox_takes_only_get(client):
    assert client.post(URL).status_code == 405


def test_mailbox_shows_codes_of_demo_staff_only(client, now):
    demo.load(now=now)
    make_staff(roles.FINANCE, email="real@example.com")

    codes = client.get(URL).context["codes"]

    assert [code.email for code in codes] == [
        "editor@example.com",
        "reviewer@example.com",
        "examiner@example.com",
        "finance@example.com",
        "support@example.com",
    ]
    editor = Authenticator.objects.get(user__email="editor@example.com")
    assert editor.wrap().validate_code(codes[0].code)


@pytest.mark.parametrize("staff", [1, 3])
def test_mailbox_asks_the_same_however_many_codes(client, now, staff, django_assert_num_queries):
    demo.load(now=now)
    keep = Authenticator.objects.order_by("pk").values_list("pk", flat=True)[:staff]
    Authenticator.objects.exclude(pk__in=list(keep)).delete()

    with django_assert_num_queries(1):
        client.get(URL)


@pytest.mark.usefixtures("_production_urls")
def test_mailbox_does_not_exist_outside_the_embedded_mode(client, now):
    send("秘密")

    assert client.get(URL).status_code == 404
    assert client.get("/accounts/login/").status_code == 200
