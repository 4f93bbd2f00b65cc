"""Publishing checks: each rule once, the form that stops, the report. Source: docs/rules/publishing.md."""

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from courses import publishing
from courses.models import LessonPage
from courses.models.media import PUBLIC_COLLECTION, collection_named
from lms.users import roles
from tests.courses.conftest import RENDITIONS_LEAK, make_drawing
from tests.factories.courses import lessons_of, make_course
from tests.factories.users import make_staff

pytestmark = RENDITIONS_LEAK
GOOD = {"title": "课", "summary": "介绍", "goals": "会算", "sources": "GB/T 27922-2011", "is_verified": True}
TEXT = ("text", "<p>正文</p>")


def lesson(*blocks: tuple[str, object], **fields: object) -> LessonPage:
    body = LessonPage.body.field.stream_block.to_python([{"type": kind, "value": value} for kind, value in blocks])
    return LessonPage(**GOOD | {"body": body} | fields)


def found(page: LessonPage) -> list[tuple[str, bool, int]]:
    return [(one.rule, one.stops, one.place) for one in publishing.findings(page)]


def video(**fields: object) -> tuple[str, object]:
    return "video", {"title": "片", "file": None, "poster": None, "captions": None, "transcript": ""} | fields


def check(**fields: object) -> tuple[str, object]:
    return "check", {
        "question": "？",
        "kind": "single",
        "options": ["甲", "乙"],
        "answer": "A",
        "explanation": "因为",
    } | fields


def test_good_lesson_has_no_findings(db):
    page = lesson(
        ("heading", {"text": "一", "level": "2"}), TEXT, check(), ("formula", {"latex": "a^2", "words": "平方"})
    )

    assert found(page) == []


@pytest.mark.parametrize(
    ("blocks", "fields", "expected"),
    [
        ([], {}, [("W19", True, 0)]),
        ([video(transcript="")], {}, [("W1", True, 0), ("W18", True, 1), ("W9", False, 1)]),
        ([video(transcript="")], {"min_seconds": 60}, [("W18", True, 1), ("W9", False, 1)]),
        ([("text", "<p>（待核对）七日</p>")], {}, [("W4", True, 0)]),
        ([("text", "<p>（待核对）七日</p>")], {"is_verified": False}, [("W14", False, 0)]),
        ([("text", "<p>权威</p>")], {"title": "包过"}, [("W5", False, 0), ("W5", False, 1)]),
        ([("heading", {"text": "一", "level": "3"}), TEXT], {}, [("W7", False, 1)]),
        ([TEXT, ("text", "<p> </p>")], {}, [("W8", True, 2)]),
        ([TEXT, ("key", {"title": "", "text": ""})], {}, [("W8", True, 2)]),
        ([TEXT, ("table", {"data": [["", None]], "first_row_is_table_header": True})], {}, [("W8", True, 2)]),
        ([TEXT, ("table", {"data": [["1"]], "first_row_is_table_header": False})], {}, [("W13", False, 2)]),
        ([TEXT], {"goals": " ", "sources": ""}, [("W10", False, 0), ("W11", False, 0)]),
        ([TEXT, ("item", {"code": "M1-9999"})], {}, [("W12", True, 2)]),
        ([check(answer="C")], {}, [("W15", True, 1)]),
        ([check(answer="AB")], {}, [("W15", True, 1)]),
        ([check(kind="true_false", options=[], answer="B")], {}, [("W15", True, 1)]),
        ([TEXT, ("formula", {"latex": r"\left(", "words": "？"})], {}, [("W17", True, 2)]),
        ([TEXT, ("figure", {"image": None, "caption": ""})], {}, [("W18", True, 2)]),
        ([TEXT, ("audio", {"title": "音", "file": None, "transcript": "话"})], {}, [("W18", True, 2)]),
        ([("text", '<p>看<a href="/glossary/">点这里</a></p>')], {}, [("W16", False, 1)]),
    ],
)
def test_findings(db, blocks, fields, expected):
    assert found(lesson(*blocks, **fields)) == expected


@pytest.mark.parametrize(
    ("link", "is_broken"),
    [
        ('<a linktype="page" id="999999">页</a>', True),
        ('<a linktype="page" id="x">页</a>', True),
        ('<a linktype="document" id="999999">文件</a>', True),
        ('<a href="/glossary/?q=1#a">术语</a>', False),
        ('<a href="/no/such/page/">页</a>', True),
        ('<a href="#s1">上面</a>', False),
        ('<a href="#s2">下面</a>', True),
        ('<a href="https://example.com/">外面</a>', False),
        ('<a href="">空</a>', True),
    ],
)
def test_findings_of_links(db, link, is_broken):
    make_course()

    assert found(lesson(("text", f"<p>{link}</p>"))) == ([("W6", True, 1)] if is_broken else [])


def test_link_to_a_page_breaks_when_it_is_taken_down(db):
    other = lessons_of(make_course(lessons=2))[1]
    page = lesson(("text", f'<p><a linktype="page" id="{other.pk}">那一课</a></p>'))
    by_path = lesson(("text", f'<p><a href="{other.url}">那一课</a></p>'))
    assert found(page) == found(by_path) == []

    other.unpublish()

    assert found(page) == found(by_path) == [("W6", True, 1)]


