from datetime import date, timedelta

import pytest

from courses.models import Enrolment
from exams import attempts, bank, practice
from exams.models import Item, ItemVersion, PracticeCard, PracticeDay, PracticeRun
from exams.practice import memory
from tests.factories.courses import EnrolmentFactory, make_course
from tests.factories.exams import make_eligible, make_exam, make_item, make_practice, right_answer

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def course(alice):
    course = make_course()
    EnrolmentFactory(learner=alice, course=course, source=Enrolment.Source.GRANT)
    return course


@pytest.fixture
def items(db) -> list[Item]:
    """Two single, one multi and one true/false item to practise, and one of the exam."""
    make_item(module="M1", kind="SINGLE", pool="LIVE")
    kinds = [("M1", "SINGLE"), ("M1", "SINGLE"), ("M1", "MULTI"), ("M2", "TRUE_FALSE")]
    return [make_item(module=module, kind=kind, pool="PRACTICE") for module, kind in kinds]


def begin(alice, course, now, mode="ORDER", **choice) -> PracticeRun:
    return practice.begin(learner=alice, course=course, mode=mode, is_study=False, now=now, **choice)


def card_of(alice, item) -> PracticeCard:
    return PracticeCard.objects.get(learner=alice, item=item)


def page(client, path, status=200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


# --- Rounds -----------------------------------------------------------------------------------------------------------
def test_no_round_of_any_mode_holds_an_item_of_the_exam(alice, course, items, now):
    live = make_item(pool="LIVE")
    for item in [live, *items]:
        PracticeCard.objects.create(
            learner=alice, item=item, wrong_at=now, starred_at=now, memory={"card_id": 1}, due_at=now
        )

    for mode in PracticeRun.Mode.values:
        assert set(begin(alice, course, now, mode).items) == {item.pk for item in items}, mode

    Item.objects.filter(pk=items[0].pk).update(pool="LIVE")
    for mode in PracticeRun.Mode.values:
        assert items[0].pk not in begin(alice, course, now, mode).items


@pytest.mark.parametrize(
    "change", [{"status": "RETIRED"}, {"is_verified": False}, {"is_contested": True}, {"kind": "SHORT"}]
)
def test_only_items_in_use_that_a_machine_can_mark_are_practised(alice, course, items, now, change):
    Item.objects.filter(pk=items[0].pk).update(**change)

    assert begin(alice, course, now).items == [item.pk for item in items[1:]]


def test_order_goes_on_behind_the_last_answer_and_wraps(alice, course, items, now):
    first = begin(alice, course, now)
    practice.answer(run=first, place=1, answer="B", now=now)

    second = begin(alice, course, now + DAY)
    practice.answer(run=second, place=1, answer="T", now=now)

    assert (first.items, second.items) == ([i.pk for i in items], [i.pk for i in items[2:]])
    assert begin(alice, course, now + 2 * DAY).items == [i.pk for i in items]


def test_round_is_narrowed_by_module_and_kind(alice, course, items, now):
    assert begin(alice, course, now, module="M2").items == [items[3].pk]
    assert begin(alice, course, now, "RANDOM", kind="MULTI").items == [items[2].pk]
    with pytest.raises(practice.NothingToPractise):
        begin(alice, course, now, module="M5")


def test_only_the_newest_rounds_are_kept(alice, course, items, now):
    for number in range(33):
        begin(alice, course, now + number * DAY)

    assert PracticeRun.objects.count() == 30
    assert not PracticeRun.objects.filter(started_at__lt=now + 3 * DAY).exists()


# --- Answers ----------------------------------------------------------------------------------------------------------
def test_wrong_answer_enters_the_book_and_two_right_ones_leave_it(alice, course, items, now):
    states = []
    for answer in ("A", "B", "A", "B", "B"):
        run = begin(alice, course, now, kind="SINGLE")
        practice.answer(run=run, place=run.items.index(items[0].pk), answer=answer, now=now)
        PracticeRun.objects.all().delete()
        card = card_of(alice, items[0])
        states.append((card.wrong_at is not None, card.right_run))

    assert states == [(True, 0), (True, 1), (True, 0), (True, 1), (False, 2)]
    assert (card.answered, card.right) == (5, 3)


def test_partial_marks_are_wrong_in_practice(alice, course, items, now):
    run = begin(alice, course, now, kind="MULTI")

    assert practice.answer(run=run, place=0, answer="A", now=now).answers["0"]["right"] is False
    assert card_of(alice, items[2]).wrong_at == now


def test_first_answer_of_a_round_counts(alice, course, items, now):
    run = begin(alice, course, now)
    practice.answer(run=run, place=0, answer="A", now=now)

    again = practice.answer(run=run, place=0, answer="B", now=now)

    assert (again.answers["0"]["answer"], card_of(alice, items[0]).answered) == ("A", 1)


@pytest.mark.parametrize("answer", ["", "Z", "AB", "\x00"])
def test_what_is_no_answer_is_refused(alice, course, items, now, answer):
    with pytest.raises(practice.NoAnswer):
        practice.answer(run=begin(alice, course, now), place=0, answer=answer, now=now)


def test_item_that_was_withdrawn_meanwhile_cannot_be_answered(alice, course, items, now):
    run = begin(alice, course, now)
    bank.retire(item=items[0])

    with pytest.raises(practice.NotAnswerable):
        practice.answer(run=run, place=0, answer="B", now=now)


def test_day_and_streak_count_answers_of_the_shanghai_day(alice, course, items, now):
    run = begin(alice, course, now)
    practice.answer(run=run, place=0, answer="B", now=now)
    practice.answer(run=run, place=1, answer="A", now=now)
    PracticeDay.objects.create(learner=alice, day=date(2026, 11, 21), answered=1)

    figures = practice.figures_of(learner=alice, now=now)

    assert (figures.today, figures.today_right, figures.streak, figures.wrong, figures.seen) == (2, 1, 2, 1, 2)
    assert practice.figures_of(learner=alice, now=now + 2 * DAY).streak == 0


@pytest.mark.parametrize(("days", "length"), [(set(), 0), ({0}, 1), ({1}, 1), ({0, 1, 2, 4}, 3), ({1, 2}, 2), ({2}, 0)])
def test_streak_ends_today_or_yesterday(days, length):
    today = date(2026, 11, 22)

    assert practice.streak({today - day * DAY for day in days}, today) == length


# --- FSRS -------------------------------------------------------------------------------------------------------------
def test_intervals_grow_with_right_answers_and_fall_with_a_wrong_one(now):
    state, moment, days = None, now, []
    for is_right in (True, True, True, False, True):
        state, due = memory.review(state, is_right=is_right, now=moment)
        days.append((due - moment).days)
        moment = due

    assert days[0] < days[1] < days[2]
    assert 1 <= days[3] < days[2]
    assert min(days) >= 1


def test_answered_item_comes_back_when_it_is_due(alice, course, items, now):
    practice.answer(run=begin(alice, course, now, kind="TRUE_FALSE"), place=0, answer="T", now=now)
    due_at = card_of(alice, items[3]).due_at

    with pytest.raises(practice.NothingToPractise):
        begin(alice, course, due_at - DAY / 2, "DUE")
    assert begin(alice, course, due_at, "DUE").items == [items[3].pk]


# --- The book of mistakes ---------------------------------------------------------------------------------------------
def test_corrected_key_clears_what_was_right_after_all(alice, course, items, now):
    run = begin(alice, course, now)
    practice.answer(run=run, place=0, answer="A", now=now)
    practice.answer(run=run, place=1, answer="C", now=now)
    for item in items[:2]:
        old = item.current
        version = ItemVersion.objects.create(
            item=item,
            number=2,
            stem=old.stem,
            options=old.options,
            key="A",
            explanation="e",
            source="s",
            created_at=now,
        )
        Item.objects.filter(pk=item.pk).update(current=version)

    practice.catch_up(learner=alice)

    assert [card_of(alice, item).wrong_at for item in items[:2]] == [None, now]


def test_changed_text_stays_in_the_book(alice, course, items, now):
    practice.answer(run=begin(alice, course, now), place=0, answer="A", now=now)
    version = ItemVersion.objects.create(
        item=items[0],
        number=2,
        stem="另一道题",
        options=["一", "二"],
        key="A",
        explanation="e",
        source="s",
        created_at=now,
    )
    Item.objects.filter(pk=items[0].pk).update(current=version)

    practice.catch_up(learner=alice)

    assert card_of(alice, items[0]).wrong_at == now


def test_mistakes_of_a_mock_exam_come_into_the_book_once(alice, now):
    exam = make_exam()
    make_eligible(alice, exam)
    make_practice(exam)
    attempt = attempts.start(exam=exam, candidate=alice, is_mock=True, now=now)
    attempts.open_session(attempt=attempt, user_agent="t", ip=None, now=now)
    good = right_answer(attempt, 0)
    entry = attempts.Entry(seq=100_001, position=0, answer=good, client_at=None)
    attempts.save_answers(attempt=attempt, entries=[entry], now=now)
    attempts.hand_in(attempt=attempt, now=now)

    practice.catch_up(learner=alice)
    assert PracticeCard.objects.of(alice).wrong().count() == 3
    PracticeCard.objects.update(wrong_at=None)
    practice.catch_up(learner=alice)

    assert not PracticeCard.objects.of(alice).wrong().exists()


# --- Pages ------------------------------------------------------------------------------------------------------------
def test_practice_home_leads_on(as_alice, as_charlie, course):
    assert as_alice.get("/exams/practice/").url == f"/exams/practice/{course.pk}/"
    assert "报名以后可以练习" in page(as_charlie, "/exams/practice/")


def test_practice_pages_are_for_people_enrolled(as_alice, as_charlie, alice, course, items, now):
    run = begin(alice, course, now)
    paths = [
        f"/exams/practice/{course.pk}/",
        f"/exams/practice/{course.pk}/cards/",
        f"/exams/practice/runs/{run.pk}/",
        f"/exams/practice/runs/{run.pk}/1/",
    ]

    assert [as_charlie.get(path).status_code for path in paths] == [404] * 4
    assert [as_alice.get(path).status_code for path in paths] == [200] * 4
    assert as_charlie.post(f"/exams/practice/{course.pk}/items/{items[0].pk}/star/").status_code == 404
    Enrolment.objects.update(withdrawn_at=now, withdrawn_reason="退款")
    assert [as_alice.get(path).status_code for path in paths] == [404] * 4


def test_practice_question_shows_the_key_only_after_the_answer(as_alice, alice, course, items, now):
    run = begin(alice, course, now)
    path = f"/exams/practice/runs/{run.pk}/1/"

    before = page(as_alice, path)
    as_alice.post(path, {"answer": "A"})
    after = page(as_alice, path)

    number = items[0].code[-1]
    assert (f"题干{number}" in before, "解析机密" in before, "正确答案" in before) == (True, False, False)
    assert (f"解析机密{number}" in after, "答错，已记入错题本" in after) == (True, True)
    assert page(as_alice, f"/exams/practice/runs/{run.pk}/99/", 404)


def test_practice_question_without_an_answer_says_so(as_alice, alice, course, items, now):
    run = begin(alice, course, now)

    response = as_alice.post(f"/exams/practice/runs/{run.pk}/1/", {})

    assert (response.status_code, "还没有作答" in response.content.decode()) == (422, True)


def test_practice_begin_study_shows_the_key_and_records_nothing(as_alice, alice, course, items):
    response = as_alice.post(f"/exams/practice/{course.pk}/begin/", {"mode": "RANDOM", "is_study": "on"})

    assert "解析机密" in page(as_alice, response.url)
    assert as_alice.post(response.url, {"answer": "B"}).status_code == 422
    assert not PracticeCard.objects.exists()


def test_practice_begin_with_nonsense_goes_back(as_alice, course):
    for data in ({}, {"mode": "X"}, {"mode": "WRONG"}, {"mode": "ORDER", "module": "M9"}):
        response = as_alice.post(f"/exams/practice/{course.pk}/begin/", data)
        assert (response.status_code, response.url) == (302, f"/exams/practice/{course.pk}/")


def test_practice_goal_is_kept_within_bounds(as_alice, course, alice):
    address = f"/exams/practice/{course.pk}/goal/"

    assert as_alice.post(address, {"daily_goal": "0"}).status_code == 422
    assert as_alice.post(address, {"daily_goal": "35"}).status_code == 302
    assert alice.practice_plan.daily_goal == 35


def test_practice_star_and_unstar(as_alice, course, items):
    address = f"/exams/practice/{course.pk}/items/{items[0].pk}/star/"
    live = Item.objects.get(pool="LIVE")

    as_alice.post(address, {"next": "https://elsewhere.example/"})
    starred = page(as_alice, f"/exams/practice/{course.pk}/cards/?shelf=starred")
    response = as_alice.post(address, {"off": "1", "next": "/exams/practice/"})

    assert (items[0].current.stem in starred, response.url) == (True, "/exams/practice/")
    assert "还没有收藏" in page(as_alice, f"/exams/practice/{course.pk}/cards/?shelf=starred")
    assert as_alice.post(f"/exams/practice/{course.pk}/items/{live.pk}/star/").status_code == 404


def test_practice_run_sums_up(as_alice, alice, course, items, now):
    run = begin(alice, course, now)
    practice.answer(run=run, place=0, answer="B", now=now)
    practice.answer(run=run, place=1, answer="A", now=now)

    summary = page(as_alice, f"/exams/practice/runs/{run.pk}/")

    assert ("已答 2 题，答对 1 题，答错 1 题" in summary, "接着做第 3 题" in summary) == (True, True)


@pytest.mark.parametrize("count", [1, 3])
def test_practice_cards_take_the_same_queries_for_any_length(
    as_alice, alice, course, items, now, count, django_assert_num_queries
):
    for item in items[:count]:
        PracticeCard.objects.create(learner=alice, item=item, wrong_at=now)

    with django_assert_num_queries(10):
        as_alice.get(f"/exams/practice/{course.pk}/cards/")


@pytest.mark.parametrize("count", [1, 3])
def test_practice_course_takes_the_same_queries_for_any_length(
    as_alice, alice, course, items, now, count, django_assert_num_queries
):
    for _ in range(count):
        practice.answer(run=begin(alice, course, now), place=0, answer="A", now=now)

    with django_assert_num_queries(14):
        as_alice.get(f"/exams/practice/{course.pk}/")
