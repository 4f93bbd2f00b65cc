"""Imports and practice at the same moment, on PostgreSQL: threads that pass a barrier together."""

from dataclasses import replace
from datetime import datetime

import pytest
from django.contrib.contenttypes.models import ContentType

from courses.models import Enrolment
from exams import exchange, practice
from exams.exchange.entries import Entry, Found
from exams.models import Item, ItemImport, ItemVersion, PracticeCard, PracticeDay
from tests.exams.test_races import at_once
from tests.factories.courses import EnrolmentFactory, make_course
from tests.factories.exams import make_item
from tests.factories.users import UserFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
TIMES = 4
ROWS = 20


def table(*, coded: bool = True) -> Found:
    entry = Entry(place=1, kind="SINGLE", module="M1", options=("甲", "乙"), key="A", explanation="因为")
    rows = (
        replace(entry, place=row, stem=f"第 {row} 题？", code=f"M1-{row:04d}" if coded else "") for row in range(ROWS)
    )
    return Found("行", list(rows))


@pytest.fixture(autouse=True)
def models_are_known(transactional_db):
    ContentType.objects.get_for_model(Item)  # emptied with the other tables


@pytest.mark.parametrize("coded", [True, False])
def test_the_same_table_at_once_is_stored_once(coded, alice, now):
    def store() -> exchange.Plan:
        return exchange.store(table(coded=coded), defaults=exchange.Defaults(), author=alice, now=now)

    plans = at_once(*[store] * TIMES)

    assert sorted(made.counts["created"] for made in plans) == [0] * (TIMES - 1) + [ROWS]
    assert sorted(made.counts["skipped"] for made in plans) == [0] + [ROWS] * (TIMES - 1)
    assert (Item.objects.count(), ItemVersion.objects.count()) == (ROWS, ROWS)


def test_different_tables_at_once_get_different_numbers(alice, now):
    def store(name: str) -> exchange.Plan:
        found = table(coded=False)
        found.entries = [replace(entry, stem=f"{name}{entry.stem}") for entry in found.entries]
        return exchange.store(found, defaults=exchange.Defaults(), author=alice, now=now)

    plans = at_once(*[lambda name=name: store(name) for name in "甲乙丙"])

    assert [made.counts["created"] for made in plans] == [ROWS] * 3
    assert Item.objects.count() == 3 * ROWS


def test_one_job_is_worked_on_once(alice, now):
    content = "哪一个？\nA. 甲\nB. 乙\nANSWER: A\n".encode()
    defaults = exchange.Defaults(module="M1")
    job = exchange.upload(
        content=content, filename="a.txt", file_format="aiken", defaults=defaults, person=alice, now=now
    )
    at_once(*[lambda: exchange.work_on(pk=job.pk, now=now)] * TIMES)
    exchange.confirm(job=job)

    at_once(*[lambda: exchange.work_on(pk=job.pk, now=now)] * TIMES)

    job.refresh_from_db()
    assert (job.status, Item.objects.count()) == (ItemImport.Status.STORED, 1)


def answered(run, now: datetime, answer: str):
    return lambda: practice.answer(run=run, place=0, answer=answer, now=now)


def begin(learner, now):
    course = make_course(slug=f"c{Enrolment.objects.count()}")
    EnrolmentFactory(learner=learner, course=course, source=Enrolment.Source.GRANT)
    return practice.begin(learner=learner, course=course, mode="ORDER", is_study=False, now=now)


def test_of_two_answers_at_once_the_first_counts(alice, now):
    item = make_item(pool="PRACTICE")
    run = begin(alice, now)

    at_once(*[answered(run, now, letter) for letter in "ABCD"])

    run.refresh_from_db()
    card, day = PracticeCard.objects.get(), PracticeDay.objects.get()
    given = run.answers["0"]
    assert (card.item, card.answered, day.answered) == (item, 1, 1)
    assert (card.last_answer, card.right, bool(card.wrong_at)) == (given["answer"], given["right"], not given["right"])


def test_two_rounds_answered_at_once_are_both_counted(now):
    learner = UserFactory()
    make_item(pool="PRACTICE")
    runs = [begin(learner, now) for _ in range(TIMES)]

    replies = at_once(*[answered(run, now, "B") for run in runs])

    assert [reply.answers["0"]["right"] for reply in replies] == [True] * TIMES
    assert PracticeCard.objects.values_list("answered", "right", "right_run").get() == (TIMES, TIMES, TIMES)
    assert PracticeDay.objects.values_list("answered", "right").get() == (TIMES, TIMES)
