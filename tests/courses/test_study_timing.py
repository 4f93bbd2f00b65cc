"""The pure rules of study time: accrual, tally, watched ranges, the length of a film. No database."""

import io
import struct
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.timing import mp4, watching
from courses.timing.accrual import AWAY_SECONDS, COUNTING, Gap, Limits, Reason, Stretch, account
from courses.timing.tally import Interval, free_parts, joined, tally

TZ = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # 12:00 there
LIMITS = Limits(idle=300, day=8 * 3600)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def said(gap: Gap, limits: Limits = LIMITS) -> list[tuple[str, int]]:
    return [(one.reason.value, one.length) for one in account(gap, limits=limits, tz=TZ)]


# --- One heartbeat ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        ({"now": after(15)}, [("COUNTED", 15)]),
        ({"now": after(15.9)}, [("COUNTED", 15)]),
        ({"now": after(0.9)}, []),
        ({"now": after(-5)}, []),
        ({"now": after(30)}, [("COUNTED", 30)]),
        ({"now": after(100)}, [("COUNTED", 30), ("MISSING", 70)]),
        ({"now": after(15), "idle": 299}, [("COUNTED", 15)]),
        ({"now": after(15), "idle": 300}, [("IDLE", 15)]),
        ({"now": after(40), "idle": 300}, [("IDLE", 30), ("MISSING", 10)]),
        ({"now": after(3600), "was_visible": False}, [("HIDDEN", 3600)]),
        ({"now": after(15), "is_accruing": False}, [("ELSEWHERE", 15)]),
        ({"now": after(90), "is_opening": True}, [("MISSING", 90)]),
        ({"now": after(90), "is_opening": True, "was_visible": False}, [("HIDDEN", 90)]),
        ({"now": after(AWAY_SECONDS + 1), "was_visible": False}, []),
        ({"now": after(20), "today": 8 * 3600 - 5}, [("COUNTED", 5), ("DAY_LIMIT", 15)]),
        ({"now": after(20), "today": 9 * 3600}, [("DAY_LIMIT", 20)]),
    ],
)
def test_account_gives_each_second_its_reason(gap, expected):
    assert said(Gap(since=NOON, **gap)) == expected


def test_account_cuts_at_midnight_and_starts_the_new_day_with_a_new_limit():
    since = datetime(2026, 11, 22, 15, 59, 50, tzinfo=UTC)
    gap = Gap(since=since, now=since + timedelta(seconds=25), today=8 * 3600 - 4)

    assert said(gap) == [("COUNTED", 4), ("DAY_LIMIT", 6), ("COUNTED", 15)]


GAPS = st.builds(
    Gap,
    since=st.just(NOON),
    now=st.floats(-100, 20_000).map(after),
    was_visible=st.booleans(),
    is_accruing=st.booleans(),
    is_opening=st.booleans(),
    idle=st.integers(0, 1000),
    today=st.integers(0, 86_400),
)


@given(GAPS)
def test_account_covers_the_time_once_and_never_more(gap):
    stretches = account(gap, limits=LIMITS, tz=TZ)

    at = gap.since
    for one in stretches:
        assert one.started_at == at
        assert one.length > 0
        at = one.ended_at
    assert at <= max(gap.since, gap.now)
    assert sum(one.seconds for one in stretches) <= 30


@given(st.lists(st.tuples(st.floats(0, 4000), st.integers(0, 400), st.booleans()), max_size=30))
def test_account_of_any_forged_series_counts_less_than_has_passed(beats):
    """Whatever a browser says of itself: never more than the server's clock, nor than 30 seconds a heartbeat."""
    since, counted = NOON, 0
    for wait, idle, was_visible in beats:
        now = since + timedelta(seconds=wait)
        stretches = account(
            Gap(since=since, now=now, idle=idle, was_visible=was_visible, today=counted), limits=LIMITS, tz=TZ
        )
        counted += sum(one.seconds for one in stretches)
        since = stretches[-1].ended_at if stretches else since

    assert counted <= (since - NOON).total_seconds()
    assert counted <= 30 * len(beats)


