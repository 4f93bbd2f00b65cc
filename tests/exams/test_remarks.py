"""简答 that an appeal has somebody else mark once more: docs/rules/exam-room.md, rule R9."""

from datetime import timedelta

import pytest
from django.urls import reverse

from exams import attempts, marking
from exams.models import Appeal, Attempt, Exam, Marking, Script, ScriptMark
from exams.results import appeals, paper
from tests.exams.test_admin import staff, text_of
from tests.exams.test_script_marking import ESSAY, give, hand_in
from tests.factories.exams import enter, make_eligible, make_exam_of, right_answer
from tests.factories.users import UserFactory

HOUR = timedelta(hours=1)


@pytest.fixture
def first(db):
    return UserFactory(name="一评")


@pytest.fixture
def person(db):
    return UserFactory(name="复核人")


@pytest.fixture
def appeal(alice, first, now) -> Appeal:
    """Alice's, against a published result: 2 points for the choice, 5 of 10 for the essay; 7 and a pass."""
    exam = make_exam_of(SINGLE=200, SHORT=1000)
    Exam.objects.update(marks_twice=False, review="KEY")
    make_eligible(alice, exam)
    sitting = enter(exam=exam, candidate=alice, now=now)
    closed = hand_in(sitting, now, {0: right_answer(sitting, 0), 1: ESSAY})
    give(Script.objects.get(), 2, 3, marker=first, now=now)
    marking.publish_marked(now=now)
    return appeals.file(attempt=closed, reason="简答打低了。", now=now + HOUR)


@pytest.fixture
def asked(appeal, person, now) -> Appeal:
    return appeals.ask_remark(appeal=appeal, person=person, now=now + HOUR)


def remark(*given, marker=None, now, **fields):
    given = [points * 100 for points in given]
    return marking.remark(script=Script.objects.get(), marker=marker or UserFactory(), given=given, now=now, **fields)


def test_ask_is_on_record_and_offered_to_others(asked, alice, first, person, now):
    assert (asked.remark_asked_by, asked.remark_asked_at) == (person, now + HOUR)
    offered = [list(marking.remarks(marker=one)) for one in (UserFactory(), first, alice)]
    assert offered == [[Script.objects.get()], [], []]


def test_ask_refuses_twice_and_without_an_essay(asked, alice, person, now):
    with pytest.raises(appeals.NothingToRemark):
        appeals.ask_remark(appeal=asked, person=person, now=now)

    ScriptMark.objects.all().delete()
    Script.objects.all().delete()
    Appeal.objects.update(remark_asked_at=None, remark_asked_by=None)
    with pytest.raises(appeals.NothingToRemark):
        appeals.ask_remark(appeal=asked, person=person, now=now)


def test_a_remark_counts_once_the_appeal_is_answered(asked, person, now, mailoutbox):
    remark(4, 4.5, now=now + 2 * HOUR, comment="举例也对")
    attempt = Attempt.objects.get()
    assert (attempt.points_centi, Script.objects.get().points_centi) == (700, 500)
    mailoutbox.clear()

    appeals.correct(appeal=asked, answer="重评以后更正。", person=person, now=now + 3 * HOUR)

    attempt.refresh_from_db()
    assert (attempt.points_centi, Script.objects.get().points_centi) == (1050, 850)
    assert list(Marking.objects.values_list("cause", "points_centi")) == [("MANUAL", 700), ("APPEAL", 1050)]
    assert list(ScriptMark.objects.values_list("number", "points_centi")) == [(1, 500), (4, 850)]
    assert "由另一位评阅人重新评过" in mailoutbox[0].body
    assert "现成绩 10.5 分" in mailoutbox[0].body
    [solution] = [question.solution for question in paper.keyed_paper(attempt) if question.kind == "简答"]
    assert [line.given for line in solution.rubric] == ["4", "4.5"]
    assert "评语：举例也对" in solution.comments


def test_a_remark_may_take_the_pass_away(asked, person, now):
    remark(0, 0, now=now)

    appeals.correct(appeal=asked, answer="重评以后更正。", person=person, now=now)

    assert Attempt.objects.values_list("points_centi", "has_passed").get() == (200, False)


def test_the_candidate_sees_nothing_of_it_before_the_answer(asked, now):
    remark(4, 4.5, now=now, comment="先不说")

    [solution] = [one.solution for one in paper.keyed_paper(Attempt.objects.get()) if one.kind == "简答"]

    assert ([line.given for line in solution.rubric], solution.comments) == (["2", "3"], ())


