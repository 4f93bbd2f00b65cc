from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group

from exams import attempts
from exams.attempts import Entry, PageEvent
from exams.attempts.board import Details, Order, Presence, arranged, counts_of, details_of, seats_of
from exams.models import SESSION_SPAN as S
from exams.models import Attempt, AttemptSession, ExamWindow, Extension, Registration, RoomMessage
from lms.users import roles
from tests.exams.test_admin import staff, text_of
from tests.exams.test_invigilation import OPEN
from tests.factories.exams import AttemptFactory, make_identity
from tests.factories.users import UserFactory


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


@pytest.fixture
def boss(db):
    return staff("invigilate_attempt")


@pytest.fixture
def window(exam, now):
    hour = timedelta(hours=1)
    return ExamWindow.objects.create(
        exam=exam,
        title="十一月考期",
        registration_opens_at=now - 9 * hour,
        registration_closes_at=now - hour,
        opens_at=now - hour,
        closes_at=now + 9 * hour,
    )


def seat(exam, now, *, name, window=None, ago=10, left=30, **fields):
    """Somebody whose page gave its last sign `ago` seconds ago, with `left` minutes to go."""
    attempt = AttemptFactory(
        exam=exam,
        candidate=UserFactory(name=name),
        window=window,
        started_at=now - timedelta(minutes=20),
        deadline_at=now + timedelta(minutes=left),
        session_number=2,
        **fields,
    )
    for number, seconds in ((1, 5), (2, ago)):
        seen_at = now - timedelta(seconds=seconds)
        AttemptSession.objects.create(attempt=attempt, number=number, opened_at=seen_at, seen_at=seen_at)
    return attempt


def names(seats):
    return [row.name for row in seats]


def board(exam, ending=""):
    return f"/cms/exam_room/{exam.pk}/{ending}"


# --- What it reads ----------------------------------------------------------------------------------------------------
def test_seats_say_who_is_there(exam, window, now):
    seat(exam, now, name="甲", window=window, **OPEN)
    seat(exam, now, name="乙", window=window, ago=75, **OPEN)
    seat(exam, now, name="丙", window=window, ago=76, **OPEN)
    done = seat(exam, now, name="丁", window=window)
    for person in (UserFactory(name="戊"), done.candidate):
        Registration.objects.create(window=window, candidate=person, registered_at=now)
    Registration.objects.create(window=window, candidate=UserFactory(), registered_at=now, cancelled_at=now)
    seat(exam, now, name="别的考期", **OPEN)
    seat(exam, now, name="模拟", window=window, is_mock=True, **OPEN)

    seats = seats_of(exam=exam, window=window, now=now)

    assert {row.name: row.presence for row in seats} == {
        "甲": Presence.SITTING,
        "乙": Presence.SITTING,
        "丙": Presence.LOST,
        "丁": Presence.DONE,
        "戊": Presence.ABSENT,
    }
    assert counts_of(seats) == {
        Presence.LOST: 1,
        Presence.SITTING: 2,
        Presence.ABSENT: 1,
        Presence.DONE: 1,
    }


def test_seats_without_a_window_are_the_last_day_s_and_the_open_ones(exam, now):
    seat(exam, now, name="今天")
    AttemptFactory(exam=exam, candidate=UserFactory(name="很久以前"), started_at=now - timedelta(hours=25))
    old = seat(exam, now, name="还开着", **OPEN)
    Attempt.objects.filter(pk=old.pk).update(started_at=now - timedelta(days=3))

    assert sorted(names(seats_of(exam=exam, window=None, now=now))) == ["今天", "还开着"]


def test_who_never_opened_the_page_is_lost_75_seconds_after_the_start(exam, now):
    row = AttemptFactory(exam=exam, started_at=now - timedelta(seconds=75), **OPEN)

    (fresh,) = seats_of(exam=exam, window=None, now=now)
    (lost,) = seats_of(exam=exam, window=None, now=now + timedelta(seconds=1))

    assert (fresh.attempt, fresh.presence, lost.presence) == (row.pk, Presence.SITTING, Presence.LOST)


def test_the_real_name_is_shown_when_there_is_one(exam, now):
    attempt = seat(exam, now, name="昵称", **OPEN)
    make_identity(attempt.candidate)

    (row,) = seats_of(exam=exam, window=None, now=now)

    assert (row.name, row.account) == ("张三", attempt.candidate.email)


