from datetime import timedelta

import pytest

from exams import attempts
from exams.attempts import Entry
from exams.models import LateReview, RoomEvent
from exams.results import late_review
from exams.results.late_evidence import clock_offset, evidence_of
from tests.exams.test_races import at_once
from tests.factories.exams import S, right_answer
from tests.factories.results import make_late
from tests.factories.users import UserFactory

SECOND = timedelta(seconds=1)


@pytest.fixture
def person(db):
    return UserFactory()


def later(review):
    return review.opened_at + timedelta(hours=1)


def accept(review, person, seqs, reason="断网前已经作答。"):
    return late_review.accept(review=review, seqs=seqs, reason=reason, person=person, now=later(review))


def refuse(review, person, reason="没有断网记录。"):
    return late_review.refuse(review=review, reason=reason, person=person, now=later(review))


# --- Evidence -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("before_bell", "side"), [(30, "BEFORE"), (1, "BEFORE"), (0, "AFTER")])
def test_evidence_takes_the_error_off_the_devices_clock(sitting, before_bell, side):
    review = make_late(sitting, before_bell=before_bell)

    evidence = evidence_of(review)
    [entry] = evidence.entries

    assert evidence.offset == timedelta(minutes=60) - SECOND  # the answer that waited half an hour pulls nothing
    assert entry.corrected_at == evidence.bell_at - timedelta(seconds=before_bell) + SECOND
    assert entry.side == side
    assert (entry.number, entry.since_bell, entry.instead) == (1, timedelta(minutes=10), "不作答")
    assert (evidence.sample, evidence.gap, evidence.waited) == (3, timedelta(minutes=40), "40 分 0 秒")
    assert evidence.clock == "快 59 分 59 秒"


def test_evidence_without_enough_answers_in_time_estimates_nothing(sitting, now):
    attempts.close_overdue(now=sitting.deadline_at + 10 * SECOND)
    entry = Entry(S + 1, 0, "A", client_at=now)
    attempts.save_answers(attempt=sitting, entries=[entry], now=sitting.deadline_at + 60 * SECOND)

    evidence = evidence_of(LateReview.objects.get())

    assert (evidence.offset, evidence.clock, evidence.last_receipt_at, evidence.waited) == (None, "", None, "")
    assert [entry.side for entry in evidence.entries] == ["UNKNOWN"]
    assert evidence.before == ()


def test_clock_offset_needs_three(now):
    pairs = [(now + SECOND * n, now) for n in (1, 2, 90)]

    assert clock_offset(pairs) == 2 * SECOND
    assert clock_offset(pairs[:2]) is None


def test_evidence_shows_times_without_network(sitting, now):
    review = make_late(sitting)
    RoomEvent.objects.create(
        attempt=sitting, session_number=1, number=1, kind="OFFLINE", seconds=600, client_at=now, received_at=now
    )
    RoomEvent.objects.create(attempt=sitting, session_number=1, number=2, kind="PASTE", received_at=now)

    assert [(event.seconds, event.received) for event in evidence_of(review).offline] == [
        (600, "2026-11-22 14:03:22.000")
    ]


def test_evidence_survives_a_device_that_claims_the_year_9999(sitting):
    review = make_late(sitting)
    last = sitting.entries.get(is_late=True).client_at.replace(year=9999, month=12, day=31, hour=23)
    sitting.entries.filter(is_late=True).update(client_at=last)

    [entry] = evidence_of(review).entries

    assert (entry.side, entry.device) == ("AFTER", "无法读出")


@pytest.mark.parametrize("count", [1, 3])
def test_evidence_takes_the_same_queries_for_any_number(sitting, count, django_assert_num_queries):
    review = make_late(sitting, positions=tuple(range(count)))

    with django_assert_num_queries(4):
        assert len(evidence_of(review).entries) == count


