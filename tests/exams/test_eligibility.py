from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.eligibility import Code, Eligibility, Facts, Window, WindowState, deadline_at, decide, decide_mock

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
READY = Facts(
    now=NOW,
    is_open=True,
    is_enrolled=True,
    lessons_done=10,
    lessons_total=10,
    has_identity=True,
    has_passed=False,
    attempts_used=0,
    max_attempts=3,
    last_closed_at=None,
    cooldown=timedelta(hours=24),
    has_open_attempt=False,
)


def codes(**changes):
    return [reason.code for reason in decide(replace(READY, **changes)).reasons]


def test_decide_allows_who_is_ready():
    assert decide(READY) == Eligibility(is_allowed=True, reasons=(), attempts_left=3, next_start_at=None)


def test_decide_names_every_reason_at_once():
    assert codes(is_open=False, is_enrolled=False, has_identity=False) == [
        Code.CLOSED,
        Code.NOT_ENROLLED,
        Code.NO_IDENTITY,
    ]


def test_decide_says_how_many_lessons_are_left():
    reason = decide(replace(READY, lessons_done=7)).reasons[0]

    assert (reason.code, reason.text) == (Code.UNFINISHED, "课程还没有学完：已完成 7 / 10 课。")


def test_decide_refuses_a_course_without_lessons():
    assert codes(lessons_done=0, lessons_total=0) == [Code.UNFINISHED]


def test_decide_cools_down_until_the_minute():
    closed_at = NOW - timedelta(hours=23)

    verdict = decide(replace(READY, attempts_used=1, last_closed_at=closed_at))

    assert verdict.reasons[0].text == "两次考试要间隔 24 小时，下一次最早 2026-11-22 15:00 开始。"
    assert (verdict.attempts_left, verdict.next_start_at) == (2, closed_at + timedelta(hours=24))
    assert codes(attempts_used=1, last_closed_at=NOW - timedelta(hours=24)) == []


def test_decide_after_the_last_attempt_waits_for_nothing():
    verdict = decide(replace(READY, attempts_used=3, last_closed_at=NOW))

    assert [reason.code for reason in verdict.reasons] == [Code.NO_ATTEMPTS_LEFT]
    assert verdict.next_start_at is None


def test_decide_refuses_who_has_passed():
    assert codes(has_passed=True, attempts_used=1, last_closed_at=NOW) == [Code.PASSED]


def test_decide_points_to_the_open_attempt():
    assert codes(has_open_attempt=True, attempts_used=3) == [Code.OPEN_ATTEMPT]


@given(
    st.builds(
        Facts,
        now=st.just(NOW),
        is_open=st.booleans(),
        is_enrolled=st.booleans(),
        lessons_done=st.integers(0, 10),
        lessons_total=st.just(10),
        has_identity=st.booleans(),
        has_passed=st.booleans(),
        attempts_used=st.integers(0, 4),
        max_attempts=st.integers(1, 3),
        last_closed_at=st.none() | st.timedeltas(timedelta(0), timedelta(days=3)).map(lambda ago: NOW - ago),
        cooldown=st.timedeltas(timedelta(0), timedelta(days=2)),
        has_open_attempt=st.booleans(),
    )
)
def test_decide_allows_exactly_when_there_is_no_reason(facts):
    verdict = decide(facts)

    assert verdict.is_allowed == (not verdict.reasons)
    assert all(reason.text and reason.next_step for reason in verdict.reasons)
    if verdict.is_allowed:
        assert facts.is_open
        assert facts.is_enrolled
        assert facts.has_identity
        assert facts.lessons_done == facts.lessons_total
        assert facts.attempts_used < facts.max_attempts
        assert not facts.has_passed


# --- Windows --------------------------------------------------------------------------------------------------------
HOUR = timedelta(hours=1)
WINDOW = Window(
    pk=1,
    title="十二月考期",
    registration_opens_at=NOW - 48 * HOUR,
    registration_closes_at=NOW + 24 * HOUR,
    opens_at=NOW - HOUR,
    closes_at=NOW + 48 * HOUR,
    is_registered=False,
    places_left=3,
)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, WindowState.OPEN),
        ({"places_left": 0}, WindowState.FULL),
        ({"is_registered": True, "places_left": 0}, WindowState.RUNNING),
        ({"is_registered": True, "opens_at": NOW + HOUR}, WindowState.REGISTERED),
        ({"is_registered": True, "opens_at": NOW}, WindowState.RUNNING),
        ({"is_registered": True, "closes_at": NOW}, WindowState.OVER),
        ({"registration_opens_at": NOW}, WindowState.OPEN),
        ({"registration_opens_at": NOW + HOUR}, WindowState.LATER),
        ({"registration_closes_at": NOW}, WindowState.CLOSED),
        ({"closes_at": NOW}, WindowState.OVER),
    ],
)
def test_window_state_counts_first_moments_and_not_last_ones(changes, state):
    assert replace(WINDOW, **changes).state(NOW) == state


