"""Intervals: what is written down, when, and that it can never be more than the server's clock."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, connection, transaction

from courses import learning
from courses.models import Enrolment, LessonProgress, StudyClock, StudyInterval
from tests.factories.courses import EnrolmentFactory, lessons_of, make_course
from tests.factories.users import UserFactory

PAGE, OTHER_PAGE = "a" * 32, "b" * 32


def seconds(n: float) -> timedelta:
    return timedelta(seconds=n)


@pytest.fixture
def course(db):
    return make_course(lessons=2)


@pytest.fixture
def lesson(course):
    found = lessons_of(course)[0]
    found.min_seconds = 60
    found.save()
    return found


@pytest.fixture(autouse=True)
def enrolled(request, course) -> Enrolment | None:
    if "alice" in request.fixturenames:
        return EnrolmentFactory(learner=request.getfixturevalue("alice"), course=course)
    return None


@pytest.fixture
def be(alice, now):
    """Do something in a lesson so many seconds after `now`."""

    def act(verb, lesson, at, page=PAGE, **said) -> LessonProgress:
        return verb(learner=alice, lesson=lesson, page=page, now=now + seconds(at), **said)

    return act


def written(now) -> list[tuple[str, int, int, int]]:
    """Return reason, start, end and counted seconds of what stands in the table, in seconds after `now`."""
    rows = StudyInterval.objects.order_by("started_at", "pk")
    return [
        (
            row.reason,
            int((row.started_at - now).total_seconds()),
            int((row.ended_at - now).total_seconds()),
            row.seconds,
        )
        for row in rows
    ]


def check_sums(learner) -> None:
    """The cached sum of each lesson is that of its intervals, the running one included."""
    for row in LessonProgress.objects.of(learner):
        total = sum(
            StudyInterval.objects.filter(learner=learner, lesson=row.lesson_id).values_list("seconds", flat=True)
        )
        runs = row.reason == "COUNTED"
        assert row.seconds == total + (int((row.last_seen_at - row.stretch_from).total_seconds()) if runs else 0)


def test_heartbeats_of_one_reason_become_one_interval(alice, lesson, be, now):
    be(learning.open_lesson, lesson, 0)
    for at in range(15, 301, 15):
        be(learning.record_presence, lesson, at)
    assert written(now) == []

    assert learning.close_stretches(now=now + seconds(1000)) == 1
    assert written(now) == [("COUNTED", 0, 300, 300)]
    assert learning.close_stretches(now=now + seconds(1000)) == 0
    check_sums(alice)


def test_reasons_follow_what_happened(alice, lesson, be, now):
    be(learning.open_lesson, lesson, 0)
    be(learning.record_presence, lesson, 15)
    be(learning.record_presence, lesson, 20, is_visible=False)
    be(learning.open_lesson, lesson, 50)  # came back to the same page
    be(learning.record_presence, lesson, 65, idle=400)
    be(learning.record_presence, lesson, 165)
    learning.close_stretches(now=now + seconds(2000))

    assert written(now) == [
        ("COUNTED", 0, 20, 20),
        ("HIDDEN", 20, 50, 0),
        ("IDLE", 50, 65, 0),
        ("COUNTED", 65, 95, 30),
        ("MISSING", 95, 165, 0),
    ]
    check_sums(alice)


def test_two_lessons_at_once_count_one_and_say_why(alice, course, lesson, be, now):
    second = lessons_of(course)[1]
    be(learning.open_lesson, lesson, 0)
    be(learning.record_presence, lesson, 15)
    be(learning.open_lesson, second, 15, page=OTHER_PAGE)
    for at in (30, 45):
        first_row = be(learning.record_presence, lesson, at)
        second_row = be(learning.record_presence, second, at, page=OTHER_PAGE)
    learning.close_stretches(now=now + seconds(2000))

    assert not learning.is_counting(first_row, page=PAGE)
    assert learning.is_counting(second_row, page=OTHER_PAGE)
    assert sorted(written(now)) == [("COUNTED", 0, 15, 15), ("COUNTED", 15, 45, 30), ("ELSEWHERE", 15, 45, 0)]
    check_sums(alice)


def test_an_older_page_of_the_same_lesson_adds_nothing(alice, lesson, be):
    be(learning.open_lesson, lesson, 0)
    be(learning.open_lesson, lesson, 5, page=OTHER_PAGE)

    old = be(learning.record_presence, lesson, 20)
    new = be(learning.record_presence, lesson, 20, page=OTHER_PAGE)

    assert (old.seconds, learning.is_counting(old, page=PAGE)) == (0, False)
    assert (new.seconds, learning.is_counting(new, page=OTHER_PAGE)) == (15, True)


def test_a_lesson_taken_over_by_a_late_request_starts_where_the_other_ended(alice, course, lesson, be, now):
    second = lessons_of(course)[1]
    be(learning.open_lesson, lesson, 0)
    be(learning.record_presence, lesson, 20)
    be(learning.open_lesson, second, 10, page=OTHER_PAGE)  # its request was on the way for longer

    assert be(learning.record_presence, second, 30, page=OTHER_PAGE).seconds == 10
    check_sums(alice)


def test_the_day_has_a_limit_over_all_lessons(alice, course, lesson, be, now, settings):
    settings.STUDY_DAY_LIMIT_MINUTES = 1
    second = lessons_of(course)[1]
    be(learning.open_lesson, lesson, 0)
    for at in (30, 50):
        be(learning.record_presence, lesson, at)
    be(learning.open_lesson, second, 50)
    row = be(learning.record_presence, second, 80)
    learning.close_stretches(now=now + seconds(2000))

    assert (row.seconds, row.reason) == (10, "DAY_LIMIT")
    assert written(now) == [("COUNTED", 0, 50, 50), ("COUNTED", 50, 60, 10), ("DAY_LIMIT", 60, 80, 0)]
    be(learning.open_lesson, lesson, 24 * 3600)
    assert be(learning.record_presence, lesson, 24 * 3600 + 30).seconds == 80
    check_sums(alice)


def test_a_page_left_for_hours_leaves_no_interval(alice, lesson, be, now):
    be(learning.open_lesson, lesson, 0)
    be(learning.record_presence, lesson, 15, is_visible=False)
    be(learning.open_lesson, lesson, 5 * 3600)
    learning.close_stretches(now=now + seconds(6 * 3600))

    assert written(now) == [("COUNTED", 0, 15, 15)]


def test_completing_writes_down_what_runs(alice, lesson, be, now):
    be(learning.open_lesson, lesson, 0)
    for at in (30, 60):
        be(learning.record_presence, lesson, at)

    learning.complete_lesson(learner=alice, lesson=lesson, now=now + seconds(61))

    assert written(now) == [("COUNTED", 0, 61, 61)]
    check_sums(alice)


@pytest.mark.parametrize("wait", [0, 3600])
def test_forged_heartbeats_complete_nothing(alice, lesson, be, now, wait):
    """A hundred in one second, or one an hour: neither reaches a minute's worth."""
    be(learning.open_lesson, lesson, 0)
    for n in range(100 if not wait else 1):
        be(learning.record_presence, lesson, wait + n / 100)

    with pytest.raises(learning.TooEarly):
        learning.complete_lesson(learner=alice, lesson=lesson, now=now + seconds(wait + 1))


def test_the_database_refuses_to_change_an_interval(alice, lesson, be, now):
    be(learning.open_lesson, lesson, 0)
    be(learning.record_presence, lesson, 15)
    learning.close_stretches(now=now + seconds(2000))

    for change in (lambda rows: rows.update(seconds=9999), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change(StudyInterval.objects.all())


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_lessons_beating_at_the_same_time_never_count_the_same_second_twice(now):
    learner, course = UserFactory(), make_course(lessons=2)
    lessons = lessons_of(course)
    EnrolmentFactory(learner=learner, course=course)
    learning.open_lesson(learner=learner, lesson=lessons[0], page="0", now=now)
    start = Barrier(8)

    def beat(n: int) -> None:
        start.wait()
        verb = learning.open_lesson if n % 3 == 0 else learning.record_presence
        verb(learner=learner, lesson=lessons[n % 2], page=str(n % 2), now=now + seconds(10 + n))
        connection.close()

    threads = [Thread(target=beat, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert StudyClock.objects.count() == 1
    assert sum(LessonProgress.objects.values_list("seconds", flat=True)) <= 17
    check_sums(learner)
