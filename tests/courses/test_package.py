"""Course packages: round trip, hostile files, all or nothing, the back office. Source: docs/rules/package.md."""

import json
import stat
import zipfile
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from PIL import Image

from courses.markup.lessons import parse_page
from courses.markup.writing import write_page
from courses.models import CourseDocument, CourseImage, CoursePage, LessonPage, PackageJob
from courses.models.media import PAID_COLLECTION, collection_named
from courses.package import PackageRefused, export_course, import_course, jobs, look
from courses.package.archive import MAX_PARTS, pack
from exams.models import Item, ItemVersion
from lms.users import roles
from tests.courses.conftest import RENDITIONS_LEAK, make_drawing
from tests.factories.courses import catalog, lessons_of, make_course
from tests.factories.exams import make_item
from tests.factories.users import UserFactory, make_staff

pytestmark = [pytest.mark.django_db, RENDITIONS_LEAK]
EVERYTHING = [
    ("heading", {"text": "一", "level": "2"}),
    ("text", "<p>第一段，<b>重点</b>。</p><ul><li>甲</li><li>乙</li></ul>"),
    ("text", '<p data-block-key="abc">x<sup>2</sup></p>'),
    ("key", {"title": "要点", "text": "<p>:::\n---</p>"}),
    ("table", {"data": [["人", "应配"], ["10", "1"]], "first_row_is_table_header": True, "cell": []}),
    ("comparison", {"title": "比", "columns": [{"heading": h, "text": "<p>1*2*3</p>"} for h in "甲乙"]}),
    ("timeline", {"title": "线", "events": [{"when": "1 月", "what": w, "text": "两\n行"} for w in ("起", "止")]}),
    ("formula", {"latex": r"\frac{a}{b}", "words": "a 除以 b"}),
    ("check", {"question": "？", "kind": "multi", "options": ["甲", "乙"], "answer": "AB", "explanation": "因为"}),
    ("check", {"question": "？", "kind": "true_false", "options": [], "answer": "对", "explanation": "因为"}),
]


def fill(lesson: LessonPage, blocks: list[tuple[str, object]], **fields: object) -> None:
    lesson.body = LessonPage.body.field.stream_block.to_python([{"type": k, "value": v} for k, v in blocks])
    for name, value in fields.items():
        setattr(lesson, name, value)
    lesson.save_revision().publish()


@pytest.fixture
def course() -> CoursePage:
    """A course whose lessons use every kind of block and every kind of file."""
    made = make_course(modules=2, lessons=2, audience="<p>主管</p>", outcome='<p><a href="/x/">学到</a></p>')
    first, second, *_ = lessons_of(made)
    paid = collection_named(PAID_COLLECTION)
    drawing = make_drawing(collection=paid)
    photo = BytesIO()
    Image.new("RGB", (8, 6), "teal").save(photo, "PNG")
    poster = CourseImage.objects.create(title="封面", file=ContentFile(photo.getvalue(), "p.png"), collection=paid)
    film, words, deck = [
        CourseDocument.objects.create(title=name, file=ContentFile(name.encode(), name), collection=paid)
        for name in ("film.mp4", "words.vtt", "deck.pdf")
    ]
    fill(first, EVERYTHING, goals="会算\n会写", sources="标准", min_seconds=60)
    fill(
        second,
        [
            ("figure", {"image": {"image": drawing.pk, "alt_text": "两层", "decorative": False}, "caption": "图 1"}),
            ("video", {"title": "片", "file": film.pk, "poster": poster.pk, "captions": words.pk, "transcript": "话"}),
            ("slides", {"title": "讲义", "file": deck.pk}),
            ("download", {"title": "表", "file": deck.pk, "note": ""}),
            (
                "text",
                f'<p><a linktype="page" id="{first.pk}">上一课</a><a linktype="document" id="{deck.pk}">讲义</a></p>',
            ),
            ("text", f'<p><a linktype="page" id="{catalog().pk}">目录</a></p>'),
        ],
    )
    return made


def files_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def place_item() -> None:
    """Put an item of the first lesson into the bank."""
    item = make_item(pool=Item.Pool.PRACTICE)
    ItemVersion.objects.filter(item=item).update(lesson_slug="lesson-1-1")


