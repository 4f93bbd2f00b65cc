"""The general pages as visitors see them."""

from datetime import date, timedelta

import pytest

from courses.models import LessonPage
from lms.pages.models import ArticleIndexPage, ArticlePage, PolicyPage
from tests.factories.courses import home, make_course


def make_articles(count: int) -> ArticleIndexPage:
    index = home().add_child(instance=ArticleIndexPage(title="资讯与公告", slug="articles"))
    for n in range(1, count + 1):
        index.add_child(
            instance=ArticlePage(
                title=f"第{n}篇。",
                slug=f"a{n}",
                published_date=date(2026, 11, 1) + timedelta(days=n),
                summary="摘要",
                body=f"<p>正文{n}</p>",
            )
        )
    return index


def test_home_page_has_three_doors_and_honest_facts(db, client):
    course = make_course(modules=2)
    LessonPage.objects.update(is_preview=True)

    html = client.get("/").content.decode()

    for text in ("我要学习", "我管一家企业", "我要查证书", "¥880.00", course.url, "免费试学", "/certificates/verify/"):
        assert text in html


def test_home_page_stands_without_a_course(db, client):
    home()

    assert client.get("/").status_code == 200


def test_home_page_shows_the_three_newest_articles(db, client):
    make_articles(4)

    html = client.get("/").content.decode()

    assert [n for n in range(1, 5) if f"第{n}篇。" in html] == [2, 3, 4]


def test_article_index_page_lists_newest_first_in_pages(db, client):
    index = make_articles(12)

    first, second = (client.get(index.url, {"page": number}).content.decode() for number in (1, 2))

    assert first.index("第12篇。") < first.index("第11篇。")
    assert "第1篇。" not in first
    assert "第1篇。" in second
    assert client.get(index.url, {"page": "x"}).status_code == 200


def test_article_index_page_has_an_empty_state(db, client):
    assert "还没有文章" in client.get(make_articles(0).url).content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_article_index_page_in_eight_queries(rows, db, client, django_assert_num_queries):
    address = make_articles(rows).url
    client.get(address)

    with django_assert_num_queries(8):
        client.get(address)


def test_article_page_shows_kind_and_date(db, client):
    article = ArticlePage.objects.get(pk=make_articles(1).get_children().get().pk)

    html = client.get(article.url).content.decode()

    assert "正文1" in html
    assert "2026-11-02" in html
    assert '<meta name="description" content="摘要" />' in html
    assert f'rel="canonical" href="http://localhost{article.url}"' in html


def test_policy_page_shows_its_version_and_the_others(db, client):
    for slug, code in (("terms", PolicyPage.Code.TERMS), ("refund", PolicyPage.Code.REFUND)):
        home().add_child(
            instance=PolicyPage(
                title=code.label,
                slug=slug,
                code=code,
                version="2026-11",
                effective_date=date(2026, 11, 16),
                body="<p>一</p>",
            )
        )

    html = client.get("/terms/").content.decode()

    assert "版本 2026-11" in html
    assert "2026-11-16" in html
    assert 'href="/refund/">退款规则</a>' in html
