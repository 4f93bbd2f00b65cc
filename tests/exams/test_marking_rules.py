"""The rules that an exam may choose, and the kinds that are typed: docs/rules/grading.md, rules G15-G19."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.drawing import Candidate, shares_of
from exams.grading import DEFAULT_RULE, Partial, Question, Rule, grade, score

LETTERS = "ABCDE"
some = st.sets(st.sampled_from(LETTERS), min_size=2, max_size=4).map(lambda found: "".join(sorted(found)))
anything = st.sets(st.sampled_from(LETTERS)).map(lambda found: "".join(sorted(found)))
rules = st.builds(Rule, partial=st.sampled_from(Partial), wrong_percent=st.integers(0, 100))


@pytest.mark.parametrize(
    ("partial", "answer", "expected"),
    [
        (Partial.HALF, "A", 150),
        (Partial.SHARE, "A", 100),
        (Partial.SHARE, "AC", 200),
        (Partial.NOTHING, "AC", 0),
        (Partial.SHARE, "AB", 0),
        (Partial.NOTHING, "ACD", 300),
    ],
)
def test_partial_marks_of_multi(partial, answer, expected):
    assert score(kind="MULTI", key="ACD", answer=answer, points_centi=300, rule=Rule(partial=partial)) == expected


@pytest.mark.parametrize(
    ("kind", "key", "answer", "expected"),
    [
        ("SINGLE", "B", "C", -50),
        ("SINGLE", "B", "", 0),
        ("SINGLE", "B", "B", 200),
        ("MULTI", "ACD", "AB", -50),
        ("MULTI", "ACD", "A", 100),
        ("NUMERIC", "5 名", "6", -50),
        ("NUMERIC", "5 名", "五", -50),
        ("BLANK", "甲", "乙", -50),
        ("SHORT", "", "随便写写", 0),
    ],
)
def test_marks_off_for_wrong_answers(kind, key, answer, expected):
    assert score(kind=kind, key=key, answer=answer, points_centi=200, rule=Rule(wrong_percent=25)) == expected


def test_nothing_is_taken_off_unless_the_exam_says_so():
    assert (DEFAULT_RULE.wrong_percent, DEFAULT_RULE.partial) == (0, Partial.HALF)
    assert score(kind="SINGLE", key="B", answer="C", points_centi=200) == 0


@given(key=some, answer=anything, points=st.integers(1, 10_000), rule=rules)
def test_score_stays_between_the_deduction_and_full_marks(key, answer, points, rule):
    got = score(kind="MULTI", key=key, answer=answer, points_centi=points, rule=rule)

    assert -(points * rule.wrong_percent // 100) <= got <= points
    assert (got == points) is (answer == key)
    assert answer or got == 0


@given(key=some, points=st.integers(1, 10_000), data=st.data())
def test_more_right_letters_never_bring_less(key, points, data):
    some_right = data.draw(st.sets(st.sampled_from(key), min_size=1))
    more_right = some_right | data.draw(st.sets(st.sampled_from(key)))
    for partial in Partial:
        got = [
            score(
                kind="MULTI", key=key, answer="".join(sorted(chosen)), points_centi=points, rule=Rule(partial=partial)
            )
            for chosen in (some_right, more_right)
        ]

        assert got == sorted(got)


@given(keys=st.lists(some, min_size=1, max_size=3), answer=anything)
def test_of_several_accepted_keys_the_best_counts(keys, answer):
    together = score(kind="MULTI", key="|".join(keys), answer=answer, points_centi=300)

    assert together == max(score(kind="MULTI", key=key, answer=answer, points_centi=300) for key in keys)


def test_grade_of_a_paper_with_all_kinds():
    paper = [
        Question(1, "M1", "SINGLE", 200, "BACD"),
        Question(2, "M1", "NUMERIC", 200, ""),
        Question(3, "M2", "BLANK", 200, ""),
        Question(4, "M2", "SHORT", 1000, ""),
        Question(5, "M2", "SHORT", 0, ""),  # of a mock exam
    ]
    keys = {1: "B", 2: "3.33±0.01 分", 3: "甲|乙", 4: "", 5: ""}
    answers = {0: "A", 1: "3.33", 2: " 乙 ", 3: "两个层面", 4: "自己练"}

    waiting = grade(paper=paper, keys=keys, answers=answers, pass_centi=1000)
    marked = grade(paper=paper, keys=keys, answers=answers, pass_centi=1000, given={3: 750})

    assert (waiting.points_centi, waiting.total_centi, waiting.has_passed) == (600, 1600, False)
    assert (marked.points_centi, marked.has_passed) == (1350, True)
    assert (marked.modules["M2"].points, marked.modules["M2"].of, marked.modules["M2"].count) == (950, 1200, 2)


def test_the_sum_is_never_below_zero():
    paper = [Question(1, "M1", "SINGLE", 200, "ABCD"), Question(2, "M1", "SINGLE", 200, "ABCD")]

    result = grade(
        paper=paper, keys={1: "A", 2: "A"}, answers={0: "B", 1: "C"}, pass_centi=0, rule=Rule(wrong_percent=100)
    )

    assert (result.points_centi, result.modules["M1"].points) == (0, -400)


def parts(*kinds):
    return [Candidate(number, "M1", kind, 0) for number, kind in enumerate(kinds, start=1)]


def test_shares_of_a_case():
    assert shares_of(1000, parts("SINGLE", "NUMERIC", "SHORT"), has_markers=True) == [334, 333, 333]
    assert shares_of(1000, parts("SINGLE", "NUMERIC", "SHORT"), has_markers=False) == [500, 500, 0]
    assert shares_of(1000, parts("SHORT"), has_markers=False) == [0]


@given(points=st.integers(1, 10_000), count=st.integers(1, 9))
def test_shares_add_up_and_differ_by_one(points, count):
    shares = shares_of(points, parts(*["SINGLE"] * count), has_markers=True)

    assert sum(shares) == points
    assert max(shares) - min(shares) <= 1
    assert shares == sorted(shares, reverse=True)
