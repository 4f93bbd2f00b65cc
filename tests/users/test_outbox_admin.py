"""Outgoing mail in the back office."""

import io

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from lms.users import roles
from lms.users.models import OutgoingMail
from tests.factories.mail import SUBJECT, make_mail
from tests.factories.users import make_staff

INDEX = "/cms/mail/"
Status = OutgoingMail.Status


def client_of(role: roles.Role) -> Client:
    client = Client()
    client.force_login(make_staff(role))
    return client


@pytest.fixture
def as_support(synced_roles) -> Client:
    return client_of(roles.SUPPORT)


@pytest.fixture
def given_up(db) -> OutgoingMail:
    return make_mail(
        "bob@example.com", status=Status.GIVEN_UP, tries=8, next_try_at=None, last_error="ConnectionRefusedError: x"
    )


def inspect_url(mail: OutgoingMail) -> str:
    return reverse("outgoing_mail:inspect", args=[mail.pk])


def send_again_url(mail: OutgoingMail) -> str:
    return reverse("outgoing_mail:send_again", args=[mail.pk])


def test_list_says_what_became_of_each_mail(as_support, given_up):
    make_mail("alice@example.com")

    text = as_support.get(INDEX).text

    for words in ("alice@example.com", "bob@example.com", SUBJECT, "发送失败，不再重试", "ConnectionRefusedError: x"):
        assert words in text
    assert given_up.message_cipher not in text


def test_list_is_empty_in_words(as_support):
    assert as_support.get(INDEX).status_code == 200


def test_list_is_searched_and_filtered(as_support, given_up):
    make_mail("alice@example.com")

    for query in ({"q": "bob@"}, {"status": Status.GIVEN_UP}):
        text = as_support.get(INDEX, query).text
        assert "bob@example.com" in text
        assert "alice@example.com" not in text


def test_list_is_exported_without_text(as_support, given_up):
    response = as_support.get(INDEX, {"export": "xlsx"})

    rows = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(response))).get_sheet_by_index(0).to_python()
    assert rows[1][:5] == ["bob@example.com", SUBJECT, "发送失败，不再重试", 8.0, "ConnectionRefusedError: x"]
    assert len(rows[1]) == 8


@pytest.mark.parametrize("rows", [1, 3])
def test_list_asks_the_same_however_many_mails(as_support, rows, django_assert_num_queries):
    for _ in range(rows):
        make_mail()
    as_support.get(INDEX)

    with django_assert_num_queries(11):
        as_support.get(INDEX)


def test_inspect_shows_the_facts_and_not_the_text(as_support, given_up):
    text = as_support.get(inspect_url(given_up)).text

    for words in ("bob@example.com", SUBJECT, "发送失败，不再重试", "ConnectionRefusedError: x", "重新发送"):
        assert words in text
    assert "confirm-email" not in text
    assert given_up.message_cipher not in text


def test_send_again_queues_it_anew(as_support, given_up):
    response = as_support.post(send_again_url(given_up), follow=True)

    given_up.refresh_from_db()
    assert (given_up.status, given_up.tries) == (Status.WAITING, 0)
    assert "发给 bob@example.com 的邮件已重新排队，一分钟内发送。" in response.text


def test_send_again_says_why_not(as_support, given_up):
    as_support.post(send_again_url(given_up))

    assert "不必重新发送" in as_support.post(send_again_url(given_up), follow=True).text


def test_send_again_takes_only_post_and_rows_that_exist(as_support, given_up):
    assert as_support.get(send_again_url(given_up)).status_code == 405
    assert as_support.post(f"{INDEX}{given_up.pk + 1}/send-again/").status_code == 404
    assert as_support.post(f"{INDEX}{'7' * 20}/send-again/").status_code == 404


def test_others_have_no_mail(synced_roles, given_up):
    as_finance = client_of(roles.FINANCE)

    assert [as_finance.get(url).url for url in (INDEX, inspect_url(given_up))] == ["/cms/", "/cms/"]
    assert as_finance.post(send_again_url(given_up)).status_code in {302, 403}
    given_up.refresh_from_db()
    assert given_up.status == Status.GIVEN_UP


@pytest.mark.parametrize("page", ["new/", "edit/1/", "delete/1/"])
def test_nobody_writes_mail_by_hand(as_support, page):
    assert as_support.get(f"{INDEX}{page}").status_code == 404
