"""Rules T1-T6 of docs/rules/study-time.md."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses import progress

START = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
moments = st.integers(min_value=-5_000, max_value=5_000_000).map(lambda ms: START + timedelta(milliseconds=ms))
pings = st.lists(moments, max_size=60)


def total(times: list[datetime], *, seen_at: datetime = START) -> int:
    seconds = 0
    for now in times:
        earned = progress.credit(seen_at=seen_at, now=now)
        assert earned.seconds >= 0
        assert earned.seen_at >= seen_at
        seconds, seen_at = seconds + earned.seconds, earned.seen_at
    return seconds


@pytest.mark.parametrize(
    ("elapsed", "seconds"),
    [(0, 0), (0.9, 0), (1, 1), (15, 15), (29.99, 29), (30, 30), (30.5, 30), (3600, 30), (-10, 0)],
)
def test_credit_is_the_time_since_last_seen_up_to_thirty_seconds(elapsed, seconds):
    assert progress.credit(seen_at=START, now=START + timedelta(seconds=elapsed)).seconds == seconds


def test_credit_leaves_a_fraction_of_a_second_to_the_next_ping():
    quick = [START + timedelta(milliseconds=700 * n) for n in range(1, 11)]

    assert total(quick) == 7


@given(pings)
def test_credit_never_exceeds_elapsed_time_in_any_order(times):
    elapsed = max([*times, START]) - START

    assert total(times) <= elapsed.total_seconds()


@given(pings, moments)
def test_credit_of_a_repeated_ping_is_nothing(times, again):
    times = sorted([*times, again])
    twice = sorted([*times, again])

    assert total(times) == total(twice)


@given(pings, st.randoms(use_true_random=False))
def test_credit_of_pings_out_of_order_is_never_more(times, random):
    shuffled = random.sample(times, len(times))

    assert total(shuffled) <= total(sorted(times))


@given(pings, moments)
def test_credit_grows_with_more_pings(times, more):
    assert total(sorted([*times, more])) >= total(sorted(times))


@given(st.lists(st.integers(0, 29_999), min_size=1, max_size=50))
def test_credit_of_steady_presence_is_the_whole_time(gaps):
    times, now = [], START
    for gap in gaps:
        now += timedelta(milliseconds=gap)
        times.append(now)

    assert total(times) == sum(gaps) // 1000


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
