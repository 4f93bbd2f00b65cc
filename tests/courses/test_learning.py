from dataclasses import asdict
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, connection

from courses import enrolment, learning
from courses.models import Enrolment, LessonProgress, ModulePage
from tests.factories.courses import EnrolmentFactory, finish_course, lessons_of, make_course, study
from tests.factories.users import UserFactory


def seconds(n: float) -> timedelta:
    return timedelta(seconds=n)


@pytest.fixture
def course(db):
    return make_course(modules=2, lessons=2)


@pytest.fixture
def lesson(course):
    """A lesson that takes a minute."""
    found = lessons_of(course)[0]
    found.min_seconds = 60
    found.save()
    return found


@pytest.fixture
def enrolled(alice, course) -> Enrolment:
    return EnrolmentFactory(learner=alice, course=course)


def test_open_lesson_starts_the_clock_with_nothing_on_it(alice, enrolled, lesson, now):
    row = learning.open_lesson(learner=alice, lesson=lesson, now=now)

    assert (
        row.first_opened_at,
        row.opened_at,
        row.last_seen_at,
        row.seconds,
        row.needed_seconds,
        row.completed_at,
    ) == (
        now,
        now,
        now,
        0,
        60,
        None,
    )


def test_open_lesson_again_credits_nothing_for_the_time_away(alice, enrolled, lesson, now):
    learning.open_lesson(learner=alice, lesson=lesson, now=now)

    row = learning.open_lesson(learner=alice, lesson=lesson, now=now + seconds(3600))

    assert (row.seconds, row.first_opened_at, row.opened_at) == (0, now, now + seconds(3600))
    assert LessonProgress.objects.count() == 1


def test_open_lesson_lowers_the_minimum_and_never_raises_it(alice, enrolled, lesson, now):
    needed = []
    for own in (60, 90, 30):
        lesson.min_seconds = own
        needed.append(learning.open_lesson(learner=alice, lesson=lesson, now=now).needed_seconds)

    assert needed == [60, 60, 30]


def test_open_lesson_from_the_past_changes_nothing(alice, enrolled, lesson, now):
    learning.open_lesson(learner=alice, lesson=lesson, now=now)

    row = learning.open_lesson(learner=alice, lesson=lesson, now=now - seconds(5))

    assert (row.opened_at, row.last_seen_at) == (now, now)


def test_record_presence_first_ping_opens_and_credits_nothing(alice, enrolled, lesson, now):
    assert learning.record_presence(learner=alice, lesson=lesson, now=now).seconds == 0


def test_record_presence_credits_elapsed_time_up_to_thirty_seconds(alice, enrolled, lesson, now):
    learning.open_lesson(learner=alice, lesson=lesson, now=now)

    credited = [
        learning.record_presence(learner=alice, lesson=lesson, now=now + seconds(at)).seconds
        for at in (15, 15, 31, 600)
    ]

    assert credited == [15, 15, 31, 61]


def test_record_presence_counts_only_the_lesson_opened_last(alice, enrolled, course, lesson, now):
    second = lessons_of(course)[1]
    learning.open_lesson(learner=alice, lesson=lesson, now=now)
    learning.open_lesson(learner=alice, lesson=second, now=now + seconds(10))

    first_row = learning.record_presence(learner=alice, lesson=lesson, now=now + seconds(20))
    second_row = learning.record_presence(learner=alice, lesson=second, now=now + seconds(20))

    assert (first_row.seconds, second_row.seconds) == (0, 10)
    assert (learning.is_accruing(first_row), learning.is_accruing(second_row)) == (False, True)


def test_record_presence_counts_again_after_coming_back(alice, enrolled, course, lesson, now):
    learning.open_lesson(learner=alice, lesson=lesson, now=now)
    learning.open_lesson(learner=alice, lesson=lessons_of(course)[1], now=now + seconds(10))
    learning.open_lesson(learner=alice, lesson=lesson, now=now + seconds(20))

    assert learning.record_presence(learner=alice, lesson=lesson, now=now + seconds(35)).seconds == 15


def test_record_presence_of_another_person_does_not_interfere(alice, charlie, enrolled, course, lesson, now):
    EnrolmentFactory(learner=charlie, course=course)
    learning.open_lesson(learner=alice, lesson=lesson, now=now)
    learning.open_lesson(learner=charlie, lesson=lessons_of(course)[1], now=now + seconds(1))

    assert learning.record_presence(learner=alice, lesson=lesson, now=now + seconds(10)).seconds == 10


