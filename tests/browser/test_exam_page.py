"""The sitting page in Chromium: answers are saved, restored, kept while offline, and handed in."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from exams.models import Attempt
from tests.browser.room import answers, expect_saved
from tests.factories.exams import journal_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_answers_are_saved_and_restored_after_a_reload(room, attempt):
    room.locator("#q1 .option").nth(1).click()
    room.locator("#q3 .option").nth(0).click()
    room.locator("#q3 .option").nth(2).click()
    expect_saved(room)

    assert answers(attempt) == {0: "B", 2: "AC"}
    room.locator("#q2 [data-mark]").click()
    room.reload()
    room.wait_for_selector("#room[data-ready]")

    expect(room.locator("#answered")).to_have_text("2")
    expect(room.locator("#q1 input[value=B]")).to_be_checked()
    expect(room.locator("#q3 input:checked")).to_have_count(2)
    expect(room.locator("#card [data-go='1']")).to_have_attribute("aria-label", "第 2 题，未答，有标记")
    expect(room.locator("#card [data-go='0']")).to_have_attribute("aria-label", "第 1 题，已同步")


def test_answers_given_offline_survive_a_reload_and_are_sent_when_back(room, attempt, context):
    expect_saved(room)
    context.set_offline(True)
    room.locator("#q1 .option").nth(0).click()
    room.locator("#q4 .option").nth(1).click()

    expect(room.locator("#notice")).to_contain_text("网络已断开，答案已存在这台设备上")
    expect(room.locator("#saving")).to_contain_text("2 次作答存在这台设备上")
    expect(room.locator("#card .cell.is-unsent[data-go]")).to_have_count(2)
    assert journal_of(attempt) == []
    context.set_offline(False)
    expect_saved(room)
    expect(room.locator("#notice")).to_be_hidden()

    assert answers(attempt) == {0: "A", 3: "F"}


def test_answers_in_the_device_are_sent_by_the_next_page(room, attempt):
    room.route("**/answers/", lambda route: route.abort())
    room.locator("#q2 .option").nth(3).click()
    expect(room.locator("#notice")).to_be_visible()
    room.on("dialog", lambda dialog: dialog.accept())  # "leave the page?", because something is unsent

    room.reload()
    expect(room.locator("#q2 input[value=D]")).to_be_checked()
    room.unroute("**/answers/")
    room.evaluate("window.dispatchEvent(new Event('online'))")
    expect_saved(room)

    assert answers(attempt) == {1: "D"}


def test_keyboard_chooses_moves_and_marks(room, attempt):
    for key in ("b", "ArrowRight", "3", "m", "ArrowRight", "A", "c", "e", "E", "ArrowRight", "2", "ArrowLeft"):
        room.keyboard.press(key)
    expect_saved(room)

    assert answers(attempt) == {0: "B", 1: "C", 2: "AC", 3: "F"}
    expect(room.locator("#card .is-current[data-go]")).to_have_text("3")
    expect(room.locator("#card .is-marked[data-go]")).to_have_text("2")


def test_hand_in_dialog_counts_jumps_and_hands_in(room, attempt):
    room.locator("#q1 .option").nth(0).click()
    room.locator("#q4 [data-mark]").click()
    expect_saved(room)

    room.locator("#finish").click()
    expect(room.locator("#finish-unanswered")).to_contain_text("还有 3 题未答")
    expect(room.locator("#finish-marked")).to_contain_text("1 题有标记")
    expect(room.locator("#finish-clock")).to_have_text(re.compile(r"01:(29|30):\d\d"))
    room.locator("#finish-unanswered .cell").nth(1).click()
    expect(room.locator("#finish-dialog")).to_be_hidden()
    expect(room.locator("#q3")).to_be_focused()

    room.locator("#finish").click()
    room.locator("#finish-confirm").click()
    expect(room.locator("h1")).to_have_text("结业考试")
    expect(room.locator("body")).to_contain_text("回执号")
    attempt.refresh_from_db()
    assert (attempt.status, attempt.closed_by) == (Attempt.Status.MARKED, Attempt.ClosedBy.CANDIDATE)


def test_the_bell_hands_in_by_itself(room, attempt):
    room.locator("#q1 .option").nth(0).click()
    expect_saved(room)
    Attempt.objects.filter(pk=attempt.pk).update(deadline_at=timezone.now() + timedelta(seconds=3))
    room.evaluate("window.dispatchEvent(new Event('online'))")  # the next receipt brings the new deadline

    expect(room.locator("#clock-word")).to_have_text("最后 1 分钟")
    expect(room.locator("#announcer")).to_have_text("还剩 1 分钟。")
    expect(room.locator("body")).to_contain_text("到时收卷", timeout=15_000)


def test_one_question_a_screen_on_the_phone(room, attempt):
    room.set_viewport_size({"width": 360, "height": 640})

    expect(room.locator(".question:visible")).to_have_count(1)
    expect(room.locator("#previous")).to_be_disabled()
    room.locator("#next").click()
    expect(room.locator("#q2")).to_be_visible()
    room.locator("#open-card").click()
    room.locator("#card [data-go='3']").click()
    expect(room.locator("#card")).to_be_hidden()
    expect(room.locator("#q4")).to_be_visible()
    expect(room.locator("#next")).to_be_disabled()
    assert room.evaluate("document.documentElement.scrollWidth") == 360


def test_quick_answers_do_not_put_each_other_off(room, attempt):
    """Somebody who answers without a pause is saved on the way, not only at the end."""
    for letter in "ABABABABABAB":
        room.keyboard.press(letter)
        room.wait_for_timeout(120)
    expect_saved(room)

    times = attempt.entries.order_by("seq").values_list("received_at", flat=True)
    assert (max(times) - min(times)).total_seconds() > 0.5