def test_no_answer_before_the_remark(asked, person, now):
    for answer in (appeals.uphold, appeals.correct):
        with pytest.raises(appeals.RemarkPending):
            answer(appeal=asked, answer="答复", person=person, now=now)

    remark(2, 3, now=now)

    assert appeals.uphold(appeal=asked, answer="重评相同。", person=person, now=now).status == "UPHELD"


def test_a_different_remark_cannot_be_passed_over(asked, person, now):
    remark(2, 3.5, now=now)

    with pytest.raises(appeals.RemarkDiffers):
        appeals.uphold(appeal=asked, answer="维持", person=person, now=now)
    with pytest.raises(appeals.RemarkBegun):
        appeals.withdraw(appeal=asked, now=now)
    assert Appeal.objects.get().status == "FILED"


def test_who_may_not_remark(asked, alice, first, person, now):
    for one in (alice, first):
        with pytest.raises(marking.NotYours):
            remark(1, 1, marker=one, now=now)
    with pytest.raises(marking.BadMark):
        remark(1, 9, now=now)
    appeals.withdraw(appeal=asked, now=now)

    with pytest.raises(marking.NotToRemark):
        remark(1, 1, now=now)
    assert ScriptMark.objects.count() == 1


def test_a_second_remark_is_one_too_many(asked, now):
    remark(1, 1, now=now)

    with pytest.raises(marking.NotToRemark):
        remark(2, 2, now=now)


def test_a_regrade_in_between_knows_nothing_of_a_remark(asked, now):
    remark(0, 0, now=now)

    assert attempts.result_of(Attempt.objects.get()).points_centi == 700


# --- Pages ------------------------------------------------------------------------------------------------------------
def test_from_the_appeal_to_the_remark_and_back(appeal, as_alice):
    examiner, marker = staff("view_appeal", "change_appeal"), staff("mark_script")
    page = reverse("exam_appeals:inspect", args=[appeal.pk])
    assert "请另一位评阅人重评简答" in text_of(examiner.get(page))

    examiner.post(reverse("exam_appeals:appeal_remark", args=[appeal.pk]))
    assert "等待重评" in text_of(examiner.get(page))
    assert "由另一位评阅人重新评阅" in text_of(as_alice.get(reverse("exams:attempt_detail", args=[appeal.attempt_id])))
    assert "1 份作答因成绩复核等待重评" in text_of(marker.get(reverse("exam_marking:index")))

    script = Script.objects.get()
    work = reverse("exam_marking:script_remark", args=[script.pk])
    assert work in text_of(marker.get(reverse("exam_marking:remark_list")))
    blind = text_of(marker.get(work))
    assert (ESSAY in blind, "一评" in blind, "学员甲" in blind) == (True, False, False)
    assert marker.post(work, {"given_0": "9", "given_1": "1"}).status_code == 422
    marker.post(work, {"given_0": "4", "given_1": "6", "comment": "", "notes": "[]"})

    assert ScriptMark.objects.get(number=4).marker == marker.user
    assert marker.user.name in text_of(examiner.get(page))
    assert "没有等你重评的作答" in text_of(marker.get(reverse("exam_marking:remark_list")))
    assert marker.get(work).status_code == 302


def test_remark_pages_need_permission(asked):
    outsider = staff("view_item")

    for path in ("exam_marking:remark_list",):
        assert outsider.get(reverse(path)).status_code == 302
    assert outsider.post(reverse("exam_appeals:appeal_remark", args=[asked.pk])).status_code == 302
    assert ScriptMark.objects.count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_remark_list_takes_the_same_queries(asked, now, count, django_assert_max_num_queries):
    marker = staff("mark_script")
    script = Script.objects.get()
    for number in range(1, count):
        Script.objects.create(
            attempt=script.attempt,
            position=10 + number,
            version=script.version,
            seq=number,
            text="x",
            of_centi=1000,
            status="DONE",
            points_centi=1,
            opened_at=now,
            done_at=now,
        )
    marker.get(reverse("exam_marking:remark_list"))

    with django_assert_max_num_queries(20):
        page = text_of(marker.get(reverse("exam_marking:remark_list")))
    assert page.count("/remarks/") == count
