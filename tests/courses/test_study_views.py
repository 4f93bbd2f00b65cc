from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from courses import enrolment, learning
from courses.models import Enrolment, LessonProgress
from tests.factories.courses import EnrolmentFactory, finish_course, lessons_of, make_course, study


@pytest.fixture
def lesson(alice):
    course = make_course(lessons=2)
    EnrolmentFactory(learner=alice, course=course)
    found = lessons_of(course)[0]
    found.min_seconds = 20
    found.save()
    return found


def presence(lesson) -> str:
    return reverse("courses:lesson_presence", args=[lesson.pk])


def complete(lesson) -> str:
    return reverse("courses:lesson_complete", args=[lesson.pk])


def been_here(learner, lesson, *, seconds: int) -> None:
    learning.open_lesson(learner=learner, lesson=lesson, now=timezone.now() - timedelta(seconds=seconds))


# --- Presence --------------------------------------------------------------------------------------------
def test_lesson_presence_first_ping_opens(as_alice, lesson):
    response = as_alice.post(presence(lesson), {"opened": "1"})

    assert response.json() == {
        "seconds": 0,
        "needed": 20,
        "may_complete": False,
        "is_counting": True,
        "reason": "",
    }


def test_lesson_presence_credits_by_the_servers_clock(as_alice, alice, lesson):
    been_here(alice, lesson, seconds=25)

    response = as_alice.post(presence(lesson), {"seconds": "9999"})

    assert response.json() == {
        "seconds": 25,
        "needed": 20,
        "may_complete": True,
        "is_counting": True,
        "reason": "COUNTED",
    }


def test_lesson_presence_says_when_another_lesson_counts(as_alice, alice, lesson):
    been_here(alice, lesson, seconds=25)
    been_here(alice, lessons_of(lesson.get_parent().get_parent())[1], seconds=5)

    assert as_alice.post(presence(lesson)).json() == {
        "seconds": 0,
        "needed": 20,
        "may_complete": False,
        "is_counting": False,
        "reason": "ELSEWHERE",
    }


def test_lesson_presence_without_enrolment_is_refused_in_words(as_charlie, lesson):
    response = as_charlie.post(presence(lesson))

    assert response.status_code == 403
    assert response.json() == {"error": learning.NotEnrolled.message}


def test_lesson_presence_takes_a_steady_number_of_queries(as_alice, alice, lesson, django_assert_num_queries):
    been_here(alice, lesson, seconds=5)

    with django_assert_num_queries(8):  # session, person, lesson, right, clock and row, save; two are the savepoint's
        as_alice.post(presence(lesson))


@pytest.mark.parametrize("url", [presence, complete])
def test_study_urls_only_take_post(as_alice, lesson, url):
    assert as_alice.get(url(lesson)).status_code == 405


@pytest.mark.parametrize("url", [presence, complete])
def test_study_urls_of_missing_and_unpublished_lessons_are_404(as_alice, lesson, url):
    lesson.unpublish()

    assert as_alice.post(url(lesson)).status_code == 404
    assert as_alice.post(url(lesson).replace(str(lesson.pk), "99999")).status_code == 404


@pytest.mark.parametrize("url", [presence, complete])
def test_study_urls_send_visitors_to_sign_in(client, lesson, url):
    response = client.post(url(lesson))

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("url", [presence, complete])
def test_study_urls_refuse_foreign_posts(alice, lesson, url):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)

    assert strict.post(url(lesson)).status_code == 403


# --- Complete --------------------------------------------------------------------------------------------
def test_lesson_complete_saves_and_returns_to_the_panel(as_alice, alice, lesson):
    been_here(alice, lesson, seconds=25)

    response = as_alice.post(complete(lesson))

    assert (response.status_code, response["Location"]) == (302, f"{lesson.url}#study")
    assert LessonProgress.objects.get().completed_at


def test_lesson_complete_too_early_says_how_long_is_left(as_alice, alice, lesson):
    been_here(alice, lesson, seconds=5)

    response = as_alice.post(complete(lesson), {"seconds": "20", "completed_at": "2026-01-01"})

    assert response["Location"] == lesson.url
    assert "还差 15 秒" in response.wsgi_request._messages._queued_messages[0].message
    assert LessonProgress.objects.get().completed_at is None


def test_lesson_complete_forged_without_opening_does_nothing(as_alice, lesson):
    response = as_alice.post(complete(lesson))

    assert response["Location"] == lesson.url
    assert not LessonProgress.objects.exists()


def test_lesson_complete_after_withdrawal_is_refused(as_alice, alice, lesson, now):
    been_here(alice, lesson, seconds=25)
    enrolment.withdraw(enrolment=Enrolment.objects.get(), reason="退款", now=now)

    as_alice.post(complete(lesson))

    assert LessonProgress.objects.get().completed_at is None


# --- The panel under a lesson ----------------------------------------------------------------------------
def panel(learner, lesson) -> str:
    standing = learning.lesson_standing(learner=learner, lesson=lesson)
    return render_to_string("courses/_study.html", {"study": standing, "page": lesson, "csrf_token": "T"})


def test_panel_before_the_time_is_up_cannot_be_pressed(alice, lesson):
    text = panel(alice, lesson)

    assert "已学" in text
    assert "20 秒" in text
    assert "disabled" in text
    assert "<noscript>" in text
    assert presence(lesson) in text


def test_panel_when_the_time_is_up_can_be_pressed(alice, lesson):
    been_here(alice, lesson, seconds=25)
    learning.record_presence(learner=alice, lesson=lesson, now=timezone.now())

    assert "disabled" not in panel(alice, lesson)


def test_panel_when_completed_leads_on(alice, lesson):
    study(alice, lesson, now=timezone.now())
    following = lessons_of(lesson.get_parent().get_parent())[1]
    text = panel(alice, lesson)
    assert "本课已学完" in text
    assert following.url in text

    finish_course(alice, lesson.get_parent().get_parent().specific, now=timezone.now() + timedelta(days=1))
    assert "全部学完" in panel(alice, lesson)


def test_panel_without_enrolment_leads_to_the_course(charlie, lesson):
    text = panel(charlie, lesson)

    assert lesson.get_parent().get_parent().url in text
    assert "presence" not in text


def test_panel_is_empty_in_the_editors_preview(lesson):
    assert render_to_string("courses/_study.html", {"page": lesson}).strip() == ""
