"""Films in pieces: the queue, what ffmpeg is asked for, the playlists and who may fetch them. syllabus.md, Y29-Y31"""

import subprocess
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from courses import streams, tasks
from courses.learning import videos
from courses.models import CourseDocument, LessonPage, VideoStream
from courses.models.media import PAID_COLLECTION, collection_named
from courses.streams import ffmpeg, jobs, playlists
from courses.streams.playlists import Rendition
from tests.courses.test_media_access import fetch
from tests.factories.courses import EnrolmentFactory, lessons_of, make_course
from tests.factories.films import make_stream

State = VideoStream.State


@pytest.fixture
def document(db) -> CourseDocument:
    return CourseDocument.objects.create(
        title="片", file=ContentFile(b"film", name="film.mp4"), collection=collection_named(PAID_COLLECTION)
    )


@pytest.fixture
def lesson(document) -> LessonPage:
    """A published lesson that shows the film."""
    found = lessons_of(make_course())[0]
    found.body = LessonPage.body.field.stream_block.to_python(
        [{"type": "video", "value": {"title": "接待演示", "file": document.pk, "poster": None, "captions": None}}]
    )
    found.save_revision().publish()
    return LessonPage.objects.get(pk=found.pk)


@pytest.fixture
def ffmpeg_is_there(monkeypatch) -> None:
    monkeypatch.setattr(ffmpeg, "is_there", lambda: True)


def unplayable(*args: object) -> None:
    raise ffmpeg.Unplayable("broken")


def states() -> list[tuple[str, str, int]]:
    return list(VideoStream.objects.values_list("state", "source", "tries"))


def test_nothing_happens_without_ffmpeg(lesson, now, monkeypatch):
    monkeypatch.setattr(ffmpeg, "is_there", lambda: False)

    assert (streams.has_work(now=now), states()) == (False, [])


@pytest.mark.usefixtures("ffmpeg_is_there")
def test_nothing_happens_where_it_is_switched_off(lesson, now, settings):
    settings.VIDEO_STREAMS = False

    assert (streams.has_work(now=now), states()) == (False, [])


@pytest.mark.usefixtures("ffmpeg_is_there")
def test_film_of_a_published_lesson_is_put_into_the_queue_once(lesson, now):
    assert streams.has_work(now=now)
    assert streams.has_work(now=now)

    assert states() == [(State.WAITING, "", 0)]


@pytest.mark.usefixtures("ffmpeg_is_there")
def test_film_of_no_published_lesson_is_left(lesson, document, now):
    lesson.unpublish()

    assert (streams.has_work(now=now), states()) == (False, [])


@pytest.mark.usefixtures("ffmpeg_is_there")
def test_film_that_does_not_go_stays_a_file_and_is_not_tried_again(lesson, document, now, monkeypatch):
    monkeypatch.setattr(ffmpeg, "look", unplayable)
    streams.has_work(now=now)
    streams.make_next(now=now)

    assert states() == [(State.FAILED, document.file.name, 1)]
    assert document.ready_stream is None
    assert not streams.has_work(now=now)


@pytest.mark.usefixtures("ffmpeg_is_there")
def test_film_that_was_replaced_is_made_anew(lesson, document, now):
    make_stream(document, now=now)
    assert not streams.has_work(now=now)

    document.file = ContentFile(b"other", name="other.mp4")
    document.save()

    assert document.ready_stream is None
    assert streams.has_work(now=now)


@pytest.mark.usefixtures("ffmpeg_is_there")
def test_one_film_is_made_at_a_time_and_a_lost_one_is_taken_up_once(lesson, document, now):
    streams.has_work(now=now)
    jobs._take(now)
    assert states() == [(State.WORKING, document.file.name, 1)]
    assert not streams.has_work(now=now + timedelta(hours=1))
    assert jobs._take(now + timedelta(hours=1)) is None

    later = now + jobs.LOST_AFTER
    assert streams.has_work(now=later)
    assert jobs._take(later).tries == 2
    assert jobs._take(later + jobs.LOST_AFTER) is None
    assert states() == [(State.FAILED, document.file.name, 3)]


@pytest.mark.usefixtures("ffmpeg_is_there")
def test_result_of_one_who_was_given_up_does_not_count(lesson, now):
    streams.has_work(now=now)
    slow = jobs._take(now)
    second = jobs._take(now + jobs.LOST_AFTER)
    jobs._finish(slow, state=State.FAILED)

    row = VideoStream.objects.get()
    assert (row.state, row.folder) == (State.WORKING, second.folder)


def test_pieces_of_no_film_are_deleted(document, now):
    stream = make_stream(document, now=now)
    default_storage.save("streams/gone/480p_init.mp4", ContentFile(b"x"))
    streams.drop_old()

    assert default_storage.exists(f"{stream.folder}/480p_00002.m4s")
    assert not default_storage.exists("streams/gone/480p_init.mp4")


@pytest.mark.parametrize(
    ("width", "height", "names"),
    [
        (320, 240, ["480p"]),
        (854, 480, ["480p"]),
        (1280, 720, ["480p", "720p"]),
        (1920, 1080, ["480p", "720p"]),
        (480, 854, ["480p", "720p"]),
    ],
)
def test_sizes_are_never_larger_than_the_film(width, height, names):
    assert ffmpeg.sizes(ffmpeg.Film(width=width, height=height, has_sound=True)) == names


