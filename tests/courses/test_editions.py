"""Editions: what is sold, how the next begins, how somebody goes on. Rules Z1-Z8 of docs/rules/editions.md."""

import pytest
from django.db import DatabaseError, transaction

from courses import editions, learning, seat_usage, seats
from courses.models import CoursePage, EditionMove, LessonPage, LessonProgress, Seat
from courses.seats import Person
from tests.factories.courses import EnrolmentFactory, make_course
from tests.factories.seats import mailed_token, make_batch
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return make_course(modules=2, lessons=2, title="售后", slug="care")


def publish(course: CoursePage) -> CoursePage:
    for page in course.get_descendants(inclusive=True):
        page.specific.get_latest_revision().publish()
    return CoursePage.objects.get(pk=course.pk)


@pytest.fixture
def second(course):
    return publish(editions.begin(course=course, slug="care-2", by=UserFactory()))


def test_begin_copies_everything_as_drafts_and_leaves_the_first_on_sale(course):
    CoursePage.objects.filter(pk=course.pk).update(content_hash="abc", loaded_revision=1)
    new = editions.begin(course=course, slug="care-2", by=UserFactory())

    assert (new.edition, new.series, new.edition_name) == (2, course.series, "第 2 版")
    assert list(new.get_descendants(inclusive=True).values_list("slug", "live")) == [
        ("care-2", False),
        ("m1", False),
        ("lesson-1-1", False),
        ("lesson-1-2", False),
        ("m2", False),
        ("lesson-2-1", False),
        ("lesson-2-2", False),
    ]
    assert (new.content_hash, new.loaded_revision) == ("", None)
    assert list(CoursePage.objects.on_sale()) == [course]
    assert editions.current(course) == course
    assert editions.newer_than(course) is None


def test_begin_refuses_a_second_draft_and_a_taken_address(course):
    by = UserFactory()
    with pytest.raises(editions.SlugTaken):
        editions.begin(course=course, slug=make_course().slug, by=by)
    editions.begin(course=course, slug="care-2", by=by)
    with pytest.raises(editions.NewEditionWaits):
        editions.begin(course=course, slug="care-3", by=by)


def test_an_ordinary_copy_is_a_course_of_its_own(course):
    copy = course.copy(update_attrs={"slug": "other"})

    assert copy.edition == 1
    assert copy.series != course.series


def test_a_published_edition_is_the_one_on_sale(course, second):
    assert list(CoursePage.objects.on_sale()) == [second]
    assert editions.current(course) == second
    assert editions.newer_than(second) is None


def test_people_stay_in_their_edition_until_they_move(course, second, alice, now):
    enrolment = EnrolmentFactory(learner=alice, course=course)
    done, carried_over, _, open_row = LessonPage.objects.descendant_of(course).order_by("path")
    for lesson, completed_at in ((done, now), (carried_over, now), (open_row, None)):
        LessonProgress.objects.create(
            learner=alice,
            lesson=lesson,
            first_opened_at=now,
            opened_at=now,
            last_seen_at=now,
            seconds=60,
            needed_seconds=30,
            completed_at=completed_at,
        )
    LessonPage.objects.get(slug=done.slug, path__startswith=second.path).delete()
    LessonPage.objects.filter(slug="lesson-2-1", path__startswith=second.path).update(slug="new", title="新课")

    assert learning.course_progress(learner=alice, course=course).lessons_done == 2
    change = editions.change_for(enrolment=enrolment)
    assert (change.target, change.kept, change.total) == (second, 1, 3)
    assert (change.added, change.dropped) == (("新课",), ("第1-1课", "第2-1课"))

    moved = editions.move(enrolment=enrolment, now=now)

    enrolment.refresh_from_db()
    assert (moved.from_course, moved.to_course, moved.moved_at, enrolment.course) == (course, second, now, second)
    rows = LessonProgress.objects.of(alice).inside(second)
    assert [(row.lesson.slug, row.seconds, row.completed_at) for row in rows] == [("lesson-1-2", 0, now)]
    assert rows.get().carried_from.lesson == carried_over
    assert learning.course_progress(learner=alice, course=second).lessons_done == 1
    assert editions.change_for(enrolment=enrolment) is None
    with pytest.raises(editions.NoNewerEdition):
        editions.move(enrolment=enrolment, now=now)


def test_move_refuses_a_withdrawn_enrolment(course, second, alice, now):
    enrolment = EnrolmentFactory(learner=alice, course=course, withdrawn_at=now, withdrawn_reason="退款")

    with pytest.raises(editions.EnrolmentOver):
        editions.move(enrolment=enrolment, now=now)
    assert not EditionMove.objects.exists()


def test_moves_are_history(course, second, alice, now):
    editions.move(enrolment=EnrolmentFactory(learner=alice, course=course), now=now)

    with pytest.raises(DatabaseError), transaction.atomic():
        EditionMove.objects.update(moved_at=now)


def test_a_seat_opens_the_edition_on_sale_and_counts_there(course, alice, now):
    batch = make_batch(holder=UserFactory(), course=course, now=now)
    second = publish(editions.begin(course=course, slug="care-2", by=UserFactory()))
    seats.name_people(batch=batch, people=[Person(alice.email, "甲")], by=batch.holder, now=now)

    seat = seats.claim(token=mailed_token(alice.email), learner=alice, now=now)

    assert seat.enrolment.course == second
    LessonProgress.objects.create(
        learner=alice,
        lesson=LessonPage.objects.descendant_of(second).first(),
        first_opened_at=now,
        opened_at=now,
        last_seen_at=now,
        needed_seconds=0,
        completed_at=now,
    )

    [row] = seat_usage.with_progress(Seat.objects.filter(pk=seat.pk))

    assert (row.lessons_done, row.lessons_total) == (1, 4)


def test_is_settled_once_somebody_studies(course, alice):
    lesson = LessonPage.objects.descendant_of(course).first()
    assert not editions.is_settled(lesson)
    EnrolmentFactory(learner=alice, course=course)
    assert editions.is_settled(lesson)
    assert editions.is_settled(course)
    CoursePage.objects.filter(pk=course.pk).update(allows_restructuring=True)
    assert not editions.is_settled(lesson)
    assert not editions.is_settled(course.get_parent())