def repacked(content: bytes, **changed: bytes | None) -> bytes:
    """Pack again with some files changed, by the ending of their names; None takes one away."""
    files = files_of(content)
    files.pop("manifest.json")
    for ending, new in changed.items():
        name = next(name for name in files if name.endswith(ending.replace("__", ".")))
        files.pop(name)
        if new is not None:
            files[name] = new
    return pack(files, title="课")


def zipped(files: Mapping[str, bytes], *, attributes: int = 0o644 << 16) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr, entry.compress_type = attributes, zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()


def with_manifest(files: Mapping[str, bytes], /, **changed: object) -> dict[str, bytes]:
    listed = {name: sha256(content).hexdigest() for name, content in files.items()}
    told = {"format": "aftersales-course", "version": 1, "title": "", "files": listed} | changed
    return {"manifest.json": json.dumps(told).encode(), **files}


# --- Round trip -------------------------------------------------------------------------------------------------------


def test_round_trip_gives_the_same_bytes(course, now):
    place_item()
    first = export_course(course)
    CoursePage.objects.filter(pk=course.pk).update(slug="elsewhere")

    made = import_course(first, person=UserFactory(), now=now)

    assert export_course(made) == first
    assert [made.live, made.slug] == [False, course.slug]
    assert [lesson.live for lesson in lessons_of(made)] == [False] * 4
    assert CourseImage.objects.count() == 2  # the library's own files are used
    first_lesson, second_lesson, *_ = lessons_of(made)
    assert f'linktype="page" id="{first_lesson.pk}"' in str(second_lesson.body.raw_data[4]["value"])
    assert Item.objects.count() == 1


def test_files_come_along_where_the_library_has_none(course, now):
    content = export_course(course)
    CourseImage.objects.all().delete()
    CourseDocument.objects.all().delete()

    made = import_course(content, person=None, now=now)

    assert made.slug == f"{course.slug}-2"
    assert sorted(CourseDocument.objects.values_list("title", flat=True)) == ["deck.pdf", "film.mp4", "words.vtt"]
    assert {image.collection.name for image in CourseImage.objects.all()} == {PAID_COLLECTION}
    assert lessons_of(made)[1].findings[0].rule != "W18"


def test_lessons_read_as_authors_write_them(course):
    text = next(
        files_of(export_course(course))[n] for n in files_of(export_course(course)) if n.endswith("lesson-1-1.md")
    )

    for part in (
        "## 一",
        "第一段，**重点**。\n\n- 甲\n- 乙",
        ":::formula\nlatex: \\frac{a}{b}",
        ":::check\nquestion: ？",
    ):
        assert part in text.decode()


def test_written_blocks_read_back():
    blocks = [
        (kind, value if kind != "text" else value.replace(' data-block-key="abc"', "")) for kind, value in EVERYTHING
    ]
    blocks[4] = ("table", blocks[4][1] | {"mergeCells": []})

    _, found = parse_page(write_page({"title": "课"}, blocks), {"title": lambda _: ""}, is_package=True)

    assert [(block.type, block.value) for block in found] == blocks


# --- What is refused --------------------------------------------------------------------------------------------------

