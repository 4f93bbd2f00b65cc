"""Videos: watched seconds by the server's clock, the completion they are asked for, hostile reports."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from courses import learning
from courses.learning import videos
from courses.models import CourseDocument, LessonPage, VideoWatch
from courses.models.media import PAID_COLLECTION, collection_named
from tests.courses.test_study_timing import film
from tests.factories.courses import EnrolmentFactory, lessons_of, make_course

PAGE = "a" * 32


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


@pytest.fixture
def course(alice):
    made = make_course()
    EnrolmentFactory(learner=alice, course=made)
    return made


@pytest.fixture
def document(course) -> CourseDocument:
    """A film of a hundred seconds."""
    return CourseDocument.objects.create(
        title="片",
        file=ContentFile(film(units=100_000), name="film.mp4"),
        collection=collection_named(PAID_COLLECTION),
    )


@pytest.fixture
def lesson(course, document) -> LessonPage:
    found = lessons_of(course)[0]
    found.min_seconds = 10
    found.body = LessonPage.body.field.stream_block.to_python(
        [{"type": "video", "value": {"title": "接待演示", "file": document.pk, "poster": None, "captions": None}}]
    )
    found.save()
    return LessonPage.objects.get(pk=found.pk)


@pytest.fixture
def watch(alice, lesson, document, now):
    """Report what was played, so many seconds after `now`, with a heartbeat before it."""

    def act(at, played, page=PAGE) -> videos.Standing:
        moment = now + timedelta(seconds=at)
        learning.record_presence(learner=alice, lesson=lesson, page=PAGE, now=moment)
        return videos.report(
            learner=alice, lesson=lesson, document_pk=document.pk, page=page, position=at, played=played, now=moment
        )

    learning.open_lesson(learner=alice, lesson=lesson, page=PAGE, now=now)
    return act


def test_report_counts_what_was_played_once(watch):
    watch(0, [])
    watch(10, [(0, 10)])
    watch(20, [(0, 10)])
    found = watch(30, [(5, 20)])

    assert (found.percent, found.watched, found.reached, found.position) == (20, 20, 20, 30)


def test_report_gives_no_more_than_twice_the_time(watch):
    watch(0, [(0, 100)])
    found = watch(10, [(0, 100)])

    assert found.watched == 22


def test_report_of_another_page_or_an_unseen_one_counts_nothing(alice, lesson, watch, now):
    watch(0, [])
    assert watch(10, [(0, 10)], page="b" * 32).watched == 0

    learning.record_presence(learner=alice, lesson=lesson, page=PAGE, is_visible=False, now=now + timedelta(seconds=15))
    document_pk = VideoWatch.objects.get().document_id
    found = videos.report(
        learner=alice,
        lesson=lesson,
        document_pk=document_pk,
        page=PAGE,
        position=0,
        played=[(0, 10)],
        now=now + timedelta(seconds=20),
    )
    assert found.watched == 0


def test_complete_lesson_waits_for_the_video(alice, lesson, watch, now):
    watch(0, [])
    watch(30, [(0, 60)])
    with pytest.raises(learning.VideosLeft, match="《接待演示》看了 60%，要看到 80%"):
        learning.complete_lesson(learner=alice, lesson=lesson, now=now + timedelta(seconds=31))

    watch(45, [(60, 81)])
    assert learning.complete_lesson(learner=alice, lesson=lesson, now=now + timedelta(seconds=46)).completed_at


def test_no_skipping_holds_until_enough_is_watched(lesson, watch):
    course = lesson.get_parent().get_parent().specific
    course.no_skipping = True
    course.save()

    assert not watch(0, []).may_skip
    watch(30, [(0, 60)])
    assert watch(45, [(60, 85)]).may_skip


def test_a_video_whose_length_nobody_knows_is_not_asked_for(alice, lesson, document, watch, now):
    document.file.save("film.webm", ContentFile(b"not an mp4"))

    assert videos.left(learner=alice, lesson=LessonPage.objects.get(pk=lesson.pk)) == []


# --- The address -----------------------------------------------------------------------------------------
@pytest.fixture
def url(lesson, document) -> str:
    return reverse("courses:lesson_video", args=[lesson.pk, document.pk])


def test_lesson_video_tells_and_takes(as_alice, alice, lesson, url):
    then = timezone.now() - timedelta(seconds=20)
    learning.open_lesson(learner=alice, lesson=lesson, page=PAGE, now=then)
    as_alice.post(url, {"page": PAGE, "played": "[]"})
    VideoWatch.objects.update(reported_at=then)

    as_alice.post(url, {"page": PAGE, "played": "[[0, 12.5]]", "position": "12.5"})

    assert as_alice.get(url).json() == {
        "percent": 12,
        "required": 80,
        "position": 12.5,
        "reached": 12.5,
        "may_skip": True,
    }


@pytest.mark.parametrize(
    "played", ["", "{", "[1]", '["ab"]', "[[1,2,3]]", "[[NaN, 5]]", "[[0, 1e999]]", "[" * 4000, '{"0": 1}', "7"]
)
def test_lesson_video_takes_nonsense_for_nothing(as_alice, alice, lesson, url, played):
    learning.open_lesson(learner=alice, lesson=lesson, page=PAGE, now=timezone.now())
    response = as_alice.post(url, {"page": PAGE, "played": played, "position": "NaN"})

    assert (response.status_code, response.json()["percent"]) == (200, 0)


def test_lesson_video_of_strangers_and_of_no_such_video(as_alice, as_charlie, lesson, url):
    assert as_charlie.post(url, {"played": "[]"}).status_code == 403
    assert as_alice.post(reverse("courses:lesson_video", args=[lesson.pk, 999_999])).status_code == 404
    assert as_alice.get(reverse("courses:lesson_video", args=[999_999, 1])).status_code == 404
