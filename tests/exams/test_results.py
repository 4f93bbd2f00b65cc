"""The result, the paper afterwards and the appeal, as the candidate meets them."""

from datetime import timedelta

import pytest
import time_machine

from exams import attempts
from exams.models import Appeal, Attempt, Exam
from exams.results import appeals, late_review
from tests.factories.exams import S, enter, make_eligible, make_exam, make_practice, make_window, right_answer
from tests.factories.results import make_late
from tests.factories.users import UserFactory

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SECRETS = ("解析机密", "出处机密", "正确答案", "is-right")


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


@pytest.fixture
def person(db):
    return UserFactory()


def text_of(response):
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def closed(attempt, *, right=0):
    """Hand an open attempt in with so many right answers, the rest empty."""
    now = attempt.started_at + MINUTE
    entries = [attempts.Entry(S + 1 + at, at, right_answer(attempt, at)) for at in range(right)]
    attempts.save_answers(attempt=attempt, entries=entries, now=now)
    return attempts.hand_in(attempt=attempt, now=now)


def address(attempt, page=""):
    return f"/exams/attempts/{attempt.pk}/{page}"


def rule(**fields):
    Exam.objects.update(**fields)


def seen(client, attempt):
    """Return what of the paper a client gets to see: NONE, OWN or KEY; and look that nothing else tells the key."""
    response = client.get(address(attempt, "review/"))
    others = [client.get(address(attempt)), *(client.get(address(attempt, f"evidence{end}")) for end in ("/", ".json"))]
    assert not any(secret in other.content.decode() for other in others for secret in SECRETS)
    page = response.content.decode()
    if response.status_code != 200 or "题干" not in page:
        assert not any(secret in page for secret in SECRETS)
        return "NONE"
    found = {secret in page for secret in SECRETS}
    assert len(found) == 1
    return "KEY" if found == {True} else "OWN"


# --- What may be seen -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("level", ["NONE", "OWN", "KEY"])
def test_attempt_review_at_once(as_alice, as_charlie, sitting, level):
    rule(review=level, review_from="AT_ONCE")
    assert seen(as_alice, sitting) == "NONE"  # still open

    closed(sitting)

    assert seen(as_alice, sitting) == level
    assert as_charlie.get(address(sitting, "review/")).status_code == 404


@pytest.mark.parametrize("level", ["NONE", "OWN", "KEY"])
def test_attempt_review_after_the_window(as_alice, as_charlie, exam, sitting, charlie, now, clock, level):
    rule(review=level, review_from="AFTER_WINDOW")
    window = make_window(exam, now=now)
    Attempt.objects.update(window=window)
    sitting.refresh_from_db()
    closed(sitting)
    clock.move_to(window.closes_at - timedelta(seconds=1))
    assert seen(as_alice, sitting) == "NONE"
    other = Attempt.objects.create(
        exam=exam, candidate=charlie, number=1, window=window, paper=sitting.paper, total_centi=1, pass_centi=1,
        started_at=now, deadline_at=window.closes_at + 30 * MINUTE,
    )  # fmt: skip
    clock.move_to(window.closes_at + MINUTE)
    assert seen(as_alice, sitting) == "NONE"  # somebody with more time is still sitting

    attempts.hand_in(attempt=other, now=window.closes_at + MINUTE)

    assert seen(as_alice, sitting) == level
    assert as_charlie.get(address(sitting, "review/")).status_code == 404


def test_attempt_review_after_the_window_of_an_exam_without_any(as_alice, sitting):
    rule(review="KEY", review_from="AFTER_WINDOW")

    closed(sitting)

    assert seen(as_alice, sitting) == "KEY"


@pytest.mark.parametrize("level", ["NONE", "OWN", "KEY"])
def test_attempt_review_when_passed(as_alice, as_charlie, sitting, level):
    rule(review=level, review_from="WHEN_DONE")

    closed(sitting, right=4)

    assert seen(as_alice, sitting) == level
    assert as_charlie.get(address(sitting, "review/")).status_code == 404