# --- Series of heartbeats --------------------------------------------------------------------------------
moments = st.integers(min_value=-5_000, max_value=5_000_000).map(lambda ms: NOON + timedelta(milliseconds=ms))
pings = st.lists(moments, max_size=60)


def credit(*, seen_at: datetime, now: datetime) -> tuple[int, datetime]:
    stretches = account(Gap(since=seen_at, now=now), limits=LIMITS, tz=TZ)
    return sum(one.seconds for one in stretches), stretches[-1].ended_at if stretches else seen_at


def total(times: list[datetime], *, seen_at: datetime = NOON) -> int:
    seconds = 0
    for now in times:
        earned, seen_at = credit(seen_at=seen_at, now=now)
        seconds += earned
    return seconds


@pytest.mark.parametrize(
    ("elapsed", "seconds"),
    [(0, 0), (0.9, 0), (1, 1), (15, 15), (29.99, 29), (30, 30), (30.5, 30), (3600, 30), (-10, 0)],
)
def test_credit_is_the_time_since_last_seen_up_to_thirty_seconds(elapsed, seconds):
    assert credit(seen_at=NOON, now=NOON + timedelta(seconds=elapsed))[0] == seconds


def test_credit_leaves_a_fraction_of_a_second_to_the_next_ping():
    quick = [NOON + timedelta(milliseconds=700 * n) for n in range(1, 11)]

    assert total(quick) == 7


@given(pings)
def test_credit_never_exceeds_elapsed_time_in_any_order(times):
    elapsed = max([*times, NOON]) - NOON

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
    times, now = [], NOON
    for gap in gaps:
        now += timedelta(milliseconds=gap)
        times.append(now)

    assert total(times) == sum(gaps) // 1000


# --- From intervals to seconds ---------------------------------------------------------------------------
def interval(start: float, end: float, reason: Reason = Reason.COUNTED, lesson: int = 1) -> Interval:
    return Interval(lesson=lesson, started_at=after(start), ended_at=after(end), reason=reason)


INTERVALS = st.lists(
    st.builds(
        lambda start, length, reason, lesson: interval(start, start + length, reason, lesson),
        st.integers(0, 200_000),
        st.integers(1, 20_000),
        st.sampled_from(Reason),
        st.integers(1, 4),
    ),
    max_size=25,
)


def test_tally_adds_up_by_day_and_lesson():
    found = tally(
        [
            interval(0, 60),
            interval(60, 90, Reason.IDLE),
            interval(90, 100, lesson=2),
            interval(60, 80, Reason.CORRECTED),
            interval(86_400, 86_410),
        ],
        tz=TZ,
    )

    assert (found.total, found.by_lesson, found.lost) == (100, {1: 90, 2: 10}, {Reason.IDLE: 30})
    assert found.by_day == {date(2026, 11, 22): 90, date(2026, 11, 23): 10}


@given(INTERVALS)
def test_tally_is_never_more_than_the_time_that_has_passed(intervals):
    found = tally(intervals, tz=TZ)

    counting = [one for one in intervals if one.reason in COUNTING]
    union = sum((end - start).total_seconds() for start, end in joined((o.started_at, o.ended_at) for o in counting))
    assert found.total == union
    assert sum(found.by_day.values()) == sum(found.by_lesson.values()) == found.total
    assert all(seconds <= 86_400 for seconds in found.by_day.values())


@given(INTERVALS, st.randoms())
def test_tally_does_not_depend_on_the_order(intervals, random):
    shuffled = list(intervals)
    random.shuffle(shuffled)

    assert tally(shuffled, tz=TZ) == tally(intervals, tz=TZ)


@given(INTERVALS, st.integers(0, 24))
def test_tally_with_one_interval_less_is_never_more(intervals, position):
    assert tally(intervals[:position] + intervals[position + 1 :], tz=TZ).total <= tally(intervals, tz=TZ).total


