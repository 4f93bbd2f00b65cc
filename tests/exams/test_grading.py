import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.grading import ModuleScore, Question, Result, grade, score

LETTERS = "ABCDE"
keys = st.sets(st.sampled_from(LETTERS), min_size=2, max_size=4).map(lambda found: "".join(sorted(found)))
answers = st.sets(st.sampled_from(LETTERS)).map(lambda found: "".join(sorted(found)))


@pytest.mark.parametrize(
    ("kind", "key", "answer", "expected"),
    [
        ("SINGLE", "B", "B", 200),
        ("SINGLE", "B", "C", 0),
        ("SINGLE", "B", "", 0),
        ("TRUE_FALSE", "T", "T", 200),
        ("TRUE_FALSE", "T", "F", 0),
        ("MULTI", "ACD", "ACD", 200),
        ("MULTI", "ACD", "AC", 100),
        ("MULTI", "ACD", "A", 100),
        ("MULTI", "ACD", "AB", 0),
        ("MULTI", "ACD", "ABCD", 0),
        ("MULTI", "ACD", "", 0),
    ],
)
def test_score_by_kind(kind, key, answer, expected):
    assert score(kind=kind, key=key, answer=answer, points_centi=200) == expected


def test_score_rounds_half_marks_down_to_a_hundredth():
    assert score(kind="MULTI", key="AC", answer="A", points_centi=333) == 166


@given(key=keys, answer=answers, points=st.integers(1, 10_000))
def test_score_of_multi_follows_the_rule_for_every_answer(key, answer, points):
    wrong = set(answer) - set(key)
    expected = points if answer == key else 0 if wrong or not answer else points // 2

    assert score(kind="MULTI", key=key, answer=answer, points_centi=points) == expected


def test_question_translates_printed_letters():
    question = Question(version=1, module="M1", kind="MULTI", points_centi=300, order="CAB")

    assert (question.letters, question.original("AC"), question.original("")) == ("ABC", "BC", "")


def test_grade_by_module():
    paper = [
        Question(10, "M1", "SINGLE", 200, "BACD"),
        Question(11, "M1", "MULTI", 300, "ABCDE"),
        Question(12, "M2", "TRUE_FALSE", 100, ""),
    ]

    result = grade(paper=paper, keys={10: "B", 11: "AC", 12: "F"}, answers={0: "A", 1: "A", 2: "T"}, pass_centi=350)

    assert result == Result(
        points_centi=350,
        total_centi=600,
        has_passed=True,
        modules={"M1": ModuleScore(350, 500, 1, 2), "M2": ModuleScore(0, 100, 0, 1)},
    )


@given(st.data())
def test_grade_does_not_depend_on_the_order_of_printing(data):
    order = "".join(data.draw(st.permutations(LETTERS)))
    key = data.draw(keys)
    chosen = data.draw(answers)
    printed = "".join(sorted(LETTERS[order.index(letter)] for letter in chosen))
    question = Question(1, "M1", "MULTI", 300, order)

    shuffled = grade(paper=[question], keys={1: key}, answers={0: printed}, pass_centi=0)

    assert question.original(printed) == chosen
    assert shuffled.points_centi == score(kind="MULTI", key=key, answer=chosen, points_centi=300)


@given(
    points=st.lists(st.integers(1, 1000), min_size=1, max_size=60),
    right=st.sets(st.integers(0, 59)),
    pass_centi=st.integers(0, 20_000),
)
def test_grade_adds_up(points, right, pass_centi):
    paper = [Question(n, f"M{n % 5 + 1}", "SINGLE", value, "ABCD") for n, value in enumerate(points)]
    chosen = {n: "A" if n in right else "B" for n in range(len(points))}

    result = grade(paper=paper, keys=dict.fromkeys(range(len(points)), "A"), answers=chosen, pass_centi=pass_centi)

    assert result.points_centi == sum(value for n, value in enumerate(points) if n in right)
    assert result.total_centi == sum(points) == sum(module.of for module in result.modules.values())
    assert result.has_passed == (result.points_centi >= pass_centi)
    assert sum(module.count for module in result.modules.values()) == len(points)
