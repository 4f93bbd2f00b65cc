"""Labs where people meet them: in a lesson, on pages of their own, and as a line of a lesson file."""

import pytest
from django.conf import settings
from django.template import Context, Template
from django.test import Client
from django.urls import reverse

from courses.blocks.labs import lab_context
from courses.labs.shelf import LABS
from courses.markup.lessons import parse_lesson, parse_page
from courses.markup.problems import Malformed
from courses.markup.terms import mark
from courses.models import LessonPage
from tests.factories.courses import make_course


def render(slug: str) -> str:
    body = LessonPage.body.field.stream_block.to_python([{"type": "lab", "value": {"lab": slug}}])
    template = Template("{% load wagtailcore_tags %}{% for b in body %}{% include_block b %}{% endfor %}")
    return template.render(Context({"body": body}))


@pytest.mark.parametrize("slug", LABS)
def test_block_stands_without_its_script(slug):
    html = render(slug)

    assert f'data-lab="{slug}"' in html
    assert f"js/labs/{slug}.js" in html
    for table in lab_context(slug)["tables"]:
        assert table.caption in html


@pytest.mark.parametrize("slug", LABS)
def test_block_keeps_the_policy_of_content(slug):
    html = render(slug)

    assert " style=" not in html
    assert html.count("<script") == html.count('<script type="application/json"') + html.count(
        '<script type="module" src='
    )


def test_glossary_leaves_labs_alone():
    html = render("nps") + "<p>推荐</p>"

    assert mark(html, {"推荐": "x"})[0] == html.replace(
        "<p>推荐</p>", '<p><button class="term" type="button" popovertarget="term-x">推荐</button></p>'
    )


def test_lesson_file_places_a_lab():
    _, blocks = parse_page("---\n{}\n---\n:::lab queue\n:::\n", {})

    assert [(block.type, block.value, block.line) for block in blocks] == [("lab", {"lab": "queue"}, 4)]


@pytest.mark.parametrize(
    ("lines", "fault"), [(":::lab quiz\n:::", "没有叫“quiz”的实验"), (":::lab queue\n多余\n:::", ":::lab 框里不写内容")]
)
def test_lesson_file_with_a_faulty_lab(lines, fault):
    with pytest.raises(Malformed) as refusal:
        parse_page(f"---\n{{}}\n---\n{lines}\n", {})

    assert [problem.text[: len(fault)] for problem in refusal.value.problems] == [fault]


@pytest.mark.parametrize("lab", LABS.values(), ids=list(LABS))
def test_lab_stands_in_the_lesson_that_explains_it(lab):
    (file,) = (settings.BASE_DIR / "courses" / "content").glob(f"{lab.module.lower()}-*/*-{lab.lesson}.md")

    blocks = parse_lesson(file.read_text(encoding="utf-8")).blocks

    assert [block.value["lab"] for block in blocks if block.type == "lab"] == [lab.slug]


@pytest.mark.django_db
def test_lab_list_is_public_and_names_every_lab(django_assert_num_queries):
    with django_assert_num_queries(0):
        html = Client().get(reverse("courses:lab_list")).content.decode()

    assert all(reverse("courses:lab_detail", args=[slug]) in html for slug in LABS)


@pytest.mark.django_db
@pytest.mark.parametrize("slug", LABS)
def test_lab_detail_is_public(slug):
    response = Client().get(reverse("courses:lab_detail", args=[slug]))

    assert response.status_code == 200
    html = response.content.decode()
    assert f"<h1>{LABS[slug].question}</h1>" in html
    assert f'<meta property="og:title" content="{LABS[slug].title}" />' in html
    assert html.count(f"/labs/{slug}/") == 2  # canonical and og:url


@pytest.mark.django_db
def test_lab_detail_leads_to_its_lesson():
    course = make_course()
    lesson = LessonPage.objects.get()
    LessonPage.objects.filter(pk=lesson.pk).update(slug=LABS["nps"].lesson)

    html = Client().get(reverse("courses:lab_detail", args=["nps"])).content.decode()

    assert course.live
    assert f"《{lesson.title}》" in html
    assert "报名后可读全文" in html


@pytest.mark.django_db
def test_there_is_no_other_lab():
    assert Client().get("/labs/quiz/").status_code == 404
