"""Lesson blocks as a reader gets them, and as the editor's form holds them."""

import pytest
from django.core.exceptions import ValidationError
from django.template import Context, Template

from courses.blocks import FRAMES, FigureBlock
from courses.markup.lessons import FRAMES as WRITTEN_FRAMES
from courses.models import LessonPage


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
