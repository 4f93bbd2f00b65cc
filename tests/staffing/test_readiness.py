"""Score, cycle and sampling: pure rules. docs/rules/readiness.md, A3-A14 and A17"""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates.staffing import ratio
from certificates.staffing.readiness import cycle, sampling, scoring
from certificates.staffing.readiness.cycle import Due, Event
from certificates.staffing.readiness.scoring import Finding, Level, Typed, Verdict

SECTIONS = {"5.1": 40_00, "5.2": 35_00, "5.3": 25_00}


def parts(*, deleted: int = 0, lost: int = 0) -> list[scoring.Part]:
    """All three sections as typed; what is deleted and lost is 5.2's first, then 5.1's, then 5.3's."""
    made = []
    for code in ("5.2", "5.1", "5.3"):
        gone = min(deleted, SECTIONS[code] - 1)
        off = min(lost, SECTIONS[code] - gone)
        deleted, lost = deleted - gone, lost - off
        made.append(scoring.part_as_typed(code=code, points_centi=SECTIONS[code], typed=Typed(gone, off)))
    return made


@pytest.mark.parametrize(
    ("deleted", "earned", "specials", "has_bonus", "base", "final", "level"),
    [
        (500, 7600, 0, False, 80_00, 80_00, Level.THREE),
        (500, 8550, 1, False, 90_00, 89_00, Level.THREE),
        (800, 8400, 0, False, 91_30, 91_30, Level.FOUR),
        (800, 9000, 0, True, 97_83, 98_83, Level.FIVE),
        (0, 9600, 5, False, 96_00, 91_00, Level.FAILED),
        (0, 9900, 4, False, 99_00, 95_00, Level.FIVE),
        (0, 7000, 0, False, 70_00, 70_00, Level.PASSED),
        (0, 6999, 0, False, 69_99, 69_99, Level.FAILED),
        (0, 10000, 0, True, 100_00, 100_00, Level.FIVE),
        (0, 0, 3, False, 0, 0, Level.FAILED),
    ],
)
def test_worked_examples(deleted, earned, specials, has_bonus, base, final, level):
    made = parts(deleted=deleted, lost=100_00 - deleted - earned)

    result = scoring.score(parts=made, specials=specials, has_bonus=has_bonus)

    assert (result.base_centi, result.final_centi, result.level) == (base, final, level)


def test_three_needed_two_held_is_a_third_of_five_points():
    finding = Finding("5.1.2.2", 500, Verdict.PARTLY, samples=3, failed=1)

    assert 500 - scoring.lost_by(finding) == Fraction(1000, 3)  # 3.33 points


@pytest.mark.parametrize(
    ("final", "level"),
    [
        (95_00, Level.FIVE),
        (94_99, Level.FOUR),
        (90_00, Level.FOUR),
        (80_00, Level.THREE),
        (79_99, Level.PASSED),
        (70_00, Level.PASSED),
        (69_99, Level.FAILED),
    ],
)
def test_levels_include_their_lower_bound(final, level):
    assert scoring.level_of(final) == level


findings = st.lists(
    st.builds(
        lambda points, verdict, samples, share: Finding(
            "x", points, verdict, samples=samples, failed=min(samples, share)
        ),
        st.integers(1, 10_00),
        st.sampled_from(Verdict),
        st.integers(1, 40),
        st.integers(0, 40),
    ),
    min_size=1,
    max_size=12,
)


@given(findings, st.integers(0, 6), st.booleans())
def test_score_stays_within_bounds_and_never_shows_a_level_it_has_not(made, specials, has_bonus):
    kept = Finding("kept", 100, Verdict.MET)  # a section is never deleted as a whole
    total = sum(finding.points_centi for finding in made) + 100

    part = scoring.part_by_clause(code="5.1", points_centi=total, findings=[*made, kept])
    result = scoring.score(parts=[part], specials=specials, has_bonus=has_bonus)

    assert 0 <= part.earned <= part.applicable <= total
    assert 0 <= result.final_centi <= 100_00
    if specials < scoring.TOO_MANY_SPECIALS:
        assert scoring.level_of(result.final_centi) == result.level
    else:
        assert (result.level, result.fails_by_specials) == (Level.FAILED, True)


@given(findings, st.integers(0, 11))
def test_mending_a_clause_never_lowers_the_score(made, at):
    kept = Finding("kept", 100, Verdict.MET)
    total = sum(finding.points_centi for finding in made) + 100
    at %= len(made)
    verdict = Verdict.DELETED if made[at].verdict == Verdict.DELETED else Verdict.MET
    mended = [*made[:at], Finding("x", made[at].points_centi, verdict), *made[at + 1 :]]

    before, after = (
        scoring.score(
            parts=[scoring.part_by_clause(code="5.1", points_centi=total, findings=[*each, kept])],
            specials=0,
            has_bonus=False,
        )
        for each in (made, mended)
    )

    assert after.final_centi >= before.final_centi


@given(st.integers(7000, 9999), st.integers(2, 97))
def test_rounding_never_crosses_the_edge_of_a_level(edge_minus, divisor):
    exact = Fraction(edge_minus + 1) - Fraction(1, divisor)  # just below a whole hundredth

    result = scoring.score(
        parts=[scoring.Part("5.1", 100_00, Fraction(100_00), exact, by_clause=True)], specials=0, has_bonus=False
    )

    assert scoring.level_of(result.final_centi) == scoring.level_of(exact)


