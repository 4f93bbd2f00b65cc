"""
Takes docs/screenshots/exam-390: an exam on a phone, from the start to the receipt. Rerunnable; needs Chromium.

    .venv/bin/python -m tools.exam_pictures [FOLDER]

Runs the embedded site in a temporary folder (or in FOLDER, where its demo has been loaded before), sits a real exam as
the demo candidate and moves the attempt's deadline in the database, as an extension does, to reach the last minutes
without waiting for them.
"""

from __future__ import annotations

import io
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from tools.with_services import free_port

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "screenshots" / "exam-390"
SIZE = {"width": 390, "height": 844}
READY_SECONDS = 180
CHROMIUM = ["--no-sandbox", "--disable-background-networking"]


@contextmanager
def site(data: Path) -> Iterator[str]:
    """Run the embedded site with its demo content; yield its address."""
    url = f"http://127.0.0.1:{free_port()}"
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "lms.settings",
        "LMS_DATA_DIR": str(data),
        "PORT": url.rpartition(":")[2],
        "STRIPE_DOUBLE_PORT": str(free_port()),
    }
    env.pop("DATABASE_URL", None)
    with (data / "site.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run_local"], cwd=ROOT, env=env, stdout=log, stderr=log
        )
        try:
            wait_for(url, process)
            yield url
        finally:
            process.terminate()
            process.wait(30)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/readyz", timeout=5).close()  # noqa: S310  # our own loopback address
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit("the site did not get ready")


def ring_in(data: Path, seconds: int) -> None:
    """Move the bell of the open attempt."""
    moment = (datetime.now(UTC) + timedelta(seconds=seconds)).replace(tzinfo=None)
    with sqlite3.connect(next(data.glob("*.sqlite3")), timeout=20) as database:
        database.execute("UPDATE exams_attempt SET deadline_at = ? WHERE status = 'OPEN'", [str(moment)])


def pictures(page: Page) -> Callable[[str], None]:
    taken = iter(range(1, 100))

    def take(name: str) -> None:
        page.wait_for_timeout(400)
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        picture.quantize(128).save(OUT / f"{next(taken):02d}-{name}.png", optimize=True)

    return take


def choose(page: Page, option: int) -> None:
    page.locator(".question.is-current .option").nth(option).click()


def sit(page: Page, data: Path) -> None:
    """Sit the exam, picture by picture."""
    take = pictures(page)
    page.goto("/learn/")
    page.get_by_role("main").locator("a[href^='/exams/']").first.click()
    page.get_by_label("我已阅读考试须知").check()
    take("start")
    page.get_by_role("button", name="开始考试").click()
    page.wait_for_selector("#room[data-ready]")
    choose(page, 1)
    expect(page.locator("#saving")).to_contain_text("已保存")
    take("answering")
    for option in (0, 2, 3, 1, 0, 2):
        page.locator("#next").click()
        choose(page, option)
    page.locator(".question.is-current [data-mark]").click()
    take("flagged")
    page.context.set_offline(True)
    for option in (1, 2):
        page.locator("#next").click()
        choose(page, option)
    expect(page.locator("#notice")).to_be_visible()
    take("offline")
    page.locator("#open-card").click()
    take("answer-card-offline")
    page.locator("#card form button").click()
    page.context.set_offline(False)
    expect(page.locator("#saving")).to_contain_text("已保存")
    take("back-online")
    for seconds, name in ((299, "five-minutes"), (58, "last-minute")):
        ring_in(data, seconds)
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(page.locator("#clock-box")).to_have_attribute("data-stage", {299: "near", 58: "last"}[seconds])
        take(name)
    page.locator("#finish").click()
    take("hand-in")
    page.locator("#finish-confirm").click()
    expect(page.locator("#closing-title")).to_have_text("提交成功")
    take("receipt")
    page.wait_for_selector("#room", state="detached")
    take("result")


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright, ExitStack() as stack:
        data = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        url = stack.enter_context(site(data))
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        context = browser.new_context(viewport=SIZE, base_url=url, locale="zh-CN", timezone_id="Asia/Shanghai")
        page = context.new_page()
        page.goto("/accounts/login/")
        page.locator("input[name=login]").fill("ready@example.com")
        page.locator("input[name=password]").fill("shouhou-demo-2026")
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url("**/learn/**")
        sit(page, data)
        browser.close()
    print(f"{len(list(OUT.glob('*.png')))} pictures in {OUT.relative_to(ROOT)}")  # a command's output


if __name__ == "__main__":
    main()