COURSE = b"title: x\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no zip", "压缩包已损坏"),
        (zipped({"a.txt": b""}), "没有 manifest.json"),
        (zipped(with_manifest({"../evil.md": b""})), "可能写到包外"),
        (zipped(with_manifest({"/etc/passwd": b""})), "可能写到包外"),
        (zipped(with_manifest({"a\\..\\b": b""})), "可能写到包外"),
        (zipped(with_manifest({"a": b"/etc/passwd"}), attributes=(stat.S_IFLNK | 0o777) << 16), "链接文件"),
        (zipped(with_manifest({"bomb.md": b"0" * 30_000_000})), "像压缩炸弹"),
        (zipped({f"f{n}": b"" for n in range(MAX_PARTS + 1)}), "像压缩炸弹"),
        (zipped({"manifest.json": b"{"}), "读不懂"),
        (zipped({"manifest.json": b"[" * 100_000}), "读不懂"),
        (zipped(with_manifest({}, format="other")), "不是课程包的清单"),
        (zipped(with_manifest({}, version=2)), "第 2 版格式"),
        (zipped(with_manifest({"a.md": b"1"}) | {"a.md": b"2"}), "校验值不合"),
        (zipped(with_manifest({}) | {"a.md": b"2"}), "清单里没有"),
        (zipped(with_manifest({}, files={"a.md": "0"})), "包里没有"),
        (zipped(with_manifest({})), "缺少 course.yaml"),
        (zipped(with_manifest({"course.yaml": COURSE})), "缺少字段 slug"),
        (zipped(with_manifest({"course.yaml": b"\xff"})), "不是 UTF-8"),
        (zipped(with_manifest({"course.yaml": b"a: &a [1]\nb: *a\n"})), "不是有效的 YAML"),
        (zipped(with_manifest({"course.yaml": b"[" * 5_000})), "course.yaml"),
    ],
)
def test_hostile_archives_are_refused_in_words(content, words):
    catalog()

    with pytest.raises(PackageRefused, match=words):
        look(content)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'}, "script"),
        ({"svg": b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>'}, "DOCTYPE"),
        ({"png": b"GIF89a"}, "不是 .png 图片"),
        ({"mp4": None}, "包里没有文件 media/"),
        ({"media__yaml": b"files: [{file: x}]\n"}, "每一项要有"),
        ({"media__yaml": b"files: []\n"}, "不认识的文件"),
        ({"lesson-1-1__md": b"no front matter"}, "两行 ---"),
        ({"lesson-1-2__md": None}, "不认识的文件"),
        ({"module__yaml": b"title: x\n"}, "缺少字段 code"),
    ],
)
def test_hostile_content_is_refused_in_words(course, changed, words):
    content = repacked(export_course(course), **changed)
    if words == "不认识的文件" and "lesson-1-2__md" in changed:
        files = files_of(content) | {"modules/01-m1/extra.txt": b""}
        content = pack({name: files[name] for name in files if name != "manifest.json"}, title="课")

    with pytest.raises(PackageRefused, match=words):
        look(content)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (":::strange\na: 1\n:::", "不认识的框"),
        (":::block\ntype: strange\nvalue: 1\n:::", "没有叫 strange 的块"),
        (":::block\ntype: text\n:::", "type 和 value"),
        (":::figure\nimage: {file: media/none.svg, alt: x, decorative: false}\n:::", "包里没有文件 media/none.svg"),
    ],
)
def test_strange_blocks_are_refused(course, body, words):
    lesson = files_of(export_course(course))
    text = next(lesson[name].decode() for name in lesson if name.endswith("lesson-1-1.md"))
    front = text.split("\n---\n")[0] + "\n---\n"

    with pytest.raises(PackageRefused, match=words):
        look(repacked(export_course(course), **{"lesson-1-1__md": (front + body).encode()}))


@pytest.mark.parametrize(
    "body",
    [
        ":::comparison\ntitle: x\ncolumns: 5\n:::",
        ":::timeline\ntitle: [1, 2]\nevents: [{when: {a: 1}}]\n:::",
        ":::block\ntype: table\nvalue: 7\n:::",
        ":::formula\nlatex: '" + "x" * 600 + "'\nwords: 长\n:::",
        ":::block\ntype: heading\nvalue: {text: 一, level: '9'}\n:::",
    ],
)
def test_blocks_that_do_not_fit_leave_nothing_behind(course, now, body):
    content = export_course(course)
    files = files_of(content)
    text = next(files[name].decode() for name in files if name.endswith("lesson-1-1.md"))
    CourseDocument.objects.all().delete()
    stored = set(default_storage.listdir("documents")[1])

    changed = repacked(content, **{"lesson-1-1__md": (text.split("\n---\n")[0] + "\n---\n" + body).encode()})
    with pytest.raises(PackageRefused, match=r"lesson-1-1\.md"):
        import_course(changed, person=None, now=now)

    assert [CoursePage.objects.count(), CourseDocument.objects.count()] == [1, 0]
    assert set(default_storage.listdir("documents")[1]) == stored


def test_mistake_in_an_item_refuses_the_whole_package(course, now):
    place_item()
    content = repacked(export_course(course), items__xml=b"<quiz><question type='multichoice'/></quiz>")

    with pytest.raises(PackageRefused, match=r"items/items\.xml"):
        import_course(content, person=None, now=now)


# --- Jobs and commands ------------------------------------------------------------------------------------------------


