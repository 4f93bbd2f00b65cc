"""学时申诉 in the back office: who decides, what the list costs; studied pages stay."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from courses import learning
from courses.learning import appeals
from courses.models import LessonPage, LessonRating, StudyAppeal, StudyInterval
from lms.users.models import User
from tests.factories.courses import EnrolmentFactory, lessons_of, make_course
from tests.factories.users import UserFactory


def staff_client(*codenames: str, **fields: object) -> Client:
    """Sign somebody with a second factor and these permissions in."""
    person = UserFactory(is_staff=True, **fields)
    person.user_permissions.set(Permission.objects.filter(codename__in=["access_admin", *codenames]))
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def lesson(alice):
    course = make_course()
    EnrolmentFactory(learner=alice, course=course)
    return lessons_of(course)[0]


def make_appeal(learner: User, lesson: LessonPage, *, now) -> StudyAppeal:
    """Let somebody look away for a minute, and appeal."""
    learning.open_lesson(learner=learner, lesson=lesson, page="a", now=now)
    learning.record_presence(learner=learner, lesson=lesson, page="a", is_visible=False, now=now + timedelta(seconds=9))
    learning.open_lesson(learner=learner, lesson=lesson, page="a", now=now + timedelta(seconds=69))
    learning.close_stretches(now=now + timedelta(hours=1))
    hidden = StudyInterval.objects.filter(reason="HIDDEN").latest("pk")
    return appeals.file(interval=hidden, text="做笔记", now=now + timedelta(hours=1))


@pytest.fixture
def decider(db) -> Client:
    return staff_client("view_studyappeal", "decide_studyappeal", "view_studyinterval")


def test_study_appeal_decide_approves(decider, alice, lesson, now):
    appeal = make_appeal(alice, lesson, now=now)
    url = reverse("study_appeal_decide", args=[appeal.pk])

    assert "做笔记" in decider.get(url).content.decode()
    assert decider.post(url, {"decision": "approve", "answer": ""}).status_code == 200
    response = decider.post(url, {"decision": "approve", "answer": "属实"})

    appeal.refresh_from_db()
    assert (response.url, appeal.state, appeal.granted_seconds) == (reverse("study_appeals:index"), "APPROVED", 60)
    again = decider.post(url, {"decision": "refuse", "answer": "不"}, follow=True).content.decode()
    assert "已经处理过" in again


def test_study_appeal_decide_refuses(decider, alice, lesson, now):
    appeal = make_appeal(alice, lesson, now=now)
    url = reverse("study_appeal_decide", args=[appeal.pk])

    wrong = decider.post(url, {"decision": "refuse", "minutes": "3", "answer": "不属实"})
    assert "不核准时不填分钟" in wrong.content.decode()
    decider.post(url, {"decision": "refuse", "answer": "不属实"})

    appeal.refresh_from_db()
    assert (appeal.state, appeal.answer) == ("REFUSED", "不属实")


def test_study_appeal_decide_needs_the_right(alice, lesson, now):
    appeal = make_appeal(alice, lesson, now=now)
    client = staff_client("view_studyappeal")

    response = client.post(reverse("study_appeal_decide", args=[appeal.pk]), {"decision": "approve", "answer": "x"})

    appeal.refresh_from_db()
    assert (response.status_code, appeal.state) == (302, "WAITING")


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("name", "queries"), [("study_appeals:index", 12), ("study_intervals:index", 12)])
def test_lists_take_a_steady_number_of_queries(
    decider, alice, lesson, now, name, queries, count, django_assert_max_num_queries
):
    for n in range(count):
        make_appeal(alice, lesson, now=now + timedelta(hours=2 * n))
    decider.get(reverse(name))

    with django_assert_max_num_queries(queries):
        assert decider.get(reverse(name)).status_code == 200


def test_a_page_somebody_studied_in_is_not_deleted(alice, lesson, now):
    make_appeal(alice, lesson, now=now)
    client = staff_client(is_superuser=True)
    course = lesson.get_parent().get_parent()
    lesson.unpublish()  # taken down: its edition would let it go

    for page in (lesson, course):
        response = client.post(reverse("wagtailadmin_pages:delete", args=[page.pk]))
        assert response.url == reverse("wagtailadmin_explore_root")
    bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"])
    assert client.post(f"{bulk}?id={lesson.pk}").url == reverse("wagtailadmin_explore_root")

    assert LessonPage.objects.filter(pk=lesson.pk).exists()


def test_lesson_rate_stores_the_latest_word(as_alice, as_charlie, alice, lesson, now):
    learning.open_lesson(learner=alice, lesson=lesson, now=now)
    url = reverse("courses:lesson_rate", args=[lesson.pk])

    for stars in ("3", "5", "9", ""):
        as_alice.post(url, {"stars": stars, "comment": "好"})
    as_charlie.post(url, {"stars": "1"})

    assert list(LessonRating.objects.values_list("learner", "stars", "comment")) == [(alice.pk, 5, "好")]
