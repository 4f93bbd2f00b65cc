"""Rules T1-T6 of docs/rules/study-time.md."""

import pytest

from courses import progress


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("，。！ \n", 0),
        ("售后服务", 4),
        ("GB/T 27922-2011《售后》", 6),
        ("L = λW", 2),
        ("5.1.2.2 条", 5),
        ("𠀀字", 2),
    ],
)
def test_count_characters_counts_what_is_read(text, count):
    assert progress.count_characters(text) == count


@pytest.mark.parametrize(
    ("characters", "own", "site", "seconds"),
    [
        (3000, None, 0, 135),
        (3001, None, 0, 136),
        (0, None, 0, 0),
        (3000, None, 5, 5),
        (3000, 600, 5, 600),
        (3000, 0, 5, 0),
    ],
)
def test_minimum_seconds_own_then_site_then_length(characters, own, site, seconds):
    assert progress.minimum_seconds(characters=characters, own=own, site=site) == seconds


@pytest.mark.parametrize(
    ("characters", "checks", "hours"), [(0, 0, 0), (1, 0, 1), (18_000, 0, 1), (18_000, 1, 2), (30_000, 30, 3)]
)
def test_study_hours_are_rounded_up(characters, checks, hours):
    assert progress.study_hours(characters=characters, checks=checks) == hours


@pytest.mark.parametrize(("characters", "checks", "minutes"), [(0, 0, 0), (400, 0, 1), (401, 0, 2), (800, 2, 4)])
def test_study_minutes_are_rounded_up(characters, checks, minutes):
    assert progress.study_minutes(characters=characters, checks=checks) == minutes


@pytest.mark.parametrize(
    ("done", "last", "expected"),
    [
        (set(), None, 1),
        (set(), 3, 3),
        ({1}, 1, 2),
        ({1, 3}, 3, 4),
        ({3, 4}, 4, 1),
        ({2}, 9, 1),
        ({1, 2, 3, 4}, 4, None),
    ],
)
def test_next_lesson_resumes_then_goes_on_then_starts_over(done, last, expected):
    assert progress.next_lesson(order=[1, 2, 3, 4], done=done, last=last) == expected


def test_next_lesson_of_an_empty_course_is_none():
    assert progress.next_lesson(order=[], done=set(), last=None) is None


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 秒"), (59, "59 秒"), (60, "1 分钟"), (135, "2 分 15 秒")])
def test_duration_text_in_words(seconds, text):
    assert progress.duration_text(seconds) == text
