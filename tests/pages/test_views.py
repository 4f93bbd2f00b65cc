"""Pages for strangers come from a cache; for everybody else they do not."""

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from wagtail.models import Page
from wagtail.views import serve as wagtail_serve

from courses.models import CoursePage
from lms.pages import views
from lms.pages.models import HomePage
from tests.factories.courses import home, make_course


@pytest.fixture
def _with_cache(settings):
    settings.PUBLIC_PAGE_SECONDS = 10
    cache.clear()
    yield
    cache.clear()


def rename(title: str) -> None:
    HomePage.objects.update(headline=title)


@pytest.mark.usefixtures("_with_cache")
def test_page_for_strangers_is_kept(db, client, django_assert_num_queries):
    home()
    first = client.get("/")
    rename("改过了")

    with django_assert_num_queries(0):
        second = client.get("/")

    assert second.content == first.content
    assert second.headers["Vary"] == "Cookie"
    assert second.headers["Content-Type"] == first.headers["Content-Type"]
    assert second.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]


@pytest.mark.usefixtures("_with_cache")
def test_one_stranger_renews_the_page_and_the_others_do_not_wait_for_it(db, client, settings, monkeypatch):
    # a cache whose clock can be moved
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    home()
    with time_machine.travel(0, tick=False) as clock:
        client.get("/")
        rename("改过了")
        clock.shift(11)
        meanwhile = []

        def serve_slowly(request, path):
            monkeypatch.setattr(views, "serve", wagtail_serve)
            meanwhile.append(Client().get("/").content.decode())
            return wagtail_serve(request, path)

        monkeypatch.setattr(views, "serve", serve_slowly)
        renewed = client.get("/").content.decode()

    assert ["改过了" in text for text in [*meanwhile, renewed]] == [False, True]


@pytest.mark.usefixtures("_with_cache")
def test_page_is_fresh_for_people_and_for_their_messages(db, client, as_alice):
    home()
    client.get("/")
    rename("改过了")

    assert "改过了" in as_alice.get("/").content.decode()
    with_message = Client()
    with_message.cookies["messages"] = "x"
    assert "改过了" in with_message.get("/").content.decode()
    assert "改过了" in client.get("/?page=1").content.decode()


@pytest.mark.usefixtures("_with_cache")
def test_page_of_somebody_is_never_kept(db, client, as_alice, alice):
    home()

    assert "学习中心" in as_alice.get("/").content.decode()
    assert "学习中心" not in client.get("/").content.decode()


@pytest.mark.usefixtures("_with_cache")
def test_page_with_a_form_is_not_kept(db, client):
    course = make_course()
    course.view_restrictions.create(restriction_type="password", password="let me in")

    tokens = {Client().get(course.url).cookies["csrftoken"].value for _ in range(2)}

    assert len(tokens) == 2


@pytest.mark.usefixtures("_with_cache")
def test_missing_page_is_not_kept(db, client):
    home()
    assert client.get("/course-1/").status_code == 404
    course = make_course()
    CoursePage.objects.get(pk=course.pk).move(home(), pos="last-child")

    assert client.get("/course-1/").status_code == 200


def test_page_is_always_fresh_without_the_cache(db, client):
    home()
    client.get("/")
    rename("改过了")

    assert "改过了" in client.get("/").content.decode()


def test_robots_names_the_sitemap_and_keeps_crawlers_out(client, settings):
    settings.SITE_URL = "https://academy.example"

    response = client.get("/robots.txt")

    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "Disallow: /cms/" in response.content.decode()
    assert "Sitemap: https://academy.example/sitemap.xml" in response.content.decode()


def test_sitemap_lists_public_pages_only(db, client):
    course = make_course()
    hidden = make_course()
    Page.objects.filter(path__startswith=hidden.path).update(live=False)

    text = client.get("/sitemap.xml").content.decode()

    assert course.url in text
    assert hidden.slug not in text
    assert all(reverse(f"courses:{name}") in text for name in ("lab_list", "glossary"))
    assert "/labs/queue/" in text
