"""The figures of an analysis agree with NumPy and SciPy; gates, flags and charts."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from exams.analysis import charts, classical
from exams.analysis.classical import Sums
from exams.analysis.counting import count
from exams.analysis.summary import ENOUGH, Flag, choice_rows, quartiles, reliability_of, sum_up_paper, summarize
from exams.analysis.tally import MAX_WRITINGS, OTHERS, Answered, Cuts, PaperTally, Sitting

CLOSE = {"rtol": 1e-9, "atol": 1e-12}
PEOPLE, ITEMS = 400, 20


def simulate(*, seed=1, people=PEOPLE, items=ITEMS):
    """Answers of a one-parameter model: rows are people, columns items, 1 is right."""
    draw = np.random.default_rng(seed)
    ability, difficulty = draw.normal(size=people), draw.normal(size=items)
    return (draw.random((people, items)) < 1 / (1 + np.exp(difficulty - ability[:, None]))).astype(int)


def cuts_for(totals):
    rank = max(1, round(len(totals) * 0.27)) - 1
    ordered = sorted(totals)
    return Cuts(upper=int(ordered[len(ordered) - 1 - rank]), lower=int(ordered[rank]))


def tally_of(points, *, of=None, versions=None, kinds=None):
    """Count a matrix of points (hundredths): A is the right answer, B a wrong one."""
    of = np.full(points.shape[1], 100) if of is None else of
    kinds = kinds or ["SINGLE"] * points.shape[1]
    totals = points.sum(axis=1)
    tally = PaperTally(cuts=cuts_for(totals))
    for person, row in enumerate(points):
        numbers = range(points.shape[1]) if versions is None else versions[person]
        answered = [
            Answered(int(version), kinds[place], int(x), int(of[place]), "A" if x == of[place] else "B", 10 + place)
            for place, (version, x) in enumerate(zip(numbers, row, strict=True))
        ]
        count(tally, [Sitting(int(row.sum()), int(of.sum()), bool(row.sum() * 2 > of.sum()), answered)])
    return tally


@pytest.fixture(scope="module")
def right():
    return simulate()


@pytest.fixture(scope="module")
def tally(right):
    return tally_of(right * 100)


# --- Against NumPy and SciPy ------------------------------------------------------------------------------------------
def test_facility_correlation_and_discrimination_agree(right, tally):
    totals = right.sum(axis=1)
    upper, lower = totals * 100 >= tally.cuts.upper, totals * 100 <= tally.cuts.lower
    for item in range(ITEMS):
        x, rest = right[:, item], totals - right[:, item]
        found = summarize(tally.items[item], key="A", letters="ABCD")

        np.testing.assert_allclose(found.facility, x.mean(), **CLOSE)
        np.testing.assert_allclose(found.correlation, stats.pointbiserialr(x, rest).statistic, **CLOSE)
        np.testing.assert_allclose(found.discrimination, x[upper].mean() - x[lower].mean(), **CLOSE)


def test_correlation_of_partial_points_agrees(right):
    points = right * 300
    points[::3, 0] = 150
    tally = tally_of(points, of=np.full(ITEMS, 300))

    rest = points[:, 1:].sum(axis=1)
    expected = stats.pearsonr(points[:, 0], rest)
    found = summarize(tally.items[0], key="A", letters="ABCD")
    np.testing.assert_allclose(found.correlation, expected.statistic, **CLOSE)
    low, high = expected.confidence_interval()
    np.testing.assert_allclose([found.correlation_interval.low, found.correlation_interval.high], [low, high], **CLOSE)


def test_wilson_agrees(right, tally):
    for item in range(ITEMS):
        expected = stats.binomtest(int(right[:, item].sum()), PEOPLE).proportion_ci(method="wilson")
        found = summarize(tally.items[item], key="A", letters="ABCD").facility_interval
        np.testing.assert_allclose([found.low, found.high], [expected.low, expected.high], **CLOSE)


def test_interval_of_partial_points_agrees(right):
    points = right * 300
    points[::3, 0] = 150
    shares = points[:, 0] / 300
    found = summarize(tally_of(points, of=np.full(ITEMS, 300)).items[0], key="A", letters="ABCD").facility_interval

    low, high = stats.norm.interval(0.95, loc=shares.mean(), scale=stats.sem(shares))
    np.testing.assert_allclose([found.low, found.high], [low, high], **CLOSE)


def test_kr20_and_its_error_agree(right, tally):
    method, found = reliability_of(tally)

    p, totals = right.mean(axis=0), right.sum(axis=1)
    kr20 = ITEMS / (ITEMS - 1) * (1 - (p * (1 - p)).sum() / totals.var())
    assert method == "KR-20"
    np.testing.assert_allclose(found.value, kr20, **CLOSE)
    np.testing.assert_allclose(found.error, totals.std(ddof=1) * np.sqrt(1 - kr20), **CLOSE)
    # Bonett (2002) by SciPy's normal quantile
    half = stats.norm.ppf(0.975) * np.sqrt(2 * ITEMS / ((ITEMS - 1) * (PEOPLE - 2)))
    bounds = 1 - (1 - kr20) * np.exp([half, -half])
    np.testing.assert_allclose([found.interval.low, found.interval.high], bounds, **CLOSE)


def test_alpha_of_unequal_points_agrees(right):
    of = np.array([200] * 10 + [300] * 10)
    points = right * of
    method, found = reliability_of(tally_of(points, of=of))

    covariances = np.cov(points.T)
    alpha = ITEMS / (ITEMS - 1) * (1 - np.trace(covariances) / covariances.sum())
    assert method == "Cronbach α"
    np.testing.assert_allclose(found.value, alpha, **CLOSE)


def test_phi_of_different_papers_is_the_one_way_analysis_of_variance(right):
    versions = [[person * ITEMS + place for place in range(ITEMS)] for person in range(PEOPLE)]
    method, found = reliability_of(tally_of(right * 100, versions=versions))

    between = ITEMS * right.mean(axis=1).var(ddof=1)
    within = right.var(axis=1, ddof=1).mean()
    assert method == "Φ"
    np.testing.assert_allclose(found.value, 1 - within / between, **CLOSE)
    f_statistic = stats.f_oneway(*right).statistic
    np.testing.assert_allclose(found.value, 1 - 1 / f_statistic, **CLOSE)


def test_phi_takes_kinds_apart_and_a_lone_question_by_its_variance_over_people(right):
    points, kinds = right[:, :4] * 100, ["SINGLE", "SINGLE", "SINGLE", "TRUE_FALSE"]
    versions = [[person * 4 + place for place in range(4)] for person in range(PEOPLE)]
    method, found = reliability_of(tally_of(points, versions=versions, kinds=kinds))

    error = 3 * right[:, :3].var(axis=1, ddof=1).mean() + right[:, 3].var(ddof=1)
    assert method == "Φ"
    np.testing.assert_allclose(found.value, 1 - error / right[:, :4].sum(axis=1).var(ddof=1), **CLOSE)


def test_mean_deviation_and_distribution_agree(right, tally):
    found, totals = sum_up_paper(tally), right.sum(axis=1)

    np.testing.assert_allclose([found.mean, found.deviation], [totals.mean(), totals.std(ddof=1)], **CLOSE)
    histogram = np.bincount(np.minimum(totals, 19), minlength=20)  # of 20 questions, each bar is one
    assert (found.count, found.passed, found.bars) == (PEOPLE, int((totals > 10).sum()), tuple(histogram))


def test_quartiles_are_those_of_the_inverted_distribution():
    seconds = [5, 5, 7, 9, 30, 31, 31, 60, 61, 90, 400]
    counts = {value: seconds.count(value) for value in seconds}

    expected = np.quantile(seconds, [0.25, 0.5, 0.75], method="inverted_cdf")
    assert quartiles(counts) == tuple(expected)
    assert quartiles({}) is None


# --- Gates and corners ------------------------------------------------------------------------------------------------
def test_too_few_people_bring_a_number_only(right):
    few = tally_of(right[: ENOUGH - 1] * 100)

    assert summarize(few.items[0], key="A", letters="ABCD").facility is None
    assert (sum_up_paper(few).method, sum_up_paper(few).reliability) == ("", None)
    assert summarize(tally_of(right[:ENOUGH] * 100).items[0], key="A", letters="ABCD").facility is not None


def test_nobody_and_no_spread():
    assert sum_up_paper(PaperTally(cuts=Cuts(0, 0))).mean is None
    same = tally_of(np.full((50, 4), 100))
    found = summarize(same.items[0], key="A", letters="AB")
    assert (found.facility, found.correlation, found.discrimination) == (1.0, None, None)
    assert reliability_of(same) == ("", None)
    assert classical.correlation(Sums()) is None
    assert classical.correlation_interval(1.0, 50) is None


def test_a_void_question_takes_no_part_in_the_reliability(right):
    points = right * 100
    plain = tally_of(points[:, 1:])
    tally = PaperTally(cuts=Cuts(0, 0))
    for row in points:
        answered = [Answered(n, "SINGLE", int(x), 100, "A", None, is_void=n == 0) for n, x in enumerate(row)]
        count(tally, [Sitting(int(row.sum()), 2000, True, answered)])

    np.testing.assert_allclose(reliability_of(tally)[1].value, reliability_of(plain)[1].value, **CLOSE)
    assert summarize(tally.items[0], key="A", letters="AB").flags == ()


# --- Flags and tables -------------------------------------------------------------------------------------------------
def item_with(answers, *, key="A", kind="SINGLE"):
    """An item answered by 100 people from worst to best; the rest of their paper follows their rank."""
    tally = PaperTally(cuts=Cuts(upper=72, lower=27))
    for rank, answer in enumerate(answers):
        rest = [Answered(2, "NUMERIC", rank, 100, "1", has_letters=False)]
        mine = Answered(1, kind, 100 if answer == key else 0, 100, answer)
        count(tally, [Sitting(rank, 200, False, [mine, *rest])])
    return summarize(tally.items[1], key=key, letters="ABCD"), tally.items[1]


@pytest.mark.parametrize(
    ("answers", "flags"),
    [
        (["C"] * 15 + ["D"] * 15 + ["B"] * 15 + ["A"] * 55, ()),
        (["A"] * 40 + ["B"] * 20 + ["C"] * 20 + ["D"] * 20, (Flag.NEGATIVE, Flag.KEY)),
        (["B", "C", "D", "A"] * 25, (Flag.WEAK,)),
        (["C"] * 20 + ["D"] * 20 + ["A"] * 60, (Flag.DEAD,)),
        (["B", "C", "D"] * 27 + ["A"] * 19, (Flag.HARD,)),
        (["B"] * 2 + ["A"] * 98, (Flag.EASY,)),
    ],
)
def test_flags(answers, flags):
    assert item_with(answers)[0].flags == flags


def test_choice_rows_count_every_option_and_nothing():
    _, tally = item_with(["B"] * 28 + [""] * 44 + ["A"] * 28)

    rows = choice_rows(tally, key="A", letters="ABCD")

    assert [(row.name, row.is_right, row.count, row.shares) for row in rows] == [
        ("A", True, 28, (0, 0, 1)),
        ("B", False, 28, (1, 0, 0)),
        ("C", False, 0, (0, 0, 0)),
        ("D", False, 0, (0, 0, 0)),
        ("", False, 44, (0, 1, 0)),
    ]
    assert rows[0].mean_total == pytest.approx(sum(range(72, 100)) / 28 / 200)


def test_choice_rows_of_writings_are_the_most_frequent_and_bounded():
    tally = PaperTally(cuts=Cuts(0, 0))
    for number in range(MAX_WRITINGS + 50):
        written = Answered(1, "BLANK", 0, 100, f"答{number}", has_letters=False)
        count(tally, [Sitting(0, 100, False, [written])])
    for _ in range(3):
        count(tally, [Sitting(100, 100, True, [Answered(1, "BLANK", 100, 100, "答1", has_letters=False)])])

    rows = choice_rows(tally.items[1], key="对", letters="")

    assert len(tally.items[1].choices) == MAX_WRITINGS + 1
    assert [(row.name, row.count, row.is_right) for row in rows[:2]] == [(OTHERS, 50, False), ("答1", 4, True)]
    assert len(rows) == 10


# --- Charts -----------------------------------------------------------------------------------------------------------
def test_distribution_stands_on_the_ground_and_within_the_frame():
    found = charts.distribution([0, 5, 10], pass_share=0.5)

    ground = charts.TOP + charts.PLOT_HEIGHT
    assert [(bar.count, bar.y + bar.height) for bar in found.bars] == [(0, ground), (5, ground), (10, ground)]
    assert found.bars[2].height == charts.PLOT_HEIGHT
    assert found.pass_x == charts.LEFT + charts.PLOT_WIDTH / 2
    assert charts.distribution([0, 0], pass_share=None).bars[0].height == 0


def test_trace_lines_keep_their_names_apart():
    rows = [{"name": name, "is_right": name == "A", "shares": (0.2, 0.3, 0.0)} for name in ("A", "B", "")]

    lines = charts.trace_lines([*rows, {"name": "D", "is_right": False, "shares": (None, 1, 1)}])

    heights = sorted(line.end_y for line in lines)
    assert {line.name for line in lines} == {"A", "B", "未答"}
    assert all(later - earlier >= charts.NAME_HEIGHT for earlier, later in pairwise(heights))