@pytest.mark.parametrize("level", ["NONE", "OWN", "KEY"])
def test_attempt_review_when_no_attempt_is_left(as_alice, alice, exam, sitting, clock, now, level):
    rule(review=level, review_from="WHEN_DONE", max_attempts=2)
    exam.refresh_from_db()
    closed(sitting)
    assert seen(as_alice, sitting) == "NONE"

    clock.move_to(now + 2 * DAY)
    last = enter(exam=exam, candidate=alice, now=now + 2 * DAY)
    assert seen(as_alice, sitting) == "NONE"  # the last one is used, but not over
    closed(last)

    assert seen(as_alice, sitting) == level


def test_attempt_review_is_hidden_during_another_attempt(as_alice, alice, exam, sitting, clock, now):
    rule(review="KEY")
    closed(sitting)
    clock.move_to(now + 2 * DAY)
    enter(exam=exam, candidate=alice, now=now + 2 * DAY)

    assert seen(as_alice, sitting) == "NONE"
    assert "正在考同一场考试" in text_of(as_alice.get(address(sitting)))


@pytest.mark.parametrize("level", ["NONE", "OWN", "KEY"])
def test_attempt_review_of_a_mock_shows_the_key_at_once(as_alice, alice, exam, now, level):
    rule(review=level, review_from="WHEN_DONE")
    exam.refresh_from_db()
    make_eligible(alice, exam)
    make_practice(exam)
    mock = attempts.start(exam=exam, candidate=alice, is_mock=True, now=now)
    assert seen(as_alice, mock) == "NONE"

    attempts.hand_in(attempt=mock, now=now)

    assert seen(as_alice, mock) == "KEY"
    page = text_of(as_alice.get(address(mock)))
    assert "模拟考试不计次数，不发证书" in page
    assert "成绩复核" not in page


# --- The page of the paper ------------------------------------------------------------------------------------------
def test_attempt_review_says_what_was_chosen_and_what_was_right(as_alice, sitting):
    rule(review="KEY")
    closed(sitting, right=2)

    everything = text_of(as_alice.get(address(sitting, "review/")))
    lost = text_of(as_alice.get(address(sitting, "review/?lost=1")))

    assert everything.count("我选的") == 2
    assert everything.count("正确答案") == 2 + 2 + 1
    assert everything.count("2 / 2 分") == 2
    assert "全部 4 题" in everything
    assert "只看失分 2 题" in everything
    assert [f'id="question-{number}"' in lost for number in (1, 2, 3, 4)] == [False, False, True, True]


def test_attempt_review_of_own_answers_gives_no_points_away(as_alice, sitting):
    rule(review="OWN")
    closed(sitting, right=2)

    page = text_of(as_alice.get(address(sitting, "review/")))

    assert page.count("我选的") == 2
    assert text_of(as_alice.get(address(sitting, "review/?lost=1"))).count("题干") == 4  # it would tell which are wrong
    assert not any(word in page for word in ("答对", "答错", "失分", "2 / 2"))


@pytest.mark.parametrize("count", [1, 3])
def test_attempt_review_takes_the_same_queries_for_any_paper(as_alice, alice, now, count, django_assert_num_queries):
    exam = make_exam(review="KEY")
    exam.cells.exclude(kind="SINGLE").delete()
    exam.cells.update(count=count)
    make_eligible(alice, exam)
    attempt = closed(enter(exam=exam, candidate=alice, now=now), right=count)
    as_alice.get(address(attempt, "review/"))

    with django_assert_num_queries(7):
        text_of(as_alice.get(address(attempt, "review/")))


# --- The result -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_attempt_detail_takes_the_same_queries_for_any_history(
    as_alice, sitting, person, now, count, django_assert_num_queries
):
    review = make_late(sitting)
    late_review.refuse(review=review, reason="不符", person=person, now=now)
    for _ in range(count):
        appeal = appeals.file(attempt=sitting, reason="请核对", now=now)
        appeals.withdraw(appeal=appeal, now=now)
        attempts.remark(attempt=sitting, cause="APPEAL", person=person, now=now)
    as_alice.get(address(sitting))

    with django_assert_num_queries(10):
        text_of(as_alice.get(address(sitting)))


