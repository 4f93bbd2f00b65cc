"""
Takes docs/screenshots/money: from the price to the accounts, at 390 and 1280 px. Rerunnable; needs Chromium.

    .venv/bin/python -m tools.money_pictures [FOLDER]

Runs the embedded site in a temporary folder (or in FOLDER, where its demo has been loaded before): the learner pays
at the Stripe double, the demo company chooses a transfer, the demo's 财务 looks at it.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tools.exam_pictures import CHROMIUM, ROOT, site

if TYPE_CHECKING:
    from collections.abc import Iterator

OUT = ROOT / "docs" / "screenshots" / "money"
WIDTHS = (390, 1280)
PASSWORD = "shouhou-demo-2026"  # noqa: S105  # public on purpose: the demo lends its accounts out
COURSE = "/courses/aftersales-manager/"


class Camera:
    """Takes one page at both widths, under a running number; a dark one at the phone's only."""

    def __init__(self) -> None:
        self.numbers = count(1)

    def take(self, page: Page, name: str, *, height: int = 844, with_dark: bool = False) -> None:
        number = next(self.numbers)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": height})
            self._shoot(page, f"{number:02d}-{name}-{width}")
        if with_dark:
            page.set_viewport_size({"width": WIDTHS[0], "height": height})
            page.emulate_media(color_scheme="dark")
            self._shoot(page, f"{number:02d}-{name}-{WIDTHS[0]}-dark")
            page.emulate_media(color_scheme="light")

    def _shoot(self, page: Page, name: str) -> None:
        page.wait_for_timeout(400)
        picture = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
        picture.quantize(96).save(OUT / f"{name}.png", optimize=True)


@contextmanager
def person(browser: Browser, url: str, email: str) -> Iterator[Page]:
    context = browser.new_context(base_url=url, locale="zh-CN", timezone_id="Asia/Shanghai")
    page = context.new_page()
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state()
    yield page
    context.close()


def buy(page: Page, camera: Camera) -> str:
    """Buy the course, the bank taking its time; return the order's address."""
    page.goto(COURSE)
    page.get_by_role("link", name="报名学习").first.click()
    camera.take(page, "before-paying")
    page.get_by_label("我已阅读退款规则").check()
    page.get_by_role("button", name="提交订单并付款").click()
    camera.take(page, "checkout")
    page.get_by_role("button", name="稍后到账").click()
    page.wait_for_url(re.compile(r"/orders/\d{20}/"))
    order = page.url.partition("?")[0]
    expect(page.locator("[data-state=PROCESSING]")).to_be_visible(timeout=30_000)
    camera.take(page, "waiting")
    expect(page.get_by_role("main")).to_contain_text("开始学习", timeout=60_000)  # it moves on by itself
    camera.take(page, "order-paid", with_dark=True)
    return order


def ask(page: Page, camera: Camera, order: str) -> None:
    page.goto(f"{order}invoice/")
    camera.take(page, "invoice-request")
    page.goto(f"{order}refund/")
    camera.take(page, "refund")
    page.get_by_role("button", name="提交退款申请").click()
    page.wait_for_url(order)
    camera.take(page, "refund-asked")


def transfer(page: Page, camera: Camera) -> None:
    page.goto(COURSE)
    page.get_by_role("link", name="为企业购买").first.click()
    page.get_by_label("席位数").fill("20")
    page.get_by_label("席位数").press("Tab")
    expect(page.locator("#seat-sum")).to_contain_text("20 席")
    page.get_by_label("企业名称").fill("青山家电服务有限公司（演示）")
    page.get_by_label("我已阅读退款规则").check()
    page.get_by_role("button", name="提交订单，去付款").click()
    page.wait_for_url(re.compile(r"/orders/\d{20}/"))
    page.get_by_role("button", name="公司付款：改用对公转账").click()
    page.wait_for_url("**/transfer/")
    camera.take(page, "bank-transfer")


def look_at_the_books(page: Page, camera: Camera) -> None:
    """Both steps of 财务's login, then the page of the morning."""
    if "/2fa/" in page.url:
        with page.context.new_page() as mailbox:
            mailbox.goto("/local/mail/")
            code = mailbox.locator("#codes tr", has_text="finance@example.com").locator(".code").inner_text()
        page.locator("input[name=code]").fill(code)
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_load_state()
    page.goto("/cms/finance/")
    camera.take(page, "finance", height=1150, with_dark=True)  # the back office scrolls inside itself


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright, ExitStack() as stack:
        url = stack.enter_context(site(Path(sys.argv[1] if len(sys.argv) > 1 else temporary)))
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        camera = Camera()
        with person(browser, url, "learner@example.com") as page:
            ask(page, camera, buy(page, camera))
        with person(browser, url, "company@example.com") as page:
            transfer(page, camera)
        with person(browser, url, "finance@example.com") as page:
            look_at_the_books(page, camera)
        browser.close()
    print(f"{len(list(OUT.glob('*.png')))} pictures in {OUT.relative_to(ROOT)}")  # a command's output


if __name__ == "__main__":
    main()
