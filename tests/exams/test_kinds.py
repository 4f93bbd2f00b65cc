"""Every kind of question from the blueprint to the result: drawn, printed, answered, graded, shown afterwards."""

import json
import re

import pytest
import time_machine
from django.urls import reverse

from exams import attempts
from exams.attempts import BadEntries, Entry
from exams.attempts.evidence import evidence_of
from exams.models import SESSION_SPAN as S
from exams.models import AnswerEntry, Attempt, Exam, Item, Marking
from exams.results import paper
from tests.factories.exams import enter, make_case, make_eligible, make_exam_of, make_item, right_answer
from tests.factories.users import UserFactory

CELLS = {"SINGLE": 200, "BLANK": 200, "NUMERIC": 200, "CASE": 1000}
NASTY = 'a "quoted" \\back\\ {brace}, NULL 逗号\n\t第二行 \u4e2d <b>&'


@pytest.fixture
def exam(db):
    exam = make_exam_of(**CELLS)
    Item.objects.get(kind="CASE").parts.filter(kind="SHORT").update(status=Item.Status.RETIRED)
    return exam


@pytest.fixture
def sitting(exam, alice, now):
    make_eligible(alice, exam)
    return enter(exam=exam, candidate=alice, now=now)


@pytest.fixture
def essay(alice, now):
    exam = make_exam_of(SHORT=1000)
    make_eligible(alice, exam)
    return enter(exam=exam, candidate=alice, now=now)


def save(attempt, now, *texts):
    entries = [Entry(S + 1 + number, position, text) for number, (position, text) in enumerate(texts)]
    return attempts.save_answers(attempt=attempt, entries=entries, now=now)


def test_a_case_is_printed_whole_and_in_order(sitting):
    assert [question.kind for question in sitting.questions] == ["SINGLE", "BLANK", "NUMERIC", "NUMERIC", "TRUE_FALSE"]
    case = Item.objects.get(kind="CASE").current_id
    assert [question.case for question in sitting.questions] == [0, 0, 0, case, case]
    assert [question.points_centi for question in sitting.questions] == [200, 200, 200, 500, 500]
    assert sitting.total_centi == 1600


def test_right_answers_of_all_kinds_bring_full_marks(sitting, now):
    save(sitting, now, *((position, right_answer(sitting, position)) for position in range(5)))

    closed = attempts.hand_in(attempt=sitting, now=now)

    assert (closed.status, closed.points_centi, closed.has_passed) == (Attempt.Status.MARKED, 1600, True)


def test_a_case_needs_all_its_parts(exam):
    case = Item.objects.get(kind="CASE")
    assert case in Item.objects.drawable()
    assert not Item.objects.drawable().filter(case=case).exists()

    case.parts.filter(kind="NUMERIC").update(status=Item.Status.DRAFT)
    assert case not in Item.objects.drawable()
    case.parts.update(status=Item.Status.RETIRED)
    assert case not in Item.objects.drawable()


@pytest.mark.parametrize("changes", [{"is_contested": True}, {"is_verified": False}, {"status": "RETIRED"}])
def test_a_case_with_a_bad_part_is_not_drawn_any_more(sitting, exam, now, changes):
    part = Item.objects.get(kind="CASE").parts.first()
    Item.objects.filter(pk=part.pk).update(**changes)
    bob = UserFactory()
    make_eligible(bob, exam)

    if changes.get("status"):  # retired: the case goes on without it
        assert len(attempts.start(exam=exam, candidate=bob, now=now).questions) == 4
    else:
        with pytest.raises(attempts.ExamNotReady):
            attempts.start(exam=exam, candidate=bob, now=now)


def test_items_to_recheck_are_drawn_unless_the_setting_says_no(exam, settings):
    Item.objects.filter(kind="BLANK").update(recheck_reason="规则改了")

    assert Item.objects.drawable().filter(kind="BLANK").exists()
    settings.EXAM_DRAWS_ITEMS_TO_RECHECK = False
    assert not Item.objects.drawable().filter(kind="BLANK").exists()


