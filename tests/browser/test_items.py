"""Questions that are answered in a field, in the sitting page: typed, composed by an input method, restored."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from exams import attempts
from exams.models import Attempt
from tests.browser.room import answers, expect_saved
from tests.factories.exams import make_eligible, make_exam_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ESSAY = "总部和网点\n两个层面，共 41 人。"
LONGER_THAN_A_PAUSE_MS = 1300


@pytest.fixture
def attempt(transactional_db, alice) -> Attempt:
    """Alice's open attempt: 填空, 数值 and 简答."""
    exam = make_exam_of(BLANK=200, NUMERIC=200, SHORT=600)
    make_eligible(alice, exam)
    return attempts.start(exam=exam, candidate=alice, now=timezone.now())


def compose(page: Page, pinyin: str) -> None:
    """Let the input method hold letters that are no words yet."""
    session = page.context.new_cdp_session(page)
    session.send(
        "Input.imeSetComposition", {"text": pinyin, "selectionStart": len(pinyin), "selectionEnd": len(pinyin)}
    )


def test_typed_answers_are_saved_composed_and_restored(room, attempt):
    blank, number, essay = (room.locator(f"#q{number} [data-field]") for number in (1, 2, 3))

    number.fill("三点三")
    expect(room.locator("#q2 [data-unreadable]")).to_be_visible()
    number.fill("３．３３ 分")
    expect(room.locator("#q2 [data-unreadable]")).to_be_hidden()
    essay.fill(ESSAY)
    expect(room.locator("#q3-count [data-count]")).to_have_text(str(len(ESSAY)))

    blank.focus()
    compose(room, "fuwuguanlishi")
    room.wait_for_timeout(LONGER_THAN_A_PAUSE_MS)
    assert answers(attempt) == {1: "３．３３ 分", 2: ESSAY}
    room.keyboard.insert_text("服务管理师")
    expect_saved(room)
    expect(room.locator("#answered")).to_have_text("3")
    assert answers(attempt) == {0: "服务管理师", 1: "３．３３ 分", 2: ESSAY}

    room.reload()
    room.wait_for_selector("#room[data-ready]", state="attached")

    fields = [room.locator(f"#q{number} [data-field]").input_value() for number in (1, 2, 3)]
    assert fields == ["服务管理师", "３．３３ 分", ESSAY]