def test_complete_lesson_needs_the_time_and_keeps_what_was_credited(alice, enrolled, lesson, now):
    learning.open_lesson(learner=alice, lesson=lesson, now=now)

    with pytest.raises(learning.TooEarly, match="还差 35 秒") as refusal:
        learning.complete_lesson(learner=alice, lesson=lesson, now=now + seconds(25))

    row = LessonProgress.objects.get()
    assert (refusal.value.remaining, row.seconds, row.completed_at) == (35, 25, None)


def test_complete_lesson_forged_at_once_is_refused(alice, enrolled, lesson, now):
    with pytest.raises(learning.NotOpened):
        learning.complete_lesson(learner=alice, lesson=lesson, now=now)

    assert not LessonProgress.objects.exists()


def test_complete_lesson_after_the_time_is_done_once(alice, enrolled, lesson, now):
    learning.open_lesson(learner=alice, lesson=lesson, now=now)
    learning.record_presence(learner=alice, lesson=lesson, now=now + seconds(30))

    done = learning.complete_lesson(learner=alice, lesson=lesson, now=now + seconds(60))
    again = learning.complete_lesson(learner=alice, lesson=lesson, now=now + seconds(90))

    assert (done.completed_at, again.completed_at) == (now + seconds(60), now + seconds(60))


def test_database_refuses_completion_without_the_time(alice, enrolled, lesson, now):
    row = learning.open_lesson(learner=alice, lesson=lesson, now=now)
    row.completed_at = now

    with pytest.raises(IntegrityError):
        row.save()


@pytest.mark.parametrize("verb", [learning.open_lesson, learning.record_presence, learning.complete_lesson])
def test_verbs_refuse_people_without_enrolment(verb, charlie, lesson, now):
    with pytest.raises(learning.NotEnrolled, match="没有报名"):
        verb(learner=charlie, lesson=lesson, now=now)


@pytest.mark.parametrize("verb", [learning.open_lesson, learning.record_presence, learning.complete_lesson])
def test_verbs_refuse_after_withdrawal_and_progress_is_kept(verb, alice, enrolled, course, lesson, now):
    study(alice, lesson, now=now)
    enrolment.withdraw(enrolment=enrolled, reason="退款", now=now)

    with pytest.raises(learning.NotEnrolled):
        verb(learner=alice, lesson=lesson, now=now)

    assert learning.course_progress(learner=alice, course=course).lessons_done == 1


def test_verbs_refuse_enrolment_in_another_course(alice, lesson, now):
    EnrolmentFactory(learner=alice)

    with pytest.raises(learning.NotEnrolled):
        learning.open_lesson(learner=alice, lesson=lesson, now=now)


def test_course_progress_half_way(alice, enrolled, course, now):
    lessons = lessons_of(course)
    study(alice, lessons[0], now=now)
    study(alice, lessons[2], now=now + seconds(600))

    def step(n: int, path: str, *, is_done: bool) -> dict[str, object]:
        return {"pk": lessons[n].pk, "title": lessons[n].title, "path": path, "is_done": is_done}

    found = learning.course_progress(learner=alice, course=course)
    first = (step(0, "m1/lesson-1-1/", is_done=True), step(1, "m1/lesson-1-2/", is_done=False))
    second = (step(2, "m2/lesson-2-1/", is_done=True), step(3, "m2/lesson-2-2/", is_done=False))
    assert asdict(found) == {
        "lessons_done": 2,
        "lessons_total": 4,
        "is_finished": False,
        "next_lesson_pk": lessons[3].pk,
        "modules": (
            {"code": "M1", "title": "模块1", "done": 1, "total": 2, "lessons": first},
            {"code": "M2", "title": "模块2", "done": 1, "total": 2, "lessons": second},
        ),
    }
    assert found.next_step == found.modules[1].lessons[1]


def test_course_progress_finished(alice, enrolled, course, now):
    finish_course(alice, course, now=now)

    found = learning.course_progress(learner=alice, course=course)

    assert (found.is_finished, found.lessons_done, found.next_lesson_pk) == (True, 4, None)


