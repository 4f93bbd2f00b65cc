from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from exams import attempts
from exams.attempts import Entry
from exams.models import SESSION_SPAN, Attempt, Extension, RoomMessage
from tests.factories.exams import AttemptFactory, right_answer
from tests.factories.users import UserFactory

SIX_MINUTES = timedelta(minutes=6)


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


@pytest.fixture
def boss(db):
    return UserFactory(name="监考甲")


def extend(attempt, boss, now, minutes=10, reason="机房停电"):
    return attempts.extend(attempt=attempt, minutes=minutes, reason=reason, person=boss, now=now)


def force(attempt, boss, now, reason="考生要求提前结束"):
    return attempts.force_hand_in(attempt=attempt, reason=reason, person=boss, now=now)


# --- More time --------------------------------------------------------------------------------------------------------
def test_extend_moves_the_deadline_keeps_why_and_tells_the_page(sitting, boss, now):
    bell = sitting.deadline_at

    extension = extend(sitting, boss, now + SIX_MINUTES, reason="  机房\n停电 ")

    sitting.refresh_from_db()
    assert (sitting.deadline_at, sitting.news) == (bell + timedelta(minutes=10), 1)
    assert (extension.minutes, extension.reason, extension.granted_by, extension.granted_at) == (
        10,
        "机房 停电",
        boss,
        now + SIX_MINUTES,
    )
    assert (extension.old_deadline_at, extension.new_deadline_at) == (bell, sitting.deadline_at)


def test_extensions_add_up(sitting, boss, now):
    bell = sitting.deadline_at

    extend(sitting, boss, now)
    extend(sitting, boss, now, minutes=5)

    sitting.refresh_from_db()
    assert (sitting.deadline_at - bell, sitting.news) == (timedelta(minutes=15), 2)


def test_answers_count_until_the_extended_bell(sitting, boss, now):
    bell = sitting.deadline_at
    extend(sitting, boss, now)

    answer = Entry(SESSION_SPAN + 1, 0, right_answer(sitting, 0))
    receipt = attempts.save_answers(attempt=sitting, entries=[answer], now=bell + SIX_MINUTES)

    assert (receipt.is_late, receipt.deadline_at) == (False, bell + timedelta(minutes=10))


@pytest.mark.parametrize(("minutes", "is_good"), [(0, False), (1, True), (180, True), (181, False), (-5, False)])
def test_extend_is_bounded(sitting, boss, now, minutes, is_good):
    if is_good:
        extend(sitting, boss, now, minutes=minutes)
    else:
        with pytest.raises(attempts.BadInvigilation, match="1 到 180 分钟"):
            extend(sitting, boss, now, minutes=minutes)

    assert Extension.objects.count() == is_good


@pytest.mark.parametrize(("reason", "words"), [("", "请填写原因"), (" \n", "请填写原因"), ("长" * 201, "最多 200 字")])
def test_extend_needs_a_reason(sitting, boss, now, reason, words):
    with pytest.raises(attempts.BadInvigilation, match=words):
        extend(sitting, boss, now, reason=reason)

    assert Extension.objects.count() == 0


def test_extend_refuses_a_closed_attempt_and_says_what_is_left(sitting, boss, now):
    attempts.hand_in(attempt=sitting, now=now)

    with pytest.raises(attempts.AttemptNotOpen, match="申请成绩复核"):
        extend(sitting, boss, now)


def test_extend_within_the_allowance_saves_the_attempt_and_after_it_does_not(sitting, boss, clock):
    bell = sitting.deadline_at
    clock.move_to(bell + timedelta(seconds=5))
    extend(sitting, boss, bell + timedelta(seconds=5), minutes=1)

    with pytest.raises(attempts.AttemptNotOpen):
        extend(sitting, boss, bell + timedelta(seconds=66))
    sitting.refresh_from_db()
    assert sitting.deadline_at == bell + timedelta(minutes=1)


def test_the_clock_looks_again_at_a_bell_that_was_moved_after_it_had_read_the_row(sitting, boss):
    last = sitting.deadline_at + timedelta(seconds=5)
    extend(sitting, boss, last)

    after = attempts.close_if_overdue(attempt=sitting, now=last + timedelta(milliseconds=1))

    assert (after.status, after.closed_by, after.receipt_number) == ("OPEN", "", "")


def test_extend_all_leaves_out_who_has_handed_in(sitting, boss, now):
    other = AttemptFactory(exam=sitting.exam)
    before = other.deadline_at

    extensions = attempts.extend_all(attempts=[sitting, other], minutes=10, reason="停电", person=boss, now=now)

    other.refresh_from_db()
    assert [extension.attempt for extension in extensions] == [sitting]
    assert (other.deadline_at, other.news) == (before, 0)


