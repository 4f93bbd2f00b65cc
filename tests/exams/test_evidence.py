import csv
import hashlib
import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import combinations

import pytest
import time_machine

from exams import attempts
from exams.attempts import Entry
from exams.attempts.evidence import State, evidence_of, lasting, written
from exams.attempts.pages import slots_of
from exams.models import AnswerEntry, ItemVersion
from tests.exams.test_admin import staff
from tests.factories.exams import S, right_answer


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


def save(attempt, at, *entries):
    attempts.save_answers(attempt=attempt, entries=[Entry(*entry) for entry in entries], now=at)


def where(attempt, ending="/"):
    return f"/exams/attempts/{attempt.pk}/evidence{ending}"


def text_of(response):
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def letters_of(attempt, position, option):
    """The printed letter of an option, named by its letter in the bank."""
    question = attempt.questions[position]
    return question.letters[question.order.index(option)]


def test_every_answer_that_the_journal_takes_is_put_into_words(sitting, now):
    letters = {
        (position, "".join(chosen))
        for position, slot in enumerate(slots_of(sitting.questions))
        for count in range(len(slot.letters) + 1 if slot.is_multi else 2)
        for chosen in combinations(slot.letters, count)
    }
    entries = [Entry(S + seq, *answer) for seq, answer in enumerate(sorted(letters), start=1)]

    attempts.save_answers(attempt=sitting, entries=entries, now=now)

    assert len(entries) == 2 * 5 + 2**5 + 3
    assert not [save for save in evidence_of(sitting).saves if "无法读出" in save.words]


@pytest.mark.parametrize("position", range(4))
def test_a_row_that_no_verb_wrote_is_shown_as_unreadable(sitting, now, position):
    AnswerEntry.objects.create(attempt=sitting, seq=S + 1, position=position, answer="J", received_at=now)

    save = evidence_of(sitting).saves[0]

    assert (save.letters, save.words) == ("J", "无法读出")


@pytest.fixture
def handed_in(sitting, now):
    """Four saves on three questions, handed in after ten minutes."""
    second = timedelta(seconds=1)
    save(sitting, now + 60 * second, (S + 1, 0, letters_of(sitting, 0, "A"), now + 62 * second))
    save(sitting, now + 90.25 * second, (S + 2, 0, letters_of(sitting, 0, "B"), now + 90 * second))
    save(sitting, now + 300 * second, (S + 3, 3, "T"), (S + 4, 2, "", now + 290 * second))
    return attempts.hand_in(attempt=sitting, now=now + 600 * second)


@pytest.fixture
def rung(sitting, now):
    """One save in time and a late one on the same question; the clock closed it."""
    bell = sitting.deadline_at
    save(sitting, now, (S + 1, 3, "T"))
    save(sitting, bell + timedelta(seconds=6), (S + 2, 3, "F", bell - timedelta(seconds=30)))
    return attempts.hand_in(attempt=sitting, now=bell + timedelta(minutes=1))


# --- The record -------------------------------------------------------------------------------------------------------
def test_evidence_tells_every_save_in_words(handed_in):
    saves = evidence_of(handed_in).saves

    a, b = letters_of(handed_in, 0, "A"), letters_of(handed_in, 0, "B")
    assert [(row.seq, row.number, row.words, row.received, row.device, row.offset, row.state) for row in saves] == [
        (S + 1, 1, f"{a} 甲项", "2026-11-22 14:04:22.000", "2026-11-22 14:04:24.000", "快 2.000 秒", State.SUPERSEDED),
        (S + 2, 1, f"{b} 乙项", "2026-11-22 14:04:52.250", "2026-11-22 14:04:52.000", "慢 0.250 秒", State.EFFECTIVE),
        (S + 3, 4, "对", "2026-11-22 14:08:22.000", "", "", State.EFFECTIVE),
        (S + 4, 3, "清除", "2026-11-22 14:08:22.000", "2026-11-22 14:08:12.000", "慢 10.000 秒", State.EFFECTIVE),
    ]


def test_evidence_names_each_letter_of_a_multiple_choice(sitting, now):
    answer = right_answer(sitting, 2)
    save(sitting, now, (S + 1, 2, answer))

    (row,) = evidence_of(sitting).saves

    texts = {letters_of(sitting, 2, "A"): "子项", letters_of(sitting, 2, "C"): "寅项"}
    assert row.words == "；".join(f"{letter} {texts[letter]}" for letter in answer)


def test_evidence_figures(handed_in):
    evidence = evidence_of(handed_in)

    assert (evidence.first, evidence.last, evidence.longest_gap, evidence.late_count, evidence.closed) == (
        "2026-11-22 14:04:22.000",
        "2026-11-22 14:08:22.000",
        "3 分 29 秒",
        0,
        "2026-11-22 14:13:22.000",
    )