def test_playlists():
    size = Rendition(name="480p", width=640, height=480, bandwidth=700_000, has_sound=False, pieces=[6.0, 6.04, 0.5])

    assert playlists.master({"480p": "/a/480p.m3u8"}, [size]).splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        '#EXT-X-STREAM-INF:BANDWIDTH=700000,RESOLUTION=640x480,CODECS="avc1.4d401f"',
        "/a/480p.m3u8",
    ]
    assert playlists.media(size).splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:7",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        '#EXT-X-MAP:URI="480p_init.mp4"',
        "#EXTINF:6.000000,",
        "480p_00000.m4s",
        "#EXTINF:6.040000,",
        "480p_00001.m4s",
        "#EXTINF:0.500000,",
        "480p_00002.m4s",
        "#EXT-X-ENDLIST",
    ]


@pytest.fixture
def learner(lesson, alice, client):
    EnrolmentFactory(learner=alice, course=lesson.get_parent().get_parent().specific)
    client.force_login(alice)
    return client


def test_stream_master(learner, document, now):
    make_stream(document, now=now)
    response = learner.get(reverse("courses:stream_master", args=[document.pk]))
    address = response.text.splitlines()[-1]
    sizes = learner.get(address)

    assert response.headers["Content-Type"] == sizes.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    assert response.headers["Cache-Control"] == sizes.headers["Cache-Control"] == "private, no-store"
    assert sizes.text.count("#EXTINF") == 3


def test_stream_file(learner, document, now):
    make_stream(document, now=now)
    master = learner.get(reverse("courses:stream_master", args=[document.pk]))
    folder = master.text.splitlines()[-1].removesuffix("480p.m3u8")
    piece = fetch(learner, folder + "480p_00001.m4s", headers={"range": "bytes=1-3"})

    assert (piece.status_code, piece.body) == (206, b"iec")
    assert piece.headers["Content-Type"] == "video/iso.segment"
    assert fetch(learner, folder + "480p_init.mp4").headers["Content-Type"] == "video/mp4"
    for name in ("480p_00009.m4s", "720p.m3u8", "720p_init.mp4", ".m3u8", "480p", "..%2f480p_init.mp4", "film.mp4"):
        assert learner.get(folder + name).status_code == 404, name


def test_stream_that_is_not_ready_has_no_address(learner, document, now):
    stream = make_stream(document, now=now)
    address = learner.get(reverse("courses:stream_master", args=[document.pk])).text.splitlines()[-1]
    stream.state = State.FAILED
    stream.save()

    assert learner.get(address).status_code == 404
    assert learner.get(reverse("courses:stream_master", args=[document.pk])).status_code == 404


def test_lesson_loads_the_player_only_for_a_stream(learner, lesson, document, now):
    without = learner.get(lesson.url).text
    make_stream(document, now=now)
    with_stream = learner.get(lesson.url).text
    master = reverse("courses:stream_master", args=[document.pk])

    assert ("js/lesson/stream.js" in without, "data-stream" in without) == (False, False)
    assert "js/lesson/stream.js" in with_stream
    assert f'data-stream="{master}"' in with_stream
    assert f'<source src="{document.url}"' in with_stream


def test_length_of_a_film_is_that_of_its_stream(learner, alice, lesson, document, now):
    assert videos.standing(learner=alice, lesson=lesson, document_pk=document.pk).required == 0
    make_stream(document, now=now)

    assert videos.standing(learner=alice, lesson=lesson, document_pk=document.pk).required > 0


@pytest.mark.services
def test_ffmpeg_makes_a_stream(tmp_path, lesson, document, now):
    """A real film of eight seconds, larger than the small size, with sound."""
    path = tmp_path / "film.mp4"
    made = [
        *("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=960x540:d=8:r=10"),
        *("-f", "lavfi", "-i", "sine=frequency=400:duration=8", "-c:v", "libx264", "-preset", "ultrafast"),
        *("-pix_fmt", "yuv420p", "-c:a", "aac", str(path)),
    ]
    subprocess.run(made, check=True)
    document.file = ContentFile(path.read_bytes(), name="film.mp4")
    document.save()
    assert streams.has_work(now=now)
    streams.make_next(now=now)

    stream = document.ready_stream
    shapes = [(one["name"], one["width"], one["height"], one["has_sound"]) for one in stream.renditions]
    assert shapes == [("480p", 852, 480, True), ("720p", 960, 540, True)]
    assert stream.seconds == pytest.approx(8, abs=0.2)
    assert [len(one["pieces"]) for one in stream.renditions] == [2, 2]
    assert all(0 < one["bandwidth"] < 4_000_000 for one in stream.renditions)
    assert sorted(default_storage.listdir(stream.folder)[1]) == sorted(
        f"{name}_{piece}" for name in ("480p", "720p") for piece in ("init.mp4", "00000.m4s", "00001.m4s")
    )


@pytest.mark.services
@pytest.mark.parametrize("content", [b"", b"film", b"#EXTM3U\n#EXTINF:6,\nfile:///etc/passwd\n", b"\0" * 5000])
def test_ffmpeg_refuses_what_is_no_film(tmp_path, content):
    path = tmp_path / "film.mp4"
    path.write_bytes(content)

    with pytest.raises(ffmpeg.Unplayable):
        ffmpeg.look(path)


@pytest.mark.usefixtures("ffmpeg_is_there")
def test_sweeps(lesson, document, now, settings, monkeypatch):
    settings.CELERY_TASK_ALWAYS_EAGER = False
    monkeypatch.setattr(ffmpeg, "look", unplayable)
    tasks.make_streams()
    tasks.make_streams()
    tasks.drop_old_streams()

    assert states() == [(State.FAILED, document.file.name, 1)]
