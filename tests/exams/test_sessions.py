"""Pages of one attempt: which one counts, what an older one may still deliver. Rule R4; runs on both databases."""

from datetime import timedelta

import pytest

from exams import attempts
from exams.attempts import Entry
from exams.attempts.journal import MAX_ENTRIES
from exams.models import AnswerEntry, Attempt, AttemptSession, LateReview
from tests.factories.exams import S, journal_of, right_answer

pytestmark = pytest.mark.django_db(transaction=True)  # outside a transaction PostgreSQL saves in groups
FIRST, SECOND = S, 2 * S


@pytest.fixture
def pages(sitting, now):
    """Two open pages of one attempt, the older first."""
    first = sitting.sessions.get()
    second = attempts.open_session(attempt=sitting, user_agent="phone", ip="192.0.2.1", now=now)
    sitting.refresh_from_db()
    tokens = [attempts.token_of(session=session, attempt=sitting) for session in (first, second)]
    return [attempts.read_token(token, now=now) for token in tokens]


def save(page, now, *rows):
    return attempts.save_from_page(page=page, entries=[Entry(*row) for row in rows], now=now)


def answers_of(attempt):
    return {position: answer for position, (_, answer) in attempt.entries.standing().items()}


def test_open_session_numbers_pages_and_keeps_where_they_came_from(sitting, now):
    session = attempts.open_session(attempt=sitting, user_agent="x" * 400, ip="192.0.2.1", now=now)

    assert (session.number, session.user_agent, session.ip, session.seen_at) == (2, "x" * 300, "192.0.2.1", now)
    assert Attempt.objects.get().session_number == 2


def test_open_session_of_a_closed_attempt_is_refused(sitting, now):
    attempts.hand_in(attempt=sitting, now=now)

    with pytest.raises(attempts.AttemptClosed):
        attempts.open_session(attempt=sitting, user_agent="", ip=None, now=now)


def test_token_carries_the_page_and_ends_a_week_after_the_bell(sitting, pages, now):
    token = attempts.token_of(session=sitting.sessions.get(number=1), attempt=sitting)
    page = attempts.read_token(token, now=sitting.deadline_at + timedelta(days=7))

    assert (page.attempt, page.candidate, page.session) == (sitting.pk, sitting.candidate_id, 1)
    assert [(slot.letters, slot.is_multi) for slot in page.slots] == [
        ("ABCD", False),
        ("ABCD", False),
        ("ABCDE", True),
        ("TF", False),
    ]
    with pytest.raises(attempts.PageUnknown):
        attempts.read_token(token, now=sitting.deadline_at + timedelta(days=7, seconds=1))


def test_the_newer_page_wins_whatever_arrives_last(sitting, pages, now):
    older, newer = pages

    save(newer, now, (SECOND + 1, 0, "B"))
    receipt = save(older, now + timedelta(minutes=1), (FIRST + 1, 0, "A"), (FIRST + 2, 1, "C"))

    assert (receipt.acked, receipt.session_number) == ((FIRST + 1, FIRST + 2), 2)
    assert answers_of(sitting) == {0: "B", 1: "C"}  # the older page counts where the newer has not answered


def test_what_an_older_page_delivers_is_news_for_the_newer(sitting, pages, now):
    older, newer = pages
    before = save(newer, now, (SECOND + 1, 0, "B")).news

    assert save(older, now, (FIRST + 1, 1, "A")).news == before + 1
    assert save(older, now, (FIRST + 1, 1, "A")).news == before + 1  # a resend is none
    assert save(newer, now).news == before + 1


def test_any_order_and_any_repetition_end_the_same(sitting, pages, now):
    older, newer = pages
    sent = [(newer, (SECOND + 2, 0, "D")), (older, (FIRST + 1, 0, "A")), (newer, (SECOND + 1, 0, "C"))]

    for page, row in [*sent, *reversed(sent), sent[1]]:
        assert save(page, now, row).acked == (row[0],)

    assert journal_of(sitting) == [
        (FIRST + 1, 0, "A", False),
        (SECOND + 1, 0, "C", False),
        (SECOND + 2, 0, "D", False),
    ]
    assert answers_of(sitting) == {0: "D"}