def test_attempt_detail_tells_the_review_of_late_answers(as_alice, sitting, person, now, clock):
    clock.move_to(sitting.deadline_at + DAY)
    review = make_late(sitting, positions=(0, 1))
    page = text_of(as_alice.get(address(sitting)))
    assert "待审核" in page
    assert "有 2 条作答" in page

    late_review.accept(review=review, seqs=[S + 100], reason="断网属实", person=person, now=now + DAY)

    page = " ".join(text_of(as_alice.get(address(sitting))).split())
    assert "采纳 2 条中的 1 条，已重新评分。审核意见：断网属实" in page
    assert "原成绩 <b>0</b> 分（未合格） → 现成绩 <b>2</b> 分（未合格）" in page
    assert "缘由：迟到作答审核" in page


def test_attempt_detail_of_a_pass_that_was_lost_promises_nothing(as_alice, sitting, person, now):
    closed(sitting, right=4)
    sitting.entries.all().delete()
    attempts.remark(attempt=sitting, cause="APPEAL", person=person, now=now)

    page = text_of(as_alice.get(address(sitting)))

    assert "已经签发的证书不会自动失效，工作人员会核实并联系你" in page
    assert "查看证书" not in page


def test_attempt_detail_says_why_an_invigilator_closed_it(as_alice, sitting, person, now):
    attempts.force_hand_in(attempt=sitting, reason="考场停电", person=person, now=now + MINUTE)

    page = text_of(as_alice.get(address(sitting)))

    assert "监考收卷" in page
    assert "考场停电" in page


# --- Appeals --------------------------------------------------------------------------------------------------------
def test_attempt_appeal_is_filed_shown_and_withdrawn(as_alice, sitting):
    closed(sitting)
    assert "2026-11-29 14:04:22" in text_of(as_alice.get(address(sitting)))

    page = text_of(as_alice.post(address(sitting, "appeal/"), {"reason": "请核对 <b>第 1 题</b>"}, follow=True))
    assert "申请已受理" in page
    assert "请核对 &lt;b&gt;第 1 题&lt;/b&gt;" in page
    assert 'name="reason"' not in page

    page = text_of(as_alice.post(address(sitting, "appeal/withdraw/"), follow=True))
    assert "已撤回" in page
    assert 'name="reason"' in page


def test_attempt_appeal_without_a_reason(as_alice, sitting):
    closed(sitting)

    response = as_alice.post(address(sitting, "appeal/"), {"reason": ""})

    assert response.status_code == 422
    assert "请写明申请理由。" in response.content.decode()
    assert not Appeal.objects.exists()


def test_attempt_appeal_too_late(as_alice, sitting, clock, now):
    closed(sitting)
    clock.move_to(now + 8 * DAY)

    page = text_of(as_alice.post(address(sitting, "appeal/"), {"reason": "迟了"}, follow=True))

    assert "期限已经过了" in page
    assert "申请期限到 2026-11-29 14:04:22 为止，已经过了" in page
    assert 'name="reason"' not in page


def test_attempt_appeal_of_an_open_attempt(as_alice, sitting):
    as_alice.post(address(sitting, "appeal/"), {"reason": ""})

    assert not Appeal.objects.exists()


def test_attempt_appeal_withdraw_without_any(as_alice, sitting):
    closed(sitting)

    assert as_alice.post(address(sitting, "appeal/withdraw/")).status_code == 404


@pytest.mark.parametrize("page", ["appeal/", "appeal/withdraw/"])
def test_attempt_appeal_of_somebody_else(as_charlie, sitting, now, page):
    appeals.file(attempt=closed(sitting), reason="请核对", now=now)

    assert as_charlie.post(address(sitting, page), {"reason": "我也要"}).status_code == 404
    assert Appeal.objects.get().status == "FILED"


def test_attempt_detail_shows_the_answer_to_an_appeal(as_alice, sitting, person, now):
    appeal = appeals.file(attempt=closed(sitting), reason="请核对", now=now)
    appeals.uphold(appeal=appeal, answer="逐题核对无误。", person=person, now=now + DAY)

    page = text_of(as_alice.get(address(sitting)))

    assert "维持原成绩" in page
    assert "逐题核对无误。" in page
    assert 'name="reason"' not in page
