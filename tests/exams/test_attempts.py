from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from courses.enrolment import withdraw
from courses.models import Enrolment
from exams import attempts
from exams.attempts import Entry, EntryProblem
from exams.eligibility import Code
from exams.models import Attempt, BlueprintCell, Item, ItemVersion
from tests.factories.exams import S, journal_of, make_eligible, make_exam, make_item, right_answer


def save(attempt, now, *rows):
    return attempts.save_answers(attempt=attempt, entries=[Entry(*row) for row in rows], now=now)


def test_start_freezes_paper_deadline_and_pass_mark(exam, sitting, alice, now):
    exam.minutes, exam.pass_centi = 10, 800
    exam.save()

    attempt = Attempt.objects.get()

    assert attempt == sitting
    assert (attempt.candidate, attempt.number, attempt.status) == (alice, 1, Attempt.Status.OPEN)
    assert (attempt.started_at, attempt.deadline_at) == (now, now + timedelta(minutes=90))
    assert (attempt.total_centi, attempt.pass_centi) == (800, 500)
    assert [(q.module, q.kind, q.points_centi) for q in attempt.questions] == [
        ("M1", "SINGLE", 200),
        ("M1", "SINGLE", 200),
        ("M1", "MULTI", 300),
        ("M2", "TRUE_FALSE", 100),
    ]
    assert ["".join(sorted(q.order)) for q in attempt.questions] == ["ABCD", "ABCD", "ABCDE", ""]


def test_start_returns_the_open_attempt(exam, sitting, alice, now):
    assert attempts.start(exam=exam, candidate=alice, now=now + timedelta(minutes=5)) == sitting


def test_start_refuses_with_reasons(exam, alice, now):
    with pytest.raises(attempts.NotEligible) as refusal:
        attempts.start(exam=exam, candidate=alice, now=now)

    assert [reason.code for reason in refusal.value.reasons] == [Code.NOT_ENROLLED, Code.NO_IDENTITY]
    assert not Attempt.objects.exists()


def test_start_draws_only_verified_live_items_of_the_live_pool(alice, now):
    exam = make_exam(spare=0)
    make_eligible(alice, exam)
    make_item(kind="SINGLE", pool=Item.Pool.PRACTICE)
    make_item(kind="SINGLE", status=Item.Status.REVIEW)
    Item.objects.filter(kind="TRUE_FALSE").update(is_verified=False)

    with pytest.raises(attempts.ExamNotReady) as refusal:
        attempts.start(exam=exam, candidate=alice, now=now)

    assert str(refusal.value.__cause__) == "M2 判断：需要 1 题，题库可用 0 题"
    assert not Attempt.objects.exists()


def test_start_after_the_cooldown_is_the_second_attempt(exam, sitting, alice, now):
    attempts.hand_in(attempt=sitting, now=now)

    with pytest.raises(attempts.NotEligible, match="间隔 24 小时"):
        attempts.start(exam=exam, candidate=alice, now=now + timedelta(hours=23))
    second = attempts.start(exam=exam, candidate=alice, now=now + timedelta(hours=24))

    assert (second.number, second.status) == (2, Attempt.Status.OPEN)


def test_start_closes_an_overdue_attempt_first(exam, sitting, alice, now):
    later = now + timedelta(days=3)

    second = attempts.start(exam=exam, candidate=alice, now=later)

    sitting.refresh_from_db()
    assert (sitting.closed_by, sitting.closed_at) == (Attempt.ClosedBy.CLOCK, sitting.deadline_at)
    assert second.number == 2


def test_eligibility_counts_attempts_since_the_standing_enrolment(exam, sitting, alice, now):
    attempts.hand_in(attempt=sitting, now=now)
    enrolment = Enrolment.objects.get()
    withdraw(enrolment=enrolment, reason="退款", now=now)
    Enrolment.objects.create(learner=alice, course=exam.course, source="GRANT", enrolled_at=now + timedelta(days=2))

    verdict = attempts.eligibility_of(exam=exam, candidate=alice, now=now + timedelta(days=2))

    assert (verdict.is_allowed, verdict.attempts_left) == (True, 3)


def test_database_keeps_one_open_attempt(sitting):
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.create(
            exam=sitting.exam,
            candidate=sitting.candidate,
            number=2,
            paper=[],
            total_centi=0,
            pass_centi=0,
            started_at=sitting.started_at,
            deadline_at=sitting.deadline_at,
        )


