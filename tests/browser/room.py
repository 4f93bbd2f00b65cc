"""What tests of the sitting page say often."""

from playwright.sync_api import Page, expect

from exams.models import Attempt


def answers(attempt: Attempt) -> dict[int, str]:
    """Return what counts, by position."""
    return {position: answer for position, (_, answer) in attempt.entries.standing().items()}


def expect_saved(room: Page) -> None:
    expect(room.locator("#saving")).to_contain_text("已保存")
    expect(room.locator(".exam-card .exam-grid .is-unsent")).to_have_count(0)


def hurry(room: Page) -> None:
    """Make the page ask now, not at its next pulse."""
    room.evaluate("dispatchEvent(new Event('online'))")


def choose(room: Page, question: int, option: int) -> None:
    room.locator(f"#q{question} .option").nth(option).click()


def leave_for(room: Page, milliseconds: int) -> None:
    """Put the page into the background, as a phone does, and bring it back."""
    room.evaluate(
        """(hidden) => {
          Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        True,
    )
    room.wait_for_timeout(milliseconds)
    room.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
