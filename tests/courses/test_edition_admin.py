"""Editions in the back office: the next one begins from a course's menu, a settled one keeps its structure."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from wagtail.models import GroupPagePermission, Page
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from courses.models import CoursePage, LessonPage, ModulePage
from tests.courses.test_enrolment_admin import staff_client
from tests.factories.courses import EnrolmentFactory, catalog, make_course
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    person = UserFactory(is_staff=True)
    group = Group.objects.create(name="编辑测试")
    for codename in ("add_page", "change_page", "publish_page", "bulk_delete_page"):
        GroupPagePermission.objects.create(
            group=group, page=catalog(), permission=Permission.objects.get(codename=codename)
        )
    person.groups.add(group)
    return staff_client(person)


@pytest.fixture
def course():
    return make_course(modules=1, lessons=1)


@pytest.fixture
def settled(course, alice):
    EnrolmentFactory(learner=alice, course=course)
    return course


def test_edition_begin_copies_from_the_course_menu(editor, course):
    address = reverse("edition_begin", args=[course.pk])
    assert address in editor.get(reverse("wagtailadmin_explore", args=[course.pk])).text

    page = editor.get(address)
    response = editor.post(address, {"slug": page.context["form"]["slug"].value()})

    new = CoursePage.objects.get(edition=2)
    assert (new.slug, new.series) == (f"{course.slug}-2", course.series)
    assert response.url == reverse("wagtailadmin_explore", args=[new.pk])


def test_edition_begin_says_what_is_wrong_with_an_address(editor, course):
    address = reverse("edition_begin", args=[course.pk])

    assert "被别的课程用了" in editor.post(address, {"slug": course.slug}).text
    assert editor.post(address, {"slug": "不行"}).context["form"].errors
    assert CoursePage.objects.count() == 1


def test_edition_begin_is_for_editors(course):
    outsider = staff_client(UserFactory(is_staff=True))

    assert outsider.post(reverse("edition_begin", args=[course.pk]), {"slug": "x"}).status_code in (302, 403)
    assert CoursePage.objects.count() == 1


def act(editor, course, name):
    lesson, module = LessonPage.objects.get(), ModulePage.objects.get()
    address = {
        "add": reverse("wagtailadmin_pages:add", args=["courses", "lessonpage", module.pk]),
        "delete": reverse("wagtailadmin_pages:delete", args=[lesson.pk]),
        "unpublish": reverse("wagtailadmin_pages:unpublish", args=[lesson.pk]),
        "move": reverse("wagtailadmin_pages:move_confirm", args=[lesson.pk, module.pk]),
        "bulk": reverse("wagtail_bulk_action", args=["wagtailcore", "page", "unpublish"]) + f"?id={lesson.pk}",
    }[name]
    return editor.get(address, follow=True) if name == "add" else editor.post(address, follow=True)


@pytest.mark.parametrize("name", ["add", "delete", "unpublish", "move", "bulk"])
def test_a_settled_edition_keeps_its_structure(editor, settled, name):
    assert "这一版有人在学" in act(editor, settled, name).text


@pytest.mark.parametrize("name", ["add", "delete", "unpublish", "move", "bulk"])
def test_an_edition_that_nobody_studies_is_free(editor, course, name):
    assert "这一版有人在学" not in act(editor, course, name).text


def test_a_draft_that_came_by_copy_is_not_published_into_a_settled_edition(editor, settled):
    lesson = LessonPage.objects.get()
    copy = lesson.copy(update_attrs={"slug": "copied"}, keep_live=False)

    form = editor.get(reverse("wagtailadmin_pages:edit", args=[copy.pk])).context["form"]
    fields = {field.html_name: field.value() or "" for field in form if field.name not in ("body", "comments")}
    data = nested_form_data({"body": streamfield([("text", rich_text("<p>正文</p>"))]), "comments": inline_formset([])})
    response = editor.post(
        reverse("wagtailadmin_pages:edit", args=[copy.pk]), fields | data | {"action-publish": "1"}, follow=True
    )

    assert "这一版有人在学" in response.text, response.context["form"].errors
    assert not Page.objects.get(pk=copy.pk).live


def test_strangers_are_sent_to_the_edition_on_sale(client, settled, alice):
    second = make_course(modules=1, lessons=1, slug="second")
    CoursePage.objects.filter(pk=second.pk).update(series=settled.series, edition=2)
    lesson, like = LessonPage.objects.descendant_of(settled).get(), LessonPage.objects.descendant_of(second).get()
    module = ModulePage.objects.descendant_of(settled).get()

    assert [client.get(page.url).url for page in (settled, module, lesson)] == [second.url, second.url, like.url]
    assert second.title in client.get("/courses/").text
    assert settled.title not in client.get("/courses/").text

    client.force_login(alice)
    assert [client.get(page.url).status_code for page in (settled, module, lesson)] == [200, 200, 200]
