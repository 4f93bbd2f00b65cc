"""Key fixes on PostgreSQL: two workers at once, a hand-in at the moment of approval, papers found by containment."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, transaction

from exams import attempts
from exams.keyfix import proposals, regrading
from exams.models import AnswerEntry, Attempt, ItemVersion, KeyFix, Marking
from tests.exams.test_races import at_once
from tests.factories.exams import STARTED, S, make_exam
from tests.factories.keyfix import SETTLED, make_marked, make_paper, propose
from tests.factories.users import UserFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = STARTED + timedelta(days=3)


@pytest.fixture
def exam():
    return make_exam()


@pytest.fixture
def version(exam):
    return ItemVersion.objects.get(pk=make_paper(exam)[0][0])


def test_two_workers_mark_each_attempt_once(exam, version):
    for _ in range(6):
        make_marked(exam, UserFactory(), ["C", "D", "AC", "F"])
    fix = propose(version, now=NOW)
    proposals.approve(fix=fix, decision="", person=UserFactory(), now=NOW)

    at_once(*[lambda: regrading.work_off(now=NOW + SETTLED)] * 2)
    regrading.work_off(now=NOW + SETTLED)

    assert KeyFix.objects.get().status == "DONE"
    assert Marking.objects.filter(cause="KEY_FIX").count() == 6
    assert len(mail.outbox) == 6


def test_two_people_decide_at_once_and_one_decides(exam, version):
    fix = propose(version, now=NOW)
    people = [UserFactory(), UserFactory()]

    outcomes = at_once(
        *(lambda person=person: proposals.approve(fix=fix, decision="", person=person, now=NOW) for person in people)
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["KeyFix", "NotProposed"]


def test_a_hand_in_that_read_the_old_key_is_found_after_the_wait(exam, version):
    sitting = Attempt.objects.create(
        exam=exam,
        candidate=UserFactory(),
        number=1,
        paper=make_paper(exam),
        total_centi=800,
        pass_centi=500,
        started_at=NOW,
        deadline_at=NOW + timedelta(hours=1),
    )
    AnswerEntry.objects.create(attempt=sitting, seq=S + 1, position=0, answer="C", received_at=NOW)
    fix = propose(version, now=NOW)

    def approve_and_sweep():
        proposals.approve(fix=fix, decision="", person=UserFactory(), now=NOW)
        regrading.work_off(now=NOW)
        connection.close()

    with transaction.atomic():  # marked under the old key, committed after the approval
        assert attempts.hand_in(attempt=sitting, now=NOW).points_centi == 0
        at_once(approve_and_sweep)

    regrading.work_off(now=NOW + SETTLED)

    sitting.refresh_from_db()
    assert (sitting.points_centi, KeyFix.objects.get().status) == (200, "DONE")


def test_the_number_of_a_version_elsewhere_in_a_paper_is_not_the_version(exam, version):
    paper = make_paper(exam)[1:]
    paper[0][3] = version.pk  # its points
    make_marked(exam, UserFactory(), ["B", "AC", "T"], paper=paper)

    assert propose(version, now=NOW).rows.count() == 0