def test_arranged_filters_and_sorts(exam, now):
    seat(exam, now, name="甲", ago=60, left=5, **OPEN)
    away = seat(exam, now, name="乙", ago=100, left=50, **OPEN)
    seat(exam, now, name="丙", ago=1, left=20, **OPEN)
    seat(exam, now, name="丁")
    event = PageEvent(number=1, kind="AWAY", seconds=20)
    attempts.record_events(attempt=away, session_number=2, events=[event], now=now)
    seats = seats_of(exam=exam, window=None, now=now)

    def rows(presence="", words="", order=""):
        return names(arranged(seats, presence=presence, words=words, order=order, exam=exam, window=None))

    assert rows(order=Order.STATE) == ["乙", "丙", "甲", "丁"]
    assert rows(order=Order.LEFT) == ["甲", "丙", "乙", "丁"]
    assert rows(order=Order.SEEN) == ["乙", "甲", "丙", "丁"]
    assert rows(order=Order.AWAY)[0] == "乙"
    assert rows(presence="SITTING") == ["丙", "甲"]
    assert rows(words=" 甲 ") == ["甲"]
    assert rows(words=away.candidate.email.upper()) == ["乙"]


def test_details_count_answers_that_stand_and_events(sitting, now):
    user = UserFactory()
    entries = [Entry(S + 1, 0, "A"), Entry(S + 2, 0, "B"), Entry(S + 3, 3, "T"), Entry(S + 4, 3, "")]
    attempts.save_answers(attempt=sitting, entries=entries, now=now)
    events = [PageEvent(1, "AWAY", 20), PageEvent(2, "AWAY", 15), PageEvent(3, "OFFLINE", 9), PageEvent(4, "PASTE")]
    attempts.record_events(attempt=sitting, session_number=1, events=events, now=now)
    attempts.explain_event(event=sitting.events.get(number=2), note="接电话", now=now)
    for minutes in (5, 10):
        attempts.extend(attempt=sitting, minutes=minutes, reason="停电", person=user, now=now)

    details = details_of(seats_of(exam=sitting.exam, window=None, now=now))

    assert details == {
        sitting.pk: Details(
            answered=1, questions=4, away=2, away_seconds=35, offline=1, pastes=1, note="接电话", minutes=15
        )
    }


# --- The pages --------------------------------------------------------------------------------------------------------
def test_board_shows_rows_and_counts(boss, exam, window, now):
    row = seat(exam, now, name="甲", window=window, **OPEN)

    page = text_of(boss.get(board(exam, f"?window={window.pk}")))

    assert "● 在考" in page.replace("</span>", "").replace('<span aria-hidden="true">', "")
    assert board(exam, f"extend/?row={row.pk}") in page
    assert "十一月考期" in text_of(boss.get("/cms/exam_room/"))


def test_board_says_when_nobody_is_there_or_fits(boss, exam, now):
    assert "考场里还没有人" in text_of(boss.get(board(exam)))
    seat(exam, now, name="甲", **OPEN)
    assert "没有符合条件的考生" in text_of(boss.get(board(exam, "?q=乙")))


@pytest.mark.parametrize("count", [1, 3, 60])
def test_rows_take_the_same_queries_for_any_number(boss, exam, window, now, count, django_assert_max_num_queries):
    for number in range(count):
        row = seat(exam, now, name=f"考生{number}", window=window, **OPEN)
        attempts.record_events(
            attempt=row, session_number=2, events=[PageEvent(number=1, kind="AWAY", seconds=20)], now=now
        )
        Registration.objects.create(window=window, candidate=UserFactory(), registered_at=now)

    # session, user, second factor, permissions 2, exam, window, attempts, registrations, sorting, details 5, notes
    with django_assert_max_num_queries(16):
        page = text_of(boss.get(board(exam, f"rows/?window={window.pk}&sort=away")))

    assert page.count('<tr id="seat-') == min(2 * count, 50)


def test_rows_are_304_until_something_changes(boss, exam, now, clock):
    row = seat(exam, now, name="甲", **OPEN)
    first = boss.get(board(exam, "rows/"))
    tag = {"If-None-Match": first.headers["ETag"]}
    clock.shift(30)

    assert boss.get(board(exam, "rows/"), headers=tag).status_code == 304
    attempts.extend(attempt=row, minutes=5, reason="停电", person=UserFactory(), now=now)
    assert boss.get(board(exam, "rows/"), headers=tag).status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [("?window=999", 404), ("?window=x&state=y&sort=z&page=w&q=%00", 200), (f"?window={'9' * 30}", 200)],
)
def test_board_takes_odd_questions(boss, exam, query, status):
    assert boss.get(board(exam, query)).status_code == status
    assert boss.get(board(exam, f"extend/{query}&who=all")).status_code == status


PATHS = ["", "rows/", "extend/", "force/", "message/"]