def test_image_needs_words_unless_it_decorates(db):
    image = make_drawing(collection=collection_named(PUBLIC_COLLECTION))
    image.description = ""
    image.save()

    def shown(**fields: object) -> LessonPage:
        value = {"image": {"image": image.pk, "alt_text": "", "decorative": False} | fields, "caption": ""}
        return lesson(TEXT, ("figure", value), is_preview=True)

    assert found(shown()) == [("W2", True, 2)]
    assert found(shown(alt_text="两个层面")) == []
    assert found(shown(decorative=True)) == []


def test_paid_lesson_shows_no_public_file(db):
    image = make_drawing(collection=collection_named(PUBLIC_COLLECTION))
    value = {"image": {"image": image.pk, "alt_text": "图", "decorative": False}, "caption": ""}

    assert found(lesson(TEXT, ("figure", value))) == [("W3", True, 0)]
    assert found(lesson(TEXT, ("figure", value), is_preview=True)) == []


# --- In the back office -----------------------------------------------------------------------------------------------


def back_office(role: roles.Role) -> Client:
    client = Client()
    client.force_login(make_staff(role))
    return client


@pytest.fixture
def reviewer(db) -> Client:
    cache.clear()
    call_command("sync_roles", verbosity=0)
    return back_office(roles.REVIEWER)


def form_of(page: LessonPage, blocks: list[tuple[str, str]], **extra: str) -> dict[str, str]:
    data = {
        "title": page.title,
        "slug": page.slug,
        "summary": "介绍",
        "goals": "",
        "sources": "",
        "body-count": str(len(blocks)),
    }
    data |= {
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
        "comments-MIN_NUM_FORMS": "0",
        "comments-MAX_NUM_FORMS": "",
    }
    for number, (kind, raw) in enumerate(blocks):
        prefix = f"body-{number}"
        data |= {f"{prefix}-deleted": "", f"{prefix}-order": str(number), f"{prefix}-type": kind, f"{prefix}-id": ""}
        data |= {f"{prefix}-value-text": raw, f"{prefix}-value-level": "3"}
    return data | extra


def test_draft_is_saved_with_its_faults_and_says_them(reviewer):
    page = lessons_of(make_course())[0]

    response = reviewer.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), form_of(page, []), follow=True)

    assert "发布检查：3 处要看，其中 1 处不改就不能送审和发布" in response.content.decode()
    page.refresh_from_db()
    assert [one.rule for one in page.get_latest_revision_as_object().findings] == ["W19", "W10", "W11"]
    assert "没有写学习目标" in response.content.decode().split("data-findings")[1]


@pytest.mark.parametrize("action", ["action-publish", "action-submit"])
def test_publication_is_refused_in_words(reviewer, action):
    page = lessons_of(make_course())[0]

    response = reviewer.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), form_of(page, [], **{action: "1"}))

    assert "还没有正文。请至少写一块。（W19）" in response.content.decode()
    assert LessonPage.objects.get(pk=page.pk).body.raw_data[0]["value"] == "<p>付费正文1-1</p>"
    assert page.current_workflow_state is None


def test_warnings_do_not_refuse(reviewer):
    page = lessons_of(make_course())[0]

    data = form_of(page, [("heading", "只有标题")], **{"action-publish": "1"})
    reviewer.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), data)

    assert LessonPage.objects.get(pk=page.pk).body.raw_data[0]["value"]["text"] == "只有标题"


def test_bulk_publication_does_not_pass_by(reviewer):
    page = lessons_of(make_course())[0]
    draft = page.get_latest_revision_as_object()
    draft.body = []
    draft.save_revision()
    page.unpublish()
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])

    response = reviewer.post(f"{url}?id={page.get_parent().pk}&next=/cms/", {"include_descendants": "on"}, follow=True)

    assert "没有发布任何页面：1 课有必须先改的地方（第1-1课）" in response.content.decode()
    assert not LessonPage.objects.get(pk=page.pk).live


def test_publishing_report_lists_faults_of_drafts(reviewer):
    course = make_course(lessons=2)
    good, bad = lessons_of(course)
    LessonPage.objects.filter(pk=good.pk).update(goals="会算", sources="标准")
    draft = bad.get_latest_revision_as_object()
    draft.body = [("heading", {"text": "一", "level": "3"})]
    draft.goals = draft.sources = "有"
    draft.save_revision()

    html = reviewer.get(reverse("publishing_report")).content.decode()

    assert "2 课里，1 课有要看的地方，0 课不改就不能送审和发布" in html
    assert "第1-2课" in html
    assert "第1-1课" not in html.split("<table")[1]
    assert "第 1 块：三级标题前面没有二级标题" in html


def test_publishing_report_when_there_is_nothing(reviewer):
    assert "还没有课" in reviewer.get(reverse("publishing_report")).content.decode()
    LessonPage.objects.filter(pk=lessons_of(make_course())[0].pk).update(goals="会算", sources="标准")
    assert "1 课都没有问题" in reviewer.get(reverse("publishing_report")).content.decode()


def test_publishing_report_is_for_editors(db):
    call_command("sync_roles", verbosity=0)
    make_course()

    assert "还没有课" in back_office(roles.FINANCE).get(reverse("publishing_report")).content.decode()


@pytest.mark.parametrize("lessons", [1, 3])
def test_publishing_report_has_a_fixed_number_of_queries(reviewer, django_assert_num_queries, lessons):
    make_course(lessons=lessons)
    reviewer.get(reverse("publishing_report"))  # what was checked is remembered

    with django_assert_num_queries(12):
        reviewer.get(reverse("publishing_report"))
