"""What goes on around the demo's exam, on the repository's own course and bank."""

from datetime import timedelta

import pytest

import courses.demo
import exams.demo
import lms.users.demo
from exams import attempts, demo_room
from exams.models import Accommodation, Appeal, Attempt, Exam, ExamWindow, LateReview
from lms.users import roles
from lms.users.models import User
from tests.factories.courses import home

pytestmark = pytest.mark.django_db


def test_load_shows_each_room_once_and_leaves_the_demo_exam_startable(now):
    home()
    roles.sync()
    for load in (lms.users.demo.load, courses.demo.load, exams.demo.load, demo_room.load):
        load(now=now)

    demo_room.load(now=now + timedelta(days=2))

    assert list(ExamWindow.objects.values_list("exam__title", "title")) == [
        ("售后服务管理师月度机考", "2026 年 12 月考期")
    ]
    assert list(Accommodation.objects.order_by("pk").values_list("candidate__email", "status", "time_factor")) == [
        ("candidate@example.com", "APPROVED", 125),
        ("learner@example.com", "REQUESTED", 100),
    ]
    attempt = Attempt.objects.get()
    assert (attempt.candidate.email, attempt.closed_by, attempt.has_passed) == (
        "candidate@example.com",
        "CLOCK",
        False,
    )
    assert (LateReview.objects.get().status, Appeal.objects.get().status) == ("PENDING", "FILED")
    ready = User.objects.get(email=lms.users.demo.READY)
    for exam in Exam.objects.order_by("pk")[:1]:
        assert attempts.start(exam=exam, candidate=ready, now=now).exam.title == exams.demo.TITLE


def test_load_opens_the_next_window_when_the_last_is_closed(now):
    home()
    roles.sync()
    for load in (lms.users.demo.load, courses.demo.load, exams.demo.load, demo_room.load):
        load(now=now)

    demo_room.load(now=now + timedelta(days=30))

    assert list(ExamWindow.objects.values_list("title", flat=True)) == ["2026 年 12 月考期", "2027 年 1 月考期"]


def test_load_refuses_outside_the_demo(now, settings):
    settings.EMBEDDED = False

    with pytest.raises(lms.users.demo.NotTheDemo):
        demo_room.load(now=now)