@pytest.mark.parametrize(
    ("windows", "code", "words"),
    [
        ([{}], Code.NOT_REGISTERED, "报考到 2026-11-23 14:00 截止"),
        ([{"registration_opens_at": NOW + HOUR}], Code.REGISTRATION_LATER, "2026-11-22 15:00 开始"),
        ([{"places_left": 0}], Code.WINDOWS_FULL, "都已报满"),
        ([{"places_left": 0}, {}], Code.NOT_REGISTERED, "要先报考"),
        ([{"registration_closes_at": NOW}], Code.NO_WINDOW, "没有可以参加的考期"),
        ([], Code.NO_WINDOW, "没有可以参加的考期"),
        (
            [{"is_registered": True, "opens_at": NOW + HOUR}],
            Code.WINDOW_LATER,
            "“十二月考期”2026-11-22 15:00 开始，2026-11-24 14:00 结束",
        ),
    ],
)
def test_decide_says_which_window_is_missing(windows, code, words):
    facts = replace(READY, has_windows=True, windows=tuple(replace(WINDOW, **changes) for changes in windows))

    (reason,) = decide(facts).reasons

    assert reason.code == code
    assert words in reason.text


def test_decide_allows_inside_a_window_that_one_is_registered_for():
    mine = (replace(WINDOW, is_registered=True), replace(WINDOW, pk=2, closes_at=NOW + 60 * HOUR, is_registered=True))
    facts = replace(READY, has_windows=True, windows=mine)

    assert decide(facts).is_allowed
    assert facts.running == mine[1]


def test_decide_puts_what_closes_first_and_what_only_time_brings_last():
    assert codes(has_windows=True, windows=(WINDOW,), lessons_done=1, attempts_used=1, last_closed_at=NOW) == [
        Code.NOT_REGISTERED,
        Code.UNFINISHED,
        Code.COOLING_DOWN,
    ]


@pytest.mark.parametrize("changes", [{"has_passed": True}, {"attempts_used": 3}, {"has_open_attempt": True}])
def test_decide_asks_nobody_to_register_who_cannot_sit_anyway(changes):
    assert Code.NOT_REGISTERED not in codes(has_windows=True, windows=(WINDOW,), **changes)


# --- Mock exam, deadline --------------------------------------------------------------------------------------------
def test_decide_mock_asks_for_enrolment_alone():
    used_up = replace(
        READY,
        lessons_done=0,
        has_identity=False,
        attempts_used=3,
        last_closed_at=NOW,
        has_passed=True,
        has_windows=True,
    )

    assert decide_mock(used_up) == ()


def test_decide_mock_says_what_is_in_the_way():
    blocked = replace(
        READY, is_open=False, is_enrolled=False, has_mock=False, has_open_attempt=True, has_open_mock=True
    )

    reasons = decide_mock(blocked)

    assert [reason.code for reason in reasons] == [
        Code.OPEN_ATTEMPT,
        Code.CLOSED,
        Code.NOT_ENROLLED,
        Code.NO_MOCK,
    ]
    assert reasons[0].text == "你有一场模拟考试正在进行。"


@pytest.mark.parametrize(
    ("time_factor", "closes_in", "minutes"),
    [
        (100, None, 90),
        (150, None, 135),
        (133, None, 119.7),
        (100, 30, 30),
        (150, 30, 75),
        (150, 200, 135),
        (100, 90, 90),
    ],
)
def test_deadline_is_the_own_time_or_the_window_with_the_extra_time(time_factor, closes_in, minutes):
    closes_at = None if closes_in is None else NOW + timedelta(minutes=closes_in)

    assert deadline_at(now=NOW, minutes=90, time_factor=time_factor, closes_at=closes_at) == NOW + timedelta(
        minutes=minutes
    )
