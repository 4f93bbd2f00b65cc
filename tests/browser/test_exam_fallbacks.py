"""The sitting page in lesser browsers, on the smallest phone, and for readers aloud, in every state it can be in."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from exams import attempts
from exams.models import Attempt
from tests.browser.room import answers, choose, expect_saved, hurry, leave_for
from tests.factories.exams import journal_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NO_INDEXED_DB = "delete window.indexedDB; delete Window.prototype.indexedDB;"
NO_STORAGE = """
  Object.defineProperty(window, "localStorage", { get() { throw new Error("forbidden"); } });
"""
ANOTHER_PAGE = """async () => {
  const headers = { "X-CSRFToken": document.cookie.match(/csrftoken=(\\w+)/)[1] };
  await fetch(room.dataset.sessionUrl, { method: "POST", headers });
}"""
NO_DIALOG = "delete HTMLDialogElement.prototype.showModal; delete HTMLDialogElement.prototype.close;"


def test_without_a_database_answers_wait_in_simple_storage(page, enter, attempt, context):
    page.add_init_script(NO_INDEXED_DB)
    room = enter(page)
    expect(room.locator("#notice")).to_contain_text("改存在网页的简易存储里")
    room.route("**/answers/", lambda route: route.abort())
    choose(room, 2, 3)
    expect(room.locator("#saving")).to_contain_text("1 次作答存在这台设备上")
    room.on("dialog", lambda dialog: dialog.accept())

    room.reload()
    expect(room.locator("#q2 input[value=D]")).to_be_checked()
    expect(room.locator("#announcer")).to_contain_text("已从这台设备恢复 1 次还没有送出的作答")
    room.unroute("**/answers/")
    hurry(room)
    expect_saved(room)
    assert answers(attempt) == {1: "D"}


def test_without_any_storage_the_page_says_so_and_saves(page, enter, attempt):
    page.add_init_script(NO_INDEXED_DB + NO_STORAGE)
    room = enter(page)

    expect(room.locator("#notice")).to_contain_text("不能在设备上存答案")
    choose(room, 1, 0)
    room.locator("#q1 [data-mark]").click()
    expect_saved(room)
    assert answers(attempt) == {0: "A"}


def test_without_dialog_panels_keep_the_focus_and_give_it_back(page, enter, attempt):
    page.add_init_script(NO_DIALOG)
    room = enter(page)
    panel = room.locator("#finish-dialog")
    expect(panel).to_be_hidden()
    room.locator("#finish").click()
    expect(panel).to_be_visible()
    for _ in range(8):
        room.keyboard.press("Tab")
        assert room.evaluate("document.querySelector('#finish-dialog').contains(document.activeElement)")
    room.keyboard.press("b")  # no answer while a panel is open
    room.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(room.locator("#finish")).to_be_focused()
    assert journal_of(attempt) == []

    room.set_viewport_size({"width": 360, "height": 640})
    room.locator("#open-card").click()
    room.locator("#card [data-go='2']").click()
    expect(room.locator("#card")).to_be_hidden()
    expect(room.locator("#q3")).to_be_visible()
    room.locator("#finish").click()
    room.get_by_role("button", name="继续答题").last.click()
    expect(panel).to_be_hidden()
    room.locator("#finish").click()
    room.locator("#finish-confirm").click()
    expect(room.locator("main")).to_contain_text("回执号")


def test_browser_that_cannot_run_the_page_is_told(page, enter):
    page.route("**/js/exam/main.js", lambda route: route.abort())
    room = enter(page, waits_for="#too-old")

    expect(room.locator("#too-old")).to_contain_text("这个浏览器版本太旧", timeout=10_000)
    expect(room.locator("#too-old")).to_contain_text("计时没有停")


# --- Every state, looked at by a machine --------------------------------------------------------------------------
def problems_of(room: Page) -> list[object]:
    """Return what axe finds, and whether the page is wider than the screen."""
    found = [
        (violation["id"], [node["target"] for node in violation["nodes"]][:3])
        for violation in Axe().run(room).response["violations"]
    ]
    width = room.evaluate("document.documentElement.scrollWidth")
    return found + ([f"{width} px wide"] if width > room.viewport_size["width"] else [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_fits_360_px_and_reads_aloud(page, enter, attempt, charlie, context, scheme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # colours are judged when they have arrived
    Attempt.objects.filter(pk=attempt.pk).update(accommodation={"larger_type": True, "hidden_timer": True})
    room = enter(page)
    room.set_viewport_size({"width": 360, "height": 640})
    states = {"fresh": problems_of(room)}

    choose(room, 1, 0)
    room.locator("#q1 [data-mark]").click()
    expect_saved(room)
    room.locator("#open-card").click()
    states["card"] = problems_of(room)
    room.locator("#card form button").click()
    leave_for(room, 2100)
    expect(room.locator("#away-count")).to_contain_text("第 1 次")
    states["away"] = problems_of(room)
    attempts.send_message(attempts=[attempt], text="还有十分钟" * 8, person=charlie, now=timezone.now())
    attempts.extend(attempt=attempt, minutes=5, reason="停电", person=charlie, now=timezone.now())
    hurry(room)
    expect(room.locator("#news-list p")).to_have_count(2)
    states["away and news"] = problems_of(room)
    room.locator("#away-close").click()
    room.locator("#news-read").click()
    room.locator("#clock-toggle").click()
    context.set_offline(True)
    room.locator("#next").click()
    choose(room, 2, 1)
    expect(room.locator("#notice")).to_be_visible()
    states["offline"] = problems_of(room)
    room.locator("#finish").click()
    states["hand in"] = problems_of(room)
    room.locator("#finish-dialog form button").click()
    context.set_offline(False)
    expect_saved(room)
    room.evaluate(ANOTHER_PAGE)
    hurry(room)
    expect(room.locator("#superseded")).to_be_visible()
    states["superseded"] = problems_of(room)

    assert {name: found for name, found in states.items() if found} == {}
    expect(room.locator(".watermark")).to_have_css("opacity", re.compile(r"0\.0\d+"))
