"""Which lessons are closed: docs/rules/learning.md, L18-L20."""

from datetime import date

import pytest

from courses.pacing import Closed, Part, Why, closed_lessons

BEGAN = date(2026, 11, 1)
PARTS = [Part(lessons=(1, 2)), Part(lessons=(3, 4), opens_after_days=7)]


def closed(**changes: object) -> dict[int, Closed]:
    usual = {
        "parts": [Part(lessons=(1, 2)), Part(lessons=(3, 4))],
        "order": "FREE",
        "done": set(),
        "enrolled_on": BEGAN,
        "today": BEGAN,
        "is_prerequisite_met": True,
    }
    return closed_lessons(**(usual | changes))


def test_a_free_course_closes_nothing():
    assert closed() == {}


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        (set(), {2: 1, 3: 1, 4: 1}),
        ({1}, {3: 2, 4: 2}),
        ({1, 2}, {4: 3}),
        ({1, 4}, {3: 2}),
        ({1, 2, 3, 4}, {}),
    ],
)
def test_by_lesson_the_first_unfinished_one_is_named(done, expected):
    assert closed(order="LESSONS", done=done) == {
        pk: Closed(why=Why.LESSON, first=first) for pk, first in expected.items()
    }


@pytest.mark.parametrize(("done", "expected"), [(set(), {3: 1, 4: 1}), ({1}, {3: 2, 4: 2}), ({1, 2}, {})])
def test_by_module_the_order_inside_is_free(done, expected):
    assert closed(order="MODULES", done=done) == {
        pk: Closed(why=Why.MODULE, first=first) for pk, first in expected.items()
    }


@pytest.mark.parametrize(("today", "is_closed"), [(date(2026, 11, 7), True), (date(2026, 11, 8), False)])
def test_a_module_opens_so_many_days_after_the_enrolment(today, is_closed):
    late = Closed(why=Why.DATE, opens_on=date(2026, 11, 8))

    assert closed(parts=PARTS, today=today) == ({3: late, 4: late} if is_closed else {})


def test_a_finished_lesson_is_never_closed():
    assert closed(parts=PARTS, order="LESSONS", done={4}, is_prerequisite_met=False).keys() == {1, 2, 3}


def test_the_prerequisite_is_named_before_the_date_and_the_order():
    found = closed(parts=PARTS, order="LESSONS", is_prerequisite_met=False)

    assert found == {pk: Closed(why=Why.PREREQUISITE) for pk in (1, 2, 3, 4)}