def test_a_page_may_deliver_the_queue_of_an_earlier_one(sitting, pages, now):
    assert save(pages[1], now, (FIRST + 7, 3, "T"), (SECOND + 1, 0, "A")).acked == (FIRST + 7, SECOND + 1)


@pytest.mark.parametrize("seq", [0, -1, 1, S, SECOND, 3 * S, 3 * S + 1, 2**31, 10**12])
def test_a_number_of_no_page_is_refused_whole(sitting, pages, now, seq):
    with pytest.raises(attempts.BadEntries) as refusal:
        save(pages[1], now, (SECOND + 1, 0, "A"), (seq, 1, "A"))

    assert [(problem.seq, problem.field) for problem in refusal.value.problems] == [(seq, "seq")]
    assert journal_of(sitting) == []


def test_a_taken_number_tells_the_last_one_of_that_page(sitting, pages, now):
    older, newer = pages
    save(newer, now, (SECOND + 9, 0, "A"))
    save(older, now, (FIRST + 1, 0, "A"), (FIRST + 5, 1, "B"))

    receipt = save(older, now, (FIRST + 1, 0, "B"))

    assert (receipt.acked, receipt.conflicts, receipt.last_seq) == ((), (FIRST + 1,), FIRST + 5)


def test_one_number_twice_in_one_sending(sitting, pages, now):
    receipt = save(pages[1], now, (SECOND + 1, 0, "A"), (SECOND + 1, 0, "A"), (SECOND + 1, 0, "B"))

    assert journal_of(sitting) == [(SECOND + 1, 0, "A", False)]
    assert (receipt.acked, receipt.conflicts) == ((SECOND + 1,), (SECOND + 1,))


def test_a_pulse_is_a_sign_of_life_of_that_page(sitting, pages, now):
    later = now + timedelta(seconds=30)

    receipt = save(pages[0], later)

    assert (receipt.acked, receipt.session_number, receipt.deadline_at) == ((), 2, sitting.deadline_at)
    assert list(AttemptSession.objects.order_by("number").values_list("seen_at", flat=True)) == [later, now]


def test_late_answers_of_a_page_open_one_review(sitting, pages):
    bell = sitting.deadline_at + timedelta(seconds=6)

    receipts = [
        save(pages[1], bell + timedelta(seconds=number), (SECOND + number, 0, right_answer(sitting, 0)))
        for number in (1, 2)
    ]

    assert [receipt.is_late for receipt in receipts] == [True, True]
    assert LateReview.objects.get().opened_at == bell + timedelta(seconds=1)
    assert attempts.hand_in(attempt=sitting, now=bell).points_centi == 0


def test_late_answers_of_a_mock_exam_open_no_review(sitting, pages):
    Attempt.objects.update(is_mock=True)

    assert save(pages[1], sitting.deadline_at + timedelta(seconds=6), (SECOND + 1, 0, "A")).is_late
    assert not LateReview.objects.exists()


def test_after_the_hand_in_no_page_may_save(sitting, pages, now):
    attempts.hand_in(attempt=sitting, now=now)

    for page in pages:
        with pytest.raises(attempts.AttemptClosed):
            save(page, now, (FIRST + 1, 0, "A"))
    assert journal_of(sitting) == []


def test_a_disabled_account_saves_nothing(sitting, pages, alice, now):
    alice.is_active = False
    alice.save()

    with pytest.raises(attempts.PageUnknown):
        save(pages[1], now, (SECOND + 1, 0, "A"))
    assert journal_of(sitting) == []


def test_the_journal_of_an_attempt_is_bounded(sitting, pages, now):
    AnswerEntry.objects.bulk_create(
        AnswerEntry(attempt=sitting, seq=FIRST + number, position=0, answer="A", received_at=now)
        for number in range(1, MAX_ENTRIES)
    )

    assert save(pages[1], now, (SECOND + 1, 0, "B")).acked == (SECOND + 1,)
    with pytest.raises(attempts.BadEntries, match="20000 条"):
        save(pages[1], now, (SECOND + 2, 0, "B"))
    assert answers_of(sitting) == {0: "B"}
