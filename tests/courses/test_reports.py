"""The figures for 教务, over small courses whose numbers are plain; the pages, the workbook, who may see them."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from courses import learning
from courses.learning import ratings
from courses.reports import figures
from courses.reports.figures import Bar, Rated
from courses.reports.scope import Scope
from lms.users import roles
from tests.factories.courses import EnrolmentFactory, finish_course, lessons_of, make_course, study
from tests.factories.users import UserFactory


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


@pytest.fixture
def course(db):
    return make_course(lessons=4)


@pytest.fixture
def people(course, now):
    """One who never came, one in the second lesson, one who finished; enrolled in three months."""
    rows = [
        EnrolmentFactory(course=course, enrolled_at=datetime(2026, month, 5, tzinfo=UTC), learner__name=name)
        for month, name in ((9, "从未"), (10, "半途"), (11, "学完"))
    ]
    lessons = lessons_of(course)
    study(rows[1].learner, lessons[0], now=now - timedelta(days=20))
    learning.open_lesson(learner=rows[1].learner, lesson=lessons[1], now=now - timedelta(days=20) + timedelta(hours=1))
    finish_course(rows[2].learner, course, now=now)
    return rows


def counts(bars: list[Bar]) -> dict[str, int]:
    return {bar.name: bar.count for bar in bars if bar.count}


def test_enrolments_by_month(course, people):
    assert counts(figures.enrolments_by_month(Scope(course=course))) == {"2026-09": 1, "2026-10": 1, "2026-11": 1}


def test_funnel(course, people):
    found = figures.funnel(Scope(course=course))

    assert [(bar.name, bar.count, bar.percent) for bar in found] == [
        ("报名", 3, 100.0),
        ("打开过课文", 2, 66.7),
        ("学完 25%", 2, 66.7),
        ("学完 50%", 1, 33.3),
        ("学完 75%", 1, 33.3),
        ("全部学完", 1, 33.3),
    ]


def test_funnel_of_an_empty_course_has_nobody_who_finished(db):
    empty = make_course(modules=0)
    EnrolmentFactory(course=empty)

    assert counts(figures.funnel(Scope(course=empty))) == {"报名": 1}


def test_stops_counts_those_who_have_not_finished_by_their_last_lesson(course, people):
    assert counts(figures.stops(Scope(course=course))) == {"还没有打开过课文": 1, lessons_of(course)[1].title: 1}


def test_hours_and_days(course, people, now):
    scope = Scope(course=course)

    assert counts(figures.hours(scope)) == {"没有学过": 1, "0–1 小时": 2}
    assert [bar.name for bar in figures.minutes_by_day(scope, since=now - timedelta(days=1))] == ["2026-11-22"]


def test_ratings_by_lesson(course, people, now):
    lesson = lessons_of(course)[0]
    ratings.rate(learner=people[1].learner, lesson=lesson, stars=2, comment="太长", now=now)
    ratings.rate(learner=people[2].learner, lesson=lesson, stars=4, comment=" ", now=now)
    ratings.rate(learner=people[2].learner, lesson=lesson, stars=5, comment="", now=now)
    scope = Scope(course=course)

    assert figures.ratings(scope) == [Rated(title=lesson.title, count=2, mean=3.5, counts=(0, 1, 0, 0, 1))]
    assert [one.comment for one in figures.comments(scope)] == ["太长"]


def test_rate_needs_enrolment_and_an_opened_lesson(alice, course, now):
    with pytest.raises(learning.NotEnrolled):
        ratings.rate(learner=alice, lesson=lessons_of(course)[0], stars=5, comment="", now=now)
    EnrolmentFactory(learner=alice, course=course)
    with pytest.raises(ratings.NothingToRate):
        ratings.rate(learner=alice, lesson=lessons_of(course)[0], stars=5, comment="", now=now)


def test_at_risk_names_both_reasons_the_longest_unseen_first(course, people, now):
    fresh = EnrolmentFactory(course=course, enrolled_at=now - timedelta(days=2))
    total, risks = figures.at_risk(Scope(course=course), now=now, limit=10)

    assert total == 2
    assert [(one.enrolment_pk, one.done, one.is_quiet, one.is_behind) for one in risks] == [
        (people[0].pk, 0, True, True),
        (people[1].pk, 1, True, True),
    ]
    assert figures.at_risk(Scope(course=course), now=now, limit=1, offset=1) == (2, risks[1:])
    assert fresh.pk not in {one.enrolment_pk for one in risks}


def test_behind_before_follows_the_pace(now, settings):
    settings.STUDY_PLAN_DAYS = 60

    assert figures.behind_before(total=4, now=now) == [
        (0, now - timedelta(days=12)),
        (1, now - timedelta(days=27)),
        (2, now - timedelta(days=42)),
        (3, now - timedelta(days=57)),
    ]


def test_scope_narrows_by_company_and_days(course, people):
    day = datetime(2026, 10, 5, tzinfo=UTC).date()

    assert Scope(course=course, from_date=day, to_date=day).enrolments().get() == people[1]
    assert counts(figures.funnel(Scope(course=course, from_date=day, to_date=day)))["报名"] == 1
    assert not Scope(course=course, company="没有").enrolments().exists()


# --- The pages -------------------------------------------------------------------------------------------
def signed_in(role) -> Client:
    call_command("sync_roles", verbosity=0)
    user = UserFactory()
    roles.join(user=user, role=role)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def as_editor(course) -> Client:
    return signed_in(roles.EDITOR)


SLUGS = ["enrolments", "funnel", "stops", "ratings", "hours", "days", "risk"]


@pytest.mark.parametrize("slug", SLUGS)
def test_study_report_shows_and_exports(as_editor, course, people, slug):
    url = reverse("study_report", args=[slug])

    page = as_editor.get(url)
    book = as_editor.get(url, {"course": course.pk, "export": "xlsx"})

    assert page.status_code == 200
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert len(rows[0]) >= 3


@pytest.mark.parametrize(
    "asked", [{"course": "x"}, {"from_date": "bad"}, {"p": "-1"}, {"p": "9" * 30}, {"company": "?"}]
)
def test_study_report_takes_nonsense_without_an_error(as_editor, course, people, asked):
    codes = {as_editor.get(reverse("study_report", args=[slug]), asked).status_code for slug in ("funnel", "risk")}

    assert codes == {200}


def test_study_report_of_no_such_name_is_404(as_editor, course):
    assert as_editor.get(reverse("study_report", args=["nothing"])).status_code == 404


def test_study_report_without_the_right_is_refused(course):
    response = signed_in(roles.FINANCE).get(reverse("study_report", args=["funnel"]))

    assert (response.status_code, response.url) == (302, reverse("wagtailadmin_home"))
