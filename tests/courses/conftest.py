"""A course with one paid lesson that shows an image and links to a document, and everybody who might come for them."""

from dataclasses import dataclass
from io import BytesIO

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.core.management import call_command
from django.test import Client
from PIL import Image

from courses import enrolment
from courses.models import CourseDocument, CourseImage, CoursePage, LessonPage
from courses.models.media import PAID_COLLECTION, collection_named
from lms.users import roles
from tests.courses.test_markup import svg
from tests.factories.courses import EnrolmentFactory, lessons_of, make_course
from tests.factories.users import UserFactory, make_staff

SECRET = "只给报名的人看"
# Wagtail leaves the temporary file of a new rendition to the garbage collector.
RENDITIONS_LEAK = pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning")


@dataclass
class Shelf:
    course: CoursePage
    lesson: LessonPage
    drawing: CourseImage
    photo: CourseImage
    document: CourseDocument


@pytest.fixture(autouse=True)
def _forget_renditions() -> None:
    """Wagtail caches renditions by their image's key, and SQLite gives keys out again."""
    cache.clear()


def make_drawing(**fields: object) -> CourseImage:
    return CourseImage.objects.create(
        title="图", description="图里有什么", file=ContentFile(svg(), name="figure.svg"), **fields
    )


def make_photo(**fields: object) -> CourseImage:
    data = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(data, "PNG")
    return CourseImage.objects.create(title="照片", file=ImageFile(data, name="photo.png"), **fields)


@pytest.fixture
def shelf(db) -> Shelf:
    course = make_course(lessons=2)
    lesson = lessons_of(course)[0]
    paid = collection_named(PAID_COLLECTION)
    drawing, photo = make_drawing(collection=paid), make_photo(collection=paid)
    document = CourseDocument.objects.create(
        title="表", file=ContentFile(SECRET.encode(), name="table.txt"), collection=paid
    )
    shown = [
        {"image": {"image": image.pk, "alt_text": "图", "decorative": False}, "caption": ""}
        for image in (drawing, photo)
    ]
    link = f'<p>{SECRET}</p><p><a linktype="document" id="{document.pk}">表</a></p>'
    lesson.body = LessonPage.body.field.stream_block.to_python(
        [{"type": "text", "value": link}, *({"type": "figure", "value": value} for value in shown)]
    )
    lesson.save_revision().publish()
    return Shelf(course, LessonPage.objects.get(pk=lesson.pk), drawing, photo, document)


@pytest.fixture
def visitor(shelf, now):
    """Return a client for one of: anonymous, unenrolled, enrolled, withdrawn, editor, editor_without_second_factor."""
    call_command("sync_roles", verbosity=0)

    def make(who: str) -> Client:
        client = Client()
        if who == "anonymous":
            return client
        user = make_staff(roles.EDITOR) if who == "editor" else UserFactory()
        if who == "editor_without_second_factor":
            roles.join(user=user, role=roles.EDITOR)
        elif who in {"enrolled", "withdrawn"}:
            standing = EnrolmentFactory(learner=user, course=shelf.course)
            if who == "withdrawn":
                enrolment.withdraw(enrolment=standing, reason="退款", now=now)
        client.force_login(user)
        return client

    return make
