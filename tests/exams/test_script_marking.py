"""简答 marked by people, from the hand-in to the published result: docs/rules/grading.md, rules G22-G25."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.db.models import F

from exams import attempts, marking
from exams.attempts import Entry
from exams.models import SESSION_SPAN as S
from exams.models import Attempt, Item, ItemVersion, LateReview, Marking, Script
from exams.results import appeals, late_review
from tests.factories.exams import enter, make_eligible, make_exam_of, right_answer
from tests.factories.users import UserFactory

ESSAY = "总部和网点两个层面。分母是服务管理人员。"


@pytest.fixture
def exam(db):
    return make_exam_of(SINGLE=200, SHORT=1000)


@pytest.fixture
def sitting(exam, alice, now):
    make_eligible(alice, exam)
    return enter(exam=exam, candidate=alice, now=now)


@pytest.fixture
def closed(sitting, now):
    """Handed in with one right choice and one essay."""
    return hand_in(sitting, now, {0: right_answer(sitting, 0), 1: ESSAY})


@pytest.fixture
def script(closed):
    return Script.objects.get()


def hand_in(attempt, now, answers):
    entries = [Entry(S + number, position, text) for number, (position, text) in enumerate(answers.items(), start=1)]
    attempts.save_answers(attempt=attempt, entries=entries, now=now)
    return attempts.hand_in(attempt=attempt, now=now)


def give(script, *given, marker=None, now, **fields):
    marker = marker or UserFactory()
    return marking.give(script=script, marker=marker, given=[points * 100 for points in given], now=now, **fields)


def test_hand_in_waits_for_people(closed, script, now):
    assert (closed.status, closed.points_centi, closed.has_passed) == (Attempt.Status.AWAITING, None, None)
    assert closed.receipt_number
    assert (script.position, script.text, script.of_centi, script.status) == (1, ESSAY, 1000, "FIRST")
    assert marking.publish_marked(now=now) == 0
    assert not Attempt.objects.passed().exists()


@pytest.mark.parametrize("text", ["", "  \n"])
def test_hand_in_without_an_essay_is_marked_at_once(sitting, now, text):
    closed = hand_in(sitting, now, {0: right_answer(sitting, 0), 1: text})

    assert (closed.status, closed.points_centi, Script.objects.count()) == (Attempt.Status.MARKED, 200, 0)


def test_awaiting_cannot_have_points(closed):
    with pytest.raises(IntegrityError):
        Attempt.objects.filter(pk=closed.pk).update(points_centi=1, has_passed=False)


def test_an_awaiting_attempt_keeps_the_next_one_waiting(closed, alice, now):
    with pytest.raises(attempts.NotEligible, match="还在评阅"):
        attempts.start(exam=closed.exam, candidate=alice, now=now + timedelta(days=9))


def test_two_who_agree_make_the_mean(script, now):
    assert give(script, 4, 2, now=now).status == "SECOND"

    done = give(script, 4, 3.5, now=now)

    assert (done.status, done.points_centi, done.done_at) == ("DONE", (600 + 750) // 2, now)


def test_one_is_enough_where_the_exam_says_so(script, exam, now):
    exam.marks_twice = False
    exam.save()

    assert (give(script, 4, 0.5, now=now).status, Script.objects.get().points_centi) == ("DONE", 450)


@pytest.mark.parametrize(("second", "status"), [(4, "DONE"), (3.5, "DISPUTED")])
def test_who_differ_by_more_than_the_gap_need_a_third(script, now, second, status):
    give(script, 4, 2, now=now)  # 6 of 10; the gap may be 2

    assert give(script, second, 0, now=now).status == status


def test_reconcile_settles_it(script, now):
    markers = UserFactory(), UserFactory()
    for marker, points in zip(markers, (6, 0), strict=True):
        give(script, 4, points, marker=marker, now=now)
    with pytest.raises(marking.NotYours):
        marking.reconcile(script=script, person=markers[1], given=[400, 300], now=now)

    done = marking.reconcile(script=script, person=UserFactory(), given=[400, 300], now=now)

    assert (done.status, done.points_centi) == ("DONE", 700)
    assert list(done.marks.values_list("number", "points_centi")) == [(1, 1000), (2, 400), (3, 700)]
    with pytest.raises(marking.NotDisputed):
        marking.reconcile(script=script, person=UserFactory(), given=[400, 300], now=now)


def test_nobody_marks_twice_or_their_own(script, alice, now):
    marker = UserFactory()
    with pytest.raises(marking.NotYours):
        give(script, 4, 6, marker=alice, now=now)
    give(script, 4, 6, marker=marker, now=now)
    with pytest.raises(marking.NotYours):
        give(script, 4, 6, marker=marker, now=now)
    give(script, 4, 6, now=now)
    with pytest.raises(marking.MarkedAlready):
        give(script, 4, 6, now=now)


@pytest.mark.parametrize(
    ("given", "fields", "words"),
    [
        ([400], {}, "检查每一条"),
        ([450, 0], {}, "0 到该条分值"),
        ([-50, 0], {}, "0 到该条分值"),
        ([125, 0], {}, "半分"),
        ([0, 0], {"comment": "长" * 1001}, "评语最多"),
        ([0, 0], {"notes": [marking.Note(0, 99, "太远")]}, "标在作答"),
        ([0, 0], {"notes": [marking.Note(3, 3, "空")]}, "标在作答"),
        ([0, 0], {"notes": [marking.Note(0, 3, " ")]}, "标在作答"),
        ([0, 0], {"notes": [marking.Note(0, 3, "好")] * 31}, "批注最多"),
    ],
)
def test_a_mark_that_does_not_fit_is_refused(script, now, given, fields, words):
    with pytest.raises(marking.BadMark, match=words):
        marking.give(script=script, marker=UserFactory(), given=given, now=now, **fields)
    assert not script.marks.exists()


def test_take_next_gives_each_marker_another_one(exam, now):
    version = ItemVersion.objects.get(item__kind=Item.Kind.SHORT)
    for minutes in range(3):
        candidate = UserFactory()
        make_eligible(candidate, exam)
        attempt = enter(exam=exam, candidate=candidate, now=now + timedelta(minutes=minutes))
        hand_in(attempt, now + timedelta(minutes=minutes), {1: f"作答 {minutes}"})
    bob, carol = UserFactory(), UserFactory()

    def take(marker, after=timedelta(0)):
        script = marking.take_next(version=version, marker=marker, now=now + after)
        return script and script.text

    assert (take(bob), take(bob), take(carol)) == ("作答 0", "作答 0", "作答 1")
    assert take(carol, timedelta(minutes=10)) == "作答 1"
    with pytest.raises(marking.OnAnotherTable):
        give(Script.objects.get(text="作答 0"), 1, 1, marker=carol, now=now)
    give(Script.objects.get(text="作答 0"), 1, 1, marker=bob, now=now)
    assert take(bob) == "作答 2"
    assert take(UserFactory(), timedelta(minutes=31)) == "作答 0"  # its first marker never gets it again
    assert marking.queue_of(version=version, marker=bob, now=now).for_me == 1


def test_own_answers_are_in_nobodys_own_queue(script, alice, now):
    assert marking.take_next(version=script.version, marker=alice, now=now) is None
    assert [queue.for_me for queue in marking.queues(marker=alice, now=now)] == [0]


def test_publish_marked_writes_a_row_and_a_letter(closed, script, now, mailoutbox):
    later = now + timedelta(days=2)
    for _ in range(2):
        give(script, 4, 6, now=later)

    assert marking.publish_marked(now=later) == 1
    assert marking.publish_marked(now=later) == 0

    attempt = Attempt.objects.get()
    assert (attempt.status, attempt.points_centi, attempt.has_passed) == (Attempt.Status.MARKED, 1200, True)
    assert (attempt.closed_at, attempt.published_at) == (now, later)
    assert Marking.objects.values_list("number", "cause", "points_centi").get() == (1, "MANUAL", 1200)
    assert list(Attempt.objects.passed_since(later)) == [attempt]
    assert appeals.deadline_of(attempt) == later + timedelta(days=attempt.exam.appeal_days)


def test_publish_refuses_what_still_waits(closed, sitting):
    with pytest.raises(attempts.StillAwaiting):
        attempts.publish(attempt=closed, now=closed.closed_at)


def test_remark_keeps_what_people_gave(closed, script, now):
    for _ in range(2):
        give(script, 4, 6, now=now)
    marking.publish_marked(now=now)

    again = attempts.remark(attempt=closed, cause=Marking.Cause.APPEAL, person=UserFactory(), now=now)

    assert (again.points_centi, [row.points_centi for row in again.markings.all()]) == (1200, [1200, 1200])


@pytest.fixture
def late(sitting, now):
    """Closed by the clock with one essay; a longer one arrived too late."""
    attempts.save_answers(attempt=sitting, entries=[Entry(S + 1, 1, "半篇")], now=now)
    after = sitting.deadline_at + timedelta(minutes=1)
    attempts.close_overdue(now=after)
    attempts.save_answers(attempt=sitting, entries=[Entry(S + 2, 1, "全篇")], now=after)
    return LateReview.objects.get()


def test_a_late_essay_may_replace_one_that_nobody_marked(late, now):
    assert marking.publish_marked(now=now) == 0

    late_review.accept(review=late, seqs=[S + 2], reason="断网", person=UserFactory(), now=now)

    script = Script.objects.get()
    assert (script.text, script.seq, script.status) == ("全篇", S + 2, "FIRST")
    assert Attempt.objects.get().status == Attempt.Status.AWAITING


def test_a_late_essay_may_not_replace_one_that_was_marked(late, now):
    give(Script.objects.get(), 1, 1, now=now)

    with pytest.raises(attempts.ScriptsMarked, match="开始评阅"):
        late_review.accept(review=late, seqs=[S + 2], reason="断网", person=UserFactory(), now=now)
    assert LateReview.objects.get().status == "PENDING"


def test_a_result_waits_for_the_review_of_late_answers(late, now):
    script = Script.objects.get()
    for _ in range(2):
        give(script, 1, 1, now=now)
    assert marking.publish_marked(now=now) == 0
    late_review.refuse(review=late, reason="不采纳", person=UserFactory(), now=now)

    assert marking.publish_marked(now=now) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_queues_take_two_statements(exam, now, count, django_assert_num_queries):
    version = ItemVersion.objects.get(item__kind=Item.Kind.SHORT)
    for number in range(count):
        candidate = UserFactory()
        make_eligible(candidate, exam)
        closed = hand_in(enter(exam=exam, candidate=candidate, now=now), now, {1: "作答"})
        if number:
            other = ItemVersion.objects.create(item=version.item, number=number + 1, stem="题", created_at=now)
            Script.objects.filter(attempt=closed).update(version=other)

    with django_assert_num_queries(2):
        rows = marking.queues(marker=UserFactory.build(pk=0), now=now)
    assert [(row.first, row.total, row.percent) for row in rows] == [(1, 1, 0)] * count
    assert Script.objects.filter(opened_at=F("attempt__closed_at")).count() == count
