from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from courses import enrolment, learning
from exams.models import Attempt
from tests.factories.courses import EnrolmentFactory, finish_course, lessons_of, make_course, study
from tests.factories.exams import AttemptFactory, ExamFactory, make_identity
from tests.factories.payments import OrderFactory

LEARN = "/learn/"


@pytest.fixture
def course(alice):
    made = make_course(modules=2, lessons=2)
    EnrolmentFactory(learner=alice, course=made)
    return made


def test_learn_sends_visitors_to_sign_in(client):
    assert client.get(LEARN).status_code == 302


def test_learn_without_enrolment_leads_to_the_catalogue(as_charlie, course):
    response = as_charlie.get(LEARN)

    assert "还没有可以学习的课程" in response.text
    assert 'href="/courses/"' in response.text
    assert course.title not in response.text


def test_learn_at_the_start_offers_the_first_lesson(as_alice, course):
    text = as_alice.get(LEARN).text

    assert "从这里开始" in text
    assert lessons_of(course)[0].url in text


def test_learn_half_way_resumes_the_lesson_opened_last(as_alice, alice, course):
    lessons = lessons_of(course)
    study(alice, lessons[0], now=timezone.now())
    learning.open_lesson(learner=alice, lesson=lessons[2], now=timezone.now() + timedelta(seconds=1))

    response = as_alice.get(LEARN)

    assert response.context["progress"].next_step.title == lessons[2].title
    assert "上次学到" in response.text
    assert "1 / 4" in response.text


def test_learn_links_lessons_where_they_are(as_alice, course):
    text = as_alice.get(LEARN).text

    assert all(f'href="{lesson.url}"' in text for lesson in lessons_of(course))


def test_learn_says_what_an_exam_still_asks_for(as_alice, course):
    exam = ExamFactory(course=course)

    text = as_alice.get(LEARN).text

    assert "还不能考" in text
    assert "已完成 0 / 4 课" in text
    assert reverse("users:identity") in text
    assert reverse("exams:exam_detail", args=[exam.pk]) in text


def test_learn_finished_offers_the_exam(as_alice, alice, course):
    ExamFactory(course=course)
    make_identity(alice)
    finish_course(alice, course, now=timezone.now())

    text = as_alice.get(LEARN).text

    assert "课程已全部学完" in text
    assert "去考试" in text


def test_learn_with_an_open_attempt_says_go_on(as_alice, alice, course):
    AttemptFactory(
        exam=ExamFactory(course=course),
        candidate=alice,
        status=Attempt.Status.OPEN,
        closed_at=None,
        closed_by="",
        receipt_number="",
        points_centi=None,
        has_passed=None,
    )

    assert "继续作答" in as_alice.get(LEARN).text


def test_learn_passed_without_certificate_says_it_is_coming(as_alice, alice, course):
    AttemptFactory(exam=ExamFactory(course=course), candidate=alice)

    assert "证书正在签发" in as_alice.get(LEARN).text


def test_learn_closed_exams_are_not_shown(as_alice, course):
    ExamFactory(course=course, is_open=False)

    assert as_alice.get(LEARN).context["exams"] == []


def test_learn_shows_orders_that_wait_for_payment(as_alice, alice, charlie, course):
    waiting = OrderFactory(buyer=alice)
    OrderFactory(buyer=alice, expires_at=timezone.now() - timedelta(seconds=1))
    OrderFactory(buyer=charlie)

    response = as_alice.get(LEARN)

    assert list(response.context["orders"]) == [waiting]
    assert reverse("payments:order_detail", args=[waiting.number]) in response.text
    assert "¥880.00" in response.text


def test_learn_after_withdrawal_shows_nothing_of_the_course(as_alice, alice, course, now):
    enrolment.withdraw(enrolment=alice.enrolments.get(), reason="退款", now=now)

    assert "还没有可以学习的课程" in as_alice.get(LEARN).text


def test_learn_with_two_courses_shows_the_one_studied_last_or_asked_for(as_alice, alice, course):
    other = make_course()
    EnrolmentFactory(learner=alice, course=other)
    learning.open_lesson(learner=alice, lesson=lessons_of(other)[0], now=timezone.now())

    def shown(query: str) -> object:
        return as_alice.get(LEARN + query).context["course"]

    assert shown("") == other
    assert shown(f"?course={course.pk}") == course
    assert [shown(query) for query in ("?course=99999", "?course=x", "?course=")] == [other] * 3


def test_learn_never_shows_a_course_of_somebody_else(as_charlie, charlie, course):
    own = make_course()
    EnrolmentFactory(learner=charlie, course=own)

    assert as_charlie.get(f"{LEARN}?course={course.pk}").context["course"] == own


def test_learn_with_an_empty_course_says_so(as_alice, alice):
    EnrolmentFactory(learner=alice, course=make_course(modules=0))

    assert "课程内容准备中" in as_alice.get(LEARN).text


@pytest.mark.parametrize("count", [1, 3])
def test_learn_takes_a_fixed_number_of_queries(as_alice, alice, count, django_assert_num_queries):
    course = make_course(modules=count, lessons=count)
    EnrolmentFactory(learner=alice, course=course)
    ExamFactory(course=course)
    for _ in range(count - 1):
        EnrolmentFactory(learner=alice)
    for _ in range(count):
        OrderFactory(buyer=alice)
    as_alice.get(LEARN)  # warms Wagtail's site cache

    with django_assert_num_queries(21):
        as_alice.get(LEARN)
