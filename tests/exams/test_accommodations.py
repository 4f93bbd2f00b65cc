from datetime import date, timedelta

import pytest
from django.core import mail

from exams import accommodations, attempts
from exams.accommodations import Terms
from exams.models import Accommodation
from tests.factories.exams import make_accommodation, make_eligible, make_practice, make_window
from tests.factories.users import UserFactory

MORE_TIME = Terms(time_factor=150, larger_type=True, hidden_timer=True, extra_attempts=1)
Status = Accommodation.Status


@pytest.fixture
def asked(alice, now):
    return accommodations.request(candidate=alice, reason=" 视力低 ", now=now)


@pytest.fixture
def examiner(db):
    return UserFactory(email="examiner@example.com", is_staff=True)


def test_request_waits_and_is_asked_once(asked, alice, now):
    assert (asked.status, asked.reason, asked.requested_at, asked.decided_by) == (Status.REQUESTED, "视力低", now, None)
    with pytest.raises(accommodations.AlreadyRequested):
        accommodations.request(candidate=alice, reason="再来", now=now)
    with pytest.raises(accommodations.ReasonMissing):
        accommodations.request(candidate=alice, reason=" ", now=now)


def test_approve_records_terms_and_person_and_mails(asked, alice, examiner, now):
    later = now + timedelta(days=1)

    approved = accommodations.approve(
        accommodation=asked, terms=MORE_TIME, decision="已电话核实", person=examiner, now=later
    )

    assert (approved.status, approved.decided_at, approved.decided_by) == (Status.APPROVED, later, examiner)
    assert approved.terms == [
        "考试时间为规定时间的 150%，考期结束时间同样顺延",
        "考试页面用大字",
        "考试页面不显示倒计时",
        "每场考试增加 1 次机会",
    ]
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["alice@example.com"], "【售后服务管理师】考试便利安排已批准")
    assert "150%" in message.body
    assert "已电话核实" in message.body
    assert "视力低" not in message.body
    assert "/exams/accommodations/" in message.body


def test_approve_ends_what_was_approved_before_and_keeps_it(asked, alice, examiner, now):
    former = make_accommodation(alice, time_factor=125)

    approved = accommodations.approve(accommodation=asked, terms=MORE_TIME, person=examiner, now=now)

    former.refresh_from_db()
    assert (former.status, former.time_factor, former.ended_at, former.ended_by) == (Status.ENDED, 125, now, examiner)
    assert list(Accommodation.objects.of(alice).standing(date(2026, 11, 22))) == [approved]


def test_refuse_needs_a_reason_and_mails_it(asked, examiner, now):
    with pytest.raises(accommodations.ReasonMissing):
        accommodations.refuse(accommodation=asked, decision=" ", person=examiner, now=now)

    refused = accommodations.refuse(accommodation=asked, decision="请补充说明", person=examiner, now=now)

    assert (refused.status, refused.decision) == (Status.REFUSED, "请补充说明")
    assert "请补充说明" in mail.outbox[0].body


def test_end_keeps_who_approved(alice, examiner, now):
    approved = make_accommodation(alice)

    ended = accommodations.end(accommodation=approved, reason="本人要求", person=examiner, now=now)

    assert (ended.status, ended.decided_by, ended.ended_by) == (Status.ENDED, approved.decided_by, examiner)
    assert "本人要求" in mail.outbox[0].body


@pytest.mark.parametrize("status", ["APPROVED", "ENDED"])
def test_decisions_are_made_once(alice, examiner, now, status):
    row = make_accommodation(alice)
    if status == "ENDED":
        accommodations.end(accommodation=row, reason="本人要求", person=examiner, now=now)

    with pytest.raises(accommodations.AlreadyDecided):
        accommodations.approve(accommodation=row, terms=MORE_TIME, person=examiner, now=now)
    with pytest.raises(accommodations.AlreadyDecided):
        accommodations.refuse(accommodation=row, decision="不", person=examiner, now=now)


def test_nobody_decides_on_their_own_request(asked, alice, now):
    with pytest.raises(accommodations.OwnRequest):
        accommodations.approve(accommodation=asked, terms=MORE_TIME, person=alice, now=now)


def test_approve_of_nothing_is_refused(asked, examiner, now):
    with pytest.raises(accommodations.NothingGranted):
        accommodations.approve(accommodation=asked, terms=Terms(), person=examiner, now=now)


# --- What it does to an exam ------------------------------------------------------------------------------------------
def test_start_freezes_the_accommodation_and_stretches_the_deadline(exam, alice, now):
    make_eligible(alice, exam)
    make_accommodation(alice, larger_type=True)

    attempt = attempts.start(exam=exam, candidate=alice, now=now)
    Accommodation.objects.all().delete()
    attempt.refresh_from_db()

    assert attempt.accommodation == {"time_factor": 150, "larger_type": True, "hidden_timer": False}
    assert attempt.deadline_at == now + timedelta(minutes=135)


def test_accommodation_stretches_the_end_of_the_window_too(exam, alice, charlie, now):
    window = make_window(exam, now=now, closes_at=now + timedelta(minutes=30), registration_closes_at=now)
    for person in (alice, charlie):
        make_eligible(person, exam)
        window.registrations.create(candidate=person, registered_at=now)
    make_accommodation(alice)

    ends = [attempts.start(exam=exam, candidate=person, now=now).deadline_at for person in (alice, charlie)]

    assert ends == [now + timedelta(minutes=75), now + timedelta(minutes=30)]


@pytest.mark.parametrize(("valid_until", "minutes"), [(date(2026, 11, 22), 135), (date(2026, 11, 21), 90)])
def test_accommodation_counts_up_to_its_last_day(exam, alice, now, valid_until, minutes):
    make_eligible(alice, exam)
    make_accommodation(alice, valid_until=valid_until)

    attempt = attempts.start(exam=exam, candidate=alice, now=now)

    assert attempt.deadline_at == now + timedelta(minutes=minutes)


def test_extra_attempts_count_in_every_exam(exam, alice, now):
    make_eligible(alice, exam)
    make_accommodation(alice, extra_attempts=2)

    assert attempts.eligibility_of(exam=exam, candidate=alice, now=now).attempts_left == 5


def test_mock_exam_has_the_accommodation_too(exam, alice, now):
    make_eligible(alice, exam)
    make_practice(exam)
    make_accommodation(alice)

    attempt = attempts.start(exam=exam, candidate=alice, is_mock=True, now=now)

    assert attempt.deadline_at == now + timedelta(minutes=135)
