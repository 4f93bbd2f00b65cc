"""Questions and answers: docs/rules/learning.md, L10-L17."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from courses import learning, questions
from courses.models import LessonQuestion
from courses.questions import answering, asking
from courses.questions.personal import found_in
from lms.users import roles, vault
from lms.users.models import OutgoingMail
from tests.factories.courses import EnrolmentFactory, lessons_of, make_course
from tests.factories.users import UserFactory, make_staff

State = LessonQuestion.State


# --- Personal data -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("ρ = 0.8 时 Lq 是多少？GB/T 27922-2011，2026-11-22，¥880.00", []),
        ("请打 13800138000", ["手机号"]),
        ("请打 138-0013-8000", ["手机号"]),
        ("请打１３８００１３８０００", ["手机号"]),
        ("订单 213800138000123", []),
        ("我的号码 000000199001010018", ["证件号"]),
        ("我的号码 000000199001010019", []),
        ("卡号 4111 1111 1111 1111", ["银行卡号"]),
        ("写到 a.b@example.com", ["邮箱"]),
        ("13800138000 或 a@b.cn", ["手机号", "邮箱"]),
    ],
)
def test_personal_data_is_named_by_kind(text, kinds):
    assert found_in(text) == kinds


# --- Asking --------------------------------------------------------------------------------------------------
@pytest.fixture
def lesson(alice, charlie):
    course = make_course(lessons=2)
    EnrolmentFactory(learner=alice, course=course)
    EnrolmentFactory(learner=charlie, course=course)
    return lessons_of(course)[0]


@pytest.fixture
def teacher(db):
    return UserFactory(name="老师")


def ask(learner, lesson, now, text="为什么是 10%？"):
    return questions.ask(learner=learner, lesson=lesson, text=text, now=now)


def answer(question, teacher, now, **changes):
    usual = {"answer": "标准这样写。", "is_public": False, "now": now}
    return questions.answer(question=question, by=teacher, **(usual | changes))


def test_a_question_waits(alice, lesson, now):
    question = ask(alice, lesson, now, text="  为什么？ ")

    assert (question.text, question.state, question.asked_at) == ("为什么？", State.WAITING, now)


def test_the_same_question_twice_is_one(alice, lesson, now):
    assert ask(alice, lesson, now) == ask(alice, lesson, now)


def test_only_the_enrolled_ask(lesson, now):
    with pytest.raises(learning.NotEnrolled):
        ask(UserFactory(), lesson, now)


def test_personal_data_is_refused(alice, lesson, now):
    with pytest.raises(questions.PersonalData, match="手机号"):
        ask(alice, lesson, now, text="打我电话 13800138000")
    assert not LessonQuestion.objects.exists()


def test_ten_questions_an_hour(alice, lesson, now):
    for number in range(asking.MOST_IN_AN_HOUR):
        ask(alice, lesson, now, text=f"问 {number}")

    with pytest.raises(questions.AskedTooOften):
        ask(alice, lesson, now + timedelta(minutes=59), text="再问")
    assert ask(alice, lesson, now + timedelta(minutes=61), text="再问").pk


def test_so_many_wait_at_once(alice, lesson, now, monkeypatch):
    monkeypatch.setattr(asking, "MOST_WAITING", 1)
    ask(alice, lesson, now)

    with pytest.raises(questions.TooManyWaiting):
        ask(alice, lesson, now + timedelta(days=1), text="再问")


def test_an_unanswered_question_can_be_taken_back(alice, lesson, now, teacher):
    questions.withdraw(question=ask(alice, lesson, now))
    assert not LessonQuestion.objects.exists()

    answered = ask(alice, lesson, now)
    answer(answered, teacher, now)
    with pytest.raises(questions.AlreadyAnswered):
        questions.withdraw(question=answered)


# --- Answering -----------------------------------------------------------------------------------------------
def test_an_answer_is_told_to_the_asker(alice, lesson, now, teacher):
    question = answer(ask(alice, lesson, now), teacher, now)

    assert (question.state, question.answer, question.answered_by, question.is_unseen) == (
        State.ANSWERED,
        "标准这样写。",
        teacher,
        True,
    )
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.subject) == (alice.email, "【售后服务管理师】你在《第1-1课》的提问有了答复")
    assert f"/learn/questions/{question.pk}/" in vault.decrypt(mail.message_cipher)


def test_publishing_later_sends_no_second_mail_but_a_correction_does(alice, lesson, now, teacher):
    question = answer(ask(alice, lesson, now), teacher, now)
    answer(question, teacher, now, is_public=True)
    assert OutgoingMail.objects.count() == 1

    answer(question, teacher, now, is_public=True, answer="更正。")
    assert OutgoingMail.objects.count() == 2


def test_a_published_question_may_be_reworded(alice, lesson, now, teacher):
    question = answer(ask(alice, lesson, now), teacher, now, is_public=True, public_text="为什么要 10%？")

    assert (question.public_text, question.text) == ("为什么要 10%？", "为什么是 10%？")
    assert answer(question, teacher, now, is_public=True).public_text == "为什么是 10%？"


def test_a_declined_question_says_why_and_only_once(alice, lesson, now, teacher):
    question = questions.decline(question=ask(alice, lesson, now), by=teacher, reason="与课程无关。", now=now)

    assert (question.state, question.answer) == (State.DECLINED, "与课程无关。")
    assert OutgoingMail.objects.count() == 1
    with pytest.raises(questions.AlreadyClosed):
        questions.decline(question=question, by=teacher, reason="再次", now=now)


def test_pins_are_for_published_ones_and_few(alice, lesson, now, teacher, monkeypatch):
    monkeypatch.setattr(answering, "MOST_PINNED", 1)
    private = answer(ask(alice, lesson, now), teacher, now)
    with pytest.raises(questions.NotPublished):
        questions.pin(question=private)

    first = answer(ask(alice, lesson, now, text="一"), teacher, now, is_public=True)
    second = answer(ask(alice, lesson, now, text="二"), teacher, now, is_public=True)
    assert questions.pin(question=first).is_pinned
    assert questions.pin(question=first).is_pinned
    with pytest.raises(questions.TooManyPinned):
        questions.pin(question=second)
    questions.unpin(question=first)
    assert questions.pin(question=second).is_pinned


def test_hiding_takes_the_pin_too(alice, lesson, now, teacher):
    question = answer(ask(alice, lesson, now), teacher, now, is_public=True)
    questions.pin(question=question)

    hidden = questions.hide(question=question)

    assert (hidden.state, hidden.is_pinned, hidden.public_text) == (State.ANSWERED, False, "")


# --- Pages ---------------------------------------------------------------------------------------------------
def list_of(lesson) -> str:
    return reverse("courses:question_list", args=[lesson.pk])


def test_others_read_what_is_published_without_a_name(alice, as_charlie, lesson, now, teacher):
    answer(ask(alice, lesson, now, text="我们公司的问题"), teacher, now, is_public=True, public_text="一般的问题")
    answer(ask(alice, lesson, now, text="悄悄问"), teacher, now, answer="悄悄答")
    ask(alice, lesson, now, text="还在等")

    text = as_charlie.get(list_of(lesson)).content.decode()

    assert "一般的问题" in text
    assert [word for word in ("我们公司", "悄悄", "还在等", alice.name, alice.email) if word in text] == []
    assert "一般的问题" in as_charlie.get(lesson.url).content.decode()


def test_question_list_asks_and_refuses_in_words(as_alice, lesson):
    assert as_alice.post(list_of(lesson), {"text": "为什么？"}).status_code == 302
    assert "手机号" in as_alice.post(list_of(lesson), {"text": "13800138000"}).content.decode()
    assert "请写下问题" in as_alice.post(list_of(lesson), {"text": " "}).content.decode()
    assert [question.text for question in LessonQuestion.objects.all()] == ["为什么？"]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("page", ["list", "mine"])
def test_lists_take_a_steady_number_of_queries(
    as_alice, alice, lesson, now, teacher, count, page, django_assert_max_num_queries
):
    for number in range(count):
        answer(ask(alice, lesson, now, text=str(number)), teacher, now, is_public=True)
    address = list_of(lesson) if page == "list" else "/learn/questions/"
    as_alice.get(address)

    with django_assert_max_num_queries(10):
        as_alice.get(address)


def test_question_detail_is_the_askers_and_marks_it_seen(as_alice, as_charlie, alice, lesson, now, teacher):
    question = answer(ask(alice, lesson, now), teacher, now, is_public=True)
    address = reverse("courses:question_detail", args=[question.pk])
    assert "你的提问有了答复" in as_alice.get("/learn/").content.decode()

    assert as_charlie.get(address).status_code == 404
    assert "标准这样写。" in as_alice.get(address).content.decode()

    assert "你的提问有了答复" not in as_alice.get("/learn/").content.decode()


def test_question_withdraw_is_the_askers(as_alice, as_charlie, alice, lesson, now):
    question = ask(alice, lesson, now)
    address = reverse("courses:question_withdraw", args=[question.pk])

    assert as_charlie.post(address).status_code == 404
    assert as_alice.post(address)["Location"] == "/learn/questions/"
    assert not LessonQuestion.objects.exists()


def test_question_mine_is_empty_at_first(as_alice):
    assert "还没有提过问题" in as_alice.get("/learn/questions/").content.decode()


# --- Back office -----------------------------------------------------------------------------------------------
@pytest.fixture
def editor(db):
    call_command("sync_roles", verbosity=0)
    client = Client()
    client.force_login(make_staff(roles.EDITOR))
    return client


def act(name: str, question) -> str:
    return reverse("questions_act", args=[name, question.pk])


def test_the_editor_answers_publishes_and_pins(editor, alice, lesson, now):
    question = ask(alice, lesson, now)

    assert "为什么是 10%？" in editor.get(reverse("lesson_question:index")).content.decode()
    assert "回答" in editor.get(act("answer", question)).content.decode()
    editor.post(act("answer", question), {"answer": "因为。", "is_public": "on", "public_text": ""})
    editor.post(act("pin", question))

    question.refresh_from_db()
    assert (question.state, question.answer, question.is_pinned) == (State.PUBLISHED, "因为。", True)
    assert "撤下公开" in editor.get(reverse("lesson_question:inspect", args=[question.pk])).content.decode()


def test_a_refusal_is_shown(editor, alice, lesson, now):
    question = ask(alice, lesson, now)

    page = editor.post(act("pin", question), follow=True)

    assert questions.NotPublished.message in page.content.decode()


def test_support_may_not_answer(alice, lesson, now, editor):
    client = Client()
    client.force_login(make_staff(roles.SUPPORT))

    assert client.get(act("answer", ask(alice, lesson, now))).status_code in {302, 403}
    assert editor.get(reverse("questions_act", args=["sing", ask(alice, lesson, now).pk])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_back_offices_list_takes_a_steady_number_of_queries(
    editor, alice, lesson, now, count, django_assert_max_num_queries
):
    for number in range(count):
        ask(alice, lesson, now, text=str(number))
    editor.get(reverse("lesson_question:index"))

    with django_assert_max_num_queries(30):
        editor.get(reverse("lesson_question:index"))