def test_save_answers_appends_and_acknowledges(sitting, now):
    receipt = save(sitting, now, (S + 1, 0, "A"), (S + 2, 2, "ACE"), (S + 3, 3, "F"), (S + 4, 0, ""))

    assert receipt == attempts.Receipt((S + 1, S + 2, S + 3, S + 4), (), None, False, sitting.deadline_at, 1, 0)
    assert journal_of(sitting) == [
        (S + 1, 0, "A", False),
        (S + 2, 2, "ACE", False),
        (S + 3, 3, "F", False),
        (S + 4, 0, "", False),
    ]


def test_save_answers_again_is_harmless(sitting, now):
    first = save(sitting, now, (S + 1, 0, "A"), (S + 2, 1, "B"))

    again = save(sitting, now + timedelta(minutes=1), (S + 2, 1, "B"), (S + 1, 0, "A"), (S + 1, 0, "A"))

    assert again == first
    assert journal_of(sitting) == [(S + 1, 0, "A", False), (S + 2, 1, "B", False)]


def test_save_answers_keeps_the_first_of_two_contents(sitting, now):
    save(sitting, now, (S + 1, 0, "A"), (S + 7, 1, "B"))

    receipt = save(sitting, now, (S + 1, 0, "B"), (S + 2, 1, "C"))

    assert (receipt.acked, receipt.conflicts, receipt.last_seq) == ((S + 2,), (S + 1,), S + 7)
    assert journal_of(sitting) == [(S + 1, 0, "A", False), (S + 2, 1, "C", False), (S + 7, 1, "B", False)]


def test_save_answers_of_nothing_gives_the_time(sitting, now):
    assert save(sitting, now) == attempts.Receipt((), (), None, False, sitting.deadline_at, 1, 0)


def test_save_answers_names_every_bad_entry_and_stores_none(sitting, now):
    with pytest.raises(attempts.BadEntries) as refusal:
        save(
            sitting,
            now,
            (S + 1, 0, "A"),
            (1, 0, "A"),  # of no page
            (S, 0, "A"),
            (2 * S, 0, "A"),
            (2**31, 0, "A"),
            (S + 2, 4, "A"),
            (S + 3, -1, "A"),
            (S + 4, 0, "E"),
            (S + 5, 0, "AB"),
            (S + 6, 2, "CA"),
            (S + 7, 2, "AA"),
            (S + 8, 3, "A"),
            (S + 9, 3, "TF"),
            (S + 10, 0, "a"),
        )

    assert [(problem.seq, problem.field) for problem in refusal.value.problems] == [
        (1, "seq"),
        (S, "seq"),
        (2 * S, "seq"),
        (2**31, "seq"),
        (S + 2, "position"),
        (S + 3, "position"),
        *((S + number, "answer") for number in range(4, 11)),
    ]
    assert refusal.value.problems[-1] == EntryProblem(
        S + 10, "answer", "第 1 题不能这样作答：可选 A、B、C、D，只能选一个。"
    )
    assert journal_of(sitting) == []


def test_save_answers_takes_200_at_once(sitting, now):
    rows = [(S + seq, 0, "AB"[seq % 2]) for seq in range(1, 202)]

    assert len(save(sitting, now, *rows[:200]).acked) == 200
    with pytest.raises(attempts.BadEntries, match="一次最多保存 200 条作答，这次有 201 条"):
        save(sitting, now, *rows)


def test_save_answers_within_the_allowance_counts(sitting):
    save(sitting, sitting.deadline_at + timedelta(seconds=5), (S + 1, 0, right_answer(sitting, 0)))

    attempts.close_overdue(now=sitting.deadline_at + timedelta(seconds=6))

    sitting.refresh_from_db()
    assert (sitting.points_centi, sitting.closed_by) == (200, Attempt.ClosedBy.CLOCK)


def test_save_answers_too_late_is_kept_and_not_graded(sitting):
    receipt = save(
        sitting, sitting.deadline_at + timedelta(seconds=5, milliseconds=1), (S + 1, 0, right_answer(sitting, 0))
    )

    closed = attempts.hand_in(attempt=sitting, now=sitting.deadline_at + timedelta(seconds=9))

    assert (receipt.acked, receipt.is_late) == ((S + 1,), True)
    assert journal_of(sitting)[0][3] is True
    assert closed.points_centi == 0


