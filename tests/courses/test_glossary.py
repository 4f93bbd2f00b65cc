"""The glossary: its file, its rows beside editors who change things, its page."""

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from wagtail.models import Site

from courses.glossary import load_glossary
from courses.loading import ContentRefused, LoadReport, load_course
from courses.markup.course import read_course
from courses.markup.glossary import Term, initial_of, parse_glossary, slug_of, sort_key_of, term_faults
from courses.markup.lessons import FRAMES, Lesson
from courses.markup.problems import Malformed
from courses.markup.terms import mark
from courses.models import GlossaryTerm, LessonPage
from courses.models.glossary import CLEAR_LENGTH
from courses.survey import survey_course
from tests.courses.test_enrolment_admin import staff_client
from tests.factories.courses import lessons_of, make_course
from tests.factories.users import UserFactory

CONTENT = settings.BASE_DIR / "courses" / "content"
ENTRY = "- {term: 召回, english: Recall, meaning: 收回一批商品。, lesson: %s}\n"


def report(*, created=(), updated=(), unchanged=(), kept=()) -> LoadReport:
    return LoadReport(created=tuple(created), updated=tuple(updated), unchanged=tuple(unchanged), kept=tuple(kept))


@pytest.fixture
def lesson(db):
    return lessons_of(make_course(lessons=1))[0]


@pytest.fixture
def folder(lesson, tmp_path):
    (tmp_path / "glossary.yaml").write_text(ENTRY % lesson.slug, encoding="utf-8")
    return tmp_path


def add(term: str, **fields: object) -> GlossaryTerm:
    return GlossaryTerm.objects.create(**{"term": term, "slug": slug_of(sort_key_of(term)), "meaning": "意思"} | fields)


def test_repository_has_two_hundred_sound_terms():
    terms = parse_glossary((CONTENT / "glossary.yaml").read_text(encoding="utf-8"))

    assert len(terms) >= 200
    assert list(term_faults(terms, survey_course(read_course(CONTENT)).slugs)) == []
    assert {initial_of(sort_key_of(term.term)) for term in terms} <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ#")


def test_every_term_is_met_in_the_lesson_that_teaches_it():
    terms = parse_glossary((CONTENT / "glossary.yaml").read_text(encoding="utf-8"))
    missing = []
    for module in read_course(CONTENT).modules:
        here = {file.lesson.slug for file in module.lessons}
        for lesson in (file.lesson for file in module.lessons):
            own = {term.term for term in terms if term.lesson == lesson.slug}
            near = {term.term for term in terms if term.lesson in here and len(term.term) >= CLEAR_LENGTH}
            _, marked = mark(running_text(lesson), dict.fromkeys(own | near, "slug"))
            missing += [(lesson.slug, term) for term in sorted(own - set(marked))]

    assert missing == []


def running_text(lesson: Lesson) -> str:
    """What the marker may mark of a lesson: its prose and its frames, not headings, tables, figures or self-checks."""
    prose = [block.value for block in lesson.blocks if block.type == "text"]
    return "".join(prose + [block.value["text"] for block in lesson.blocks if block.type in FRAMES])


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("- a: [", "不是有效的 YAML"),
        ("term: 一", "要写成列表"),
        ("- 一", "第 1 条：要有"),
        ("- {term: 一, english: One, meaning: 意思}", "第 1 条：要有"),
        ("- {term: '', english: One, meaning: 意思, lesson: a}", "第 1 条：term 要写文字"),
        ("- {term: 一, english: 壹, meaning: 意思, lesson: a}", "第 1 条：english 要有英文字母或数字"),
        ("- {term: 一, english: One, meaning: 意思, lesson: A B}", "第 1 条：lesson 只能用小写字母"),
        (2 * "- {term: 一, english: One, meaning: 意思, lesson: a}\n", "term 重复：一"),
    ],
)
def test_parse_glossary_says_what_is_wrong(source, fault):
    with pytest.raises(Malformed) as refusal:
        parse_glossary(source)

    assert refusal.value.problems[0].text.startswith(fault)


def test_names_in_addresses_and_order():
    assert [slug_of(name) for name in ("Little's law", "M/M/1 queue", "壹")] == ["littles-law", "m-m-1-queue", ""]
    assert [sort_key_of(name) for name in ("召回", "MTBF", "10% 配置")] == ["zhaohui", "mtbf", "10% peizhi"]
    assert [initial_of(key) for key in ("zhaohui", "mtbf", "10% peizhi", "")] == ["Z", "M", "#", "#"]


