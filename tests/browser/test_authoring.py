"""An editor builds a lesson from six kinds of blocks, a reviewer approves it, a learner reads it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect

from courses.models import LessonPage, ModulePage
from lms.users import roles
from lms.users.models import User
from tests.factories.courses import EnrolmentFactory, make_course
from tests.factories.users import UserFactory, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sign_in(browser: Browser, browser_context_args: dict, live_server) -> Iterator[Callable[[User], Page]]:
    """Open a browser of their own for somebody."""
    contexts = []

    def enter(user: User) -> Page:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        context = browser.new_context(**browser_context_args, viewport={"width": 1280, "height": 900})
        context.add_cookies([{"name": "sessionid", "value": session.session_key, "url": live_server.url}])
        contexts.append(context)
        return context.new_page()

    yield enter
    for context in contexts:  # before the database is emptied under them
        for page in context.pages:
            page.wait_for_load_state("networkidle")
            page.goto("about:blank")
        context.close()


def add_block(page: Page, label: str, **values: str) -> None:
    """Choose a block at the end of the body and fill its fields by the endings of their names."""
    number = int(page.locator("[name=body-count]").input_value())
    page.locator("[data-contentpath=body] .c-sf-add-button").last.click()
    page.locator("[role=option]").get_by_text(label, exact=True).click()
    for name, value in values.items():
        field = page.locator(f"[name=body-{number}-value-{name.replace('__', '-')}]")
        field.wait_for(state="attached")
        if field.get_attribute("type") == "hidden":  # rich text keeps its value there
            field.locator("xpath=..").locator("[contenteditable=true]").fill(value)
        elif field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def write_lesson(page: Page, url: str, module: int) -> None:
    """Write a lesson of six kinds of blocks, with one fault that the checks name."""
    page.goto(f"{url}/cms/pages/add/courses/lessonpage/{module}/")
    page.locator("[name=title]").fill("接电话的第一句")
    page.locator("[name=summary]").fill("开口十秒，决定后面十分钟")
    page.locator("[name=goals]").fill("说出第一句话的三个要素")
    page.locator("[name=sources]").fill("服务接触理论（转述）")
    add_block(page, "标题", text="先报家门")
    add_block(page, "要点", title="第一句", text="公司、姓名、能帮什么。")
    add_block(
        page,
        "对比",
        title="两种开头",
        columns__0__value__heading="喂",
        columns__0__value__text="对方不知道找对了没有。",
        columns__1__value__heading="您好",
        columns__1__value__text="对方知道找对了人。",
    )
    add_block(
        page,
        "时间线",
        title="前三十秒",
        events__0__value__when="0 秒",
        events__0__value__what="报家门",
        events__1__value__when="10 秒",
        events__1__value__what="问需要",
    )
    add_block(page, "公式", latex=r"\frac{a}{b}{", words="接通率等于接起数除以来电数")
    add_block(
        page, "自测", question="第一句不报姓名，可以吗？", kind="true_false", answer="错", explanation="要知道找谁。"
    )


def submit(page: Page) -> None:
    page.get_by_role("button", name="更多动作").click()
    page.get_by_role("button", name="提交给编辑 → 审核").click()


def test_lesson_goes_from_editor_to_reviewer_to_learner(live_server, sign_in, tmp_path: Path):
    course = make_course(allows_restructuring=True)
    call_command("sync_roles", verbosity=0)
    learner = EnrolmentFactory(course=course, learner=UserFactory()).learner
    editor, reviewer = make_staff(roles.EDITOR), make_staff(roles.REVIEWER)

    page = sign_in(editor)
    write_lesson(page, live_server.url, ModulePage.objects.get().pk)
    page.screenshot(path=tmp_path / "1-written.png")
    submit(page)
    expect(page.get_by_text("公式读不懂").locator("visible=true").first).to_be_visible()  # the checks say it too
    page.screenshot(path=tmp_path / "2-refused.png")
    page.locator("[name=body-4-value-latex]").fill(r"\frac{a}{b}")
    submit(page)
    expect(page.get_by_text(re.compile("提交.*审核")).first).to_be_visible(timeout=20_000)
    page.screenshot(path=tmp_path / "3-submitted.png")
    lesson = LessonPage.objects.get(title="接电话的第一句")
    assert not lesson.live

    page = sign_in(reviewer)
    page.goto(f"{live_server.url}/cms/pages/{lesson.pk}/edit/")
    page.screenshot(path=tmp_path / "4-review.png")
    page.get_by_role("button", name="更多动作").click()
    page.get_by_role("button", name="批准").first.click()
    expect(page).not_to_have_url(re.compile("/edit/"), timeout=20_000)
    assert LessonPage.objects.get(pk=lesson.pk).live
    page.screenshot(path=tmp_path / "5-approved.png")

    page = sign_in(learner)
    page.goto(live_server.url + LessonPage.objects.get(pk=lesson.pk).url)
    for words in ("先报家门", "公司、姓名、能帮什么。", "两种开头", "前三十秒", "第一句不报姓名"):
        expect(page.get_by_text(words).first).to_be_visible()
    expect(page.locator("math")).to_be_visible()
    page.screenshot(path=tmp_path / "6-live.png", full_page=True)