@pytest.mark.parametrize(
    ("position", "text", "words"),
    [
        (1, "字" * 201, "最多写 200 字，现在 201 字"),
        (2, "9" * 41, "最多写 40 字"),
        (1, "a\x00b", "控制字符"),
        (1, "a\rb", "控制字符"),
        (1, "\ud83d", "控制字符"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(sitting, now, position, text, words):
    with pytest.raises(BadEntries) as refusal:
        save(sitting, now, (position, text))
    assert [words in problem.message for problem in refusal.value.problems] == [True]
    assert not AnswerEntry.objects.exists()


@pytest.mark.parametrize("text", [NASTY, "字" * 2000, "NULL", '""', "{}", "\\", "  "])
def test_what_is_typed_is_kept_to_the_letter(essay, now, text):
    receipt = save(essay, now, (0, text))
    again = save(essay, now, (0, text))

    assert (receipt.acked, again.acked, again.conflicts) == ((S + 1,), (S + 1,), ())
    assert AnswerEntry.objects.get().answer == text


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("text", [NASTY, "字" * 2000, "NULL", '""', "{}", "\\", "  "])
def test_the_lean_path_keeps_what_is_typed_to_the_letter(essay, now, text):
    session = essay.sessions.get()
    page = attempts.read_token(attempts.token_of(session=session, attempt=essay), now=now)

    receipt = attempts.save_from_page(page=page, entries=[Entry(S + 1, 0, text)], now=now)

    assert receipt.acked == (S + 1,)
    assert AnswerEntry.objects.get().answer == text


def lengths(attempt, now):
    token = attempts.token_of(session=attempt.sessions.get(), attempt=attempt)
    return [slot.length for slot in attempts.read_token(token, now=now).slots]


def test_token_says_what_may_be_typed(sitting, now):
    assert lengths(sitting, now) == [0, 200, 40, 40, 0]


def test_token_of_an_essay(essay, now):
    assert lengths(essay, now) == [2000]


def test_attempt_detail_prints_fields_units_and_material(as_alice, sitting, now):
    with time_machine.travel(now, tick=False):
        html = as_alice.get(reverse("exams:attempt_detail", args=[sitting.pk])).content.decode()

    assert len(re.findall(r"data-field\s", html)) == 3
    assert (html.count('inputmode="decimal"'), html.count('data-unit="分"')) == (2, 2)
    case = html[html.index('<div class="case">') :]
    assert (html.count('class="case-material" open'), case.count("<fieldset")) == (1, 2)
    assert "第 4–5 题" in case
    assert "机密" not in html


def test_attempt_session_gives_back_what_was_typed(as_alice, essay, now):
    save(essay, now, (0, NASTY))
    with time_machine.travel(now, tick=False):
        reply = as_alice.post(reverse("exams:attempt_session", args=[essay.pk]), "{}", content_type="application/json")

    assert json.loads(reply.content)["answers"]["0"]["answer"] == NASTY


def test_evidence_keeps_a_typed_answer_on_one_line(essay, now):
    save(essay, now, (0, "甲\t乙\n丙\\丁"))
    closed = attempts.hand_in(attempt=essay, now=now)

    save_line = evidence_of(closed).saves[0]

    assert save_line.line.split("\t")[4] == "甲\\t乙\\n丙\\\\丁"
    assert save_line.words == "甲 乙 丙\\丁"


def test_keyed_paper_of_typed_kinds(sitting, now):
    save(sitting, now, (1, "错的"), (2, "3.4"), (3, "3.33 分"))
    closed = attempts.hand_in(attempt=sitting, now=now)

    questions = paper.keyed_paper(closed)

    assert [question.verdict[2] for question in questions] == ["未答", "答错", "答错", "答对", "未答"]
    assert [question.solution.words for question in questions[1:4]] == [
        "答案机密 或 第二种机密",
        "3.33±0.01 分",
        "3.33±0.01 分",
    ]
    assert [bool(question.material) for question in questions] == [False, False, False, True, False]
    assert "机密" not in "".join(map(str, paper.own_paper(closed)[1:3]))


def test_rules_are_frozen_with_the_attempt(exam, alice, now):
    Exam.objects.update(wrong_percent=50, partial="NOTHING")
    exam.refresh_from_db()
    make_eligible(alice, exam)
    attempt = enter(exam=exam, candidate=alice, now=now)
    Exam.objects.update(wrong_percent=0)

    save(attempt, now, (1, "错"), (2, "3.33"))
    closed = attempts.hand_in(attempt=attempt, now=now)

    assert closed.points_centi == 200 - 100
    again = attempts.remark(attempt=closed, cause=Marking.Cause.APPEAL, person=UserFactory(), now=now)
    assert again.points_centi == 100


def test_in_a_mock_nobody_marks_and_the_pass_mark_follows(alice, now):
    exam = make_exam_of(SINGLE=200, SHORT=600, CASE=1000)  # the case has a 简答, too
    make_eligible(alice, exam)
    for kind in ("SINGLE", "SHORT"):
        make_item(kind=kind, pool=Item.Pool.PRACTICE)
    make_case("NUMERIC", "TRUE_FALSE", "SHORT", pool=Item.Pool.PRACTICE)

    mock = attempts.start(exam=exam, candidate=alice, is_mock=True, now=now)

    points = [(question.kind, question.points_centi) for question in mock.questions]
    assert points == [("SINGLE", 200), ("SHORT", 0), ("NUMERIC", 500), ("TRUE_FALSE", 500), ("SHORT", 0)]
    assert (mock.total_centi, mock.pass_centi) == (1200, 500 * 1200 // 1800)
    attempts.open_session(attempt=mock, user_agent="", ip=None, now=now)
    save(mock, now, (1, "练习"), (2, "3.33"))
    assert attempts.hand_in(attempt=mock, now=now).status == Attempt.Status.MARKED