@given(st.lists(GAPS.filter(lambda gap: gap.is_accruing), max_size=12))
def test_tally_of_what_account_gave_is_the_sum_of_its_seconds(gaps):
    since, stretches = NOON, list[Stretch]()
    for gap in gaps:
        wait = gap.now - gap.since
        made = account(
            Gap(since=since, now=since + wait, was_visible=gap.was_visible, idle=gap.idle), limits=LIMITS, tz=TZ
        )
        stretches += made
        since = made[-1].ended_at if made else since

    found = tally(
        (Interval(lesson=1, started_at=s.started_at, ended_at=s.ended_at, reason=s.reason) for s in stretches), tz=TZ
    )
    assert found.total == sum(one.seconds for one in stretches)


def test_free_parts_are_what_is_left():
    covered = joined([(after(10), after(20)), (after(30), after(40)), (after(15), after(25))])

    assert covered == [(after(10), after(25)), (after(30), after(40))]
    assert free_parts((after(0), after(35)), covered) == [(after(0), after(10)), (after(25), after(30))]
    assert free_parts((after(12), after(20)), covered) == []


# --- Videos ----------------------------------------------------------------------------------------------
def test_accept_takes_what_the_clock_allows():
    assert watching.accept(known=[], claimed=[(0, 10)], elapsed=10, duration=100) == [(0, 10)]
    assert watching.accept(known=[(0, 10)], claimed=[(10, 100)], elapsed=10, duration=100) == [(0, 32)]
    assert watching.accept(known=[], claimed=[(0, 100)], elapsed=0, duration=100) == []
    assert watching.accept(known=[], claimed=[(0, 1000)], elapsed=9999, duration=1000) == [(0, 62)]
    assert watching.accept(known=[], claimed=[(-5, 3), (95, 200)], elapsed=30, duration=100) == [(0, 3), (95, 100)]


RANGES = st.lists(st.tuples(st.floats(-10, 700), st.floats(-10, 700)), max_size=8)


@given(st.lists(st.tuples(RANGES, st.floats(0, 60)), max_size=10))
def test_accept_never_gives_more_than_twice_the_time(reports):
    known, passed = [], 0.0
    for claimed, elapsed in reports:
        known = watching.accept(known=known, claimed=claimed, elapsed=elapsed, duration=600)
        passed += min(elapsed, 30) * 2 + 2 + 8 * watching.SHORTEST_GAP  # joining may close gaps of a second

    assert watching.length(known) <= min(600, passed) + 1e-6
    assert known == watching.join(known)


def test_percent_and_reached_count_parts_and_not_the_position():
    seen = [(0.0, 30.0), (90.0, 100.0)]

    assert (watching.percent(watched=seen, duration=100), watching.reached(seen)) == (40, 30.0)
    assert (watching.percent(watched=[], duration=0), watching.reached([(5.0, 9.0)])) == (0, 0.0)


def film(*, version: int = 0, scale: int = 1000, units: int = 12_500) -> bytes:
    times = struct.pack(">QQIQ" if version else ">IIII", 0, 0, scale, units)
    mvhd = struct.pack(">I4s", 12 + len(times), b"mvhd") + bytes([version, 0, 0, 0]) + times
    ftyp = struct.pack(">I4s", 12, b"ftyp") + b"isom"
    large = struct.pack(">I4sQ", 1, b"mdat", 20) + b"abcd"
    return ftyp + large + struct.pack(">I4s", 8 + len(mvhd), b"moov") + mvhd


@pytest.mark.parametrize("version", [0, 1])
def test_duration_is_read_from_the_header(version):
    assert mp4.duration(io.BytesIO(film(version=version))) == 12.5


@pytest.mark.parametrize(
    "data", [b"", b"no film at all, just words", film()[:-6], film(scale=0), struct.pack(">I4s", 0, b"free") + film()]
)
def test_duration_of_what_is_no_film_is_not_known(data):
    assert mp4.duration(io.BytesIO(data)) is None
