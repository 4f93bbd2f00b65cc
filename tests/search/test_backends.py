"""The back office's own search, of pages, images, files and terms, through Wagtail's index."""

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from modelsearch.query import Not, Or, Phrase, PlainText
from wagtail.models import Page
from wagtail.search.backends import get_search_backend

from courses.models import CourseDocument, CourseImage, GlossaryTerm, LessonPage
from tests.courses.test_markup import svg


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("订货", {"备件的账"}),
        ("提前期需求", {"备件的账"}),
        ("服务 补偿", {"服务补救：失误之后的四十八小时"}),
        (Phrase("四十八小时"), {"服务补救：失误之后的四十八小时"}),
        (PlainText("备件 卡诺", operator="or"), {"备件的账", "并成一队还是加一个人"}),
        (Or([PlainText("安全库存"), PlainText("M/M/1")]), {"备件的账", "并成一队还是加一个人"}),
        (PlainText("备件") & Not(PlainText("排队")), {"备件的账"}),
        ("！？", set()),
        ("", set()),
        ("'\"\\:*", set()),
    ],
)
def test_search_of_pages(query, titles, library):
    assert {lesson.title for lesson in get_search_backend().search(query, LessonPage)} == titles


def test_search_ignores_fields_and_counts(library):
    backend = get_search_backend()
    found = backend.search("卡诺", GlossaryTerm, fields=["term", "meaning"])

    assert found.count() == 1
    assert [term.term for term in found] == ["卡诺模型"]
    assert [term.term for term in backend.autocomplete("ka", GlossaryTerm)] == ["卡诺模型"]
    assert [page.title for page in backend.autocomplete("备件的", Page)] == ["备件的账"]


def test_search_of_images_documents_and_their_tags(db):
    image = CourseImage.objects.create(title="服务蓝图", file=ContentFile(svg(), name="a.svg"))
    image.tags.add("上门维修")
    CourseDocument.objects.create(title="备件清单模板", file=ContentFile(b"x", name="a.txt"))
    image.save()
    backend = get_search_backend()

    assert [found.title for found in backend.search("蓝图", CourseImage)] == ["服务蓝图"]
    assert [found.title for found in backend.search("维修", CourseImage)] == ["服务蓝图"]
    assert [found.title for found in backend.search("清单", CourseDocument)] == ["备件清单模板"]
    assert list(backend.search("蓝图", CourseDocument)) == []


@pytest.mark.parametrize(
    ("address", "query", "wanted"),
    [
        ("wagtailadmin_pages:search", "什么时候订", "备件的账"),
        ("wagtailadmin_pages:search", "四十八", "服务补救：失误之后的四十八小时"),
        ("wagtailsnippets_courses_glossaryterm:list", "卡诺", "卡诺模型"),
        ("wagtailsnippets_courses_glossaryterm:list", "shouci", "首次修复率"),
    ],
)
def test_back_office_lists_find_chinese(address, query, wanted, library, staff):
    page = staff.get(reverse(address), {"q": query}).content.decode()

    assert wanted in page
    assert staff.get(reverse(address), {"q": "！？ ' OR *"}).status_code == 200
