"""The reference pages: their files, their loading beside editors, and the numbers in them."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from wagtail.models import Revision, Site

from certificates import reminders, renewing
from certificates.staffing.ratio import FULL_POINTS_CENTI, points_centi, required_for, worst_points_centi
from certificates.staffing.readiness.scoring import level_of
from courses.demo import CONTENT
from courses.glossary import read_glossary
from courses.loading import ContentRefused, LoadReport, load_course
from courses.markup.lessons import Lesson
from courses.markup.wording import find_banned
from courses.progress import count_characters
from courses.survey import CHARACTERS, text_of
from lms.pages import guide
from lms.pages.loading import load_site
from lms.pages.models import GuideIndexPage, GuidePage
from tests.factories.courses import home

FILES = sorted(guide.CONTENT.glob("[0-9]-*.md"))
RENEWAL = r"旧证有效期至 (\S{10})，(\S{10}) 续期，新证有效期至 (\S{10})。"
PAGE = "---\ntitle: 一\nslug: one\nsummary: 二\nsources: [三]\n---\n\n## 节\n\n正文\n"


@pytest.fixture
def folder(db, tmp_path):
    home()
    (tmp_path / "index.md").write_text("---\ntitle: 目录\nslug: guide\nsummary: 说明\n---\n", "utf-8")
    (tmp_path / "1-one.md").write_text(PAGE, "utf-8")
    return tmp_path


def shown(name: str) -> str:
    meta, blocks = guide.read_guide(guide.CONTENT / name)
    text = text_of(
        Lesson(
            title=meta["title"],
            slug=meta["slug"],
            summary=meta["summary"],
            is_preview=True,
            is_verified=True,
            goals=(),
            sources=(),
            blocks=blocks,
        )
    )
    return f"{meta['title']}\n{meta['summary']}\n{text}"


@pytest.mark.parametrize("name", [file.name for file in FILES])
def test_guide_file_keeps_the_rules(name):
    text = shown(name)

    assert count_characters(text) in CHARACTERS
    assert find_banned(text) == []


def test_guide_pages_answer_and_their_links_lead_somewhere(db, now):
    load_site(now=now)
    load_course(CONTENT, now=now)
    assert guide.load_guide(now=now).created == ("index.md", *(file.name for file in FILES))
    client = Client()
    pages = [GuideIndexPage.objects.get(), *GuidePage.objects.all()]
    mains = [client.get(page.url).text.partition("<main")[2].partition("</main")[0] for page in pages]
    links = {link for main in mains for link in re.findall(r'<a [^>]*href="(/[^"#?]*)', main)}

    assert [page.url for page in pages[1:]] == [
        f"/guide/{slug}/" for slug in ("standard", "ten-percent", "certification", "faq", "read-a-certificate")
    ]
    assert {link for link in links if client.get(link).status_code != 200} == set()
    source = "".join(file.read_text("utf-8") for file in FILES)
    anchors = set(re.findall(r"/glossary/#term-([a-z0-9-]+)", source))
    assert anchors
    assert anchors <= {term.slug for term in read_glossary(CONTENT)}


def test_renewal_in_the_questions_is_what_the_rules_say(settings):
    text = (guide.CONTENT / "4-faq.md").read_text("utf-8")
    old, renewed, new = map(date.fromisoformat, re.search(RENEWAL, text).groups())

    assert (old - renewed).days in range(settings.CERTIFICATE_RENEWAL_DAYS + 1)
    assert renewing.last_valid_day(issued=old + timedelta(days=1), years=settings.CERTIFICATE_VALID_YEARS) == new
    assert f"到期前 {settings.CERTIFICATE_RENEWAL_DAYS} 天以内" in text
    assert f"学满 {settings.CERTIFICATE_RENEWAL_HOURS} 学时" in text
    assert f"到期前 {'、'.join(map(str, reminders.DAYS_AHEAD))} 天" in text


def test_numbers_of_the_ten_per_cent_page():
    text = (guide.CONTENT / "2-ten-percent.md").read_text("utf-8")
    rows = [tuple(map(float, row)) for row in re.findall(r"\| (\d+) \| ([\d.]+) \| (\d+) \|", text)]

    assert len(rows) == 9
    assert [(managers, managers / 10, required_for(int(managers))) for managers, _, _ in rows] == rows
    for managers, held, required, points, lost in ((30, 2, 3, "3.33", "1.67"), (41, 4, 5, "4.00", "1.00")):
        assert required_for(managers) == required
        earned = points_centi(held=held, required=required)
        assert (f"{earned / 100:.2f}", f"{(FULL_POINTS_CENTI - earned) / 100:.2f}") == (points, lost)
        assert re.search(rf"5 × {held} ÷ {required} [≈=] {points} 分，丢 {lost} 分", text)
        assert worst_points_centi(held=held, required=required) == 0
    assert required_for(7) == 1
    assert required_for(14) == 2
    assert round(14 / 10) == 1


def test_numbers_of_the_standard_page():
    text = (guide.CONTENT / "1-standard.md").read_text("utf-8")
    folded = [76 / 95 * 100, 85.5 / 95 * 100]

    assert [f"{score:.1f}" for score in folded] == ["80.0", "90.0"]
    assert level_of(8000) == level_of(8900) != level_of(9000)
    assert all(number in text for number in ("80.0 分", "90.0", "89.0 分"))


def test_numbers_of_the_certification_page():
    def root(share: float, outlets: int) -> int:
        return next(count for count in range(1, 99) if count >= share * outlets**0.5 - 1e-9)

    text = (guide.CONTENT / "3-certification.md").read_text("utf-8")

    for outlets in (25, 40):
        first, yearly, again = (root(share, outlets) for share in (1, 0.6, 0.8))
        assert f"{outlets} 个网点：初次 {first} 个，监督 {yearly} 个，再认证 {again} 个" in text


def test_load_guide_twice_changes_nothing(folder, now):
    assert guide.load_guide(folder, now=now).created == ("index.md", "1-one.md")
    revisions = Revision.objects.count()

    again = guide.load_guide(folder, now=now)

    assert again == LoadReport(created=(), updated=(), unchanged=("index.md", "1-one.md"), kept=())
    assert Revision.objects.count() == revisions


def test_load_guide_takes_a_changed_file_but_not_over_an_edit(folder, now):
    guide.load_guide(folder, now=now)
    (folder / "1-one.md").write_text(PAGE.replace("summary: 二", "summary: 三"), "utf-8")
    assert guide.load_guide(folder, now=now).updated == ("1-one.md",)
    page = GuidePage.objects.get()
    assert (page.summary, [block.block_type for block in page.body]) == ("三", ["heading", "text"])
    page.summary = "编辑写的"
    page.save_revision().publish()
    (folder / "1-one.md").write_text(PAGE, "utf-8")

    assert guide.load_guide(folder, now=now).kept == ("1-one.md",)
    assert GuidePage.objects.get().summary == "编辑写的"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (PAGE.replace("slug: one\n", ""), "1-one.md 第 2 行：缺少字段 slug"),
        (PAGE + "\n![图](figures/a.svg)\n", "1-one.md 第 12 行：参考资料里不放自测和图"),
    ],
)
def test_load_guide_names_file_and_line(text, fault, folder, now):
    (folder / "1-one.md").write_text(text, "utf-8")

    with pytest.raises(ContentRefused, match=fault):
        guide.load_guide(folder, now=now)

    assert not GuideIndexPage.objects.exists()


def test_load_guide_needs_a_home_page(db, now):
    with pytest.raises(ContentRefused, match="还没有首页"):
        guide.load_guide(now=now)


@pytest.mark.parametrize("count", [1, 3])
def test_guide_index_queries(count, folder, now, django_assert_num_queries):
    for number in range(2, count + 1):
        (folder / f"{number}-n{number}.md").write_text(PAGE.replace("slug: one", f"slug: n{number}"), "utf-8")
    guide.load_guide(folder, now=now)
    Site.get_site_root_paths()
    client = Client()
    client.get("/guide/")

    with django_assert_num_queries(7):  # the site, the page and its kind, who is asking, the guides
        client.get("/guide/")


def test_guide_index_empty(folder, now):
    (folder / "1-one.md").unlink()
    guide.load_guide(folder, now=now)

    assert "还没有参考资料" in Client().get("/guide/").text