def test_late_answers_do_not_replace_what_was_graded(rung):
    evidence = evidence_of(rung)

    assert [(row.words, row.state) for row in evidence.saves] == [("对", State.EFFECTIVE), ("错", State.LATE)]
    assert (evidence.late_count, evidence.closed) == (1, "2026-11-22 15:33:22.000")
    assert rung.points_centi == 100  # the answer in time was right


def test_a_superseded_save_that_came_late_out_of_order(sitting, now):
    save(sitting, now, (S + 5, 3, "T"))
    save(sitting, now + timedelta(seconds=3), (S + 4, 3, "F"))

    assert [(row.seq, row.state) for row in evidence_of(sitting).saves] == [
        (S + 4, State.SUPERSEDED),
        (S + 5, State.EFFECTIVE),
    ]


def test_long_stems_and_options_are_shortened(sitting, now):
    ItemVersion.objects.update(stem="很长的\n题干" * 20)
    save(sitting, now, (S + 1, 0, "A"))

    (row,) = evidence_of(sitting).saves

    assert (len(row.stem), row.stem[:8], row.stem[-1]) == (40, "很长的 题干很长", "…")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0.000 秒"), (59.9, "59.900 秒"), (60, "1 分 0 秒"), (3_725, "1 小时 2 分"), (97_200, "1 天 3 小时")],
)
def test_lasting(seconds, words):
    assert lasting(timedelta(seconds=seconds)) == words


def test_written_keeps_to_the_exams_zone_and_survives_absurd_clocks(now):
    with time_machine.travel(now):
        assert written(datetime(2026, 11, 22, 6, 3, 22, 999_999, tzinfo=UTC)) == "2026-11-22 14:03:22.999"
        assert written(datetime(9999, 12, 31, 23, 0, tzinfo=UTC)) == "无法读出"


# --- The fingerprint --------------------------------------------------------------------------------------------------
def test_fingerprint_is_stable_and_changes_with_any_row(handed_in):
    before = evidence_of(handed_in).sha256
    assert evidence_of(handed_in).sha256 == before

    handed_in.entries.filter(seq=S + 1).update(received_at=handed_in.started_at)
    after_time = evidence_of(handed_in).sha256
    handed_in.entries.filter(seq=S + 1).update(answer="")
    after_answer = evidence_of(handed_in).sha256
    handed_in.receipt_number = "20261122-OTHERONE"

    assert len({before, after_time, after_answer, evidence_of(handed_in).sha256}) == 4


def test_fingerprint_is_computed_as_the_download_says(as_alice, handed_in):
    document = json.loads(text_of(as_alice.get(where(handed_in, ".json"))))

    fields = ("seq", "received_at", "device_at", "question", "letters", "state")
    lines = [[document["hand_in"][name] for name in ("receipt_number", "at", "by")]]
    lines += [[str(row[name]) for name in fields] for row in document["saves"]]
    text = "".join("\t".join(line) + "\n" for line in lines)
    assert hashlib.sha256(text.encode()).hexdigest() == document["sha256"]
    assert document["sha256"] in text_of(as_alice.get(where(handed_in)))


# --- The page ---------------------------------------------------------------------------------------------------------
def test_attempt_evidence_shows_the_record(as_alice, handed_in):
    response = as_alice.get(where(handed_in))

    page = text_of(response)
    for words in (handed_in.receipt_number, "考生交卷", "2026-11-22 14:13:22.000", "2026-11-22 14:04:52.250", "清除"):
        assert words in page
    assert page.count("生效") == 3
    assert page.count("已被后来的作答取代") == 1
    assert page.count('<tr role="row">') == 5
    assert "no-store" in response.headers["Cache-Control"]


def test_attempt_evidence_shows_what_came_late(as_alice, rung):
    page = text_of(as_alice.get(where(rung)))

    assert "到时收卷" in page
    assert page.count("迟到未计分") == 2  # the figure and the row


def test_attempt_evidence_of_one_question(as_alice, handed_in):
    page = text_of(as_alice.get(where(handed_in, "/?question=1")))

    assert page.count('<tr role="row">') == 3
    assert '<option value="1" selected>第 1 题（2 次）</option>' in page


def test_attempt_evidence_of_a_question_without_saves(as_alice, handed_in):
    assert "这道题没有作答记录" in text_of(as_alice.get(where(handed_in, "/?question=2")))


@pytest.mark.parametrize("question", ["", "0", "99", "x", "１", "-1"])
def test_attempt_evidence_takes_any_other_question_for_all(as_alice, handed_in, question):
    assert text_of(as_alice.get(where(handed_in, f"/?question={question}&page=x"))).count('<tr role="row">') == 5


def test_attempt_evidence_without_any_save(as_alice, sitting, now):
    attempts.hand_in(attempt=sitting, now=now)

    assert "没有作答记录" in text_of(as_alice.get(where(sitting)))


