"""The record page: days, reasons, sums, the appeal's form, the workbook; strangers see nothing."""

import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from courses import learning
from courses.models import StudyAppeal, StudyInterval
from tests.factories.courses import EnrolmentFactory, lessons_of, make_course

RECORD = reverse("courses:study_record")


@pytest.fixture
def lesson(alice):
    course = make_course()
    EnrolmentFactory(learner=alice, course=course)
    return lessons_of(course)[0]


def study(learner, lesson, *, start) -> None:
    """Study for half a minute, look away for a minute, half a minute again."""
    learning.open_lesson(learner=learner, lesson=lesson, page="a", now=start)
    learning.record_presence(
        learner=learner, lesson=lesson, page="a", is_visible=False, now=start + timedelta(seconds=30)
    )
    learning.open_lesson(learner=learner, lesson=lesson, page="a", now=start + timedelta(seconds=90))
    learning.record_presence(learner=learner, lesson=lesson, page="a", now=start + timedelta(seconds=120))
    learning.close_stretches(now=start + timedelta(hours=1))


@pytest.fixture
def start():
    return timezone.now() - timedelta(days=1)


def test_study_record_without_study_says_what_to_do(as_alice):
    page = as_alice.get(RECORD).content.decode()

    assert "还没有学习记录" in page


def test_study_record_shows_each_piece_with_its_reason(as_alice, as_charlie, alice, lesson, start):
    study(alice, lesson, start=start)

    page = as_alice.get(RECORD).content.decode()

    assert page.count("record-entry") == 3
    assert "页面不可见" in page
    assert "1 分钟" in page
    assert reverse("courses:study_appeal", args=[StudyInterval.objects.get(reason="HIDDEN").pk]) in page
    assert "还没有学习记录" in as_charlie.get(RECORD).content.decode()


def test_study_record_shows_what_still_runs(as_alice, alice, lesson):
    now = timezone.now()
    learning.open_lesson(learner=alice, lesson=lesson, page="a", now=now - timedelta(seconds=20))
    learning.record_presence(learner=alice, lesson=lesson, page="a", now=now)

    assert "进行中" in as_alice.get(RECORD).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_study_record_takes_a_steady_number_of_queries(
    as_alice, alice, lesson, start, count, django_assert_num_queries
):
    for n in range(count):
        study(alice, lesson, start=start - timedelta(days=n))
    as_alice.get(RECORD)

    with django_assert_num_queries(8):
        as_alice.get(RECORD)


def test_study_record_export_writes_every_piece(as_alice, alice, lesson, start):
    study(alice, lesson, start=start)

    response = as_alice.get(reverse("courses:study_record_export"))

    book = CalamineWorkbook.from_filelike(io.BytesIO(response.content))
    rows = book.get_sheet_by_name("时间段").to_python()
    assert [row[3:6] for row in rows[1:]] == [[30, 30, "计入"], [60, 0, "页面不可见"], [30, 30, "计入"]]
    assert book.get_sheet_by_name("按课").to_python()[1:] == [[lesson.title, 60]]


def test_study_appeal_is_filed_once_and_shown(as_alice, alice, lesson, start):
    study(alice, lesson, start=start)
    url = reverse("courses:study_appeal", args=[StudyInterval.objects.get(reason="HIDDEN").pk])

    assert as_alice.post(url, {"text": ""}).status_code == 200
    for _ in range(2):
        assert as_alice.post(url, {"text": "在纸上做笔记"}).status_code == 302

    assert StudyAppeal.objects.get().text == "在纸上做笔记"
    assert "待处理" in as_alice.get(url).content.decode()
    assert "申诉待处理" in as_alice.get(RECORD).content.decode()


def test_study_appeal_of_others_and_of_counted_time_is_404(as_alice, as_charlie, alice, lesson, start):
    study(alice, lesson, start=start)
    hidden, counted = StudyInterval.objects.get(reason="HIDDEN"), StudyInterval.objects.filter(reason="COUNTED")[0]

    assert as_charlie.get(reverse("courses:study_appeal", args=[hidden.pk])).status_code == 404
    assert as_alice.get(reverse("courses:study_appeal", args=[counted.pk])).status_code == 404
