"""The search page and its JSON."""

from html import unescape

import pytest
from django.core.cache import cache

from courses.models import GlossaryTerm, LessonPage
from lms.search.views import NO_WORD, TOO_OFTEN
from tests.factories.courses import EnrolmentFactory, home


@pytest.fixture(autouse=True)
def _nobody_has_asked_yet():
    cache.clear()


def as_json(client, query: str, **more: str) -> dict[str, object]:
    return client.get("/search/", {"q": query} | more, headers={"accept": "application/json"}).json()


def test_search_answers_in_json(library, client):
    assert as_json(client, "补救") == {
        "query": "补救",
        "count": 2,
        "pages": 1,
        "results": [
            {
                "title": "服务补救",
                "url": "/glossary/#term-term-0",
                "excerpt": "企业发现失误以后主动、及时地挽回顾客的做法。",
            },
            {
                "title": "服务补救：失误之后的四十八小时",
                "url": "/courses/course-1/m1/lesson-0/",
                "excerpt": "道歉、补偿和跟进各管什么，补偿到哪里为止。",
            },
        ],
    }


def test_search_marks_the_words_and_escapes_the_rest(library, client):
    LessonPage.objects.filter(title="备件的账").update(summary="<script>alert(1)</script>备件&订单")
    page = client.get("/search/", {"q": "备件 <script>"}).content.decode()
    found = client.get("/search/", {"q": "备件"}).content.decode()

    assert "没有找到“备件 &lt;script&gt;”" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<mark>备件</mark>&amp;订单" in found
    assert "<mark>备件</mark>的账" in found
    assert "<script>alert" not in page + found


def test_search_page_without_a_query_asks_for_one(client, db):
    home()
    response = client.get("/search/")

    assert response.status_code == 200
    assert 'name="q"' in response.content.decode()
    assert "没有找到" not in response.content.decode()


def test_search_narrows_to_a_kind_and_keeps_the_query(library, client):
    page = unescape(client.get("/search/", {"q": "服务", "kind": "term"}).content.decode())

    assert "全部 5" in page
    assert 'aria-current="true">术语 2' in page
    assert "参考资料" not in page.partition("search-results")[2].partition("</ol>")[0]
    assert as_json(client, "服务", kind="term")["count"] == 2
    assert as_json(client, "服务", kind="nonsense")["count"] == 5
    assert "别的类里有 1 条" in client.get("/search/", {"q": "首次修复率", "kind": "guide"}).content.decode()


def test_search_that_finds_nothing_offers_its_parts(library, client):
    page = unescape(client.get("/search/", {"q": "补救 卡诺"}).content.decode())

    assert "没有找到“补救 卡诺”" in page
    assert 'href="?q=%E8%A1%A5%E6%95%91">补救</a>' in page
    assert as_json(client, "补救 卡诺") == {"query": "补救 卡诺", "count": 0, "pages": 1, "results": []}


def test_search_has_pages(db, client):
    home()
    for number in range(23):
        GlossaryTerm.objects.create(slug=f"t-{number}", term=f"校准{number}", english="Calibration", meaning="校准")
    first, third = as_json(client, "校准"), as_json(client, "校准", page="3")

    assert (first["count"], first["pages"], len(first["results"]), len(third["results"])) == (23, 3, 10, 3)
    seen = {result["url"] for page in "123" for result in as_json(client, "校准", page=page)["results"]}
    assert len(seen) == 23
    assert as_json(client, "校准", page="99") == third
    assert as_json(client, "校准", page="x") == first
    assert 'rel="next" href="?q=%E6%A0%A1%E5%87%86&amp;page=2"' in client.get("/search/?q=校准").content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "\0",
        "\0售后\0",
        '"',
        "'; DROP TABLE auth_user; --",
        "售后 AND",
        "NEAR(售后 服务, 2)",
        "title:售后 OR body:*",
        "^售后 -服务 +补救",
        "售后:* & !服务 | <-> (",
        "{title} : x",
        "%s %d %(x)s",
        "😀🔥",
        "\u202e\ufeff\u200b",
        "售" * 10_000,
        "a b " * 5_000,
        "\\",
        "%00%ff",
        "..",
        "𠮷𬱖",
    ],
)
def test_hostile_query_is_answered_in_words(query, library, client):
    page = client.get("/search/", {"q": query})
    answer = client.get("/search/", {"q": query}, headers={"accept": "application/json"})

    assert (page.status_code, answer.status_code) == (200, 200)
    assert set(answer.json()) == {"query", "count", "pages", "results"}
    assert len(answer.json()["query"]) <= 60
    text = page.content.decode()
    assert "没有找到" in text or NO_WORD in text or "search-results" in text or "请" in text
    assert ("只用了前 60 个字" in text) == (len(" ".join(query.split())) > 60)


def test_query_without_a_word_is_told_so(library, client):
    assert NO_WORD in client.get("/search/", {"q": "？！"}).content.decode()


def test_search_takes_get_only(client, db):
    assert client.post("/search/", {"q": "售后"}).status_code == 405


def test_search_too_often_is_refused_in_words(library, client, monkeypatch):
    monkeypatch.setattr("lms.search.views.SEARCHES_PER_MINUTE", 2)
    for _ in range(2):
        assert client.get("/search/?q=售后").status_code == 200
    assert client.get("/search/?q=？！").status_code == 200  # asks for nothing
    page = client.get("/search/?q=售后")
    answer = client.get("/search/?q=售后", headers={"accept": "application/json"})

    assert (page.status_code, page.headers["Retry-After"]) == (429, "60")
    assert TOO_OFTEN in page.content.decode()
    assert (answer.status_code, answer.json()) == (429, {"error": TOO_OFTEN, "results": []})
    assert client.get("/search/").status_code == 200


def test_answers_are_not_kept_for_others(library, client):
    response = client.get("/search/?q=监督审核")

    assert "private" in response.headers["Cache-Control"]
    assert "no-store" in response.headers["Cache-Control"]
    assert {"Accept", "Cookie"} <= {name.strip() for name in response.headers["Vary"].split(",")}
    client.force_login(EnrolmentFactory(course=library.course).learner)
    assert as_json(client, "监督审核")["count"] == 1


@pytest.mark.parametrize("copies", [1, 3])
def test_search_page_in_few_queries(copies, library, client, django_assert_num_queries):
    for number in range(copies):
        GlossaryTerm.objects.create(slug=f"new-{number}", term=f"校准{number}", english="Calibration", meaning="校准")
    client.get("/search/?q=校准")

    with django_assert_num_queries(5):  # restrictions, what is closed, counts, rows, terms
        client.get("/search/?q=校准")


def test_header_has_a_search_box(client, db):
    home()
    page = client.get("/glossary/").content.decode()

    assert '<form class="site-search d-none d-xl-block" action="/search/" role="search"' in page
    assert '<a class="btn d-xl-none" href="/search/" aria-label="搜索">' in page