def test_attempt_evidence_has_pages(as_alice, sitting, now):
    save(sitting, now, *((S + seq, 3, "TF"[seq % 2]) for seq in range(1, 152)))
    attempts.hand_in(attempt=sitting, now=now)

    page = text_of(as_alice.get(where(sitting, "/?question=4")))
    last = text_of(as_alice.get(where(sitting, "/?question=4&page=2")))

    assert page.count('<tr role="row">') == 101
    assert "?question=4&amp;page=2" in page
    assert last.count('<tr role="row">') == 52


@pytest.mark.parametrize("count", [1, 3])
def test_attempt_evidence_takes_the_same_queries_for_any_length(
    as_alice, sitting, now, count, django_assert_num_queries
):
    save(sitting, now, *((S + seq, seq, "") for seq in range(1, count + 1)))
    attempts.hand_in(attempt=sitting, now=now)

    with django_assert_num_queries(10):  # session, user, attempt, texts, what stands, journal; the course: 4
        page = text_of(as_alice.get(where(sitting)))

    assert page.count('<tr role="row">') == count + 1


def test_attempt_detail_leads_to_the_evidence(as_alice, handed_in):
    assert f'href="{where(handed_in)}"' in text_of(as_alice.get(f"/exams/attempts/{handed_in.pk}/"))


# --- Downloads --------------------------------------------------------------------------------------------------------
def test_attempt_evidence_csv_opens(as_alice, handed_in):
    response = as_alice.get(where(handed_in, ".csv"))

    assert response.content.startswith(b"\xef\xbb\xbf")
    assert handed_in.receipt_number in response.headers["Content-Disposition"]
    rows = list(csv.reader(StringIO(response.content.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["序号", "服务器收到", "设备时间", "设备时间差", "题号", "题干", "作答", "状态", "页面"]
    assert len(rows) == 5
    assert [rows[4][place] for place in (0, 1, 3, 4, 6, 7)] == [
        "100004",
        "2026-11-22 14:08:22.000",
        "慢 10.000 秒",
        "3",
        "清除",
        "生效",
    ]


def test_attempt_evidence_csv_holds_no_formula(as_alice, handed_in):
    ItemVersion.objects.update(stem='=HYPERLINK("http://x","y"),2')

    rows = list(csv.reader(StringIO(as_alice.get(where(handed_in, ".csv")).content.decode("utf-8-sig"))))

    assert {row[5] for row in rows[1:]} == {'\'=HYPERLINK("http://x","y"),2'}


def test_attempt_evidence_survives_an_absurd_device_clock(as_alice, sitting, now):
    save(sitting, now, (S + 1, 0, "A", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)))
    attempts.hand_in(attempt=sitting, now=now)

    for ending in ("/", ".csv", ".json"):
        assert "无法读出" in text_of(as_alice.get(where(sitting, ending)))


# --- Who and when -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("ending", ["/", ".csv", ".json"])
def test_evidence_of_somebody_else_is_not_found(as_charlie, handed_in, ending):
    assert as_charlie.get(where(handed_in, ending)).status_code == 404


@pytest.mark.parametrize("ending", ["/", ".csv", ".json"])
def test_evidence_of_an_open_attempt_leads_to_the_room(as_alice, sitting, ending):
    assert as_alice.get(where(sitting, ending)).headers["Location"] == f"/exams/attempts/{sitting.pk}/"


def test_evidence_closes_an_overdue_attempt(as_alice, sitting, clock):
    clock.move_to(sitting.deadline_at + timedelta(minutes=1))

    assert "到时收卷" in text_of(as_alice.get(where(sitting)))


@pytest.mark.parametrize("ending", ["/", ".csv", ".json"])
def test_evidence_is_the_same_whatever_the_key(as_alice, handed_in, ending):
    before = text_of(as_alice.get(where(handed_in, ending))).partition("<main")
    ItemVersion.objects.update(key="D", explanation="另一个解析", source="另一个出处")
    after = text_of(as_alice.get(where(handed_in, ending))).partition("<main")

    assert after[ending == "/" :] == before[ending == "/" :]  # the page's header holds a token that differs each time
    assert "机密" not in "".join(before)


# --- The back office --------------------------------------------------------------------------------------------------
def test_attempt_inspect_shows_the_evidence_and_who_it_is(rung):
    page = text_of(staff("view_attempt").get(f"/cms/exam_attempts/inspect/{rung.pk}/"))

    for words in ("110***********0010", "✓ 生效", "✗ 迟到未计分", "第 4 题", "2026-11-22 15:33:28.000", "慢 36.000 秒"):
        assert words in page
    assert evidence_of(rung).sha256 in page
    assert "机密" not in page


@pytest.mark.parametrize("count", [1, 3])
def test_attempt_inspect_takes_the_same_queries_for_any_length(sitting, now, count, django_assert_max_num_queries):
    save(sitting, now, *((S + seq, seq, "") for seq in range(1, count + 1)))
    client = staff("view_attempt")

    with django_assert_max_num_queries(21):
        page = text_of(client.get(f"/cms/exam_attempts/inspect/{sitting.pk}/"))

    assert page.count("✓ 生效") == count
