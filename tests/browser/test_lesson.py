"""A lesson in a real browser: what is marked is found again, and what was opened is read without a network."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from playwright.sync_api import Page, expect

from courses import enrolment
from courses.models import LessonPage, Note
from courses.models.media import PAID_COLLECTION, collection_named
from tests.courses.conftest import RENDITIONS_LEAK, make_photo
from tests.factories.courses import EnrolmentFactory, lessons_of, make_course

pytestmark = [pytest.mark.browser, RENDITIONS_LEAK]
PARAGRAPHS = [f"第{n}段：服务要先说清楚再做，做完要有记录。" for n in range(40)]
# Study time leaves rows that nothing deletes, not even the end of a test; it has tests of its own.
NO_CLOCK = """
const real = window.fetch;
const isPing = (url) => /presence/.test(url);
window.fetch = (url, ...rest) => (isPing(url) ? Promise.reject(new TypeError("no clock")) : real(url, ...rest));
"""
SELECT = """(number) => {
  const text = document.querySelectorAll(".prose p")[number].firstChild;
  getSelection().setBaseAndExtent(text, 4, text, 10);
}"""


@pytest.fixture
def lesson(transactional_db, alice) -> LessonPage:
    """A lesson of many paragraphs and a photo, in a course that Alice is enrolled in."""
    course = make_course()
    EnrolmentFactory(learner=alice, course=course)
    lesson = lessons_of(course)[0]
    photo = make_photo(collection=collection_named(PAID_COLLECTION))
    figure = {"image": {"image": photo.pk, "alt_text": "一张照片", "decorative": False}, "caption": ""}
    text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    publish(lesson, [{"type": "figure", "value": figure}, {"type": "text", "value": text}])
    return lesson


@pytest.fixture
def sign_in(page: Page, live_server, alice) -> Callable[[], None]:
    def sign_in() -> None:
        session = SessionStore()
        session[SESSION_KEY] = str(alice.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = alice.get_session_auth_hash()
        session.create()
        page.context.add_cookies([{"name": "sessionid", "value": session.session_key, "url": live_server.url}])

    page.set_default_timeout(20_000)
    page.add_init_script(NO_CLOCK)
    sign_in()
    return sign_in


def publish(lesson: LessonPage, body: list[dict[str, object]]) -> None:
    lesson.body = LessonPage.body.field.stream_block.to_python(body)
    lesson.save_revision().publish()


def read_without_network(page: Page, url: str) -> None:
    page.context.set_offline(True)
    page.goto(url)


def back_online(page: Page) -> None:
    """Give the network back; the page that says there is none loads what was asked for by itself."""
    with page.expect_navigation():
        page.context.set_offline(False)


def test_an_opened_lesson_is_read_without_a_network(page: Page, live_server, lesson, alice, sign_in):
    address = live_server.url + lesson.url
    page.goto(address)
    page.wait_for_selector("html[data-kept]", state="attached")

    # read it again, with its picture
    read_without_network(page, address)
    expect(page.locator(".prose p").last).to_have_text(PARAGRAPHS[39])
    page.wait_for_function("document.querySelector('.prose img').naturalWidth > 0")

    # nothing of an exam, and the page says what there is
    page.goto(f"{live_server.url}/exams/attempts/")
    expect(page.get_by_role("heading", name="现在没有网络")).to_be_visible()
    expect(page.get_by_text("正在考试的")).to_be_visible()
    expect(page.get_by_role("link", name=lesson.title)).to_be_visible()

    # signing out takes everything
    back_online(page)
    page.goto(f"{live_server.url}/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="退出").click()
    page.wait_for_url(f"{live_server.url}/")
    read_without_network(page, address)
    expect(page.get_by_text("还没有留下课文")).to_be_visible()

    # so does a withdrawal, at the next visit
    back_online(page)
    sign_in()
    page.goto(address)
    page.wait_for_selector("html[data-kept]", state="attached")
    enrolment.withdraw(enrolment=alice.enrolments.get(), reason="退款", now=timezone.now())
    page.goto(address)
    read_without_network(page, address)
    expect(page.get_by_text("还没有留下课文")).to_be_visible()


def test_a_mark_is_found_again_in_a_corrected_lesson(page: Page, live_server, lesson, sign_in):
    page.goto(live_server.url + lesson.url)
    page.evaluate(SELECT, 7)
    page.get_by_role("button", name="标记青绿").click()
    expect(page.get_by_text("已标记，已保存。")).to_be_visible()
    page.evaluate(SELECT, 9)
    page.keyboard.press("Alt+Shift+KeyN")
    page.get_by_label("写给自己").fill("对照我们的流程")
    expect(page.get_by_text("已保存 20")).to_be_visible()
    page.get_by_role("button", name="完成").click()
    assert list(Note.objects.order_by("position").values_list("quote", "colour", "text")) == [
        ("服务要先说清", "TEAL", ""),
        ("服务要先说清", "", "对照我们的流程"),
    ]

    # two new paragraphs before, and the second place corrected away
    kept = ["新的开头。", "再来一段。", *PARAGRAPHS[:9], "第9段：改写了。", *PARAGRAPHS[10:]]
    publish(lesson, [{"type": "text", "value": "".join(f"<p>{paragraph}</p>" for paragraph in kept)}])
    Note.objects.filter(text="").update(before="第7段：", after="楚再做")
    Note.objects.exclude(text="").update(quote="对照的那一句原文")
    page.reload()

    expect(page.get_by_text("原文已改，找不到这一处")).to_have_count(2)
    expect(page.locator(".note-lost:visible")).to_have_count(1)
    marked = "[...CSS.highlights.get('mark-teal')][0].startContainer.data"
    assert page.evaluate(marked) == PARAGRAPHS[7]