def test_course_progress_ignores_what_is_not_published(alice, enrolled, course, now):
    lessons = lessons_of(course)
    lessons[1].unpublish()
    ModulePage.objects.get(code="M2").unpublish()
    study(alice, lessons[0], now=now)

    found = learning.course_progress(learner=alice, course=course)

    assert (found.lessons_total, found.is_finished, [m.code for m in found.modules]) == (1, True, ["M1"])


def test_course_progress_of_an_empty_course_is_not_finished(alice):
    empty = make_course(modules=0)

    found = learning.course_progress(learner=alice, course=empty)

    assert (found.lessons_total, found.is_finished, found.next_lesson_pk, found.modules) == (0, False, None, ())


def test_progress_in_keeps_courses_apart(alice, enrolled, course, now):
    other = make_course(modules=1, lessons=1)
    EnrolmentFactory(learner=alice, course=other)
    finish_course(alice, other, now=now)

    found = learning.progress_in(learner=alice, courses=[course, other])

    assert {pk: (p.lessons_done, p.lessons_total) for pk, p in found.items()} == {course.pk: (0, 4), other.pk: (1, 1)}
    assert learning.progress_in(learner=alice, courses=[]) == {}


@pytest.mark.parametrize("count", [1, 3])
def test_progress_in_takes_three_queries(alice, count, django_assert_num_queries):
    courses = [make_course(modules=count, lessons=count) for _ in range(count)]

    with django_assert_num_queries(3):
        learning.progress_in(learner=alice, courses=courses)


def test_needed_seconds_by_length_leave_checks_out(course, settings):
    lesson = lessons_of(course)[0]
    check = {"question": "多少" * 500, "kind": "single", "options": [], "answer": "A", "explanation": "因为" * 500}
    lesson.body = [("text", "<p>" + "售后" * 500 + "，。</p>"), ("check", check)]

    assert learning.needed_seconds(lesson=lesson) == 45
    settings.LESSON_MIN_SECONDS = 5
    assert learning.needed_seconds(lesson=lesson) == 5
    lesson.min_seconds = 7
    assert learning.needed_seconds(lesson=lesson) == 7


def test_study_hours_come_from_published_content(course):
    lessons = lessons_of(course)
    for lesson in lessons[1:]:
        lesson.unpublish()
    lessons[0].body = [("text", "<p>" + "售" * 18_001 + "</p>")]
    lessons[0].save()

    assert learning.study_hours(course=course) == 2


def test_study_hours_leave_unpublished_modules_out(course):
    ModulePage.objects.get(code="M1").unpublish()
    ModulePage.objects.get(code="M2").unpublish()

    assert learning.study_hours(course=course) == 0


def test_lesson_standing_of_visitors_without_enrolment(charlie, course, lesson):
    expected = learning.LessonStanding(course=course, is_enrolled=False)

    assert learning.lesson_standing(learner=AnonymousUser(), lesson=lesson) == expected
    assert learning.lesson_standing(learner=charlie, lesson=lesson) == expected


def test_lesson_standing_before_opening_writes_nothing(alice, enrolled, lesson):
    found = learning.lesson_standing(learner=alice, lesson=lesson)

    assert (found.is_enrolled, found.row.seconds, found.row.needed_seconds, found.row.may_complete) == (
        True,
        0,
        60,
        False,
    )
    assert not LessonProgress.objects.exists()


def test_lesson_standing_when_completed_names_what_follows(alice, enrolled, course, lesson, now):
    study(alice, lesson, now=now)
    assert learning.lesson_standing(learner=alice, lesson=lesson).following == lessons_of(course)[1]

    finish_course(alice, course, now=now + timedelta(days=1))
    assert learning.lesson_standing(learner=alice, lesson=lesson).following is None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_record_presence_many_times_at_once_credits_the_time_once(now):
    learner, course = UserFactory(), make_course()
    lesson = lessons_of(course)[0]
    EnrolmentFactory(learner=learner, course=course)
    learning.open_lesson(learner=learner, lesson=lesson, now=now)
    start = Barrier(8)

    def ping() -> None:
        start.wait()
        learning.record_presence(learner=learner, lesson=lesson, now=now + seconds(20))
        connection.close()

    threads = [Thread(target=ping) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert LessonProgress.objects.get().seconds == 20
