from datetime import timedelta

import pytest

from exams import attempts
from exams.models import AnswerEntry, Appeal, Exam
from exams.results import appeals, late_review
from tests.exams.test_races import at_once
from tests.factories.exams import S, right_answer
from tests.factories.results import make_late
from tests.factories.users import UserFactory

DAY = timedelta(days=1)


@pytest.fixture
def closed(sitting, now):
    return attempts.hand_in(attempt=sitting, now=now)


@pytest.fixture
def person(db):
    return UserFactory()


def filed(attempt, at):
    return appeals.file(attempt=attempt, reason=" 第 3 题我选的是对的。 ", now=at)


def test_file_is_on_record_and_confirmed(closed, now, mailoutbox):
    appeal = filed(closed, now + DAY)

    assert (appeal.status, appeal.reason, appeal.filed_at) == ("FILED", "第 3 题我选的是对的。", now + DAY)
    [mail] = mailoutbox
    assert mail.subject == "【售后服务管理师】成绩复核申请已受理：结业考试"
    assert "第 3 题我选的是对的。" in mail.body


def test_file_until_the_last_moment(closed, now):
    assert appeals.deadline_of(closed) == now + 7 * DAY
    with pytest.raises(appeals.AppealTooLate):
        filed(closed, now + 7 * DAY)

    assert filed(closed, now + 7 * DAY - timedelta(microseconds=1))


def test_deadline_runs_from_the_last_decision_on_late_answers(sitting, person, now):
    review = make_late(sitting)
    late_review.refuse(review=review, reason="不符", person=person, now=now + 3 * DAY)

    assert appeals.deadline_of(sitting) == now + 10 * DAY


def test_file_where_none_are_taken(closed, sitting, now):
    Exam.objects.update(appeal_days=0)
    closed.refresh_from_db()
    with pytest.raises(appeals.NoAppeals):
        filed(closed, now)


def test_file_about_a_mock_or_an_open_attempt(sitting, now):
    with pytest.raises(appeals.NoAppeals):
        filed(sitting, now)

    mock = attempts.hand_in(attempt=sitting, now=now)
    type(mock).objects.update(is_mock=True)
    with pytest.raises(appeals.NoAppeals):
        filed(mock, now)


def test_file_needs_words(closed, now):
    for reason in (" ", "长" * 1001):
        with pytest.raises(appeals.BadText):
            appeals.file(attempt=closed, reason=reason, now=now)


def test_one_at_a_time_withdrawn_may_be_filed_again(closed, now):
    first = filed(closed, now)
    with pytest.raises(appeals.AppealExists):
        filed(closed, now)

    appeals.withdraw(appeal=first, now=now + DAY)
    with pytest.raises(appeals.AppealDecided):
        appeals.withdraw(appeal=first, now=now + DAY)
    filed(closed, now + DAY)

    assert list(Appeal.objects.values_list("status", "decided_at")) == [("WITHDRAWN", now + DAY), ("FILED", None)]


def test_uphold_answers_and_changes_no_figure(closed, person, now, mailoutbox):
    appeal = appeals.uphold(appeal=filed(closed, now), answer="逐题核对无误。", person=person, now=now + DAY)

    assert (appeal.status, appeal.answer, appeal.decided_by) == ("UPHELD", "逐题核对无误。", person)
    assert closed.markings.count() == 0
    assert len(mailoutbox) == 2
    assert "维持原成绩：0 分（未合格）" in mailoutbox[1].body
    assert "逐题核对无误。" in mailoutbox[1].body


def test_correct_marks_again(closed, person, now, mailoutbox):
    AnswerEntry.objects.create(
        attempt=closed, seq=S + 1, position=0, answer=right_answer(closed, 0), received_at=closed.started_at
    )

    appeals.correct(appeal=filed(closed, now), answer="漏记一题，已更正。", person=person, now=now + DAY)

    closed.refresh_from_db()
    assert closed.points_centi == 200
    assert list(closed.markings.values_list("cause", "points_centi")) == [("HAND_IN", 0), ("APPEAL", 200)]
    assert "原成绩 0 分（未合格），现成绩 2 分（未合格）" in mailoutbox[1].body


def test_second_decision_is_refused(closed, person, now, mailoutbox):
    appeal = filed(closed, now)
    appeals.uphold(appeal=appeal, answer="无误", person=person, now=now)

    for verb in (appeals.uphold, appeals.correct):
        with pytest.raises(appeals.AppealDecided):
            verb(appeal=appeal, answer="再答", person=person, now=now)
    with pytest.raises(appeals.AppealDecided):
        appeals.withdraw(appeal=appeal, now=now)
    with pytest.raises(appeals.AppealExists):
        filed(closed, now)

    assert Appeal.objects.get().answer == "无误"
    assert len(mailoutbox) == 2


def test_answer_needs_words(closed, person, now):
    appeal = filed(closed, now)

    with pytest.raises(appeals.BadText):
        appeals.correct(appeal=appeal, answer=" ", person=person, now=now)

    assert (Appeal.objects.get().status, closed.markings.count()) == ("FILED", 0)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_filed_at_once_are_one(closed, now):
    results = at_once(*[lambda: filed(closed, now)] * 8)

    assert sorted(type(result).__name__ for result in results) == ["Appeal"] + ["AppealExists"] * 7


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_answers_and_withdrawals_at_once_leave_one(closed, person, now):
    appeal = filed(closed, now)
    calls = [
        lambda: appeals.uphold(appeal=appeal, answer="无误", person=person, now=now),
        lambda: appeals.correct(appeal=appeal, answer="更正", person=person, now=now),
        lambda: appeals.withdraw(appeal=appeal, now=now),
    ]

    results = at_once(*calls * 3)

    assert sorted(type(result).__name__ for result in results) == ["Appeal"] + ["AppealDecided"] * 8
