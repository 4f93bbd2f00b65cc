"""Starting: windows, mock exams, the remembered pool. What came before windows is in test_attempts.py."""

from datetime import timedelta

import pytest

from exams import attempts, registrations
from exams.eligibility import Code
from exams.models import Attempt, Item
from tests.factories.courses import EnrolmentFactory
from tests.factories.exams import AttemptFactory, make_eligible, make_exam, make_item, make_practice, make_window

HOUR = timedelta(hours=1)


def codes_of(refusal):
    return [reason.code for reason in refusal.value.reasons]


# --- Windows ----------------------------------------------------------------------------------------------------------
def test_start_inside_a_registered_window_remembers_it(exam, alice, now):
    make_eligible(alice, exam)
    window = make_window(exam, now=now)
    registrations.register(window=window, candidate=alice, now=now)

    attempt = attempts.start(exam=exam, candidate=alice, now=now)

    assert (attempt.window, attempt.deadline_at) == (window, now + timedelta(minutes=90))


def test_start_without_a_place_is_refused(exam, alice, charlie, now):
    for person in (alice, charlie):
        make_eligible(person, exam)
    window = make_window(exam, now=now)
    registrations.register(window=window, candidate=charlie, now=now)

    with pytest.raises(attempts.NotEligible) as refusal:
        attempts.start(exam=exam, candidate=alice, now=now)

    assert codes_of(refusal) == [Code.NOT_REGISTERED]


def test_start_after_cancelling_is_refused(exam, alice, now):
    make_eligible(alice, exam)
    window = make_window(exam, now=now)
    registrations.register(window=window, candidate=alice, now=now)
    registrations.cancel(window=window, candidate=alice, now=now)

    with pytest.raises(attempts.NotEligible):
        attempts.start(exam=exam, candidate=alice, now=now)


@pytest.mark.parametrize(
    ("after", "code"),
    [
        (-24 * HOUR - timedelta(seconds=1), Code.WINDOW_LATER),
        (24 * HOUR, Code.NO_WINDOW),
        (40 * 24 * HOUR, Code.NO_WINDOW),
    ],
)
def test_start_outside_the_window_says_why(exam, alice, now, after, code):
    make_eligible(alice, exam)
    window = make_window(exam, now=now)
    window.registrations.create(candidate=alice, registered_at=now)

    with pytest.raises(attempts.NotEligible) as refusal:
        attempts.start(exam=exam, candidate=alice, now=now + after)

    assert codes_of(refusal) == [code]


def test_start_may_be_the_second_attempt_in_one_window(exam, alice, now):
    make_eligible(alice, exam)
    exam.cooldown_hours = 0
    exam.save()
    window = make_window(exam, now=now)
    registrations.register(window=window, candidate=alice, now=now)
    attempts.hand_in(attempt=attempts.start(exam=exam, candidate=alice, now=now), now=now)

    assert attempts.start(exam=exam, candidate=alice, now=now + HOUR).number == 2


# --- Mock exams -------------------------------------------------------------------------------------------------------
def test_mock_draws_from_the_practice_pool_for_anybody_enrolled(exam, alice, now):
    EnrolmentFactory(learner=alice, course=exam.course)
    make_practice(exam)
    make_window(exam, now=now)

    attempt = attempts.start(exam=exam, candidate=alice, is_mock=True, now=now)

    pools = set(Item.objects.filter(versions__in=[q.version for q in attempt.questions]).values_list("pool", flat=True))
    assert pools == {"PRACTICE"}
    assert (attempt.is_mock, attempt.number, attempt.window, attempt.total_centi) == (True, 1, None, 800)


def test_mock_without_enrolment_is_refused(exam, alice, now):
    make_practice(exam)

    with pytest.raises(attempts.NotEligible) as refusal:
        attempts.start(exam=exam, candidate=alice, is_mock=True, now=now)

    assert codes_of(refusal) == [Code.NOT_ENROLLED]


def test_mock_is_not_ready_without_practice_items(exam, alice, now):
    make_eligible(alice, exam)

    with pytest.raises(attempts.ExamNotReady):
        attempts.start(exam=exam, candidate=alice, is_mock=True, now=now)


def test_mock_again_and_again_without_waiting_and_formal_attempts_stay_whole(exam, alice, now):
    make_eligible(alice, exam)
    make_practice(exam)
    numbers = []
    for _ in range(4):
        mock = attempts.start(exam=exam, candidate=alice, is_mock=True, now=now)
        numbers.append(mock.number)
        attempts.hand_in(attempt=mock, now=now)

    verdict = attempts.eligibility_of(exam=exam, candidate=alice, now=now)

    assert numbers == [1, 2, 3, 4]
    assert (verdict.is_allowed, verdict.attempts_left) == (True, 3)
    assert attempts.start(exam=exam, candidate=alice, now=now).number == 1


