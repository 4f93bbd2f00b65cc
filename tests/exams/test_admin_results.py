"""The queues of late answers and of appeals in the back office."""

from datetime import timedelta

import pytest

from exams import attempts
from exams.models import Appeal, LateReview
from exams.results import appeals
from tests.exams.test_admin import staff, text_of
from tests.factories.exams import S, enter, make_eligible
from tests.factories.results import make_late
from tests.factories.users import UserFactory

LATE, APPEALS = "/cms/exam_late_reviews/", "/cms/exam_appeals/"


@pytest.fixture
def examiner(db):
    return staff("view_latereview", "change_latereview", "view_appeal", "change_appeal", "view_attempt")


@pytest.fixture
def onlooker(db):
    return staff("view_latereview", "view_appeal")


@pytest.fixture
def review(sitting):
    return make_late(sitting, positions=(0, 1))


@pytest.fixture
def appeal(sitting, now):
    closed = attempts.hand_in(attempt=sitting, now=now)
    return appeals.file(attempt=closed, reason="请核对第 3 题", now=now)


# --- Late answers ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_late_review_list_takes_the_same_queries_for_any_length(
    examiner, exam, now, count, django_assert_max_num_queries
):
    for _ in range(count):
        candidate = UserFactory()
        make_eligible(candidate, exam)
        make_late(enter(exam=exam, candidate=candidate, now=now))
    examiner.get(LATE)

    with django_assert_max_num_queries(16):
        assert text_of(examiner.get(LATE)).count(f'href="{LATE}inspect/') == count


def test_late_review_inspect_shows_the_evidence(onlooker, review):
    page = text_of(onlooker.get(f"{LATE}inspect/{review.pk}/"))

    assert "快 59 分 59 秒" in page
    assert page.count("推算在收卷前</span>") == 2
    assert "收卷后 10 分 0 秒" in page
    assert "/decide/" not in page


def test_late_review_decide_ticks_nothing_unless_asked(examiner, review):
    address = f"{LATE}{review.pk}/decide/"

    assert text_of(examiner.get(address)).count(" checked") == 0
    assert text_of(examiner.get(f"{address}?choose=before")).count(" checked") == 2


def test_late_review_decide_accepts_the_chosen(examiner, review):
    form = {"seqs": [S + 101], "reason": "断网属实", "verdict": "accept"}

    page = text_of(examiner.post(f"{LATE}{review.pk}/decide/", form, follow=True))

    decided = LateReview.objects.get()
    assert (decided.status, decided.admitted, decided.decided_by) == ("ACCEPTED", [S + 101], examiner.user)
    assert "已采纳，已发邮件给 alice@example.com" in page
    assert "0 分（未合格）→ 2 分（未合格）" in page


def test_late_review_decide_refuses(examiner, review):
    form = {"seqs": [S + 101], "reason": "没有断网", "verdict": "refuse"}

    examiner.post(f"{LATE}{review.pk}/decide/", form)

    assert LateReview.objects.values_list("status", "admitted").get() == ("REFUSED", [])


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"seqs": [S + 101], "reason": "", "verdict": "accept"}, "请写明审核意见"),
        ({"reason": "属实", "verdict": "accept"}, "没有勾选要采纳的作答"),
        ({"seqs": ["x"], "reason": "属实", "verdict": "accept"}, "不在这份审核里"),
        ({"seqs": [S + 10], "reason": "属实", "verdict": "accept"}, "不在这份审核里"),
        ({"seqs": [S + 101], "reason": "属实", "verdict": "maybe"}, "maybe"),
    ],
)
def test_late_review_decide_says_what_is_wrong_and_keeps_the_ticks(examiner, review, form, problem):
    page = text_of(examiner.post(f"{LATE}{review.pk}/decide/", form))

    assert problem in page
    assert page.count(" checked") == (S + 101 in form.get("seqs", []))
    assert LateReview.objects.get().status == "PENDING"


def test_late_review_decide_twice_says_so(examiner, review):
    form = {"reason": "没有断网", "verdict": "refuse"}
    examiner.post(f"{LATE}{review.pk}/decide/", form)

    assert "已经审核过了" in text_of(examiner.post(f"{LATE}{review.pk}/decide/", form, follow=True))


def test_late_review_decide_needs_the_permission(onlooker, review):
    response = onlooker.post(f"{LATE}{review.pk}/decide/", {"reason": "属实", "verdict": "refuse"})

    assert response.status_code in (302, 403)
    assert LateReview.objects.get().status == "PENDING"


# --- Appeals --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_appeal_list_takes_the_same_queries_for_any_length(examiner, exam, now, count, django_assert_max_num_queries):
    for _ in range(count):
        candidate = UserFactory()
        make_eligible(candidate, exam)
        closed = attempts.hand_in(attempt=enter(exam=exam, candidate=candidate, now=now), now=now)
        appeals.file(attempt=closed, reason="请核对", now=now)
    examiner.get(APPEALS)

    with django_assert_max_num_queries(16):
        assert text_of(examiner.get(APPEALS)).count(f'href="{APPEALS}inspect/') == count


def test_appeal_inspect_shows_every_question_with_key_and_points(examiner, appeal):
    page = text_of(examiner.get(f"{APPEALS}inspect/{appeal.pk}/"))

    assert "请核对第 3 题" in page
    assert page.count("解析机密") == 4
    assert page.count("✗ 0 / 2") == 2
    assert f'href="/cms/exam_attempts/inspect/{appeal.attempt_id}/"' in page
    assert f"{APPEALS}{appeal.pk}/uphold/" in page


def test_appeal_inspect_of_an_onlooker_offers_no_answer(onlooker, appeal):
    page = text_of(onlooker.get(f"{APPEALS}inspect/{appeal.pk}/"))

    assert "/uphold/" not in page
    assert "exam_attempts/inspect" not in page


@pytest.mark.parametrize(("name", "status", "rows"), [("uphold", "UPHELD", 0), ("correct", "CORRECTED", 2)])
def test_appeal_decide_answers(examiner, appeal, name, status, rows):
    address = f"{APPEALS}{appeal.pk}/{name}/"
    assert "请核对第 3 题" in text_of(examiner.get(address))

    page = text_of(examiner.post(address, {"answer": "已逐题核对。"}, follow=True))

    decided = Appeal.objects.get()
    assert (decided.status, decided.answer, decided.decided_by) == (status, "已逐题核对。", examiner.user)
    assert decided.attempt.markings.count() == rows
    assert "已发邮件给 alice@example.com" in page


def test_appeal_decide_needs_an_answer_and_is_final(examiner, appeal, now):
    address = f"{APPEALS}{appeal.pk}/uphold/"
    assert "请写明答复。" in text_of(examiner.post(address, {"answer": ""}))
    appeals.withdraw(appeal=appeal, now=now + timedelta(hours=1))

    assert "已经答复或撤回" in text_of(examiner.post(address, {"answer": "无误"}, follow=True))
    assert Appeal.objects.get().status == "WITHDRAWN"


def test_appeal_decide_of_another_name_is_not_found(examiner, appeal):
    assert examiner.get(f"{APPEALS}{appeal.pk}/erase/").status_code == 404


def test_appeal_decide_needs_the_permission(onlooker, appeal):
    onlooker.post(f"{APPEALS}{appeal.pk}/uphold/", {"answer": "无误"})

    assert Appeal.objects.get().status == "FILED"
