"""Every side door to a paid lesson, tried by everybody who might come."""

import pytest
from django.core.files.base import ContentFile
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import NoReverseMatch, reverse
from wagtail.models import Collection

from courses import media_access
from courses.models import CourseDocument, CourseImage, CourseRendition
from courses.models.media import PAID_COLLECTION, collection_named
from courses.views.media import SPECS
from tests.courses.conftest import RENDITIONS_LEAK, SECRET, make_drawing, make_photo
from tests.factories.courses import EnrolmentFactory, lessons_of, make_course
from tests.factories.users import UserFactory

pytestmark = RENDITIONS_LEAK
OUTSIDE = ["anonymous", "unenrolled", "withdrawn"]
INSIDE = ["enrolled", "editor"]


def fetch(client: Client, address: str, **options: object) -> HttpResponseBase:
    """Get an address and read all of it, so that no file stays open; what was read is `body`."""
    response = client.get(address, **options)
    if response.status_code == 302 and response.url.startswith("/learn/files/"):
        response = client.get(response.url, **options)
    response.body = b"".join(response.streaming_content) if response.streaming else response.content
    return response


def addresses(shelf) -> list[str]:
    rendition = shelf.photo.get_rendition("width-20")
    return [
        reverse("courses:lesson_image", args=[shelf.lesson.pk, shelf.drawing.pk, "w720"]),
        reverse("courses:lesson_image", args=[shelf.lesson.pk, shelf.photo.pk, "w1440"]),
        shelf.drawing.file.url,
        shelf.photo.file.url,
        rendition.url,
        shelf.document.url,
    ]


@pytest.mark.parametrize("who", OUTSIDE)
def test_files_of_a_paid_lesson_do_not_exist_for(who, shelf, visitor):
    client = visitor(who)

    for address in addresses(shelf):
        for query in ("", "?preview=1", "?download=1"):
            assert fetch(client, address + query).status_code == 404, address
        assert fetch(client, address, headers={"range": "bytes=0-10"}).status_code == 404
        assert client.head(address).status_code == 404


@pytest.mark.parametrize("who", INSIDE)
def test_files_of_a_paid_lesson_are_served_to(who, shelf, visitor):
    client = visitor(who)

    for address in addresses(shelf):
        response = fetch(client, address)
        assert response.status_code == 200, address
        assert response.body
        assert "public" not in response.headers.get("Cache-Control", "")


@pytest.mark.parametrize("who", OUTSIDE)
@pytest.mark.parametrize(
    "variant", ["", "?preview=1", "?mode=preview", "?page=2", "?format=json", "#s1", "?wagtail_preview=1"]
)
def test_body_of_a_paid_lesson_is_not_in_the_page_for(who, variant, shelf, visitor):
    for headers in ({}, {"x-requested-with": "XMLHttpRequest"}, {"hx-request": "true"}, {"accept": "application/json"}):
        response = visitor(who).get(shelf.lesson.url + variant, headers=headers)

        assert response.status_code == 200
        assert SECRET not in response.content.decode()
        assert shelf.document.filename not in response.content.decode()
        assert f"/media/{shelf.drawing.pk}/" not in response.content.decode()


@pytest.mark.parametrize("who", INSIDE)
def test_body_of_a_paid_lesson_is_in_the_page_for(who, shelf, visitor):
    response = visitor(who).get(shelf.lesson.url)

    assert SECRET in response.content.decode()
    assert response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("who", [*OUTSIDE, "enrolled"])
def test_back_office_doors_stay_shut_for(who, shelf, visitor):
    client = visitor(who)

    for address in (
        reverse("wagtailadmin_pages:view_draft", args=[shelf.lesson.pk]),
        reverse("wagtailadmin_pages:preview_on_edit", args=[shelf.lesson.pk]),
        reverse("wagtailadmin_pages:edit", args=[shelf.lesson.pk]),
        reverse("wagtailadmin_pages:revisions_view", args=[shelf.lesson.pk, shelf.lesson.latest_revision_id]),
        reverse("wagtailimages:edit", args=[shelf.drawing.pk]),
        reverse("wagtailimages:preview", args=[shelf.drawing.pk, "original"]),
        reverse("wagtaildocs:edit", args=[shelf.document.pk]),
        "/cms/api/main/pages/?type=courses.LessonPage&fields=*",
    ):
        response = fetch(client, address)
        assert response.status_code in {302, 403, 404}, address
        assert SECRET.encode() not in response.content


def test_no_other_door_is_mounted(shelf, client):
    with pytest.raises(NoReverseMatch):
        reverse("wagtailimages_serve", args=["signature", shelf.drawing.pk, "original"])
    for address in ("/api/v2/pages/", "/images/", "/feed/", "/documents/"):
        assert fetch(client, address).status_code in {302, 404}
    assert SECRET not in client.get("/sitemap.xml").content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "../db.sqlite3",
        "%2e%2e/db.sqlite3",
        "..%2f..%2fetc/passwd",
        "original_images/../../db.sqlite3",
        "/etc/passwd",
        "original_images/",
        "original_images/nothing.png",
        "images/%00.png",
        "",
    ],
)
def test_media_file_serves_nothing_that_is_not_an_image(path, client, db):
    assert client.get(f"/media/{path}").status_code in {301, 404}


@pytest.mark.parametrize("who", ["anonymous", "enrolled", "editor"])
def test_media_file_does_not_serve_documents(who, shelf, visitor):
    assert visitor(who).get(shelf.document.file.url).status_code == 404