@pytest.mark.parametrize("role", [role for role in roles.ROLES if role.is_staff], ids=lambda role: role.name)
def test_only_invigilators_get_in(exam, role):
    roles.sync()
    client = staff()
    client.user.groups.add(Group.objects.get(name=role.name))

    codes = {client.get(path).status_code for path in ["/cms/exam_room/", *(board(exam, ending) for ending in PATHS)]}

    assert codes == ({200} if role is roles.EXAMINER else {302})
    assert ("/cms/exam_room/" in text_of(client.get("/cms/"))) is (role is roles.EXAMINER)


def test_learners_are_kept_out_and_change_nothing(as_alice, sitting):
    form = {"rows": str(sitting.pk), "minutes": "10", "reason": "我要时间"}

    assert as_alice.post(board(sitting.exam, "extend/"), form).status_code == 403
    assert Extension.objects.count() == 0


# --- What it does -----------------------------------------------------------------------------------------------------
def test_confirm_names_the_people_and_then_extends_them(boss, exam, now):
    rows = [seat(exam, now, name=name, **OPEN) for name in "甲乙"]
    seat(exam, now, name="丙", **OPEN)
    picked = "&".join(f"row={row.pk}" for row in rows)

    page = boss.get(board(exam, f"extend/?{picked}"))
    assert "甲、乙" in text_of(page)
    form = {"rows": page.context["form"]["rows"].value(), "minutes": "10", "reason": "停电"}
    response = boss.post(board(exam, "extend/"), form | {"back": board(exam, "?sort=left")})

    assert (response.status_code, response.url) == (302, board(exam, "?sort=left"))
    assert {extension.attempt for extension in Extension.objects.all()} == set(rows)
    assert {extension.granted_by for extension in Extension.objects.all()} == {boss.user}
    assert "已给 2 人延长 10 分钟。" in text_of(boss.get(board(exam)))


def test_everybody_who_fits_and_is_sitting(boss, exam, now):
    row = seat(exam, now, name="甲", **OPEN)
    seat(exam, now, name="甲二")
    seat(exam, now, name="乙", **OPEN)

    page = boss.get(board(exam, "message/?who=all&q=甲"))
    rows = page.context["form"]["rows"].value()
    boss.post(board(exam, "message/"), {"rows": rows, "text": "请检查网络"})

    assert rows == str(row.pk)
    assert [message.attempt for message in RoomMessage.objects.all()] == [row]


def test_force_from_the_board(boss, sitting, now):
    done = AttemptFactory(exam=sitting.exam)

    boss.post(board(sitting.exam, "force/"), {"rows": f"{sitting.pk},{done.pk}", "reason": "考试中止"})

    sitting.refresh_from_db()
    assert (sitting.closed_by, sitting.forced_by, sitting.forced_reason) == ("INVIGILATOR", boss.user, "考试中止")
    assert "已收卷 1 份。另有 1 人已经收卷" in text_of(boss.get(board(sitting.exam)))


def test_another_exam_s_attempts_are_out_of_reach(boss, sitting):
    other = AttemptFactory(**OPEN)

    boss.post(board(sitting.exam, "force/"), {"rows": str(other.pk), "reason": "x"})

    assert Attempt.objects.get(pk=other.pk).status == "OPEN"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("extend", {"minutes": "0", "reason": "x"}),
        ("extend", {"minutes": "181", "reason": "x"}),
        ("extend", {"minutes": "十", "reason": "x"}),
        ("extend", {"minutes": "5", "reason": " "}),
        ("force", {"reason": ""}),
        ("message", {"text": "长" * 301}),
        ("message", {"text": "好", "rows": "1,x"}),
        ("message", {"text": "好", "rows": "9" * 40}),
        ("message", {"text": "好", "rows": ""}),
    ],
)
def test_bad_forms_come_back_and_change_nothing(boss, sitting, name, form):
    response = boss.post(board(sitting.exam, f"{name}/"), {"rows": str(sitting.pk)} | form)

    sitting.refresh_from_db()
    assert (response.status_code, sitting.status, sitting.news) == (422, "OPEN", 0)


def test_strange_ways_back_lead_to_the_board(boss, sitting):
    form = {"rows": str(sitting.pk), "text": "好"}
    for back in (
        "https://evil.example.com/",
        f"https://evil.example.com{board(sitting.exam)}",
        "//evil",
        "javascript:1",
    ):
        response = boss.post(board(sitting.exam, "message/"), form | {"back": back})
        assert response.url == board(sitting.exam)


def test_unknown_action_is_404(boss, exam):
    assert boss.get(board(exam, "burn/")).status_code == 404
