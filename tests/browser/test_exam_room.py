"""The sitting page among others: devices, clocks, invigilators, absences, the bell without a network."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from exams import attempts
from exams.models import Attempt, LateReview, RoomEvent
from tests.browser.room import answers, choose, expect_saved, hurry, leave_for
from tests.factories.exams import journal_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OFFLINE_SECONDS = 60
SHIFTED_CLOCK = """
  const real = Date.now.bind(Date);
  Date.now = () => real() + (window.shift === undefined ? HOURS : window.shift) * 3600 * 1000;
"""


@pytest.fixture
def other(browser: Browser, browser_context_args: dict) -> Page:
    """A page on another device."""
    context = browser.new_context(**browser_context_args)
    yield context.new_page()
    context.close()


# --- Devices ------------------------------------------------------------------------------------------------------
def test_newest_page_wins_and_the_older_one_loses_nothing(room, enter, other, attempt, context):
    choose(room, 1, 1)
    expect_saved(room)
    context.set_offline(True)
    choose(room, 1, 2)  # the new page will answer this one too
    choose(room, 2, 3)
    expect(room.locator("#notice")).to_be_visible()

    enter(other)
    expect(other.locator("#q1 input[value=B]")).to_be_checked()
    choose(other, 1, 0)
    expect_saved(other)
    context.set_offline(False)

    expect(room.locator("#superseded")).to_contain_text("已在另一处打开")
    expect(room.locator("#superseded")).to_contain_text("作答都已送到")
    expect(room.locator("#q1 input").first).to_be_disabled()
    expect(room.locator("#finish")).to_be_disabled()
    room.keyboard.press("d")
    assert answers(attempt) == {0: "A", 1: "D"}
    hurry(other)
    expect(other.locator("#news")).to_contain_text("另一台设备断网时的作答已经送到：第 2 题")
    expect(other.locator("#q1 input[value=A]")).to_be_checked()
    expect(other.locator("#q2 input[value=D]")).to_be_checked()

    room.locator("#take-over").click()
    expect(room.locator("#superseded")).to_be_hidden()
    expect(room.locator("#q1 input[value=A]")).to_be_checked()
    choose(room, 4, 0)
    expect_saved(room)
    hurry(other)
    expect(other.locator("#superseded")).to_be_visible()
    assert answers(attempt) == {0: "A", 1: "D", 3: "T"}
    assert attempt.sessions.count() == 3


def test_token_that_is_refused_is_renewed_once(room, attempt):
    refused = []

    def spoil_once(route):
        headers = route.request.headers | ({} if refused else {"x-attempt-token": "spoilt"})
        refused.append(headers["x-attempt-token"] == "spoilt")
        route.continue_(headers=headers)

    room.route("**/answers/", spoil_once)
    choose(room, 2, 0)
    expect_saved(room)

    assert refused[:2] == [True, False]
    assert answers(attempt) == {1: "A"}
    assert attempt.sessions.count() == 2


def test_login_that_ended_is_said_and_answers_wait(room, attempt, context):
    room.route("**/answers/", lambda route: route.fulfill(status=403, json={"message": "no"}))
    context.clear_cookies()
    choose(room, 2, 0)

    expect(room.locator("#notice")).to_contain_text("登录已失效，答案已存在这台设备上")
    expect(room.locator("#notice a")).to_have_text("重新登录")
    assert journal_of(attempt) == []


# --- Clocks -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("hours", [-1, 1])
def test_clock_of_the_device_does_not_matter(page, enter, attempt, hours):
    page.add_init_script(SHIFTED_CLOCK.replace("HOURS", str(hours)))
    room = enter(page)
    expect(room.locator("#clock")).to_have_text(re.compile(r"01:(29|30):\d\d"))
    choose(room, 1, 0)
    room.evaluate(f"window.shift = {-hours}")  # somebody changes it in the middle
    room.wait_for_timeout(600)
    choose(room, 2, 1)
    expect_saved(room)

    expect(room.locator("#clock")).to_have_text(re.compile(r"01:(29|30):\d\d"))
    stamps = attempt.entries.values_list("client_at", "received_at")
    assert [abs((received - given).total_seconds()) < 5 for given, received in stamps] == [True, True]


# --- Invigilators -------------------------------------------------------------------------------------------------
def test_message_and_extension_arrive_in_the_open_page(room, attempt, charlie):
    attempts.send_message(attempts=[attempt], text="请把手机放到桌上", person=charlie, now=timezone.now())
    hurry(room)
    expect(room.locator("#news")).to_contain_text("监考老师：请把手机放到桌上")
    expect(room.locator("#announcer")).to_contain_text("请把手机放到桌上")
    room.locator("#news-read").click()
    expect(room.locator("#news")).to_be_hidden()

    attempts.extend(attempt=attempt, minutes=15, reason="停电", person=charlie, now=timezone.now())
    hurry(room)
    expect(room.locator("#news")).to_contain_text("考试时间延长 15 分钟（停电）")
    expect(room.locator("#news")).not_to_contain_text("手机")
    expect(room.locator("#clock")).to_have_text(re.compile(r"01:4[45]:\d\d"))
    assert attempt.messages.get().shown_at is not None

    room.reload()
    expect(room.locator("#news")).to_contain_text("延长 15 分钟")  # not put away yet
    expect(room.locator("#news")).not_to_contain_text("手机")


def test_forced_hand_in_shows_the_result(room, attempt, charlie):
    choose(room, 1, 1)
    expect_saved(room)
    attempts.force_hand_in(attempt=attempt, reason="考场停电", person=charlie, now=timezone.now())
    hurry(room)

    expect(room.locator("h1 + .lead")).to_contain_text("监考收卷", timeout=20_000)  # the panel before it is short-lived


# --- Absences -----------------------------------------------------------------------------------------------------
def test_leaving_the_page_is_counted_shown_and_explained(room, attempt):
    leave_for(room, 500)
    expect(room.locator("#away")).to_be_hidden()

    leave_for(room, 2500)
    expect(room.locator("#away")).to_contain_text("刚才离开页面 2 秒")
    expect(room.locator("#away")).to_contain_text("这是本场第 1 次，一共 2 秒")
    expect(room.locator("#away")).to_contain_text("只记录，由监考人员查看，不会自动判定违规")
    room.locator("#away-note").press_sequentially("a1接了电话")  # letters typed here answer nothing
    room.locator("#away-send").click()
    expect(room.locator("#away-answer")).to_contain_text("原因已记下")

    leave_for(room, 2100)
    expect(room.locator("#away")).to_contain_text("这是本场第 2 次，一共 4 秒")
    room.locator("#away-close").click()
    expect(room.locator("#away")).to_be_hidden()
    events = RoomEvent.objects.order_by("pk").values_list("session_number", "number", "kind", "seconds", "note")
    assert list(events) == [(1, 1, "AWAY", 2, "a1接了电话"), (1, 2, "AWAY", 2, "")]
    assert journal_of(attempt) == []


def test_time_in_another_page_of_the_exam_is_no_absence(room, enter, attempt, context):
    room.evaluate("Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })")
    room.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    enter(context.new_page())
    room.wait_for_timeout(2100)
    room.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")

    expect(room.locator("#superseded")).to_be_visible()
    room.wait_for_timeout(500)
    expect(room.locator("#away")).to_be_hidden()
    assert not RoomEvent.objects.filter(session_number=1).exists()


def test_page_that_was_closed_and_opened_again_was_left(room, enter, attempt):
    room.goto("about:blank")
    room.wait_for_timeout(2200)
    enter(room)

    expect(room.locator("#away")).to_contain_text("刚才离开页面")
    expect(room.locator("#away")).to_contain_text("这是本场第 1 次")
    assert RoomEvent.objects.get().session_number == 2


def test_offline_spells_and_pastes_go_on_record(room, attempt, context):
    room.evaluate("document.body.dispatchEvent(new ClipboardEvent('paste', { bubbles: true }))")
    expect_saved(room)
    context.set_offline(True)
    room.wait_for_timeout(2500)
    with room.expect_response("**/events/"):
        context.set_offline(False)
    expect_saved(room)
    expect(room.locator("#notice")).to_be_hidden()

    assert list(RoomEvent.objects.order_by("number").values_list("kind", "seconds")) == [("PASTE", 0), ("OFFLINE", 2)]


# --- The end ------------------------------------------------------------------------------------------------------
def test_answers_made_offline_before_the_bell_go_to_review(page, enter, attempt, context):
    """A minute without network, over the bell."""
    Attempt.objects.filter(pk=attempt.pk).update(deadline_at=timezone.now() + timedelta(seconds=30))
    room = enter(page)
    choose(room, 1, 1)
    expect_saved(room)
    context.set_offline(True)
    choose(room, 2, 1)
    choose(room, 4, 0)
    expect(room.locator("#saving")).to_contain_text("2 次作答存在这台设备上")

    expect(room.locator("#closing-text")).to_contain_text("网络已断开", timeout=40_000)
    expect(room.locator("#closing-text")).to_contain_text("有 2 次作答是截止前做的")
    expect(room.locator("#closing-text")).to_contain_text("人工审核")
    room.wait_for_timeout((OFFLINE_SECONDS - 30) * 1000)
    context.set_offline(False)

    expect(room.locator("main")).to_contain_text("到时收卷", timeout=20_000)
    attempt.refresh_from_db()
    assert answers(attempt) == {0: "B"}
    assert [(position, answer, late) for _, position, answer, late in journal_of(attempt)] == [
        (0, "B", False), (1, "B", True), (3, "T", True)
    ]  # fmt: skip
    assert all(given < attempt.deadline_at for given in attempt.entries.values_list("client_at", flat=True))
    assert LateReview.objects.get(attempt=attempt).status == LateReview.Status.PENDING


def test_answers_of_a_page_that_died_offline_are_delivered_by_the_result_page(room, attempt, context):
    room.route("**/answers/", lambda route: route.abort())
    choose(room, 2, 1)
    expect(room.locator("#saving")).to_contain_text("1 次作答存在这台设备上")
    context.set_offline(True)
    Attempt.objects.filter(pk=attempt.pk).update(deadline_at=timezone.now() - timedelta(seconds=10))
    crashed = room.url
    other = context.new_page()
    room.close()
    context.set_offline(False)
    other.goto(crashed)

    expect(other.locator("#leftovers")).to_contain_text("1 次作答已经送到")
    assert [(position, answer, late) for _, position, answer, late in journal_of(attempt)] == [(1, "B", True)]
    assert LateReview.objects.get(attempt=attempt).status == LateReview.Status.PENDING
    other.reload()
    expect(other.locator("#leftovers")).to_be_hidden()
    other.close()


def test_double_click_hands_in_once(room, attempt):
    sent = []
    room.on("request", lambda request: sent.append(request.url) if request.url.endswith("/hand-in/") else None)
    choose(room, 1, 0)
    room.locator("#finish").click()
    room.locator("#finish-confirm").dblclick()
    expect(room.locator("main")).to_contain_text("回执号")

    assert len(sent) == 1
    attempt.refresh_from_db()
    assert attempt.closed_by == Attempt.ClosedBy.CANDIDATE


# --- Accommodations -----------------------------------------------------------------------------------------------
def test_larger_type_and_hidden_timer(page, enter, attempt):
    accommodation = {"time_factor": 150, "larger_type": True, "hidden_timer": True}
    Attempt.objects.filter(pk=attempt.pk).update(
        accommodation=accommodation, deadline_at=timezone.now() + timedelta(seconds=603)
    )
    room = enter(page)

    expect(room.locator("body")).to_have_attribute("data-font", "large")
    expect(room.locator("#clock")).to_be_hidden()
    expect(room.locator("#announcer")).to_have_text("还剩 10 分钟。")
    expect(room.locator("#clock-word")).to_have_text("不到 10 分钟")
    room.locator("#finish").click()
    expect(room.locator("#finish-clock")).to_be_hidden()
    room.locator("#finish-dialog form button").click()
    room.locator("#clock-toggle").click()
    expect(room.locator("#clock")).to_have_text(re.compile(r"00:09:5\d"))
    expect(room.locator("#clock-toggle")).to_have_text("隐藏剩余时间")


def test_watermark_bears_the_name_and_stays_out_of_the_way(room, attempt):
    sheet = room.locator(".watermark")

    expect(sheet).to_have_attribute("aria-hidden", "true")
    picture = sheet.evaluate("(sheet) => decodeURIComponent(getComputedStyle(sheet).backgroundImage)")
    assert f"学员甲 {attempt.pk:04d}"[-9:] in picture
    choose(room, 1, 0)  # clicks go through it
    expect_saved(room)
