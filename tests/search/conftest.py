"""A small library in the index: a course with its lessons, terms and reference pages, from tests/data/search.yaml."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client

from courses.models import CoursePage, GlossaryTerm, LessonPage, ModulePage
from lms.pages.models import GuideIndexPage, GuidePage
from lms.users import roles
from tests.factories.courses import home, make_course
from tests.factories.users import make_staff

DATA: dict[str, Any] = yaml.safe_load(Path("tests/data/search.yaml").read_text())


@dataclass
class Library:
    course: CoursePage
    lessons: dict[str, LessonPage]


@pytest.fixture
def library(db) -> Library:
    course = make_course(lessons=0, title="培训", summary="介绍")
    module = course.get_children().first().specific
    lessons = {
        fields["title"]: module.add_child(
            instance=LessonPage(
                slug=f"lesson-{number}", **fields | {"body": [("text", fields["body"])]}, is_verified=True
            )
        )
        for number, fields in enumerate(DATA["lessons"])
    }
    for number, fields in enumerate(DATA["modules"], start=2):
        course.add_child(instance=ModulePage(slug=f"m{number}", code=f"M{number}", **fields))
    for number, fields in enumerate(DATA["terms"]):
        GlossaryTerm.objects.create(slug=f"term-{number}", **fields)
    index = home().add_child(instance=GuideIndexPage(title="参考资料", slug="guide", summary="目录"))
    for number, fields in enumerate(DATA["guides"]):
        index.add_child(instance=GuidePage(slug=f"guide-{number}", **fields | {"body": [("text", fields["body"])]}))
    return Library(course, lessons)


@pytest.fixture
def staff(library) -> Client:
    """An editor at the back office, with a second factor."""
    roles.sync()
    client = Client()
    client.force_login(make_staff(roles.EDITOR, is_staff=True))
    return client