@pytest.mark.parametrize(
    ("made", "knows"),
    [
        ([Finding("a", 3000, None), Finding("b", 1000, None)], True),
        ([Finding("a", 3000, None), Finding("b", None, None)], False),
        ([Finding("a", 3000, None), Finding("b", 999, None)], False),
        ([], False),
    ],
)
def test_points_are_known_only_if_none_lacks_and_they_add_up(made, knows):
    assert scoring.knows_points(40_00, made) is knows


def test_section_without_points_or_verdicts_is_not_scored():
    with pytest.raises(ValueError, match="by clause"):
        scoring.part_by_clause(code="5.1", points_centi=40_00, findings=[Finding("a", None, Verdict.MET)])
    with pytest.raises(ValueError, match="by clause"):
        scoring.part_by_clause(code="5.1", points_centi=40_00, findings=[Finding("a", 40_00, None)])


@pytest.mark.parametrize("typed", [Typed(40_00, 0), Typed(0, 40_01), Typed(-1, 0), Typed(0, -1), Typed(39_00, 2_00)])
def test_section_cannot_lose_more_than_it_has(typed):
    with pytest.raises(ValueError, match="lose"):
        scoring.part_as_typed(code="5.1", points_centi=40_00, typed=typed)


def test_staffing_is_taken_off_a_typed_section():
    part = scoring.part_as_typed(
        code="5.1", points_centi=40_00, typed=Typed(0, 200), staffing_lost=Fraction(500 * 1, 3)
    )

    assert part.earned == Fraction(38_00) - Fraction(500, 3)


def test_nothing_applicable_is_refused():
    with pytest.raises(ValueError, match="nothing"):
        scoring.score(parts=[], specials=0, has_bonus=False)


# --- Cycle ----------------------------------------------------------------------------------------------------------


def test_calendar_of_a_fresh_certificate():
    assert cycle.calendar(initial=date(2026, 9, 1), certified=date(2026, 10, 15)) == (
        Due(Event.INITIAL, date(2026, 9, 1), done_on=date(2026, 9, 1)),
        Due(Event.FIRST, date(2027, 10, 15), date(2028, 1, 15)),
        Due(Event.SECOND, date(2028, 10, 15), date(2029, 1, 15)),
        Due(Event.APPLY, date(2029, 7, 14)),
        Due(Event.RENEWAL, date(2029, 10, 14)),
    )


def test_calendar_follows_the_days_on_which_audits_were_done():
    due = cycle.calendar(initial=None, certified=date(2026, 10, 15), first=date(2027, 8, 1), second=date(2028, 6, 30))

    assert due[:2] == (
        Due(Event.FIRST, date(2027, 10, 15), date(2028, 1, 15), date(2027, 8, 1)),
        Due(Event.SECOND, date(2028, 8, 1), date(2028, 11, 1), date(2028, 6, 30)),
    )


def test_calendar_before_certification_knows_the_planned_audit_only():
    assert cycle.calendar(initial=date(2027, 3, 1), certified=None) == (Due(Event.INITIAL, date(2027, 3, 1)),)
    assert cycle.calendar(initial=None, certified=None) == ()


def test_calendar_of_a_leap_day():
    due = cycle.calendar(initial=None, certified=date(2028, 2, 29))

    assert [one.day for one in due] == [date(2029, 2, 28), date(2030, 2, 28), date(2030, 11, 27), date(2031, 2, 27)]


@given(st.dates(date(2010, 1, 1), date(2060, 12, 31)), st.integers(-400, 400), st.integers(-400, 400))
def test_surveillance_is_never_more_than_a_year_after_the_one_before(certified, early, later):
    first = ratio.add_months(certified, 12) + timedelta(days=early)
    due = cycle.calendar(initial=None, certified=certified, first=first, second=first + timedelta(days=later))

    end = cycle.valid_until(certified)
    assert due[0].day == ratio.add_months(certified, 12)
    assert due[1].day == min(end, ratio.add_months(first, 12))
    assert all(one.latest is None or one.day <= one.latest <= ratio.add_months(one.day, 3) for one in due)
    assert all(one.day <= end and (one.latest or end) <= end for one in due)


def test_audits_ahead_are_those_not_done_and_still_possible():
    due = cycle.calendar(initial=None, certified=date(2026, 10, 15), first=date(2027, 10, 1))

    ahead = cycle.audits_ahead(due, date(2028, 12, 1))  # the second may still be put off to 2029-01-01

    assert [one.event for one in ahead] == [Event.SECOND, Event.RENEWAL]
    assert cycle.audits_ahead(due, date(2029, 1, 2))[0].event == Event.RENEWAL


# --- Sampling -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outlets", "expected"),
    [(25, (5, 3, 4)), (40, (7, 4, 6)), (100, (10, 6, 8)), (0, (0, 0, 0)), (1, (1, 1, 1)), (2, (2, 1, 2))],
)
def test_sampling_numbers(outlets, expected):
    made = sampling.sample(outlets)

    assert (made.initial, made.surveillance, made.renewal) == expected


@given(st.integers(0, 10**12))
def test_sample_is_the_least_number_that_reaches_the_root(outlets):
    made = sampling.sample(outlets)

    for tenths, number in ((10, made.initial), (6, made.surveillance), (8, made.renewal)):
        assert (10 * number) ** 2 >= tenths**2 * outlets
        assert number == 0 or (10 * (number - 1)) ** 2 < tenths**2 * outlets
