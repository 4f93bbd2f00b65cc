from datetime import timedelta

import pytest
from django.core import mail

from exams import registrations, windows
from exams.models import ExamWindow
from tests.factories.exams import make_eligible, make_window
from tests.factories.users import UserFactory

DAY = timedelta(days=1)


@pytest.fixture
def window(exam, alice, charlie, now) -> ExamWindow:
    """Three people registered, one of them gave the place back and one account is closed."""
    window = make_window(exam, now=now)
    for person in (alice, charlie, closed := UserFactory(is_active=False)):
        make_eligible(person, exam)
        registrations.register(window=window, candidate=person, now=now)
    registrations.cancel(window=window, candidate=charlie, now=now)
    assert not closed.is_active
    return window


def test_change_of_the_time_is_told_once_to_who_has_a_place(window, now):
    window.closes_at += DAY

    assert [windows.change(window=window, now=now) for _ in range(2)] == [1, 0]

    (letter,) = mail.outbox
    assert letter.to == ["alice@example.com"]
    assert letter.subject == "【售后服务管理师】考试时间有变：结业考试，十一月考期"
    assert "原来：2026-11-21 14:03 至 2026-11-23 14:03" in letter.body
    assert "现在：2026-11-21 14:03 至 2026-11-24 14:03" in letter.body
    assert f"/exams/{window.exam_id}/" in letter.body
    assert ExamWindow.objects.get().closes_at == window.closes_at


@pytest.mark.parametrize("changes", [{"title": "改名"}, {"capacity": 9}, {"registration_opens_at": timedelta(0)}])
def test_other_changes_are_told_to_nobody(window, now, changes):
    for name, value in changes.items():
        setattr(window, name, now - 3 * DAY if name == "registration_opens_at" else value)

    assert windows.change(window=window, now=now) == 0
    assert mail.outbox == []


def test_a_window_that_is_over_is_told_to_nobody(window, now):
    window.opens_at -= DAY

    assert windows.change(window=window, now=window.closes_at) == 0
    assert mail.outbox == []