# --- Decision -------------------------------------------------------------------------------------------------------
def test_accept_lets_the_chosen_count_and_marks_again(sitting, person, mailoutbox):
    review = make_late(sitting, positions=(0, 1, 3))
    assert sitting.points_centi == 0

    decided = accept(review, person, [S + 100, S + 103])

    sitting.refresh_from_db()
    assert sitting.points_centi == 300
    assert (decided.status, decided.admitted) == ("ACCEPTED", [S + 100, S + 103])
    assert decided.examined == [S + 100, S + 101, S + 103]
    assert (decided.decided_by, decided.decided_at, decided.reason) == (person, later(review), "断网前已经作答。")
    assert list(sitting.markings.values_list("number", "cause", "points_centi")) == [
        (1, "HAND_IN", 0),
        (2, "LATE_REVIEW", 300),
    ]
    [mail] = mailoutbox
    assert mail.to == ["alice@example.com"]
    assert "采纳 2 条" in mail.body
    assert "原成绩 0 分（未合格），现成绩 3 分（未合格）" in mail.body
    assert f"/exams/attempts/{sitting.pk}/" in mail.body


def test_refuse_changes_no_figure_and_keeps_the_answers(sitting, person, mailoutbox):
    review = make_late(sitting)

    refuse(review, person)

    sitting.refresh_from_db()
    assert (sitting.points_centi, sitting.markings.count()) == (0, 0)
    assert sitting.entries.filter(is_late=True).count() == 1
    assert "未采纳，成绩不变：0 分" in mailoutbox[0].body


def test_admitted_answer_gives_way_to_a_later_one_in_time(sitting, person):
    attempts.save_answers(
        attempt=sitting, entries=[Entry(S + 500, 0, "")], now=sitting.started_at + timedelta(minutes=1)
    )
    review = make_late(sitting)

    accept(review, person, [S + 100])

    sitting.refresh_from_db()
    assert sitting.points_centi == 0


def test_decision_is_final(sitting, person, mailoutbox):
    review = make_late(sitting)
    refuse(review, person)

    for decide in (lambda: accept(review, person, [S + 100]), lambda: refuse(review, person)):
        with pytest.raises(late_review.ReviewDecided):
            decide()

    assert len(mailoutbox) == 1
    assert LateReview.objects.get().status == "REFUSED"


def test_decision_needs_a_reason_a_choice_and_the_right_answers(sitting, person, mailoutbox):
    review = make_late(sitting)

    for wrong, refusal in (
        (lambda: accept(review, person, [S + 100], reason=" "), late_review.ReasonMissing),
        (lambda: refuse(review, person, reason=""), late_review.ReasonMissing),
        (lambda: accept(review, person, []), late_review.NothingChosen),
        (lambda: accept(review, person, [S + 10]), late_review.NotInReview),  # came in time
    ):
        with pytest.raises(refusal):
            wrong()

    assert LateReview.objects.get().status == "PENDING"
    assert mailoutbox == []


def test_decision_while_the_attempt_is_open_is_refused(sitting, person, now):
    review = LateReview.objects.create(attempt=sitting, opened_at=now)

    with pytest.raises(attempts.NotMarked):
        refuse(review, person)


def test_what_arrives_after_the_decision_is_reviewed_by_itself(sitting, person):
    first = make_late(sitting)
    accept(first, person, [S + 100])
    entries = [Entry(S + 100, 0, right_answer(sitting, 0)), Entry(S + 200, 3, right_answer(sitting, 3))]
    attempts.save_answers(attempt=sitting, entries=entries, now=later(first))

    second = LateReview.objects.get(status="PENDING")
    assert [entry.seq for entry in evidence_of(second).entries] == [S + 200]
    accept(second, person, [S + 200])

    sitting.refresh_from_db()
    assert sitting.points_centi == 300
    assert [entry.seq for entry in evidence_of(LateReview.objects.get(pk=first.pk)).entries] == [S + 100]
    assert sitting.markings.count() == 3


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_decisions_at_once_leave_one(sitting, person):
    review = make_late(sitting)

    results = at_once(*[lambda: accept(review, person, [S + 100]), lambda: refuse(review, person)] * 4)

    assert sorted(type(result).__name__ for result in results) == ["LateReview"] + ["ReviewDecided"] * 7
    assert sitting.markings.count() in (0, 2)
