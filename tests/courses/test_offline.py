"""The site as an app, and lessons that a device may keep: docs/rules/learning.md, L26-L28."""

import json

import pytest
from django.contrib.staticfiles import finders

from courses import enrolment
from courses.models import Enrolment
from courses.views.offline import SHELL, owner_of
from tests.factories.courses import EnrolmentFactory, lessons_of, make_course

pytestmark = pytest.mark.django_db


@pytest.fixture
def lesson(alice):
    course = make_course()
    EnrolmentFactory(learner=alice, course=course)
    return lessons_of(course)[0]


def test_web_manifest_names_icons_that_exist(client):
    answer = client.get("/manifest.webmanifest")
    manifest = json.loads(answer.content)

    assert answer["Content-Type"] == "application/manifest+json"
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/learn/", "/", "standalone")
    assert [finders.find(icon["src"].removeprefix("/static/")) is None for icon in manifest["icons"]] == [False] * 3


def test_service_worker_serves_the_whole_site_and_is_never_stale(client):
    answer = client.get("/sw.js")

    assert answer["Content-Type"] == "text/javascript"
    assert (answer["Service-Worker-Allowed"], answer["Cache-Control"]) == ("/", "no-cache")
    config = json.loads(answer.content.decode().partition("const CONFIG = ")[2].partition(";\n")[0])
    assert config["owner_header"] == "X-Offline-Owner"
    assert [name for name in SHELL if finders.find(name) is None] == []
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_offline_is_the_same_for_everybody(client, as_alice):
    assert client.get("/offline/").content == as_alice.get("/offline/").content


def test_only_an_open_lesson_of_an_enrolled_reader_may_be_kept(client, as_alice, as_charlie, alice, lesson):
    assert as_alice.get(lesson.url)["X-Offline-Owner"] == owner_of(alice)
    kept = [visitor.get(lesson.url).headers.get("X-Offline-Owner") for visitor in (client, as_charlie)]
    assert kept == [None, None]


@pytest.mark.parametrize("path", ["/learn/", "/accounts/profile/", "/orders/", "/exams/attempts/", "/courses/"])
def test_other_pages_are_never_kept(as_alice, lesson, path):
    assert "X-Offline-Owner" not in as_alice.get(path).headers


def test_after_withdrawal_nothing_is_kept_any_more(as_alice, lesson, now):
    assert as_alice.get("/learn/offline/").json()["courses"] == [lesson.get_parent().get_parent().url]

    enrolment.withdraw(enrolment=Enrolment.objects.get(), reason="退款", now=now)

    assert "X-Offline-Owner" not in as_alice.get(lesson.url).headers
    assert as_alice.get("/learn/offline/").json()["courses"] == []


def test_offline_owner_tells_people_apart_and_names_nobody(as_alice, as_charlie, alice):
    mine, theirs = (client.get("/learn/offline/").json()["owner"] for client in (as_alice, as_charlie))

    assert mine != theirs
    assert mine == owner_of(alice)
    assert as_alice.get("/learn/offline/")["Cache-Control"] == "private, no-store"