def test_a_passed_mock_passes_nothing(exam, alice, now):
    make_eligible(alice, exam)
    AttemptFactory(exam=exam, candidate=alice, is_mock=True)

    assert attempts.eligibility_of(exam=exam, candidate=alice, now=now).is_allowed
    assert not Attempt.objects.passed().exists()


def test_one_attempt_of_either_sort_is_open_at_a_time(exam, alice, now):
    make_eligible(alice, exam)
    make_practice(exam)
    mock = attempts.start(exam=exam, candidate=alice, is_mock=True, now=now)

    assert attempts.start(exam=exam, candidate=alice, is_mock=True, now=now) == mock
    with pytest.raises(attempts.NotEligible, match="模拟考试正在进行"):
        attempts.start(exam=exam, candidate=alice, now=now)

    attempts.hand_in(attempt=mock, now=now)
    attempts.start(exam=exam, candidate=alice, now=now)
    with pytest.raises(attempts.NotEligible, match="正在进行的考试"):
        attempts.start(exam=exam, candidate=alice, is_mock=True, now=now)


def test_start_closes_an_overdue_mock_and_goes_on(exam, alice, now):
    make_eligible(alice, exam)
    make_practice(exam)
    mock = attempts.start(exam=exam, candidate=alice, is_mock=True, now=now)

    formal = attempts.start(exam=exam, candidate=alice, now=now + 2 * HOUR)

    mock.refresh_from_db()
    assert (mock.status, formal.is_mock, formal.number) == ("MARKED", False, 1)


def test_start_closes_an_overdue_attempt_even_if_it_then_refuses(exam, sitting, alice, now):
    with pytest.raises(attempts.NotEligible) as refusal:
        attempts.start(exam=exam, candidate=alice, now=now + 2 * HOUR)

    sitting.refresh_from_db()
    assert (sitting.status, codes_of(refusal)) == ("MARKED", [Code.COOLING_DOWN])


# --- The remembered pool ----------------------------------------------------------------------------------------------
def versions_of(attempt):
    return {question.version for question in attempt.questions}


@pytest.mark.parametrize("change", [{"status": "RETIRED"}, {"status": "DRAFT"}, {"is_verified": False}])
def test_a_withdrawn_item_is_never_drawn(alice, charlie, now, change):
    exam = make_exam(spare=1)
    for person in (alice, charlie):
        make_eligible(person, exam)
    first = attempts.start(exam=exam, candidate=alice, now=now)
    gone = Item.objects.filter(kind="TRUE_FALSE", current__in=versions_of(first)).get()
    Item.objects.filter(pk=gone.pk).update(**change)

    second = attempts.start(exam=exam, candidate=charlie, now=now)

    assert gone.current_id not in versions_of(second)


def test_a_swap_that_leaves_count_and_sum_alike_is_noticed(alice, charlie, now):
    """Retire the outer two of four and bring back the middle two: count, sum and (with a decoy) newest stay."""
    exam = make_exam(spare=0)
    for person in (alice, charlie):
        make_eligible(person, exam)
    Item.objects.filter(kind="TRUE_FALSE").update(status="RETIRED")
    outer, inner, middle, last = (make_item(module="M2", kind="TRUE_FALSE") for _ in range(4))
    make_item(module="M5", kind="SINGLE")  # the newest, in no cell
    Item.objects.filter(pk__in=[inner.pk, middle.pk]).update(status="RETIRED")
    attempts.start(exam=exam, candidate=alice, now=now)
    Item.objects.filter(pk__in=[outer.pk, last.pk]).update(status="RETIRED")
    Item.objects.filter(pk__in=[inner.pk, middle.pk]).update(status="LIVE")

    second = attempts.start(exam=exam, candidate=charlie, now=now)

    assert versions_of(second) & {outer.current_id, last.current_id} == set()


def test_a_new_item_is_drawn_at_once(alice, charlie, now):
    exam = make_exam(spare=0)
    for person in (alice, charlie):
        make_eligible(person, exam)
    attempts.start(exam=exam, candidate=alice, now=now)
    Item.objects.filter(kind="TRUE_FALSE").update(status="RETIRED")
    fresh = make_item(module="M2", kind="TRUE_FALSE")

    second = attempts.start(exam=exam, candidate=charlie, now=now)

    assert fresh.current_id in versions_of(second)
