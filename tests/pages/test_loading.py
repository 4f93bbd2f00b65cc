"""The site's own pages from their files."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from wagtail.models import Page, Site

from courses.loading import ContentRefused
from courses.models import CoursePage, LessonPage
from courses.syllabus import MODULES
from exams.models import Item
from lms.pages.loading import load_site
from lms.pages.models import ArticlePage, HomePage, PolicyPage


def test_load_site_makes_home_articles_and_policies(db, now, client, settings):
    settings.SITE_URL = "https://academy.example"

    made = load_site(now=now)

    assert made[0] == "home.md"
    assert set(PolicyPage.objects.values_list("code", flat=True)) == set(PolicyPage.Code.values)
    assert {policy.url for policy in PolicyPage.objects.all()} == {
        f"/{slug}/" for slug in ("terms", "privacy", "refund", "exam-rules", "contact")
    }
    assert ArticlePage.objects.count() == 2
    site = Site.objects.get()
    assert (site.hostname, site.port, site.root_page.specific) == ("academy.example", 443, HomePage.objects.get())
    assert Page.objects.filter(depth=2).count() == 1  # Wagtail's welcome page is gone
    assert all(client.get(page.url).status_code == 200 for page in HomePage.objects.get().get_children())


def test_load_site_twice_makes_nothing_and_keeps_edits(db, now):
    load_site(now=now)
    PolicyPage.objects.filter(code="TERMS").update(title="改过的协议")

    assert load_site(now=now) == ()
    assert PolicyPage.objects.get(code="TERMS").title == "改过的协议"


def test_load_site_agrees_with_the_version_that_people_consent_to(db, now, settings):
    load_site(now=now)

    versions = PolicyPage.objects.filter(code__in=["TERMS", "PRIVACY"]).values_list("version", flat=True)
    assert set(versions) == {settings.TERMS_VERSION}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("没有字段", "home.md 第 1 行：文件要以两行 --- 之间的字段开头"),
        ("---\ntitle: 首页\nheadline: 一\nlead: 二\n---\n\n## 段\n\n<b>x</b>\n", "home.md 第 9 行：不写 HTML：<b>"),
        ("---\ntitle: 首页\nheadline: ''\nlead: 二\n---\n", "home.md 第 3 行：字段 headline：要写文字，不能空着"),
    ],
)
def test_load_site_names_file_and_line(text, fault, db, now, tmp_path):
    (tmp_path / "home.md").write_text(text, "utf-8")

    with pytest.raises(ContentRefused, match=fault):
        load_site(tmp_path, now=now)

    assert not HomePage.objects.exists()


def test_load_content_loads_all_of_it_twice(db):
    first, second = StringIO(), StringIO()

    call_command("load_content", stdout=first)
    call_command("load_content", stdout=second)

    pages = 1 + len(MODULES) + LessonPage.objects.count()
    assert f"课程：新建 {pages}，" in first.getvalue()
    assert f"课程：新建 0，更新 0，未变 {pages}，后台改过而保留 0" in second.getvalue()
    assert CoursePage.objects.get().slug == "aftersales-manager"
    assert Item.objects.count() >= 60


def test_load_content_refuses_in_words_and_loads_nothing(db, tmp_path):
    with pytest.raises(CommandError, match="没有这个目录"):
        call_command("load_content", course=tmp_path / "nowhere", stdout=StringIO())

    assert not HomePage.objects.exists()
