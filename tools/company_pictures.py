"""
Takes docs/screenshots/companies: every page of a company, empty, short of people and covered. Needs Chromium.

    .venv/bin/python -m tools.company_pictures [FOLDER]

Runs the embedded site in a temporary folder (or in FOLDER, where its demo has been loaded before). One picture holds
the three states of a page side by side, and the last of them once more in the dark. Counts what axe finds.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import sync_playwright
from stdnum.cn import uscc

from tools.exam_pictures import CHROMIUM, ROOT, site
from tools.money_pictures import person

if TYPE_CHECKING:
    from playwright.sync_api import Page

OUT = ROOT / "docs" / "screenshots" / "companies"
WIDTHS = {390: 0.6, 1280: 0.4}  # how much a picture is made smaller
TALLEST = 1900
GAP = 12
ROOMS = (
    *("people", "imports", "sites", "training", "forecast", "plan", "evidence", "readiness", "members", "settings"),
    *("api", "webhooks", "people/new", "evidence/new", "readiness/cycle", "readiness/checklist", "readiness/actions"),
)
DETAILS = {
    "people": "people",
    "imports": "imports",
    "sites": "sites",
    "evidence": "evidence",
    "readiness": "readiness/assessments",
    "readiness/actions": "readiness/actions",
}
NO_MANAGERS = ("孙浩然", "吴桐", "郑佳", "王海")


class Sheet:
    """The pictures of one page, and what axe says of them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taken: dict[tuple[str, int], list[Image.Image]] = {}
        self.found: list[str] = []

    def take(self, name: str, address: str, *, with_dark: bool) -> None:
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 844})
            for scheme in ("light", "dark") if with_dark else ("light",):
                self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a literal of two
                answer = self.page.goto(address)
                if answer is None or answer.status != 200:
                    raise RuntimeError(f"{address} → {answer and answer.status}")
                self._shoot(name, width)
                self._examine(f"{address} {width} {scheme}")

    def _shoot(self, name: str, width: int) -> None:
        picture = Image.open(io.BytesIO(self.page.screenshot(full_page=True))).convert("RGB")
        picture = picture.crop((0, 0, picture.width, min(picture.height, TALLEST)))
        size = (round(picture.width * WIDTHS[width]), round(picture.height * WIDTHS[width]))
        self.taken.setdefault((name, width), []).append(picture.resize(size, Image.Resampling.LANCZOS))

    def _examine(self, where: str) -> None:
        self.found += [f"{where}: {one['id']}" for one in Axe().run(self.page).response["violations"]]
        if self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.found.append(f"{where}: wider than the screen")

    def save(self) -> None:
        for (name, width), pictures in self.taken.items():
            whole = sum(one.width + GAP for one in pictures) - GAP
            sheet = Image.new("RGB", (whole, max(one.height for one in pictures)), "#888888")
            left = 0
            for one in pictures:
                sheet.paste(one, (left, 0))
                left += one.width + GAP
            sheet.quantize(24).save(OUT / f"{name.replace('/', '-')}-{width}.png", optimize=True)


def empty_company(page: Page) -> str:
    body = "91110105DEM000001"
    page.goto("/staffing/companies/new/")
    page.locator("input[name=name]").fill("刚登记的服务有限公司（演示）")
    page.locator("input[name=uscc]").fill(body + uscc.calc_check_digit(body))
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/staffing/companies/*/")
    return page.url


def demo_company(page: Page) -> str:
    page.goto("/staffing/companies/")
    page.get_by_role("link", name="演示家电服务有限公司").first.click()
    page.wait_for_url("**/staffing/companies/*/")
    return page.url


def cover(page: Page, company: str) -> None:
    """Send a list on which some people manage nobody any more: then one certificate is enough."""
    page.goto(f"{company}people/?who=managers")
    rows = [row.inner_text() for row in page.locator("tbody tr").all()]
    numbers = {
        name: next(word for word in row.split() if word.startswith("E0"))
        for name in NO_MANAGERS
        for row in rows
        if row.startswith(name)
    }
    lines = ["姓名,工号,是否服务管理人员", *(f"{name},{number},否" for name, number in numbers.items())]
    page.goto(f"{company}imports/")
    content = "\n".join(lines).encode()
    page.locator("input[name=roster]").set_input_files({"name": "调岗.csv", "mimeType": "text/csv", "buffer": content})
    page.locator("main form button[type=submit]").first.click()
    page.locator("select[name=is_full]").select_option("0")
    page.get_by_role("button", name="导入", exact=True).click()
    page.wait_for_url(company)


def state(sheet: Sheet, company: str, *, last: bool) -> None:
    sheet.take("overview", company, with_dark=last)
    for room in ROOMS:
        sheet.take(room, f"{company}{room}/", with_dark=last)


def details(sheet: Sheet, company: str) -> None:
    """Take pages of one thing, which an empty company has not."""
    for room, below in DETAILS.items():
        sheet.page.goto(f"{company}{room}/")
        found = re.search(rf'href="([^"]*/{below}/\d+/)"', sheet.page.content())
        if found is None:
            raise RuntimeError(f"{room} leads to no {below}")
        sheet.take(f"{below}/one", found[1], with_dark=True)
    for name, address in (("list", "/staffing/companies/"), ("calculator", "/staffing/?managers=41&held=2")):
        sheet.take(name, address, with_dark=True)


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright, ExitStack() as stack:
        url = stack.enter_context(site(Path(sys.argv[1] if len(sys.argv) > 1 else temporary)))
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        with person(browser, url, "company@example.com") as page:
            sheet = Sheet(page)
            stack.callback(sheet.save)
            state(sheet, empty_company(page), last=False)
            company = demo_company(page)
            state(sheet, company, last=False)
            details(sheet, company)
            cover(page, company)
            state(sheet, company, last=True)
        browser.close()
    print(*sheet.found, f"{len(list(OUT.glob('*.png')))} pictures; findings: {len(sheet.found)}", sep="\n")


if __name__ == "__main__":
    main()