# --- Closing ----------------------------------------------------------------------------------------------------------
def test_force_marks_what_is_saved_and_keeps_who_and_why(sitting, boss, now):
    attempts.save_answers(attempt=sitting, entries=[Entry(SESSION_SPAN + 1, 0, right_answer(sitting, 0))], now=now)

    closed = force(sitting, boss, now + SIX_MINUTES)

    sitting.refresh_from_db()
    assert (sitting.status, sitting.closed_by, sitting.closed_at) == ("MARKED", "INVIGILATOR", now + SIX_MINUTES)
    assert (sitting.forced_by, sitting.forced_reason, sitting.points_centi) == (boss, "考生要求提前结束", 200)
    assert (closed.receipt_number, sitting.news) == (sitting.receipt_number, 1)


def test_force_refuses_what_the_candidate_handed_in(sitting, boss, now):
    attempts.hand_in(attempt=sitting, now=now)

    with pytest.raises(attempts.AttemptNotOpen):
        force(sitting, boss, now)

    sitting.refresh_from_db()
    assert (sitting.closed_by, sitting.forced_by, sitting.forced_reason) == ("CANDIDATE", None, "")


def test_force_after_the_bell_leaves_it_to_the_clock(sitting, boss):
    bell = sitting.deadline_at

    with pytest.raises(attempts.AttemptNotOpen, match="几秒内到时收卷"):
        force(sitting, boss, bell + timedelta(seconds=3))
    with pytest.raises(attempts.AttemptNotOpen):
        force(sitting, boss, bell + timedelta(seconds=6))

    sitting.refresh_from_db()
    assert (sitting.closed_by, sitting.closed_at, sitting.forced_reason) == ("CLOCK", bell, "")


def test_force_needs_a_reason(sitting, boss, now):
    with pytest.raises(attempts.BadInvigilation, match="请填写原因"):
        force(sitting, boss, now, reason=" ")

    assert Attempt.objects.get().status == "OPEN"


def test_answers_after_force_are_kept_as_late(sitting, boss, now):
    force(sitting, boss, now)

    answer = Entry(SESSION_SPAN + 1, 0, right_answer(sitting, 0))
    receipt = attempts.save_answers(attempt=sitting, entries=[answer], now=now + SIX_MINUTES)

    assert receipt.is_late
    assert Attempt.objects.get().points_centi == 0


def test_forced_without_person_or_reason_cannot_be_stored(sitting, now):
    fields = {"status": "MARKED", "closed_at": now, "points_centi": 0, "has_passed": False, "receipt_number": "x"}

    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.update(closed_by="INVIGILATOR", **fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.update(closed_by="CANDIDATE", forced_reason="x", **fields)


# --- Messages ---------------------------------------------------------------------------------------------------------
def test_message_goes_to_open_attempts_only(sitting, boss, now):
    other = AttemptFactory(exam=sitting.exam)

    count = attempts.send_message(attempts=Attempt.objects.all(), text=" 请检查\n网络 ", person=boss, now=now)

    (message,) = RoomMessage.objects.all()
    sitting.refresh_from_db()
    other.refresh_from_db()
    assert (count, message.attempt, message.text, message.sent_by) == (1, sitting, "请检查 网络", boss)
    assert (sitting.news, other.news) == (1, 0)


@pytest.mark.parametrize(("text", "words"), [("  ", "请填写消息"), ("长" * 301, "最多 300 字，现在有 301 字")])
def test_message_is_bounded(sitting, boss, now, text, words):
    with pytest.raises(attempts.BadInvigilation, match=words):
        attempts.send_message(attempts=[sitting], text=text, person=boss, now=now)

    assert RoomMessage.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_verbs_for_many_take_the_same_queries_for_any_number(exam, boss, now, count, django_assert_num_queries):
    rows = [AttemptFactory(exam=exam, **OPEN, deadline_at=now + SIX_MINUTES) for _ in range(count)]

    with django_assert_num_queries(5):  # savepoint or transaction, lock, insert, update
        attempts.extend_all(attempts=rows, minutes=5, reason="停电", person=boss, now=now)
    with django_assert_num_queries(5):
        attempts.send_message(attempts=rows, text="请检查网络", person=boss, now=now)


OPEN = {
    "status": "OPEN",
    "closed_at": None,
    "closed_by": "",
    "receipt_number": "",
    "points_centi": None,
    "has_passed": None,
    "result": {},
}
