"""Lesson blocks as a reader gets them, and as the editor's form holds them."""

from io import BytesIO

import pypdfium2
import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.template import Context, Template
from django.urls import reverse

from courses import slides
from courses.blocks import FRAMES, SAMPLES, CheckBlock, FigureBlock, FormulaBlock, VideoBlock
from courses.markup.lessons import FRAMES as WRITTEN_FRAMES
from courses.models import CourseDocument, LessonPage
from courses.models.media import PAID_COLLECTION, collection_named
from tests.factories.courses import EnrolmentFactory, lessons_of, make_course


def body(*blocks: tuple[str, object]) -> object:
    return LessonPage.body.field.stream_block.to_python([{"type": kind, "value": value} for kind, value in blocks])


def render(*blocks: tuple[str, object]) -> str:
    template = Template(
        "{% load wagtailcore_tags %}{% for b in body %}{% include_block b with anchor=forloop.counter %}{% endfor %}"
    )
    return " ".join(template.render(Context({"body": body(*blocks)})).split())


def test_frames_are_those_that_files_may_use():
    assert tuple(FRAMES) == WRITTEN_FRAMES


def test_heading_carries_its_anchor():
    assert '<h2 id="s1">一</h2>' in render(("heading", {"text": "一", "level": "2"}))
    assert '<h3 id="s1">一</h3>' in render(("heading", {"text": "一", "level": "3"}))


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("", "定义 </h3>"),
        ("定义：接触", "定义：接触 </h3>"),
        ("接触", '<span><span class="frame-label">定义</span>接触</span> </h3>'),
    ],
)
def test_frame_says_its_label_once(title, shown):
    html = render(("definition", {"title": title, "text": "<p>含义</p>"}))

    assert shown in html
    assert "<p>含义</p>" in html
    assert 'class="frame frame-definition"' in html


def test_table_has_a_header_row_and_aligned_numbers():
    html = render(
        (
            "table",
            {
                "data": [["人", "应配"], ["10", "1 < 2"]],
                "cell": [{"row": 1, "col": 1, "className": "htRight"}],
                "first_row_is_table_header": True,
                "first_col_is_header": False,
                "table_header_choice": "row",
            },
        )
    )

    assert '<th scope="col" >应配</th>' in html
    assert '<td class="htRight">1 &lt; 2</td>' in html


def test_check_hides_its_answer_behind_a_click():
    html = render(
        (
            "check",
            {"question": "哪些？", "kind": "multi", "options": ["甲", "乙"], "answer": "AB", "explanation": "<b>都是"},
        )
    )

    before, after = html.split("<details>")
    assert "多选" in before
    assert "<li>甲</li><li>乙</li>" in before
    assert "答案：A、B" in after
    assert "&lt;b&gt;都是" in after


def test_figure_needs_an_image():
    with pytest.raises(ValidationError):
        FigureBlock().clean(FigureBlock().to_python({"image": None, "caption": ""}))


# --- Every block in the picker ----------------------------------------------------------------------------------------


def test_every_block_has_a_group_a_description_and_a_preview(db):
    for name, block in LessonPage.body.field.stream_block.child_blocks.items():
        assert block.meta.group, name
        assert block.get_description(), name
        assert block.is_previewable, name
        html = block.render(block.get_preview_value(), {"block_def": block})
        assert len(html.strip()) > 10, name


def test_formula_is_set_and_said():
    html = render(("formula", {"latex": r"\frac{a}{b}", "words": "a 除以 <b>"}))

    assert "<mfrac>" in html
    assert "a 除以 &lt;b&gt;" in html


def test_formula_that_cannot_be_read_is_shown_as_written():
    assert r"\left( &lt;" in render(("formula", {"latex": r"\left( <", "words": "？"}))


@pytest.mark.parametrize("latex", [r"\left(", r"\unknown{a}", r"\text{<b>}", "a_{"])
def test_formula_is_refused_when_it_cannot_be_set(latex):
    with pytest.raises(ValidationError):
        FormulaBlock().clean(FormulaBlock().to_python({"latex": latex, "words": "？"}))


def test_timeline_and_comparison_keep_their_order():
    html = render(("timeline", SAMPLES["timeline"]), ("comparison", SAMPLES["comparison"]))

    for first, second in (("第 0 月", "第 12 月"), ("第 36 月", "按全员"), ("按全员", "按服务管理人员")):
        assert html.index(first) < html.index(second)


