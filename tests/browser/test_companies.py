"""A company from its registration to the assessor who opens its pack: roster mended, coverage, plan, evidence link."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from stdnum.cn import uscc

from tests.browser.test_whole_journey import sign_up

pytestmark = pytest.mark.browser
BODY = "91310000123456789"
HEADER = "姓名,工号,网点,是否服务管理人员,入职日期"
PEOPLE = ("赵青,E1,城东网点,是,2021-03-01", "钱山,E2,城西网点,是,2022-06-15", "孙河,E3,,否,2023-01-09")


@pytest.fixture
def page(browser: Browser, browser_context_args: dict, site: str) -> Page:
    context = browser.new_context(
        **browser_context_args | {"base_url": site, "viewport": {"width": 390, "height": 844}}
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert problems == []


def register(page: Page) -> str:
    page.goto("/staffing/companies/new/")
    page.get_by_label("企业名称").fill("青山服务（旅途）有限公司")
    page.get_by_label("统一社会信用代码").fill(BODY + uscc.calc_check_digit(BODY))
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(re.compile(r"/staffing/companies/\d+/$"))
    return page.url


def send(page: Page, company: str, *lines: str) -> None:
    page.goto(f"{company}imports/")
    content = "\n".join([HEADER, *lines]).encode("gb18030")
    page.locator("input[name=roster]").set_input_files({"name": "名单.csv", "mimeType": "text/csv", "buffer": content})
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/imports/*/")


def test_a_company_on_its_way_to_the_assessor(page, browser, browser_context_args):
    main = page.get_by_role("main")
    sign_up(page, "roster-owner@example.com")
    company = register(page)

    send(page, company, PEOPLE[0], PEOPLE[1].replace("是", "也许"), PEOPLE[2])
    expect(main).to_contain_text("第 3 行")
    expect(main).to_contain_text("“也许”看不懂")
    send(page, company, *PEOPLE)
    expect(main).to_contain_text("新建 2 个网点")
    page.get_by_label("名单外仍在职的人").select_option("1")
    page.get_by_role("button", name="导入", exact=True).click()

    page.wait_for_url(company)
    expect(main).to_contain_text("需要 1 名，已有 0 名，缺 1 名")
    page.get_by_role("link", name="补齐计划").first.click()
    expect(main).to_contain_text("尽快补 1 人")
    expect(main.get_by_role("table", name="").last).to_contain_text("赵青")

    page.goto(f"{company}evidence/new/")
    page.get_by_role("button", name="生成并签名").click()
    page.wait_for_url(re.compile(r"/evidence/\d+/$"))
    page.locator("main input[name=recipient]").fill("认证机构评审组")
    page.get_by_role("button", name="建立链接").click()
    address = page.locator("input[id^=link-]").first.input_value()

    stranger = browser.new_context(**browser_context_args).new_page()
    stranger.goto(page.url.partition("/staffing/")[0] + address[address.index("/staffing/") :])
    told = stranger.get_by_role("main")
    expect(told).to_contain_text("青山服务（旅途）有限公司")
    expect(told).to_contain_text("PZ-")
    stranger.goto(company)
    expect(stranger).to_have_url(re.compile("/accounts/login/"))
    stranger.context.close()
    page.reload()
    expect(main).to_contain_text("访问记录（1 次）")
