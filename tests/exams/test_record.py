"""What the evidence says about the room: for the candidate without IPs and names, for staff with them."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
import time_machine

from exams import attempts
from exams.attempts import Entry, PageEvent
from exams.attempts.devices import device_in_words
from exams.attempts.evidence import evidence_of
from exams.attempts.record import lines_of
from exams.models import SESSION_SPAN
from tests.exams.test_admin import staff, text_of
from tests.factories.users import UserFactory

WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.47"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


@pytest.fixture
def course(sitting, now):
    """A second page, an event that is explained, ten minutes more, a message, and closing by force."""
    boss = UserFactory(name="监考甲")
    attempts.open_session(attempt=sitting, user_agent=WECHAT, ip="203.0.113.9", now=now + MINUTE)
    attempts.save_answers(attempt=sitting, entries=[Entry(2 * SESSION_SPAN + 1, 3, "T")], now=now + 2 * MINUTE)
    event = PageEvent(number=1, kind="AWAY", seconds=35, client_at=now + 3 * MINUTE)
    attempts.record_events(attempt=sitting, session_number=2, events=[event], now=now + 3 * MINUTE)
    attempts.explain_event(event=sitting.events.get(), note="接了一个电话", now=now + 3 * MINUTE)
    attempts.extend(attempt=sitting, minutes=10, reason="机房停电", person=boss, now=now + 4 * MINUTE)
    attempts.send_message(attempts=[sitting], text="请检查网络", person=boss, now=now + 5 * MINUTE)
    return attempts.force_hand_in(attempt=sitting, reason="考生身体不适", person=boss, now=now + 6 * MINUTE)


def test_lines_tell_the_course_in_order(course):
    lines = lines_of(course)

    assert [(line.time[11:19], line.what, line.session, line.note) for line in lines] == [
        ("14:03:22", "打开考试页面", 1, ""),
        ("14:04:22", "打开考试页面", 2, ""),
        ("14:06:22", "离开页面", 2, "接了一个电话"),
        ("14:07:22", "延时", None, "机房停电"),
        ("14:08:22", "监考消息", None, "请检查网络"),
        ("14:09:22", "监考收卷", None, "考生身体不适"),
    ]
    assert [line.text for line in lines[1:5]] == [
        "iPhone，微信 8；最近在线 2026-11-22 14:04:22.000",
        "持续 35 秒",
        "10 分钟，截止 2026-11-22 15:33:22.000 → 2026-11-22 15:43:22.000",
        "没有在页面上显示过",
    ]


def test_fingerprint_names_the_invigilator_and_nothing_of_the_room(course):
    evidence = evidence_of(course)

    assert evidence.text == (
        f"{course.receipt_number}\t2026-11-22 14:09:22.000\tINVIGILATOR\n"
        "200001\t2026-11-22 14:05:22.000\t\t4\tT\tEFFECTIVE\n"
    )
    assert [save.session for save in evidence.saves] == [2]


def test_candidate_sees_the_course_without_ip_and_names(as_alice, course):
    page = text_of(as_alice.get(f"/exams/attempts/{course.pk}/evidence/"))
    data = as_alice.get(f"/exams/attempts/{course.pk}/evidence.json").json()

    for words in ("iPhone，微信 8", "接了一个电话", "机房停电", "请检查网络", "考生身体不适", "监考收卷"):
        assert words in page
    assert [line["what"] for line in data["room"]][2:] == ["离开页面", "延时", "监考消息", "监考收卷"]
    for secret in ("203.0.113.9", "监考甲"):
        assert secret not in page
        assert secret not in str(data)


def test_result_page_says_who_closed_it_and_why(as_alice, course):
    page = text_of(as_alice.get(f"/exams/attempts/{course.pk}/"))

    assert "监考收卷" in page
    assert "考生身体不适" in page


def test_staff_see_ip_and_names_and_download_them(course):
    client = staff("view_attempt")
    where = f"/cms/exam_attempts/{course.pk}/evidence"

    page = text_of(client.get(f"/cms/exam_attempts/inspect/{course.pk}/"))
    data = client.get(f"{where}.json").json()
    rows = list(csv.reader(StringIO(client.get(f"{where}.csv").content.decode("utf-8-sig"), newline="")))

    for words in ("203.0.113.9", "监考甲", "考生身体不适", "接了一个电话"):
        assert words in page
    assert (data["room"][1]["ip"], data["room"][3]["person"]) == ("203.0.113.9", lines_of(course)[3].person)
    assert rows[0][-3:] == ["页面", "设备", "IP"]
    assert rows[1][-3:] == ["2", "iPhone，微信 8", "203.0.113.9"]
    assert data["sha256"] == evidence_of(course).sha256


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_staff_files_need_the_permission(as_alice, course, ending):
    path = f"/cms/exam_attempts/{course.pk}/evidence.{ending}"

    assert [client.get(path).status_code for client in (staff("view_exam"), as_alice)] == [302, 403]


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (WECHAT, "iPhone，微信 8"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/124.0 Safari/537.36",
            "Windows 电脑，Chrome 124",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/124.0 Safari/537.36 Edg/124.0", "Windows 电脑，Edge 124"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/124.0 Safari/537.36 SEB/3.7.0", "Windows 电脑，Safe Exam Browser 3"),
        ("Mozilla/5.0 (Linux; Android 14; V2309A) Chrome/123.0 Mobile Safari/537.36", "安卓手机，Chrome 123"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.4 Safari/605.1.15", "Mac 电脑，Safari 17"),
        ("curl/8.5.0", "没有说明的设备"),
        ("", "没有说明的设备"),
    ],
)
def test_device_in_words(user_agent, words):
    assert device_in_words(user_agent) == words
