"""One real person: catalogue → account → payment → lessons → timed exam → certificate → look-up → company coverage."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.answers import right_options

pytestmark = pytest.mark.browser

SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 800}}
ID_NUMBERS = {"phone": "000000199001010018", "desktop": "000000199001010034"}  # valid check digits, no such region
PASSWORD = "quiet river morning 27"
LESSONS = len(list((Path(__file__).parents[2] / "courses/content").glob("*/*.md")))


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def page(browser: Browser, browser_context_args: dict, size: str, site: str) -> Page:
    context = browser.new_context(**browser_context_args | {"viewport": SIZES[size], "base_url": site})
    page = context.new_page()
    page.set_default_timeout(20_000)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert problems == []


def sign_up(page: Page, email: str) -> None:
    page.goto("/accounts/signup/")
    page.get_by_label("称呼").fill("旅人")
    page.get_by_label("电子邮箱").fill(email)
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.get_by_label("我已阅读并同意").check()
    page.get_by_role("button", name="注册", exact=True).click()
    page.goto("/local/mail/")
    page.get_by_role("main").get_by_role("link").filter(has_text=re.compile("验证|确认")).first.click()
    page.get_by_role("main").get_by_role("link", name=re.compile("confirm-email")).click()
    page.get_by_role("main").get_by_role("button").click()
    if "/login" in page.url:
        page.get_by_label("电子邮箱").fill(email)
        page.locator("input[type=password]").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="登录").click()


def buy(page: Page) -> None:
    page.goto("/courses/aftersales-manager/")
    page.get_by_role("link", name="报名学习").first.click()
    page.get_by_label("我已阅读退款规则").check()
    page.get_by_role("button", name="提交订单并付款").click()
    expect(page.locator("body")).to_contain_text("¥880.00")
    page.get_by_role("button", name="支付成功").click()
    page.wait_for_url("**/orders/**")
    expect(page.get_by_role("main")).to_contain_text("开始学习")


def study(page: Page) -> int:
    """Go through every lesson from the learner's home, each leading to the next; return how many there were."""
    page.goto("/learn/")
    page.get_by_role("main").get_by_role("link", name=re.compile("^(继续学习|开始学习)")).first.click()
    for done in range(1, 101):
        finish = page.get_by_role("button", name="学完本课")
        expect(finish).to_be_enabled()
        finish.click()
        expect(page.locator("#study")).to_contain_text("本课已学完")
        onward = page.locator("#study .actions a").first
        if "接着学" not in onward.inner_text():
            return done
        onward.click()
    pytest.fail("the course does not end")


def identify(page: Page, name: str, number: str) -> None:
    page.goto("/accounts/profile/identity/")
    page.get_by_label("真实姓名").fill(name)
    page.get_by_label("证件号", exact=False).first.fill(number)
    page.locator("main input[type=checkbox]").check()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("main")).to_contain_text(f"{number[:3]}***********{number[-4:]}")


def sit_exam(page: Page) -> None:
    page.goto("/learn/")
    page.get_by_role("link", name="去考试").first.click()
    page.get_by_label("我已阅读考试须知").check()
    page.get_by_role("button", name=re.compile("^开始考试")).click()
    page.wait_for_url("**/exams/attempts/**")
    known = right_options()
    questions = page.locator("fieldset.question")
    assert questions.count() == 50
    for number in range(50):
        question = questions.nth(number)
        expect(question).to_be_visible()
        wanted = known[question.locator(".question-stem").inner_text().strip()]
        for option in question.locator("label.option").all():
            if option.locator("span").last.inner_text().strip() in wanted:
                option.click()
        if page.locator("#next").is_visible() and number < 49:
            page.locator("#next").click()
    expect(page.locator("#answered")).to_have_text("50")
    expect(page.locator("#saving")).to_have_attribute("data-state", "saved")
    page.get_by_role("button", name="交卷", exact=True).click()
    page.get_by_role("button", name="确认交卷").click()
    expect(page.get_by_role("main")).to_contain_text("合格")
    expect(page.get_by_role("main")).to_contain_text("100")


def take_certificate(page: Page) -> str:
    """Wait for the certificate, at most ten seconds; return its number."""
    deadline = time.monotonic() + 10
    while True:
        page.goto("/certificates/")
        number = page.locator(".certificate-number")
        if number.count():
            break
        assert time.monotonic() < deadline, "no certificate within ten seconds"
        time.sleep(0.5)
    with page.expect_download() as download:
        page.get_by_role("link", name="下载 PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    return number.inner_text().strip()


def look_up(page: Page, number: str, name: str) -> None:
    page.goto("/certificates/verify/")
    page.get_by_label("证书编号").fill(number)
    page.get_by_label("持证人姓名").fill(name)
    page.get_by_role("button", name="查询").click()
    expect(page.locator(".certificate-result")).to_contain_text("有效")
    expect(page.locator(".certificate-result")).to_contain_text(number)


def check_company(page: Page, number: str, name: str) -> None:
    """Eleven managers and one certificate: one short of two. Ten managers: covered."""
    header = "姓名,工号,部门,网点,层级,职务,是否服务管理人员,入职日期,离职日期,证书编号\n"
    first = f"{name},001,售后部,总部,总部,经理,是,2020-01-01,,{number}\n"
    others = [f"经理{n:02},{n:03},售后部,网点{n},网点,站长,是,2021-03-01,,\n" for n in range(2, 12)]
    for rows, verdict in ((others[:9], "已配足"), (others, "还差 1 名")):
        page.goto("/staffing/checks/new/")
        page.get_by_label("企业名称").fill("演示服务有限公司")
        page.get_by_label("花名册").set_input_files(
            {"name": "roster.csv", "mimeType": "text/csv", "buffer": (header + first + "".join(rows)).encode()}
        )
        page.get_by_role("button", name="检查").click()
        page.wait_for_url(re.compile(r"/staffing/checks/\d+/"))
        expect(page.get_by_role("main")).to_contain_text(verdict)


def test_whole_journey(page: Page, size: str, browser: Browser, site: str):
    name = {"phone": "林一舟", "desktop": "沈远帆"}[size]

    page.goto("/")
    page.get_by_role("main").get_by_role("link", name=re.compile("课程")).first.click()
    page.goto("/courses/aftersales-manager/")
    page.get_by_role("link", name=re.compile("试学")).first.click()
    expect(page.locator("article, main").first).to_contain_text("现场")

    sign_up(page, f"{size}@example.com")
    buy(page)
    assert study(page) == LESSONS
    identify(page, name, ID_NUMBERS[size])
    sit_exam(page)
    number = take_certificate(page)
    stranger = browser.new_context(base_url=site, viewport=SIZES[size]).new_page()
    look_up(stranger, number, name)
    check_company(page, number, name)