def test_import_is_looked_through_then_confirmed(course, now, django_capture_on_commit_callbacks):
    person = UserFactory()
    job = jobs.hand_in(file=ContentFile(export_course(course)), filename="a.zip", person=person, now=now)
    jobs.work_off(now=now)
    job.refresh_from_db()
    assert [job.status, job.report["lessons"], job.report["slug"], CoursePage.objects.count()] == [
        "CHECKED",
        4,
        f"{course.slug}-2",
        1,
    ]

    name = job.file.name
    jobs.confirm(job=job)
    with django_capture_on_commit_callbacks(execute=True):
        jobs.work_on(pk=job.pk, now=now)
        jobs.work_on(pk=job.pk, now=now)

    job.refresh_from_db()
    assert [job.status, job.course.slug, job.file.name] == ["DONE", f"{course.slug}-2", ""]
    assert jobs.progress_of(job) == (4, 4)
    assert not default_storage.exists(name)
    with pytest.raises(jobs.NotWaiting):
        jobs.drop(job=job, now=now)


def test_refused_import_names_every_fault(now):
    catalog()
    job = jobs.hand_in(file=ContentFile(b"x"), filename="\x00a.zip", person=UserFactory(), now=now)
    jobs.work_off(now=now)

    job.refresh_from_db()
    assert [job.status, job.filename, job.report["fault_count"]] == ["REFUSED", "a.zip", 1]


def test_export_is_kept_for_a_week(course, now):
    job = jobs.ask_export(course=course, person=UserFactory(), now=now)
    jobs.work_off(now=now)
    job.refresh_from_db()
    assert job.file.read() == export_course(course)
    job.file.close()

    jobs.work_off(now=now + timedelta(days=8))

    job.refresh_from_db()
    assert [job.status, job.file.name] == ["DONE", ""]


def test_commands_round_trip(course, tmp_path, capsys):
    file = tmp_path / "a.zip"
    call_command("export_course", course.slug, str(file))
    call_command("import_course", str(file), "--dry-run")
    assert CoursePage.objects.count() == 1
    call_command("import_course", str(file))
    assert CoursePage.objects.filter(slug=f"{course.slug}-2", live=False).exists()
    with pytest.raises(CommandError, match=course.slug):
        call_command("export_course", "none", str(file))
    file.write_bytes(b"x")
    with pytest.raises(SystemExit, match="2"):
        call_command("import_course", str(file))
    with pytest.raises(SystemExit, match="2"):
        call_command("import_course", str(tmp_path / "none.zip"))


# --- The back office --------------------------------------------------------------------------------------------------


@pytest.fixture
def editor() -> Client:
    call_command("sync_roles", verbosity=0)
    client = Client()
    client.force_login(make_staff(roles.EDITOR))
    return client


def test_package_pages_of_the_back_office(editor, course, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        sent = editor.post(reverse("course_packages:export"), {"course": course.pk}, follow=True)
    job = PackageJob.objects.get()
    assert "下载" in editor.get(reverse("course_packages:progress", args=[job.pk])).content.decode()
    assert sent.status_code == 200
    got = editor.get(reverse("course_packages:download", args=[job.pk]))
    content = b"".join(got.streaming_content)
    assert content == export_course(course)

    file = ContentFile(content, "a.zip")
    with django_capture_on_commit_callbacks(execute=True):
        editor.post(reverse("course_packages:hand_in"), {"file": file})
    job = PackageJob.objects.latest("pk")
    html = editor.get(reverse("course_packages:inspect", args=[job.pk])).content.decode()
    assert "确认，导入为草稿" in html
    assert "第1-1课、第1-2课" in html
    with django_capture_on_commit_callbacks(execute=True):
        editor.post(reverse("course_packages:decide", args=[job.pk]))
    assert CoursePage.objects.count() == 2
    assert "打开新课程" in editor.get(reverse("course_packages:inspect", args=[job.pk])).content.decode()
    again = editor.post(reverse("course_packages:decide", args=[job.pk]), follow=True)
    assert "同事已经办过" in again.content.decode()


@pytest.mark.parametrize("name", ["hand_in", "export", "index"])
def test_package_pages_are_for_editors(course, name):
    call_command("sync_roles", verbosity=0)
    client = Client()
    client.force_login(make_staff(roles.FINANCE))

    assert client.get(reverse(f"course_packages:{name}")).status_code in {302, 403}


@pytest.mark.parametrize("count", [1, 3])
def test_package_list_has_a_fixed_number_of_queries(editor, course, now, django_assert_max_num_queries, count):
    for _ in range(count):
        jobs.ask_export(course=course, person=UserFactory(), now=now)
    editor.get(reverse("course_packages:index"))

    with django_assert_max_num_queries(15):
        assert editor.get(reverse("course_packages:index")).content.decode().count("course-") >= count