@pytest.mark.parametrize(
    ("filename", "is_taken"), [("a.mp4", True), ("a.MP4", True), ("a.pdf", False), ("a", False), ("mp4", False)]
)
def test_video_takes_video_files_only(db, filename, is_taken):
    document = CourseDocument.objects.create(title="片", file=ContentFile(b"x", filename))
    block = VideoBlock()
    value = block.to_python({"title": "片", "file": document.pk, "transcript": "话"})

    if is_taken:
        assert block.clean(value)["file"] == document
    else:
        with pytest.raises(ValidationError):
            block.clean(value)


def test_video_has_captions_and_text(db):
    film = CourseDocument.objects.create(title="片", file=ContentFile(b"x", "a.mp4"))
    words = CourseDocument.objects.create(title="字", file=ContentFile(b"WEBVTT", "a.vtt"))

    html = render(("video", {"title": "片", "file": film.pk, "captions": words.pk, "transcript": "先敲门\n再问好"}))

    assert f'data-video="{film.pk}"' in html
    assert '<track kind="captions"' in html
    assert "先敲门<br>再问好" in html


def test_file_that_is_gone_is_said_in_words(db):
    for kind in ("video", "audio", "slides"):
        assert "已经不在文件库里" in render((kind, {"title": "片", "file": 999_999}))


@pytest.mark.parametrize(
    ("fields", "is_right"),
    [
        ({"kind": "single", "options": ["甲", "乙"], "answer": "B"}, True),
        ({"kind": "single", "options": ["甲", "乙"], "answer": "AB"}, False),
        ({"kind": "multi", "options": ["甲", "乙"], "answer": "AB"}, True),
        ({"kind": "multi", "options": ["甲", "乙"], "answer": "AA"}, False),
        ({"kind": "multi", "options": ["甲"], "answer": "A"}, False),
        ({"kind": "true_false", "options": [], "answer": "错"}, True),
        ({"kind": "true_false", "options": [], "answer": "A"}, False),
    ],
)
def test_check_is_held_to_its_kind(fields, is_right):
    block = CheckBlock()
    value = block.to_python({"question": "？", "explanation": "因为"} | fields)

    if is_right:
        assert block.clean(value)
    else:
        with pytest.raises(ValidationError):
            block.clean(value)
        assert block.clean_deferred(value)  # a draft may wait


# --- Slides -----------------------------------------------------------------------------------------------------------


def make_deck(text: str = "") -> CourseDocument:
    """Make a PDF of two pages."""
    pdf = pypdfium2.PdfDocument.new()
    for _ in range(2):
        pdf.new_page(200, 100)
    out = BytesIO()
    pdf.save(out)
    pdf.close()
    paid = collection_named(PAID_COLLECTION)
    return CourseDocument.objects.create(
        title="讲义", file=ContentFile(out.getvalue() + text.encode(), "d.pdf"), collection=paid
    )


@pytest.fixture
def deck_lesson(db) -> tuple[LessonPage, CourseDocument]:
    lesson, deck = lessons_of(make_course())[0], make_deck()
    lesson.body = body(("slides", {"title": "讲义", "file": deck.pk}))
    lesson.save_revision().publish()
    return LessonPage.objects.get(pk=lesson.pk), deck


def slide(lesson: LessonPage, deck: CourseDocument, number: int) -> str:
    return reverse("courses:lesson_slide", args=[lesson.pk, deck.pk, number])


def test_lesson_slide_shows_each_page_to_those_who_may_read(deck_lesson, as_alice, as_charlie, alice, client):
    lesson, deck = deck_lesson
    EnrolmentFactory(learner=alice, course=lesson.get_parent().get_parent().specific)

    first, again = as_alice.get(slide(lesson, deck, 2)), as_alice.get(slide(lesson, deck, 2))

    assert [first.status_code, first["Content-Type"], first.content] == [200, "image/webp", again.content]
    assert "private" in first["Cache-Control"]
    assert "共 2 页" in as_alice.get(lesson.url).content.decode()
    assert [c.get(slide(lesson, deck, 1)).status_code for c in (as_charlie, client)] == [404, 404]
    assert [as_alice.get(slide(lesson, deck, n)).status_code for n in (0, 3, 10**9)] == [404, 404, 404]
    assert as_alice.get(slide(lesson, make_deck("other"), 1)).status_code == 404


def test_slides_that_are_no_pdf_show_a_download_only(db):
    document = CourseDocument.objects.create(title="假", file=ContentFile(b"%PDF-1.4 no", "a.pdf"))

    assert slides.words(document) == []
    assert "下载 PDF" in render(("slides", {"title": "假", "file": document.pk}))