def test_term_faults():
    term = Term(term="包过", english="Pass", meaning="意思", lesson="gone")

    assert list(term_faults([term], {"here"})) == [
        "词条“包过”：没有 slug 是“gone”的课",
        "词条“包过”：有不许出现的词：包过",
    ]


def test_load_glossary_twice_changes_nothing(folder, lesson):
    assert load_glossary(folder) == report(created=["召回"])
    assert load_glossary(folder) == report(unchanged=["召回"])

    row = GlossaryTerm.objects.get()
    assert (row.term, row.slug, row.english, row.meaning, row.lesson_id, row.sort_key) == (
        "召回",
        "recall",
        "Recall",
        "收回一批商品。",
        lesson.pk,
        "zhaohui",
    )


def test_load_glossary_takes_a_changed_file_but_not_over_an_edit(folder, lesson):
    load_glossary(folder)
    path = folder / "glossary.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("收回", "召回"), encoding="utf-8")
    assert load_glossary(folder) == report(updated=["召回"])
    GlossaryTerm.objects.update(meaning="编辑写的")
    path.write_text(path.read_text(encoding="utf-8").replace("一批", "这批"), encoding="utf-8")

    assert load_glossary(folder) == report(kept=["召回"])
    assert GlossaryTerm.objects.get().meaning == "编辑写的"


def test_load_glossary_keeps_what_editors_hid_and_what_they_wrote_themselves(folder):
    load_glossary(folder)
    GlossaryTerm.objects.update(is_shown=False)
    assert load_glossary(folder) == report(unchanged=["召回"])
    GlossaryTerm.objects.all().delete()
    own = add("召回", slug="own")

    assert load_glossary(folder) == report(kept=["召回"])
    assert list(GlossaryTerm.objects.all()) == [own]


def test_load_glossary_refuses_an_unknown_lesson(folder):
    (folder / "glossary.yaml").write_text(ENTRY % "gone", encoding="utf-8")

    with pytest.raises(ContentRefused) as refusal:
        load_glossary(folder)

    assert refusal.value.faults == ("glossary.yaml：词条“召回”：没有 slug 是“gone”的课",)
    assert not GlossaryTerm.objects.exists()


def test_load_glossary_without_a_file_is_empty(db, tmp_path):
    assert load_glossary(tmp_path) == report()


def test_term_refuses_a_lesson_that_nobody_can_open(lesson):
    lesson.unpublish()
    lesson.refresh_from_db()

    with pytest.raises(ValidationError, match="没有发布"):
        GlossaryTerm(term="召回", slug="recall", english="Recall", meaning="意思", lesson=lesson).full_clean()


def test_glossary_groups_by_letter_and_links_to_open_lessons(lesson):
    add("召回", lesson=lesson)
    add("10% 配置", slug="ten")
    add("认证")
    add("隐藏", is_shown=False)

    response = Client().get(reverse("courses:glossary"))

    assert [(group.letter, [entry.term.term for entry in group.entries]) for group in response.context["groups"]] == [
        ("#", ["10% 配置"]),
        ("R", ["认证"]),
        ("Z", ["召回"]),
    ]
    assert f'<a href="{lesson.url}">{lesson.title}</a>' in response.text
    assert 'id="term-zhaohui"' in response.text
    lesson.unpublish()
    assert lesson.title not in Client().get(reverse("courses:glossary")).text


@pytest.mark.parametrize(
    ("words", "found"),
    [("召回", 1), ("ZHAO", 1), ("reca", 1), ("收回", 1), ("收回 recall", 1), ("收回 没有", 0), ("", 2), ("\0", 0)],
)
def test_glossary_search_hides_the_rest(db, words, found):
    add("召回", english="Recall", meaning="收回一批商品")
    add("认证", english="Certification")

    response = Client().get(reverse("courses:glossary"), {"q": words})

    assert (response.status_code, response.context["found"], response.context["total"]) == (200, found, 2)
    assert response.text.count('class="glossary-term"') == 2


def test_glossary_empty(db):
    assert "还没有术语" in Client().get(reverse("courses:glossary")).text


def test_glossary_takes_only_looks(db):
    assert Client().post(reverse("courses:glossary")).status_code == 405


@pytest.mark.parametrize("count", [1, 3])
def test_glossary_queries(lesson, count, django_assert_num_queries):
    for number in range(count):
        add(f"词{number}", slug=f"term-{number}", lesson=lesson)
    Site.get_site_root_paths()

    with django_assert_num_queries(2):  # the terms with their lessons, and the site whose address they stand at
        Client().get(reverse("courses:glossary"))


