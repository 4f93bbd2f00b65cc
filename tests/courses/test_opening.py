"""Lessons that are not open yet, for everybody who might try them: docs/rules/learning.md, L18-L21."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from courses import learning, media_access
from courses.models import Enrolment, LessonOrder, LessonProgress, ModulePage
from tests.factories.courses import EnrolmentFactory, finish_course, lessons_of, make_course, study

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(alice):
    course = make_course(modules=2, lessons=2)
    EnrolmentFactory(learner=alice, course=course, enrolled_at=timezone.now() - timedelta(days=3))
    return course


def ordered(course, order: str):
    course.lesson_order = order
    course.save()


def test_order_by_lesson_closes_body_images_and_clock(course, alice, as_alice, now):
    ordered(course, LessonOrder.LESSONS)
    first, second, *_ = lessons_of(course)

    page = as_alice.get(second.url)

    assert "付费正文1-2" not in page.content.decode()
    assert first.title in page.content.decode()
    assert "X-Offline-Owner" not in page.headers
    assert media_access.may_read(user=alice, lesson=second) is False
    with pytest.raises(learning.NotOpenYet, match="要先学完前面的课"):
        learning.open_lesson(learner=alice, lesson=second, now=now)
    assert not LessonProgress.objects.exists()


def test_order_by_lesson_opens_one_after_the_other(course, alice, as_alice, now):
    ordered(course, LessonOrder.LESSONS)
    first, second, third, _ = lessons_of(course)
    study(alice, first, now=now)

    assert "付费正文1-2" in as_alice.get(second.url).content.decode()
    assert media_access.may_read(user=alice, lesson=third) is False


def test_a_closed_lesson_is_refused_to_the_script_in_words(course, as_alice):
    ordered(course, LessonOrder.MODULES)
    third = lessons_of(course)[2]

    answer = as_alice.post(f"/learn/lessons/{third.pk}/presence/", {"opened": "1"})

    assert (answer.status_code, answer.json()) == (
        403,
        {"error": "要先学完前面的模块，这一课才打开。请接着学前面没学完的课。"},
    )


def test_a_module_that_opens_later_says_when(course, alice, as_alice):
    ModulePage.objects.filter(slug="m2").update(opens_after_days=5)
    third = lessons_of(course)[2]
    opens_on = timezone.localdate() + timedelta(days=2)

    assert f"{opens_on:%Y-%m-%d} 开放" in as_alice.get(third.url).content.decode()
    assert media_access.may_read(user=alice, lesson=third) is False

    Enrolment.objects.update(enrolled_at=timezone.now() - timedelta(days=5))

    assert "付费正文2-1" in as_alice.get(third.url).content.decode()
    assert media_access.may_read(user=alice, lesson=third) is True


def test_a_prerequisite_must_be_finished_first(course, alice, as_alice, now):
    basics = make_course(title="基础课")
    EnrolmentFactory(learner=alice, course=basics)
    course.prerequisite = basics
    course.save()
    first = lessons_of(course)[0]

    assert "先修课：基础课" in as_alice.get(first.url).content.decode()

    finish_course(alice, basics, now=now)

    assert "付费正文1-1" in as_alice.get(first.url).content.decode()


def test_a_course_cannot_come_before_itself(course):
    basics = make_course(title="基础课", prerequisite=course)
    basics.clean()

    for before in (course, basics):
        course.prerequisite = before
        with pytest.raises(ValidationError, match="绕一圈"):
            course.clean()


def test_a_free_lesson_is_open_whatever_the_order(course, alice, as_alice):
    ordered(course, LessonOrder.LESSONS)
    last = lessons_of(course)[-1]
    last.is_preview = True
    last.save()

    assert "付费正文2-2" in as_alice.get(last.url).content.decode()
    assert media_access.may_read(user=alice, lesson=last) is True


def test_strangers_see_the_offer_not_the_order(course, as_charlie):
    ordered(course, LessonOrder.LESSONS)

    assert "报名后可以学习全文" in as_charlie.get(lessons_of(course)[1].url).content.decode()


def test_the_learning_centre_says_when_the_next_lesson_opens(course, alice, as_alice, now):
    ModulePage.objects.filter(slug="m2").update(opens_after_days=5)
    for hour, lesson in enumerate(lessons_of(course)[:2]):
        study(alice, lesson, now=now + timedelta(hours=hour))

    assert "开放，到时再来学" in as_alice.get("/learn/").content.decode()
