"""
Every way that somebody tried to a file of a paid lesson, for an image, its rendition, a document and a video.

The list is docs/rules/syllabus.md, rule Y27; each line of it is a case here.
"""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings as site_settings
from django.core import signing
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from wagtail.images.utils import generate_signature

from courses import enrolment, media_links
from courses.models import CourseDocument, Enrolment, LessonPage, VideoStream
from courses.models.media import PAID_COLLECTION, collection_named
from tests.courses.conftest import RENDITIONS_LEAK, SECRET, Shelf
from tests.courses.test_media_access import fetch
from tests.factories.courses import EnrolmentFactory, make_course
from tests.factories.films import make_stream
from tests.factories.users import UserFactory

pytestmark = RENDITIONS_LEAK
FILM = b"\0\0\0\x20ftypisom" + SECRET.encode() * 100
CLOSED = {302, 401, 403, 404, 405, 410}


@pytest.fixture
def film(shelf) -> CourseDocument:
    document = CourseDocument.objects.create(
        title="录像", file=ContentFile(FILM, name="film.mp4"), collection=collection_named(PAID_COLLECTION)
    )
    lesson = shelf.lesson
    lesson.body = LessonPage.body.field.stream_block.to_python(
        [
            *lesson.body.get_prep_value(),
            {"type": "text", "value": f'<p><a linktype="document" id="{document.pk}">录像</a></p>'},
        ]
    )
    lesson.save_revision().publish()
    return document


@pytest.fixture
def learner(shelf, visitor) -> Client:
    return visitor("enrolled")


def person(client: Client) -> object:
    return UserFactory._meta.model.objects.get(pk=client.session["_auth_user_id"])


@pytest.fixture
def stream(film, now) -> VideoStream:
    return make_stream(film, now=now, content=FILM)


def signed_pieces(stream: VideoStream, client: Client) -> list[str]:
    names = ("480p.m3u8", "480p_init.mp4", "480p_00001.m4s")
    return [media_links.stream_address(stream=stream, name=name, user=person(client)) for name in names]


def signed(film: CourseDocument, client: Client) -> str:
    return media_links.address(document=film, user=person(client))


def stable(shelf: Shelf, film: CourseDocument) -> list[str]:
    """All addresses that the pages of the site themselves use."""
    rendition = shelf.photo.get_rendition("width-20")
    return [
        reverse("courses:lesson_image", args=[shelf.lesson.pk, shelf.drawing.pk, "w720"]),
        reverse("courses:lesson_image", args=[shelf.lesson.pk, shelf.photo.pk, "w1440"]),
        shelf.drawing.file.url,
        shelf.photo.file.url,
        rendition.url,
        shelf.document.url,
        film.url,
    ]


def guessed(shelf: Shelf, film: CourseDocument) -> list[str]:
    """Addresses that nobody gave out: by folder, by number, by another view of Wagtail."""
    photo, names = shelf.photo, [shelf.document.file.name, film.file.name]
    signature = generate_signature(photo.pk, "original")
    return [
        *(f"/media/{name}" for name in names),
        *(f"/media//{name}" for name in names),
        *(f"/media/./{name}" for name in names),
        *(f"/media/x/../{name}" for name in names),
        *(f"/protected/{name}" for name in names),
        *(f"/static/{name}" for name in names),
        *(f"/static/..%2fmedia/{name}" for name in names),
        *(f"/var/media/{name}" for name in names),
        f"/media/{photo.file.name.upper()}",
        f"/media/{photo.file.name}%00.png",
        f"/images/{signature}/{photo.pk}/original/",
        f"/cms/images/{signature}/{photo.pk}/original/",
        f"/documents/{film.pk}/",
        f"/documents/{film.pk}/other.mp4",
        f"/documents/{film.pk}/{film.filename}/",
        "/media/",
        "/media/documents/",
        "/media/slides/",
        f"/media/slides/{shelf.document.get_file_hash()}-1.webp",
        f"/learn/lessons/{shelf.lesson.pk}/slides/{film.pk}/1/",
        f"/learn/files/{film.pk}/{film.filename}",
        f"/learn/files/x:y:z/{film.filename}",
    ]


def back_office(shelf: Shelf, film: CourseDocument) -> list[str]:
    lesson = shelf.lesson
    return [
        reverse("wagtailadmin_pages:view_draft", args=[lesson.pk]),
        reverse("wagtailadmin_pages:preview_on_edit", args=[lesson.pk]),
        reverse("wagtailadmin_pages:revisions_view", args=[lesson.pk, lesson.latest_revision_id]),
        reverse("wagtailadmin_pages:history", args=[lesson.pk]),
        reverse("wagtaildocs:edit", args=[film.pk]),
        reverse("wagtaildocs:index"),
        reverse("wagtaildocs_chooser:chosen", args=[film.pk]),
        reverse("wagtailimages:edit", args=[shelf.photo.pk]),
        reverse("wagtailimages:preview", args=[shelf.photo.pk, "original"]),
        reverse("wagtailimages_chooser:chosen", args=[shelf.photo.pk]),
        "/cms/api/main/documents/",
        f"/cms/api/main/documents/{film.pk}/",
        f"/cms/api/main/images/{shelf.photo.pk}/",
        f"/cms/api/main/pages/{lesson.pk}/?fields=*",
        f"/api/v2/documents/{film.pk}/",
        f"/api/v1/documents/{film.pk}/",
        f"/django-admin/courses/coursedocument/{film.pk}/change/",
    ]