def test_repository_glossary_loads_after_its_course(db, now):
    make_course(lessons=1)
    load_course(CONTENT, now=now)

    made = load_glossary(CONTENT)

    assert len(made.created) == GlossaryTerm.objects.filter(lesson__isnull=False).count() >= 200
    assert load_glossary(CONTENT).unchanged == made.created


def button(term: str, slug: str) -> str:
    return f'<button class="term" type="button" popovertarget="term-{slug}">{term}</button>'


@pytest.mark.parametrize(
    ("html", "wanted", "terms"),
    [
        (
            "<p>“召回”，再召回</p>",
            f'<p><span class="term-whole">“{button("召回", "r")}”，</span>再召回</p>',
            ("召回",),
        ),
        ("<p>召回完成率</p>", f"<p>{button('召回完成率', 'rate')}</p>", ("召回完成率",)),
        ("<p>NPSX 与 NPS</p>", f"<p>NPSX 与 {button('NPS', 'nps')}</p>", ("NPS",)),
        ("<h3>召回</h3><a href='/召回'>召回</a><td>召回</td>", None, None),
        ('<img alt="召回" /><h2><svg><use href="#a" /></svg>召回</h2>', None, ()),
        ('<section class="check"><p>召回</p></section><section class="frame"><p>无</p></section>', None, ()),
        (
            '<section class="check"></section><p>召回</p>',
            f'<section class="check"></section><p>{button("召回", "r")}</p>',
            ("召回",),
        ),
    ],
)
def test_mark(html, wanted, terms):
    if terms is None:
        html, wanted, terms = f"<table>{html}</table>", f"<table>{html}</table>", ()

    assert mark(html, {"召回": "r", "召回完成率": "rate", "NPS": "nps"}) == (wanted or html, terms)
    assert mark(html, {}) == (html, ())


@pytest.fixture
def preview(lesson):
    lesson.is_preview = True
    lesson.body = LessonPage.body.field.stream_block.to_python([{"type": "text", "value": "<p>召回和召回完成率</p>"}])
    lesson.save_revision().publish()
    return lesson


def test_lesson_opens_its_words_and_clear_ones_of_its_module(preview, settings):
    add("召回", slug="recall", lesson=preview)
    add("召回完成率", slug="rate", lesson=preview)
    add("完成", slug="done")

    page = Client().get(preview.url).text
    assert f"<p>{button('召回', 'recall')}和{button('召回完成率', 'rate')}</p>" in page
    assert 'id="term-recall" popover' in page

    settings.GLOSSARY_IN_LESSONS = False
    assert "popover" not in Client().get(preview.url).text


def test_for_lesson_takes_short_words_from_the_lesson_only(db):
    here, near = lessons_of(make_course(lessons=2))[:2]
    add("短词", slug="short", lesson=near)
    add("足够长的词", slug="long", lesson=near)
    add("自己", slug="own", lesson=here)
    add("藏起来的词", slug="hidden", lesson=here, is_shown=False)
    add("没有课的词", slug="alone")

    assert {term.slug for term in GlossaryTerm.objects.for_lesson(here)} == {"long", "own"}


def test_back_office_lets_editors_write_and_reviewers_delete(lesson):
    may = ("view_glossaryterm", "add_glossaryterm", "change_glossaryterm")
    editor = staff_client(UserFactory(is_staff=True), *may)
    reviewer = staff_client(UserFactory(is_staff=True), *may, "delete_glossaryterm")
    form = {
        "term": "召回",
        "english": "Recall",
        "slug": "recall",
        "meaning": "意思",
        "lesson": lesson.pk,
        "is_shown": "on",
    }

    saved = editor.post(reverse("wagtailsnippets_courses_glossaryterm:add"), form)

    term = GlossaryTerm.objects.get()
    assert (saved.status_code, term.sort_key, term.lesson_id) == (302, "zhaohui", lesson.pk)
    assert "召回" in editor.get(reverse("wagtailsnippets_courses_glossaryterm:list"), {"q": "zhao"}).text
    delete = reverse("wagtailsnippets_courses_glossaryterm:delete", args=[term.pk])
    editor.post(delete)
    assert GlossaryTerm.objects.exists()
    reviewer.post(delete)
    assert not GlossaryTerm.objects.exists()