def test_save_answers_after_the_clock_closed_is_kept_as_late(sitting):
    bell = sitting.deadline_at
    attempts.close_overdue(now=bell + timedelta(seconds=6))

    receipt = save(sitting, bell + timedelta(seconds=4), (S + 1, 0, right_answer(sitting, 0)))  # overtaken by the sweep

    sitting.refresh_from_db()
    assert (receipt.acked, receipt.is_late, sitting.points_centi) == ((S + 1,), True, 0)


def test_save_answers_after_the_hand_in_is_refused(sitting, now):
    attempts.hand_in(attempt=sitting, now=now)

    with pytest.raises(attempts.AttemptClosed):
        save(sitting, now, (S + 1, 0, "A"))

    assert journal_of(sitting) == []


def test_save_answers_takes_four_statements(sitting, now, django_assert_num_queries):
    with django_assert_num_queries(6):  # savepoint, lock and check, look, count, insert, release
        save(sitting, now, (S + 1, 0, "A"), (S + 2, 1, "B"))


def test_hand_in_marks_by_module(sitting, now):
    wrong = next(letter for letter in "ABCD" if letter != right_answer(sitting, 1))
    half = right_answer(sitting, 2)[0]
    save(sitting, now, (S + 1, 0, wrong), (S + 3, 1, wrong), (S + 4, 2, half), (S + 5, 3, right_answer(sitting, 3)))
    save(sitting, now, (S + 6, 0, right_answer(sitting, 0)))
    save(sitting, now, (S + 2, 0, ""))  # arrives last, is older

    closed = attempts.hand_in(attempt=sitting, now=now + timedelta(minutes=30))

    sitting.refresh_from_db()
    assert sitting == closed
    assert (closed.status, closed.closed_at) == (Attempt.Status.MARKED, now + timedelta(minutes=30))
    assert (closed.closed_by, closed.rule_version) == (Attempt.ClosedBy.CANDIDATE, "2026.2")
    assert (closed.points_centi, closed.has_passed) == (200 + 150 + 100, False)
    assert closed.result == {
        "modules": {
            "M1": {"points": 350, "of": 700, "right": 1, "count": 3},
            "M2": {"points": 100, "of": 100, "right": 1, "count": 1},
        }
    }


def test_hand_in_twice_gives_one_result(sitting, now):
    first = attempts.hand_in(attempt=sitting, now=now)

    second = attempts.hand_in(attempt=sitting, now=now + timedelta(minutes=1))

    assert (first.receipt_number, first.closed_at) == (second.receipt_number, second.closed_at)
    assert first.receipt_number.startswith("20261122-")
    assert len(first.receipt_number) == 17


def test_hand_in_uses_the_frozen_versions(sitting, now):
    answer = right_answer(sitting, 0)
    item = ItemVersion.objects.get(pk=sitting.questions[0].version).item
    item.current = ItemVersion.objects.create(
        item=item, number=2, stem="改", options=["1", "2"], key="A", explanation="改", source="改", created_at=now
    )
    item.save()
    BlueprintCell.objects.all().delete()
    save(sitting, now, (S + 1, 0, answer))

    assert attempts.hand_in(attempt=sitting, now=now).points_centi == 200


def test_close_overdue_leaves_who_still_has_time(sitting):
    assert attempts.close_overdue(now=sitting.deadline_at + timedelta(seconds=5)) == 0
    assert attempts.close_overdue(now=sitting.deadline_at + timedelta(seconds=5, milliseconds=1)) == 1
    assert attempts.close_overdue(now=sitting.deadline_at + timedelta(seconds=6)) == 0


def test_close_overdue_goes_on_after_a_row_that_fails(exam, sitting, charlie, now, caplog):
    make_eligible(charlie, exam)
    other = attempts.start(exam=exam, candidate=charlie, now=now)
    Attempt.objects.filter(pk=sitting.pk).update(paper=[[999_999, "M1", "SINGLE", 200, "ABCD"]])

    closed = attempts.close_overdue(now=now + timedelta(hours=2))

    assert closed == 1
    assert Attempt.objects.get(pk=other.pk).status == Attempt.Status.MARKED
    assert Attempt.objects.get(pk=sitting.pk).status == Attempt.Status.OPEN