def assert_shut(client: Client, addresses: list[str], **headers: str) -> None:
    """Refuse each address; what comes with the refusal is no part of a file."""
    for address in addresses:
        response = fetch(client, address, headers=headers)
        assert response.status_code in CLOSED, (address, response.status_code)
        assert "X-Accel-Redirect" not in response.headers
        for part in (SECRET.encode(), b"ftypisom", b"\x89PNG", b"RIFF", b"<path"):
            assert part not in response.body, address


OUTSIDE = ["anonymous", "unenrolled", "withdrawn", "editor_without_second_factor"]


@pytest.mark.parametrize("who", OUTSIDE)
def test_addresses_of_the_pages_are_shut_for(who, shelf, film, visitor):
    client = visitor(who)

    assert_shut(client, stable(shelf, film))
    assert_shut(client, stable(shelf, film), range="bytes=0-99")
    assert_shut(client, stable(shelf, film), referer="http://testserver" + shelf.lesson.url)
    assert_shut(client, [address + "?preview=1&download=1" for address in stable(shelf, film)])
    for address in stable(shelf, film):
        assert client.head(address).status_code in CLOSED
        assert client.post(address).status_code in CLOSED


@pytest.mark.parametrize("who", OUTSIDE)
def test_guessed_addresses_are_shut_for(who, shelf, film, visitor):
    assert_shut(visitor(who), [*guessed(shelf, film), f"/documents/0{film.pk}/{film.filename}"])


def test_guessed_addresses_are_shut_even_for_the_enrolled(shelf, film, learner):
    assert_shut(learner, guessed(shelf, film))


@pytest.mark.parametrize("who", [*OUTSIDE, "enrolled"])
def test_back_office_is_shut_for(who, shelf, film, visitor):
    assert_shut(visitor(who), back_office(shelf, film))


def test_document_of_a_paid_lesson_leads_to_an_address_of_ones_own(film, learner):
    way = learner.get(film.url)
    response = fetch(learner, way.url, headers={"range": "bytes=4-11"})

    assert (way.status_code, way.headers["Cache-Control"]) == (302, "private, no-store")
    assert way.url.startswith("/learn/files/")
    assert (response.status_code, response.body) == (206, b"ftypisom")
    assert response.headers["Content-Type"] == "video/mp4"
    assert response.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("who", [*OUTSIDE, "enrolled", "editor"])
def test_anothers_address_is_shut_for(who, film, learner, visitor):
    assert_shut(visitor(who), [signed(film, learner)])


def test_own_address_is_shut_later(film, learner, settings):
    address = signed(film, learner)
    assert fetch(learner, address).status_code == 200

    with time_machine.travel(timedelta(seconds=settings.MEDIA_LINK_SECONDS + 2), tick=False):
        assert_shut(learner, [address])


@pytest.mark.parametrize("who", OUTSIDE)
def test_pieces_of_a_film_are_shut_for(who, film, stream, learner, visitor):
    client = visitor(who)
    master = reverse("courses:stream_master", args=[film.pk])
    nobodys = signing.dumps([stream.pk, None], salt=media_links.STREAM_SALT)
    made_up = [reverse("courses:stream_file", args=[nobodys, name]) for name in ("480p.m3u8", "480p_init.mp4")]
    kept = [f"{prefix}{stream.folder}/480p_00001.m4s" for prefix in ("/media/", "/media//", "/protected/", "/static/")]

    assert_shut(client, [master, *signed_pieces(stream, learner), *made_up, *kept])
    assert_shut(client, signed_pieces(stream, learner), range="bytes=0-99")


@pytest.mark.parametrize("who", ["enrolled", "editor"])
def test_anothers_pieces_are_shut_for(who, stream, learner, visitor):
    assert_shut(visitor(who), signed_pieces(stream, learner))


def test_own_pieces_are_open_until_the_right_or_the_time_ends(film, stream, learner, settings, now):
    own = signed_pieces(stream, learner)
    token = own[0].split("/")[3]
    film_token = signed(film, learner).split("/")[3]
    assert [fetch(learner, address).status_code for address in own] == [200, 200, 200]

    inside = (
        "..%2f..%2f" + str(film.file.name),
        "480p_00001.m4s%00",
        "%2e%2e%2f480p_init.mp4",
        "480P_init.mp4",
        "１20p",
    )
    assert_shut(learner, [f"/learn/streams/{token}/{name}" for name in inside])
    assert_shut(learner, [own[1].replace(token, film_token), own[1].replace(token, token[:-1])])
    assert_shut(learner, [f"/learn/files/{token}/{film.filename}"])
    with time_machine.travel(timedelta(seconds=settings.MEDIA_LINK_SECONDS + 2), tick=False):
        assert_shut(learner, own)
    enrolment.withdraw(enrolment=Enrolment.objects.get(learner=person(learner)), reason="退款", now=now)
    assert_shut(learner, [*own, reverse("courses:stream_master", args=[film.pk])])


