"""Catalogue pages under Wagtail's real root, enrolments, and study through the verbs."""

from datetime import UTC, datetime, timedelta

import factory
from wagtail.models import Collection, Locale, Page, Site

from courses import learning
from courses.models import CatalogPage, CoursePage, Enrolment, LessonPage, ModulePage
from lms.pages.models import HomePage
from lms.users.models import User
from tests.factories.users import UserFactory


def home() -> HomePage:
    """Return the site's home page, made at the first call."""
    found = HomePage.objects.first()
    if found:
        return found
    root = Page.get_first_root_node() or _plant()
    page = root.add_child(instance=HomePage(title="首页", slug="site", headline="标题", lead="导语"))
    Site.objects.update_or_create(is_default_site=True, defaults={"hostname": "localhost", "root_page": page})
    Site.clear_site_root_paths_cache()
    return page


def _plant() -> Page:
    """Bring back the first rows of Wagtail's migrations, which the flush after a transactional test takes away."""
    Locale.objects.get_or_create(language_code="zh-hans")
    Collection.get_first_root_node() or Collection.add_root(name="Root")
    return Page.add_root(title="Root", slug="root")


def catalog() -> CatalogPage:
    return CatalogPage.objects.first() or home().add_child(instance=CatalogPage(title="课程", slug="courses"))


def make_course(*, modules: int = 1, lessons: int = 1, price_fen: int = 88_000, **fields: object) -> CoursePage:
    """Make a live course with so many modules (M1…) of so many lessons each."""
    number = CoursePage.objects.count() + 1
    course = catalog().add_child(
        instance=CoursePage(
            **{"title": f"课程{number}", "slug": f"course-{number}", "summary": "介绍", "price_fen": price_fen} | fields
        )
    )
    for m in range(1, modules + 1):
        module = course.add_child(
            instance=ModulePage(title=f"模块{m}", slug=f"m{m}", code=f"M{m}", summary="介绍", goals="会算")
        )
        for n in range(1, lessons + 1):
            module.add_child(
                instance=LessonPage(
                    title=f"第{m}-{n}课",
                    slug=f"lesson-{m}-{n}",
                    summary="介绍",
                    body=[("text", f"<p>付费正文{m}-{n}</p>")],
                    is_verified=True,
                )
            )
    return course


class EnrolmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Enrolment

    learner = factory.SubFactory(UserFactory)
    course = factory.LazyFunction(make_course)
    source = Enrolment.Source.GRANT
    enrolled_at = datetime(2026, 11, 1, tzinfo=UTC)


def lessons_of(course: CoursePage) -> list[LessonPage]:
    """Return the lessons of a course in its order."""
    return list(LessonPage.objects.descendant_of(course).order_by("path"))


def study(learner: User, lesson: LessonPage, *, now: datetime) -> None:
    """Let an enrolled learner study a lesson up to its least time and complete it at `now`."""
    pings = -(-learning.needed_seconds(lesson=lesson) // 30)
    learning.open_lesson(learner=learner, lesson=lesson, now=now - timedelta(seconds=30 * pings))
    for n in range(pings):
        learning.record_presence(learner=learner, lesson=lesson, now=now - timedelta(seconds=30 * (pings - 1 - n)))
    learning.complete_lesson(learner=learner, lesson=lesson, now=now)


def finish_course(learner: User, course: CoursePage, *, now: datetime) -> None:
    """Let an enrolled learner complete every lesson of a course, the last one at `now`."""
    lessons = lessons_of(course)
    for n, lesson in enumerate(lessons):
        study(learner, lesson, now=now - timedelta(hours=len(lessons) - 1 - n))
