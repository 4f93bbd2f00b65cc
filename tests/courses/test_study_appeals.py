"""Appeals: once, in time, decided by somebody else, never counting a moment twice."""

from datetime import timedelta

import pytest

from courses import learning
from courses.learning import appeals
from courses.models import LessonProgress, StudyAppeal, StudyInterval
from lms.users.models import OutgoingMail
from tests.factories.courses import EnrolmentFactory, lessons_of, make_course


def seconds(n: float) -> timedelta:
    return timedelta(seconds=n)


@pytest.fixture
def lessons(alice):
    course = make_course(lessons=2)
    EnrolmentFactory(learner=alice, course=course)
    return lessons_of(course)


@pytest.fixture
def hidden(alice, lessons, now) -> StudyInterval:
    """A minute in which the page was not visible, after ten seconds that counted."""
    learning.open_lesson(learner=alice, lesson=lessons[0], page="a", now=now)
    learning.record_presence(learner=alice, lesson=lessons[0], page="a", is_visible=False, now=now + seconds(10))
    learning.open_lesson(learner=alice, lesson=lessons[0], page="a", now=now + seconds(70))
    learning.close_stretches(now=now + seconds(2000))
    return StudyInterval.objects.get(reason="HIDDEN")


@pytest.fixture
def appeal(hidden, now) -> StudyAppeal:
    return appeals.file(interval=hidden, text="在纸上做笔记", now=now + seconds(3000))


def test_file_is_taken_once(hidden, appeal, now):
    assert (appeal.state, appeal.text) == ("WAITING", "在纸上做笔记")
    with pytest.raises(appeals.AlreadyAppealed):
        appeals.file(interval=hidden, text="又", now=now + seconds(3001))


def test_file_refuses_what_counts_and_what_is_long_past(hidden, now):
    with pytest.raises(appeals.CannotAppeal):
        appeals.file(interval=StudyInterval.objects.get(reason="COUNTED"), text="?", now=now)
    with pytest.raises(appeals.TooLate):
        appeals.file(interval=hidden, text="?", now=hidden.ended_at + timedelta(days=31))

    assert not StudyAppeal.objects.exists()


def test_approve_adds_a_correcting_interval_and_tells_the_learner(alice, charlie, hidden, appeal, now):
    made = appeals.approve(appeal=appeal, by=charlie, answer="情况属实", now=now + seconds(4000))

    assert [(one.reason, one.seconds, one.corrects, one.started_at) for one in made] == [
        ("CORRECTED", 60, hidden, hidden.started_at)
    ]
    appeal.refresh_from_db()
    assert (appeal.state, appeal.granted_seconds, appeal.decided_by, appeal.answer) == (
        "APPROVED",
        60,
        charlie,
        "情况属实",
    )
    assert LessonProgress.objects.get().seconds == 70
    assert OutgoingMail.objects.get().to == alice.email


def test_approve_may_grant_less(charlie, appeal, now):
    made = appeals.approve(appeal=appeal, by=charlie, answer="一部分", minutes=1, now=now + seconds(4000))

    assert sum(one.seconds for one in made) == 60


def test_approve_never_counts_a_moment_twice(alice, charlie, lessons, now):
    """The appeal is about one lesson while another was counting half of the time."""
    first, second = lessons
    learning.open_lesson(learner=alice, lesson=first, page="a", now=now)
    learning.open_lesson(learner=alice, lesson=second, page="b", now=now)
    for at in (15, 30, 45, 60):
        learning.record_presence(learner=alice, lesson=first, page="a", now=now + seconds(at))
    learning.record_presence(learner=alice, lesson=second, page="b", now=now + seconds(30))
    learning.close_stretches(now=now + seconds(2000))
    elsewhere = StudyInterval.objects.get(reason="ELSEWHERE")
    filed = appeals.file(interval=elsewhere, text="我在看这一课", now=now + seconds(3000))

    made = appeals.approve(appeal=filed, by=charlie, answer="后半段属实", now=now + seconds(4000))

    assert [(one.started_at, one.ended_at) for one in made] == [(now + seconds(30), now + seconds(60))]


def test_approve_of_what_is_counted_elsewhere_is_refused(alice, charlie, lessons, now):
    first, second = lessons
    learning.open_lesson(learner=alice, lesson=first, page="a", now=now)
    learning.open_lesson(learner=alice, lesson=second, page="b", now=now)
    learning.record_presence(learner=alice, lesson=first, page="a", now=now + seconds(15))
    learning.record_presence(learner=alice, lesson=second, page="b", now=now + seconds(20))
    learning.close_stretches(now=now + seconds(2000))
    filed = appeals.file(interval=StudyInterval.objects.get(reason="ELSEWHERE"), text="?", now=now + seconds(3000))

    with pytest.raises(appeals.NothingToGrant):
        appeals.approve(appeal=filed, by=charlie, answer="好", now=now + seconds(4000))

    filed.refresh_from_db()
    assert filed.state == "WAITING"


def test_refuse_changes_no_time(charlie, appeal, now):
    appeals.refuse(appeal=appeal, by=charlie, answer="页面确实不可见", now=now + seconds(4000))

    appeal.refresh_from_db()
    assert (appeal.state, appeal.granted_seconds) == ("REFUSED", 0)
    assert LessonProgress.objects.get().seconds == 10
    assert OutgoingMail.objects.count() == 1


def test_nobody_decides_twice_nor_their_own(alice, charlie, appeal, now):
    with pytest.raises(appeals.OwnAppeal):
        appeals.approve(appeal=appeal, by=alice, answer="好", now=now)
    appeals.refuse(appeal=appeal, by=charlie, answer="不", now=now)
    for verb in (appeals.refuse, appeals.approve):
        with pytest.raises(appeals.AlreadyDecided):
            verb(appeal=appeal, by=charlie, answer="再来", now=now)

    assert OutgoingMail.objects.count() == 1
