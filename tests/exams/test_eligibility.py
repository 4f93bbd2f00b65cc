from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from exams.eligibility import Code, Eligibility, Facts, decide

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