def test_media_file_serves_public_images_to_all(db, client):
    image = make_photo()

    for file in (image.file, image.get_rendition("width-20").file):
        response = fetch(client, file.url)
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "image/png"
        assert response.headers["Cache-Control"] == "public, max-age=3600"
        assert response.body


def test_media_file_answers_404_when_the_store_lost_the_file(db, client):
    image = make_photo()
    image.file.storage.delete(image.file.name)

    assert fetch(client, image.file.url).status_code == 404


def test_media_file_refuses_other_methods(db, client):
    image = make_photo()

    assert client.post(image.file.url).status_code == 405


def test_public_document_needs_no_account(db, client):
    document = CourseDocument.objects.create(title="公开", file=ContentFile(b"x", name="open.txt"))

    assert fetch(client, document.url).status_code == 200
    assert fetch(client, document.url.replace("open", "other")).status_code == 404


def test_lesson_image_serves_only_what_the_lesson_shows(shelf, visitor):
    client = visitor("enrolled")
    other = make_photo(collection=collection_named(PAID_COLLECTION))

    for pk, image, spec in (
        (shelf.lesson.pk, other.pk, "w720"),
        (lessons_of(shelf.course)[1].pk, shelf.photo.pk, "w720"),
        (shelf.lesson.pk, shelf.photo.pk, "original"),
        (shelf.lesson.pk, shelf.photo.pk, "max-9999x9999"),
        (shelf.lesson.pk, 10**9, "w720"),
        (10**9, shelf.photo.pk, "w720"),
    ):
        assert fetch(client, reverse("courses:lesson_image", args=[pk, image, spec])).status_code == 404
    assert {rendition.filter_spec for rendition in CourseRendition.objects.all()} <= set(SPECS.values())


def test_lesson_image_keeps_drawings_and_shrinks_photos(shelf, visitor):
    client = visitor("enrolled")

    drawing = fetch(client, reverse("courses:lesson_image", args=[shelf.lesson.pk, shelf.drawing.pk, "w720"]))
    photo = fetch(client, reverse("courses:lesson_image", args=[shelf.lesson.pk, shelf.photo.pk, "w720"]))

    assert drawing.headers["Content-Type"] == "image/svg+xml"
    assert drawing.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert drawing.headers["X-Content-Type-Options"] == "nosniff"
    assert b"<svg" in drawing.body
    assert photo.headers["Content-Type"] == "image/webp"


def test_lesson_image_of_a_free_lesson_is_for_all(shelf, client):
    shelf.lesson.is_preview = True
    shelf.lesson.save()

    response = fetch(client, reverse("courses:lesson_image", args=[shelf.lesson.pk, shelf.drawing.pk, "w720"]))

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "public, max-age=3600"


def test_files_follow_their_lesson_even_outside_the_paid_collection(shelf, client):
    CourseImage.objects.update(collection=Collection.get_first_root_node())
    CourseDocument.objects.update(collection=Collection.get_first_root_node())

    assert [fetch(client, address).status_code for address in addresses(shelf)] == [404] * 6


def test_unused_file_of_the_paid_collection_is_for_staff_only(db, client, now):
    below = collection_named(PAID_COLLECTION).add_child(instance=Collection(name="二级"))
    image = make_drawing(collection=below)
    enrolled = EnrolmentFactory().learner

    assert fetch(client, image.file.url).status_code == 404
    assert not media_access.may_fetch(user=enrolled, file=image)


def test_draft_lesson_is_closed_to_enrolled_people(shelf, visitor):
    shelf.lesson.unpublish()
    client = visitor("enrolled")

    assert client.get(shelf.lesson.url).status_code == 404
    assert [fetch(client, address).status_code for address in addresses(shelf)] == [404] * 6


def test_enrolment_in_another_course_opens_nothing(shelf, db):
    client = Client()
    client.force_login(EnrolmentFactory(course=make_course()).learner)

    assert SECRET not in client.get(shelf.lesson.url).content.decode()
    assert [fetch(client, address).status_code for address in addresses(shelf)] == [404] * 6


def test_inactive_person_reads_nothing(shelf):
    learner = EnrolmentFactory(course=shelf.course, learner=UserFactory(is_active=False)).learner
    client = Client()
    client.force_login(learner)

    assert SECRET not in client.get(shelf.lesson.url).content.decode()


def test_nginx_sends_the_file_when_it_may(shelf, visitor, settings):
    settings.MEDIA_ACCEL_PREFIX = "/protected/"
    address = reverse("courses:lesson_image", args=[shelf.lesson.pk, shelf.drawing.pk, "w720"])

    allowed, refused = fetch(visitor("enrolled"), address), fetch(visitor("anonymous"), address)

    assert allowed.headers["X-Accel-Redirect"] == f"/protected/{shelf.drawing.file.name}"
    assert allowed.body == b""
    assert refused.status_code == 404
    assert "X-Accel-Redirect" not in refused.headers


def test_lesson_image_in_seven_queries(shelf, django_assert_num_queries):
    client = Client()
    client.force_login(EnrolmentFactory(course=shelf.course).learner)
    address = reverse("courses:lesson_image", args=[shelf.lesson.pk, shelf.drawing.pk, "w720"])

    with django_assert_num_queries(7):  # session, person, lesson, image, enrolment, opening, use
        assert fetch(client, address).status_code == 200
