"""The weekly reminder: docs/rules/learning.md, L22-L25."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes

import pytest
from django.test import Client
from django.urls import reverse

from courses import enrolment, learning, reminders
from courses.models import Enrolment, StudyReminder
from lms.users import vault
from lms.users.models import Consent, OutgoingMail
from tests.factories.courses import EnrolmentFactory, finish_course, lessons_of, make_course

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)  # 12:00 in Shanghai


@pytest.fixture
def course(alice):
    course = make_course(lessons=2)
    EnrolmentFactory(learner=alice, course=course, enrolled_at=NOON)
    reminders.switch_on(learner=alice, ip=None, now=NOON)
    return course


def sweep(*days: float) -> list[int]:
    return [reminders.send_due(now=NOON + day * DAY) for day in days]


def test_a_week_without_study_brings_one_mail_a_week(course, alice):
    assert sweep(0, 6, 6.99, 7, 7.01, 8, 13, 14) == [0, 0, 0, 1, 0, 0, 0, 1]
    assert (
        list(OutgoingMail.objects.values_list("to", "subject"))
        == [(alice.email, "【售后服务管理师】一周没有学习了，要接着学吗")] * 2
    )


def test_whoever_studies_is_left_alone_for_a_week(course, alice):
    learning.open_lesson(learner=alice, lesson=lessons_of(course)[0], now=NOON + 5 * DAY)

    assert sweep(7, 11, 12) == [0, 0, 1]


def test_four_mails_without_an_answer_are_enough_until_somebody_comes_back(course, alice):
    assert sweep(*range(7, 57, 7)) == [1, 1, 1, 1, 0, 0, 0, 0]

    learning.open_lesson(learner=alice, lesson=lessons_of(course)[0], now=NOON + 60 * DAY)

    assert sweep(63, 66, 67, 70, 73, 74) == [0, 0, 1, 0, 0, 1]


def test_nights_are_quiet(course):
    at = datetime(2026, 11, 9, tzinfo=UTC)  # a week later, 8:00 in Shanghai
    hours = [reminders.send_due(now=at + timedelta(hours=hour)) for hour in (14, 15, 23, 24, 25)]

    assert hours == [0, 0, 0, 0, 1]


def test_nothing_after_finishing(course, alice):
    finish_course(alice, course, now=NOON + DAY)

    assert sweep(9, 16, 23) == [0, 0, 0]


def test_nothing_after_withdrawal(course):
    enrolment.withdraw(enrolment=Enrolment.objects.get(), reason="退款", now=NOON + DAY)

    assert sweep(7, 14) == [0, 0]


def test_nothing_for_a_closed_account(course, alice):
    alice.is_active = False
    alice.save()

    assert sweep(7, 14) == [0, 0]


def test_nothing_without_consent(course, alice):
    reminders.switch_off(learner=alice, now=NOON + DAY)

    assert sweep(7) == [0]
    assert not StudyReminder.objects.exists()


def test_off_and_on_again_does_not_bring_a_second_mail_in_a_week(course, alice):
    assert sweep(7) == [1]
    reminders.switch_off(learner=alice, now=NOON + 8 * DAY)
    assert sweep(14) == [0]
    reminders.switch_on(learner=alice, ip=None, now=NOON + 8 * DAY)

    assert sweep(9, 13) == [0, 0]


def test_several_courses_are_one_mail(course, alice):
    other = make_course(title="另一门")
    EnrolmentFactory(learner=alice, course=other, enrolled_at=NOON)

    assert sweep(7) == [1]
    text = mail_text()
    assert other.title in text
    assert course.title in text


def mail_text() -> str:
    raw = vault.decrypt(OutgoingMail.objects.get().message_cipher).encode("latin-1")
    return message_from_bytes(raw).get_payload(decode=True).decode()


def test_the_mail_can_be_unsubscribed_from_by_a_mail_program(course, alice):
    sweep(7)
    message = message_from_bytes(vault.decrypt(OutgoingMail.objects.get().message_cipher).encode("latin-1"))
    address = str(message["List-Unsubscribe"]).strip("<>").replace("\n", "").replace(" ", "")

    assert str(message["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    path = address[address.index("/learn/") :]
    answer = Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert reminders.is_on(alice) is False


def test_opening_the_link_changes_nothing(course, alice, client):
    address = reverse("courses:reminder_stop", args=[reminders.token_of(alice)])

    assert "按一下就退订" in client.get(address).content.decode()
    assert reminders.is_on(alice) is True
    assert "已退订" in client.post(address).content.decode()
    assert "已退订" in client.post(address).content.decode()


@pytest.mark.parametrize("token", ["x", "MQ:abc:def"])
def test_a_wrong_link_is_refused_in_words(client, token):
    answer = client.post(reverse("courses:reminder_stop", args=[token]))

    assert answer.status_code == 404
    assert "退订链接不完整" in answer.content.decode()


def test_reminder_setting_is_switched_by_its_learner(as_alice, alice):
    answer = as_alice.post("/learn/reminders/", {"on": "1", "next": "/learn/"})
    assert (answer["Location"], reminders.is_on(alice)) == ("/learn/", True)
    assert "关闭提醒" in as_alice.get("/accounts/profile/").content.decode()

    answer = as_alice.post("/learn/reminders/", {"next": "https://elsewhere.example/"})
    assert (answer["Location"], reminders.is_on(alice)) == ("/accounts/profile/", False)
    assert [(row.purpose, bool(row.withdrawn_at)) for row in Consent.objects.all()] == [("REMINDERS", True)]
