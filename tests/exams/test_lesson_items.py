"""A question of the practice pool inside a lesson. Source: docs/rules/practice.md, rule P11."""

import pytest
from django.urls import reverse

from courses.models import LessonPage
from exams.models import Item
from tests.factories.courses import EnrolmentFactory, lessons_of, make_course
from tests.factories.exams import make_item


@pytest.fixture
def placed(alice) -> tuple[LessonPage, Item]:
    """A lesson of Alice's course that places one question."""
    lesson, item = lessons_of(make_course())[0], make_item(pool=Item.Pool.PRACTICE)
    lesson.body = LessonPage.body.field.stream_block.to_python([{"type": "item", "value": {"code": item.code}}])
    lesson.save_revision().publish()
    EnrolmentFactory(learner=alice, course=lesson.get_parent().get_parent().specific)
    return LessonPage.objects.get(pk=lesson.pk), item


def url(lesson: LessonPage, code: str) -> str:
    return reverse("exams:lesson_item", args=[lesson.pk, code])


def test_lesson_item_keeps_its_key_until_it_is_answered(placed, as_alice):
    lesson, item = placed
    asked = as_alice.get(url(lesson, item.code)).content.decode()
    answered = as_alice.post(url(lesson, item.code), {"answer": item.current.key}, headers={"HX-Request": "true"})

    assert item.current.stem in asked
    assert item.current.explanation not in asked
    assert "答对了" in answered.content.decode()
    assert item.current.explanation in answered.content.decode()
    assert "<html" not in answered.content.decode()
    assert url(lesson, item.code) in as_alice.get(lesson.url).content.decode()


def test_lesson_item_without_an_answer_is_asked_again(placed, as_alice):
    lesson, item = placed

    response = as_alice.post(url(lesson, item.code))

    assert response.status_code == 422
    assert "还没有作答" in response.content.decode()
    assert item.current.explanation not in response.content.decode()


def test_lesson_item_is_for_those_who_may_read_the_lesson(placed, as_alice, as_charlie, client):
    lesson, item = placed
    other = make_item(pool=Item.Pool.PRACTICE)

    assert [who.get(url(lesson, item.code)).status_code for who in (as_alice, as_charlie, client)] == [200, 404, 404]
    assert as_alice.get(url(lesson, other.code)).status_code == 404
    assert as_alice.get(url(lesson, "x\x00y")).status_code == 404


def test_lesson_item_of_a_free_lesson_is_for_all(placed, client):
    lesson, item = placed
    LessonPage.objects.filter(pk=lesson.pk).update(is_preview=True)

    assert "答错了" in client.post(url(lesson, item.code), {"answer": "CD"}).content.decode()


def test_lesson_item_that_is_withdrawn_says_so(placed, as_alice):
    lesson, item = placed
    Item.objects.filter(pk=item.pk).update(status=Item.Status.RETIRED)

    assert "正在修订" in as_alice.get(url(lesson, item.code)).content.decode()