def changed_addresses(film: CourseDocument, other: CourseDocument, client: Client) -> dict[str, str]:
    address, user = signed(film, client), person(client)
    token = address.split("/")[3]
    start, _, end = token.partition(":")

    def forged(value: object, **options: object) -> str:
        return reverse("courses:media_signed", args=[signing.dumps(value, **options), film.filename])

    return {
        "another file's name": address.replace(film.filename, other.filename),
        "a folder up": address.replace(film.filename, "..%2f" + other.filename),
        "one sign of the token": address.replace(token, ("A" if token[0] != "A" else "B") + token[1:]),
        "without signature": address.replace(token, start),
        "without content": address.replace(token, ":" + end),
        "made for another purpose": forged([film.pk, user.pk], salt="elsewhere"),
        "made with another key": forged([film.pk, user.pk], salt=media_links.SALT, key="guess"),
        "a file that does not exist": forged([10**9, user.pk], salt=media_links.SALT),
        "nobody's": forged([film.pk, None], salt=media_links.SALT),
    }


def test_changed_address_is_shut(shelf, film, learner):
    for what, address in changed_addresses(film, shelf.document, learner).items():
        response = fetch(learner, address)
        assert response.status_code == 404, what
        assert SECRET.encode() not in response.body, what


def test_own_address_is_shut_at_once_when_the_right_to_it_ends(shelf, film, learner, now):
    address = signed(film, learner)
    assert fetch(learner, address).status_code == 200
    enrolment.withdraw(enrolment=Enrolment.objects.get(learner=person(learner)), reason="退款", now=now)

    assert_shut(learner, [address, *stable(shelf, film)])


def test_own_address_is_shut_after_signing_out_and_for_a_closed_account(film, learner):
    address = signed(film, learner)
    user = person(learner)
    user.is_active = False
    user.save()
    assert_shut(learner, [address, film.url])

    user.is_active = True
    user.save()
    learner.logout()
    assert_shut(learner, [address, film.url])


def test_everything_is_shut_while_the_lesson_is_not_published(shelf, film, learner):
    address = signed(film, learner)
    shelf.lesson.unpublish()

    assert_shut(learner, [address, *stable(shelf, film)])


def test_everything_is_shut_while_the_lesson_is_not_open_yet(shelf, film, learner):
    address = signed(film, learner)
    module = shelf.lesson.get_parent().specific
    module.opens_after_days = 365
    module.save()

    assert_shut(learner, [address, *stable(shelf, film)])


def test_file_only_of_a_draft_is_shut_even_for_the_enrolled(shelf, learner):
    unused = CourseDocument.objects.create(
        title="草稿", file=ContentFile(FILM, name="draft.mp4"), collection=collection_named(PAID_COLLECTION)
    )
    page = shelf.lesson
    page.body = LessonPage.body.field.stream_block.to_python(
        [{"type": "text", "value": f'<p>{SECRET}<a linktype="document" id="{unused.pk}">新</a></p>'}]
    )
    page.save_revision()

    assert_shut(learner, [unused.url, signed(unused, learner), f"/media/{unused.file.name}"])


def test_enrolment_in_another_course_opens_nothing(shelf, film):
    client = Client()
    client.force_login(EnrolmentFactory(course=make_course()).learner)

    assert_shut(client, [*stable(shelf, film), signed(film, client)])


def test_nothing_public_names_a_paid_file(shelf, film, client):
    names = [Path(name).stem for name in (film.file.name, shelf.document.file.name, shelf.photo.file.name)]
    for address in (
        "/",
        "/sitemap.xml",
        "/robots.txt",
        shelf.course.url,
        shelf.lesson.url,
        "/search/?q=录像",
        f"/search/?q={SECRET}",
        "/api/v1/openapi.json",
        "/service-worker.js",
    ):
        text = fetch(client, address).body.decode()
        assert SECRET not in text.replace(f'value="{SECRET}"', "").replace(f"“{SECRET}”", ""), address
        assert not re.search("|".join(rf"{re.escape(name)}\b\.\w" for name in names), text), address


def test_service_worker_keeps_no_file_of_the_library():
    """It keeps pictures of opened lessons only: those below /learn/lessons/, each asked for with the owner's right."""
    worker = next(Path(site_settings.BASE_DIR).glob("templates/courses/service_worker*")).read_text()

    assert "/learn/files" not in worker
    assert "/documents" not in worker
    assert "/media/\\/" not in worker


def test_nginx_is_told_nothing_for_strangers(shelf, film, client, settings):
    settings.MEDIA_ACCEL_PREFIX = "/protected/"

    assert_shut(client, [*stable(shelf, film), *guessed(shelf, film)])


def test_list_of_the_rules_has_every_way():
    rules = (site_settings.BASE_DIR / "docs" / "rules" / "syllabus.md").read_text()
    listed = rules.partition("**Y27")[2].partition("**Y28")[0]

    assert len(re.findall(r"^\d+\. ", listed, re.M)) >= 15
