"""The catalogue's pages as visitors see them, and as editors make them."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Collection, Page
from wagtail.rich_text import RichText

from courses.models import CourseDocument, CourseImage, CoursePage, LessonPage, ModulePage
from courses.models.media import PAID_COLLECTION, collection_named
from payments import refund_rule
from tests.courses.conftest import RENDITIONS_LEAK, SECRET, make_drawing
from tests.factories.courses import EnrolmentFactory, catalog, lessons_of, make_course, study
from tests.factories.users import UserFactory

pytestmark = RENDITIONS_LEAK


def show(client: Client, page: Page) -> str:
    response = client.get(page.url)
    assert response.status_code == 200
    return response.content.decode()


def draft_of(page: LessonPage, **fields: object) -> LessonPage:
    draft = page.get_latest_revision_as_object()
    for name, value in fields.items():
        setattr(draft, name, value)
    return draft


# --- What visitors see ------------------------------------------------------------------------------------------------


def test_catalog_page_lists_live_courses_with_their_price(db, client):
    make_course(title="甲课", price_fen=123_400)
    make_course(title="乙课", live=False)

    html = show(client, catalog())

    assert "甲课" in html
    assert "¥1,234.00" in html
    assert "乙课" not in html


def test_catalog_page_says_what_to_do_when_it_is_empty(db, client):
    html = show(client, catalog())

    assert "还没有开放的课程" in html
    assert reverse("staffing:calculator") in html


@pytest.mark.parametrize("number", ["2", "-1", "x", "99999999999999999999"])
def test_catalog_page_takes_any_page_number(number, db, client):
    make_course()

    assert client.get(catalog().url, {"page": number}).status_code == 200


def test_course_page_shows_syllabus_price_hours_and_the_way_in(db, client):
    course = make_course(modules=2, lessons=2, audience="<p>谁来学</p>", outcome="<p>学到什么</p>")

    html = show(client, course)

    for text in ("模块1", "第2-2课", "¥880.00", "谁来学", "学到什么", "1 学时", "不是国家职业资格证书"):
        assert text in html
    assert reverse("payments:order_create", args=[course.pk]) in html
    assert "付费正文" not in html


def linked_data(html: str) -> dict[str, dict[str, Any]]:
    """Return the blocks of structured data by their type."""
    blocks = json.loads(html.partition('<script type="application/ld+json">')[2].partition("</script>")[0])
    return {block["@type"]: block for block in blocks}


def test_course_page_says_how_long_each_lesson_takes(db, client):
    course = make_course(lessons=2)
    lesson = lessons_of(course)[0]
    lesson.body = [("text", f"<p>{'字' * 801}</p>")]  # two minutes and a little
    lesson.save_revision().publish()

    html = show(client, course)

    assert ">约 3 分钟<" in html
    assert "2 课，读和自测约 4 分钟。" in html


def test_course_page_states_the_refund_rule_before_paying(db, client):
    assert all(term in show(client, make_course()) for term in refund_rule.terms(refund_rule.CURRENT))


def test_course_page_tells_search_engines_what_it_tells_people(db, client, settings):
    settings.SITE_URL, settings.ISSUER_NAME = "https://academy.example", "培训机构"
    course = make_course(
        title="甲 & 乙</script>",
        faq=[("question", {"question": "能退吗？", "answer": RichText("<p>能。<b>七天</b>内</p>")})],
    )

    data = linked_data(show(client, course))

    assert set(data) == {"Course", "BreadcrumbList", "FAQPage"}
    assert data["Course"]["name"] == "甲 & 乙</script>"
    assert data["Course"]["provider"] == {"@type": "Organization", "name": "培训机构", "url": "https://academy.example"}
    assert data["Course"]["offers"] == [
        {"@type": "Offer", "category": "Paid", "price": "880.00", "priceCurrency": "CNY", "url": course.full_url}
    ]
    assert data["Course"]["hasCourseInstance"] == [
        {"@type": "CourseInstance", "courseMode": "Online", "courseWorkload": "PT45M"}
    ]
    assert data["FAQPage"]["mainEntity"] == [
        {"@type": "Question", "name": "能退吗？", "acceptedAnswer": {"@type": "Answer", "text": "能。七天内"}}
    ]


def test_lesson_page_tells_search_engines_where_it_stands(db, client, settings):
    settings.SITE_URL = "https://academy.example"
    course = make_course(title="课程甲")

    crumbs = linked_data(show(client, lessons_of(course)[0]))["BreadcrumbList"]["itemListElement"]

    assert [crumb["name"] for crumb in crumbs] == ["课程", "课程甲", "模块1", "第1-1课"]
    assert crumbs[0]["item"] == "https://academy.example/courses/"


def test_course_page_offers_the_free_lesson(db, client):
    course = make_course(lessons=2)
    free = lessons_of(course)[1]
    LessonPage.objects.filter(pk=free.pk).update(is_preview=True)

    assert f'href="{free.url}">先免费试学一课' in show(client, course)


def test_course_page_of_somebody_enrolled_leads_to_learning(as_alice, alice):
    course = EnrolmentFactory(learner=alice).course

    html = show(as_alice, course)

    assert reverse("learn") in html
    assert "已报名" in html
    assert reverse("payments:order_create", args=[course.pk]) not in html


def test_course_page_without_lessons_has_an_empty_state(db, client):
    assert "大纲正在整理" in show(client, make_course(modules=0))


def test_course_page_counts_hours_anew_after_publishing(db, client):
    course = make_course()
    assert "1 学时" in show(client, course)

    lesson = lessons_of(course)[0]
    lesson.body = [("text", f"<p>{'字' * 30_000}</p>")]  # 75 minutes at 400 a minute
    lesson.save_revision().publish()

    assert "2 学时" in show(client, course)


def test_module_page_lists_goals_and_live_lessons(db, client):
    course = make_course(lessons=2)
    lessons_of(course)[1].unpublish()

    html = show(client, ModulePage.objects.get())

    assert "会算" in html
    assert "第1-1课" in html
    assert "第1-2课" not in html


def test_lesson_page_of_a_free_lesson_is_readable_by_all(shelf, client):
    LessonPage.objects.filter(pk=shelf.lesson.pk).update(is_preview=True)

    response = client.get(shelf.lesson.url)

    assert SECRET in response.content.decode()
    assert "no-store" not in response.headers.get("Cache-Control", "")


def test_lesson_page_shows_images_by_their_guarded_address_only(shelf, visitor):
    html = show(visitor("enrolled"), shelf.lesson)

    assert reverse("courses:lesson_image", args=[shelf.lesson.pk, shelf.photo.pk, "w720"]) in html
    assert "/media/original_images" not in html
    assert "/media/images" not in html


def test_lesson_page_tells_outsiders_what_it_is_about_and_how_to_get_in(db, client):
    course = make_course(lessons=2)
    lesson = lessons_of(course)[0]
    lesson.goals = "会取整"
    lesson.body = [("heading", {"text": "第一步", "level": "2"}), ("text", f"<p>{SECRET}</p>")]
    lesson.save_revision().publish()

    html = show(client, lesson)

    assert "会取整" in html
    assert "第一步" in html
    assert SECRET not in html
    assert reverse("payments:order_create", args=[course.pk]) in html
    assert f"{reverse('account_login')}?next={lesson.url}" in html


def test_lesson_page_links_headings_neighbours_and_what_is_done(alice, as_alice, now):
    course = EnrolmentFactory(learner=alice, course=make_course(modules=2, lessons=2)).course
    first, second, third, _ = lessons_of(course)
    second.body = [("heading", {"text": "第一步", "level": "2"})]
    second.save_revision().publish()
    study(alice, first, now=now)

    html = show(as_alice, second)

    assert '<a href="#s1">第一步</a>' in html
    assert '<h2 id="s1">第一步</h2>' in html
    assert f'rel="prev" href="{first.url}"' in html
    assert f'rel="next" href="{third.url}"' in html
    assert html.count("已学完</span>") == 2  # the table of contents stands there twice, for phone and desktop


def test_lesson_page_warns_of_what_is_not_verified(shelf, visitor):
    LessonPage.objects.filter(pk=shelf.lesson.pk).update(is_verified=False)

    assert "本课含有待核对的内容" in show(visitor("enrolled"), shelf.lesson)


def test_pages_below_an_unpublished_one_are_gone_with_it(shelf, visitor):
    client = visitor("enrolled")
    module = ModulePage.objects.get()

    module.unpublish()
    assert client.get(shelf.lesson.url).status_code == 404

    module.get_latest_revision_as_object().save_revision().publish()
    shelf.course.unpublish()
    assert client.get(shelf.lesson.url).status_code == 404
    assert client.get(module.url).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_lesson_page_changes_nothing(method, shelf, client):
    assert getattr(client, method)(shelf.lesson.url).status_code < 500


def test_wagtails_own_privacy_still_holds(shelf, visitor):
    shelf.lesson.view_restrictions.create(restriction_type="password", password="let me in")

    assert SECRET not in visitor("enrolled").get(shelf.lesson.url).content.decode()


# --- What it costs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3])
def test_catalog_page_in_eight_queries(rows, db, client, django_assert_num_queries):
    for _ in range(rows):
        make_course()
    address = catalog().url
    client.get(address)

    with django_assert_num_queries(8):
        client.get(address)


@pytest.mark.parametrize("rows", [1, 3])
def test_course_page_in_eleven_queries(rows, db, client, django_assert_num_queries):
    course = make_course(modules=rows, lessons=rows)
    address = course.url
    client.get(address)

    with django_assert_num_queries(11):
        client.get(address)


@pytest.mark.parametrize("rows", [1, 3])
def test_lesson_page_in_25_queries(rows, alice, as_alice, django_assert_num_queries):
    course = EnrolmentFactory(learner=alice, course=make_course(modules=rows, lessons=rows)).course
    address = lessons_of(course)[0].url
    as_alice.get(address)

    with django_assert_num_queries(25):
        as_alice.get(address)


def test_pages_start_no_session_for_strangers(shelf, client):
    for page in (catalog(), shelf.course, shelf.lesson):
        response = client.get(page.url)
        assert not response.cookies
    assert not client.session.keys()


# --- What editors do --------------------------------------------------------------------------------------------------


def test_lesson_draft_is_unseen_until_it_is_published(shelf, visitor):
    client = visitor("enrolled")
    revision = draft_of(shelf.lesson, title="新标题").save_revision()
    assert "新标题" not in show(client, shelf.lesson)

    revision.publish()

    assert "新标题" in show(client, shelf.lesson)


def test_lesson_is_published_when_its_time_has_come(shelf, visitor, monkeypatch):
    client = visitor("enrolled")
    soon = timezone.now() + timedelta(hours=1)
    draft_of(shelf.lesson, title="新标题", go_live_at=soon).save_revision().publish()
    call_command("publish_scheduled", verbosity=0)
    assert "新标题" not in show(client, shelf.lesson)

    monkeypatch.setattr(timezone, "now", lambda: soon + timedelta(minutes=1))
    call_command("publish_scheduled", verbosity=0)

    assert "新标题" in show(client, shelf.lesson)


def test_lesson_keeps_its_revisions(shelf):
    before = shelf.lesson.latest_revision
    draft_of(shelf.lesson, title="新标题").save_revision().publish()

    before.publish()

    assert LessonPage.objects.get(pk=shelf.lesson.pk).title == "第1-1课"


def test_lesson_preview_shows_the_whole_draft(shelf):
    draft = draft_of(shelf.lesson, title="新标题")

    html = draft.make_preview_request().render().content.decode()

    assert "新标题" in html
    assert SECRET in html


def test_lesson_preview_works_before_the_first_save(shelf):
    module = shelf.lesson.get_parent()
    fresh = LessonPage(title="新课", slug="fresh", summary="介绍", body=shelf.lesson.body, owner=UserFactory())
    fresh.path, fresh.depth = module._get_children_path_interval(module.path)[0], module.depth + 1
    fresh.set_url_path(module)

    assert SECRET in fresh.make_preview_request().render().content.decode()


def test_paid_lesson_refuses_files_that_anybody_could_fetch(shelf):
    CourseImage.objects.update(collection=Collection.get_first_root_node())
    CourseDocument.objects.update(collection=Collection.get_first_root_node())

    with pytest.raises(ValidationError) as refusal:
        shelf.lesson.full_clean()

    assert refusal.value.message_dict == {
        "body": [
            "付费课只能用“付费课程资料”集合里的图片和文件，否则没有报名的人也能打开。"
            "请先在图片库或文件库里把它们改到这个集合，再保存：图、照片、表。"
        ]
    }
    shelf.lesson.is_preview = True
    shelf.lesson.full_clean()


def test_image_refuses_an_unsafe_drawing(db):
    make_drawing().full_clean()
    unsafe = ContentFile(b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', name="a.svg")

    with pytest.raises(ValidationError, match="元素 script"):
        CourseImage(title="图", file=unsafe).clean()


def test_editor_opens_and_saves_a_lesson(shelf, admin_client, monkeypatch):
    monkeypatch.setattr("lms.users.middleware.is_mfa_enabled", lambda *_: True)

    form = admin_client.get(reverse("wagtailadmin_pages:edit", args=[shelf.lesson.pk]))
    listing = admin_client.get(reverse("lessons:index"))

    assert form.status_code == 200
    assert "只给报名的人看" in form.content.decode()
    assert "免费试学" in listing.content.decode()
    assert admin_client.get(reverse("lessons:index") + "?is_preview=true&q=x").status_code == 200


def test_collection_named_makes_it_once(db):
    assert collection_named(PAID_COLLECTION) == collection_named(PAID_COLLECTION)


def test_course_knows_nothing_of_other_courses_lessons(db):
    first, second = make_course(modules=2, lessons=2), make_course()

    assert [[lesson.title for lesson in chapter.lessons] for chapter in first.chapters()] == [
        ["第1-1课", "第1-2课"],
        ["第2-1课", "第2-2课"],
    ]
    assert [chapter.module.code for chapter in CoursePage.objects.get(pk=second.pk).chapters()] == ["M1"]
