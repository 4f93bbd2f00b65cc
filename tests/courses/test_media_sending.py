"""How a file travels: in parts, unchanged, by nginx or by the object store."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import RequestFactory

from courses.models import CourseDocument
from courses.views.sending import send
from tests.courses.test_media_access import fetch

CONTENT = bytes(range(256)) * 1000  # more than one piece
SIZE = len(CONTENT)


@pytest.fixture
def film(db) -> CourseDocument:
    return CourseDocument.objects.create(title="片", file=ContentFile(CONTENT, name="film.mp4"))


def test_whole_file_with_what_a_player_needs(film, client):
    response = fetch(client, film.url)

    assert (response.status_code, response.body) == (200, CONTENT)
    headers = response.headers
    assert {
        name: headers[name] for name in ("Content-Type", "Content-Length", "Accept-Ranges", "X-Content-Type-Options")
    } == {
        "Content-Type": "video/mp4",
        "Content-Length": str(SIZE),
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
    }
    assert headers["Content-Disposition"] == f'inline; filename="{film.filename}"'
    assert headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-1", 0, 2),
        ("bytes=100-", 100, SIZE),
        ("bytes=65530-65545", 65530, 65546),
        (f"bytes=10-{SIZE * 2}", 10, SIZE),
        ("bytes=-7", SIZE - 7, SIZE),
        ("bytes= 5 - 9", 5, 10),
    ],
)
def test_part_of_a_file(asked, start, end, film, client):
    response = fetch(client, film.url, headers={"range": asked})

    assert response.status_code == 206
    assert response.headers["Content-Range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert response.headers["Content-Length"] == str(end - start)
    assert response.body == CONTENT[start:end]


@pytest.mark.parametrize(
    "asked", ["", "bytes=", "bytes=-", "bytes=a-b", "bytes=9-3", "items=0-5", "bytes=0-", f"bytes=-{SIZE * 2}"]
)
def test_range_that_says_nothing_or_all_gets_the_whole(asked, film, client):
    response = fetch(client, film.url, headers={"range": asked})

    assert (response.status_code, response.body) == (200, CONTENT)
    assert "Content-Range" not in response.headers


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=-0", "bytes=99999999999-", "bytes=0-1,5-6", "bytes=0-0,-1"])
def test_part_that_is_not_there_and_several_parts_are_refused(asked, film, client):
    response = fetch(client, film.url, headers={"range": asked})

    assert (response.status_code, response.body) == (416, b"")
    assert response.headers["Content-Range"] == f"bytes */{SIZE}"


def test_part_only_of_the_file_whose_beginning_is_known(film, client):
    whole = fetch(client, film.url)

    for known, status in (
        (whole.headers["ETag"], 206),
        (whole.headers["Last-Modified"], 206),
        ('"another"', 200),
        (f"W/{whole.headers['ETag']}", 200),
        ("Sun, 01 Jan 2006 00:00:00 GMT", 200),
    ):
        assert fetch(client, film.url, headers={"range": "bytes=0-9", "if-range": known}).status_code == status


def test_file_that_the_browser_has_is_not_sent_again(film, client):
    whole = fetch(client, film.url)
    again = fetch(client, film.url, headers={"if-none-match": whole.headers["ETag"]})
    since = fetch(client, film.url, headers={"if-modified-since": whole.headers["Last-Modified"]})

    assert (again.status_code, again.body, since.status_code) == (304, b"", 304)
    assert fetch(client, film.url, headers={"if-none-match": '"x"'}).status_code == 200


def test_head_gives_the_size_only(film, client):
    whole = client.head(film.url)
    part = client.head(film.url, headers={"range": "bytes=0-9"})

    assert (whole.status_code, whole.headers["Content-Length"], whole.content) == (200, str(SIZE), b"")
    assert (part.status_code, part.headers["Content-Length"], part.content) == (206, "10", b"")


def test_empty_file(db, client):
    empty = CourseDocument.objects.create(title="空", file=ContentFile(b"", name="empty.mp3"))

    assert fetch(client, empty.url).body == b""
    assert fetch(client, empty.url, headers={"range": "bytes=0-"}).status_code == 416
    assert fetch(client, empty.url, headers={"range": "bytes=-5"}).status_code == 416


@pytest.mark.parametrize(
    ("name", "content_type", "disposition"),
    [
        ("a.pdf", "application/pdf", 'inline; filename="a.pdf"'),
        ("a.vtt", "text/vtt; charset=utf-8", 'inline; filename="a.vtt"'),
        ("a.html", "application/octet-stream", 'attachment; filename="a.html"'),
        ("a.svgz", "application/octet-stream", 'attachment; filename="a.svgz"'),
        ("a.txt", "text/plain; charset=utf-8", 'attachment; filename="a.txt"'),
        ("a.xlsx", "application/octet-stream", 'attachment; filename="a.xlsx"'),
        ("表.xlsx", "application/octet-stream", "attachment; filename*=utf-8''%E8%A1%A8.xlsx"),
    ],
)
def test_what_may_be_opened_and_what_is_saved(name, content_type, disposition, db, client):
    document = CourseDocument.objects.create(title="文件", file=ContentFile(b"x", name="x.bin"))
    document.file.name = default_storage.save(f"documents/{name}", ContentFile(b"<script>"))
    request = RequestFactory().get("/")
    response = send(request, document.file, is_public=False, filename=name)
    b"".join(response.streaming_content)

    assert response.headers["Content-Type"] == content_type
    assert response.headers["Content-Disposition"] == disposition
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert ("sandbox" in response.headers["Content-Security-Policy"]) == (name != "a.pdf")


def test_public_file_may_be_kept_by_anybody(film):
    response = send(RequestFactory().get("/"), film.file, is_public=True)
    response.close()

    assert response.headers["Cache-Control"] == "public, max-age=3600"


def test_nginx_sends_it(film, client, settings):
    settings.MEDIA_ACCEL_PREFIX = "/protected/"
    response = fetch(client, film.url, headers={"range": "bytes=0-9"})

    assert (response.status_code, response.body) == (200, b"")
    assert response.headers["X-Accel-Redirect"] == f"/protected/{film.file.name}"
    assert response.headers["Content-Type"] == "video/mp4"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


class Bucket:
    """An object store: no local path, addresses that it signs itself."""

    def path(self, name: str) -> str:
        raise NotImplementedError

    def url(self, name: str, parameters: dict[str, str], expire: int) -> str:
        assert parameters == {
            "ResponseContentType": "video/mp4",
            "ResponseContentDisposition": 'inline; filename="film.mp4"',
        }
        return f"https://bucket.example.com/{name}?expires={expire}"


def test_object_store_sends_it_for_two_minutes(film):
    film.file.storage = Bucket()
    response = send(RequestFactory().get("/"), film.file, is_public=False, filename="film.mp4")

    assert response.status_code == 302
    assert response.headers["Location"] == f"https://bucket.example.com/{film.file.name}?expires=120"
    assert response.headers["Cache-Control"] == "private, no-store"
