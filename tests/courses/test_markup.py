"""Content files to plain data: what is understood, and how each fault is told."""

from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from django.conf import settings

from courses.markup import prose
from courses.markup.course import CourseMalformed, read_course
from courses.markup.lessons import Block, Lesson, parse_check, parse_lesson
from courses.markup.problems import Malformed
from courses.markup.svg import check_svg

FRONT = """---
title: 十分之一
slug: one-in-ten
summary: 怎么算
preview: false
goals: [会数人, 会取整]
sources: [GB/T 27922-2011 5.1.2.2]
verified: true
---
"""


def lesson(body: str) -> str:
    return FRONT + body


def faults(source: str) -> list[tuple[int, str]]:
    with pytest.raises(Malformed) as caught:
        parse_lesson(source)
    return [(problem.line, problem.text) for problem in caught.value.problems]


def svg(inside: str = "", attributes: str = "") -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 7 5" {attributes}>{inside}</svg>'.encode()


def test_parse_lesson_reads_every_kind_of_block():
    source = lesson(
        """
:::case 现场：周一
**先**看*现场*。

- 一
- 二
:::

## 第一步

上一行
下一行，见[规则](/refund/)和 `ρ < 1`。

1. 数人

| 人 | 应配 |
|---|---:|
| 10 | **1** |

![两层](figures/two.svg "图 1")

:::check
question: 几名？
kind: multi
options: ["1", "2", "3"]
answer: [C, A]
explanation: 因为。
:::
"""
    )

    assert parse_lesson(source) == Lesson(
        title="十分之一",
        slug="one-in-ten",
        summary="怎么算",
        is_preview=False,
        is_verified=True,
        goals=("会数人", "会取整"),
        sources=("GB/T 27922-2011 5.1.2.2",),
        blocks=(
            Block(
                "case",
                {"title": "现场：周一", "text": "<p><b>先</b>看<i>现场</i>。</p><ul><li>一</li><li>二</li></ul>"},
                11,
            ),
            Block("heading", {"text": "第一步", "level": "2"}, 18),
            Block(
                "text",
                '<p>上一行下一行，见<a href="/refund/">规则</a>和 <code>ρ &lt; 1</code>。</p><ol><li>数人</li></ol>',
                20,
            ),
            Block(
                "table",
                {
                    "data": [["人", "应配"], ["10", "1"]],
                    "cell": [
                        {"row": 0, "col": 1, "className": "htRight"},
                        {"row": 1, "col": 1, "className": "htRight"},
                    ],
                    "mergeCells": [],
                    "first_row_is_table_header": True,
                    "first_col_is_header": False,
                    "table_header_choice": "row",
                    "table_caption": "",
                },
                25,
            ),
            Block("figure", {"src": "figures/two.svg", "alt": "两层", "caption": "图 1"}, 29),
            Block(
                "check",
                {
                    "question": "几名？",
                    "kind": "multi",
                    "options": ["1", "2", "3"],
                    "answer": "AC",
                    "explanation": "因为。",
                },
                31,
            ),
        ),
    )


@pytest.mark.parametrize(
    ("body", "line", "text"),
    [
        ("# 一级\n", 10, "只用二级（##）和三级（###）标题"),
        (":::key 要点\n没有收\n", 10, ":::key 框没有用单独一行 ::: 收好"),
        (":::case 一\n字\n\n:::key 二\n字\n:::\n:::\n", 13, "框里不再套框，请先用 ::: 收好上一个框"),
        (":::box 一\n", 10, "不认识的框，或框没有收好：:::box 一"),
        (":::key 要点\n:::\n", 10, ":::key 框是空的"),
        ("一段<b>字</b>\n", 10, "不写 HTML：<b>"),
        ("> 引\n", 10, "不用 > 引用，请用 :::quote 框"),
        ("```\nx\n```\n", 10, "不用代码块"),
        ("字\n\n---\n", 12, "不用分隔线"),
        ("![](figures/a.svg)\n", 10, "图 figures/a.svg 缺少替代文字：在方括号里说清楚图里有什么"),
        (
            "![图](../../etc/passwd)\n",
            10,
            "图要放在本模块的 figures 目录里，写成 figures/名称.svg，现在是 ../../etc/passwd",
        ),
        ("字 ![图](figures/a.svg)\n", 10, "这里不能放图，图要单独成段"),
        ("[点](//evil.example)\n", 10, "链接只能以 https://、mailto: 或 / 开头：//evil.example"),
        (":::check\nquestion: 几\n:::\n", 11, "缺少字段 kind"),
        (":::check\n- 1\n:::\n", 11, "要写成“字段: 内容”，需要的字段是 question、kind、options、answer、explanation"),
        ("", 10, "正文是空的"),
    ],
)
def test_parse_lesson_names_line_and_remedy(body, line, text):
    assert (line, text) in faults(lesson(body))


def test_parse_lesson_reports_faults_of_fields_and_body_together():
    source = lesson("# 一\n").replace("preview: false", "preview: 否").replace("verified: true\n", "extra: 1\n")

    assert faults(source) == [
        (2, "缺少字段 verified"),
        (5, "字段 preview：要写 true 或 false"),
        (8, "字段 extra：没有这个字段，可用的是 title、slug、summary、preview、goals、sources、verified"),
        (10, "只用二级（##）和三级（###）标题"),
    ]


@pytest.mark.parametrize(
    ("source", "line"), [("没有字段", 1), ("---\ntitle: a: b\n---\n", 2), ("---\ntitle: \x07\n---\n", 2)]
)
def test_parse_lesson_refuses_unreadable_front_matter(source, line):
    assert faults(source)[0][0] == line


@pytest.mark.parametrize(
    ("kind", "options", "answer", "fault"),
    [
        ("single", '["1", "2"]', "[C]", "自测题：答案要用 A–B 的字母，每个只写一次"),
        ("multi", '["1", "2"]', "[A, A]", "自测题：答案要用 A–B 的字母，每个只写一次"),
        ("single", '["1", "2"]', "[A, B]", "自测题：单选只有一个答案，多选至少两个"),
        ("multi", '["1", "2"]', "[A]", "自测题：单选只有一个答案，多选至少两个"),
        ("single", '["1", "1"]', "[A]", "自测题：有两个选项相同"),
        ("single", "[1, 2]", "[A]", "字段 options：要写成列表，每条一行文字（含冒号的一条请加引号）"),
        ("sum", '["1", "2"]', "[A]", "字段 kind：要写 single、multi、true_false 之一"),
    ],
)
def test_parse_check_refuses_answers_that_do_not_fit(kind, options, answer, fault):
    with pytest.raises(Malformed, match=escape(fault).replace("（", ".").replace("）", ".")):
        parse_check(f"question: 问\nkind: {kind}\noptions: {options}\nanswer: {answer}\nexplanation: 解")


def test_parse_check_true_false_has_no_options():
    source = "question: 问\nkind: true_false\nanswer: [错]\nexplanation: 解"

    assert parse_check(source)["answer"] == "错"
    with pytest.raises(Malformed, match=r"判断题的答案写 \[对\] 或 \[错\]"):
        parse_check(source.replace("错", "A"))


def test_rich_text_of_keeps_a_space_between_wrapped_latin_words():
    assert prose.rich_text_of("SERVQUAL\nmodel 模型\n说明") == "<p>SERVQUAL model 模型说明</p>"


def test_rich_text_of_escapes_and_refuses_scripts_in_links():
    assert prose.rich_text_of("5 < 7 & 8") == "<p>5 &lt; 7 &amp; 8</p>"
    assert "<script" not in prose.rich_text_of("`<script>`")
    assert prose.rich_text_of("[x](javascript:alert(1))") == "<p>[x](javascript:alert(1))</p>"  # stays text


def test_check_svg_accepts_shapes_and_inner_references():
    check_svg(svg('<defs><marker id="a"/></defs><path marker-end="url(#a)" d="M0,0"/><use href="#a"/><text>字</text>'))


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (svg("<script>alert(1)</script>"), "元素 script"),
        (
            svg('<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>'),
            "元素 foreignObject、元素 p",
        ),
        (svg(attributes='onload="alert(1)"'), "svg 的属性 onload"),
        (svg('<image href="https://x.example/a.png"/>'), "元素 image、image 的属性 href"),
        (svg('<use href="data:image/svg+xml;base64,AAAA"/>'), "use 的属性 href"),
        (svg('<use xmlns:x="http://www.w3.org/1999/xlink" x:href="other.svg#a"/>'), "use 的属性 href"),
        (svg('<rect fill="url(https://x.example/#a)"/>'), "rect 的属性 fill"),
        (svg("<rect style=\"background: URL( '//x.example')\"/>"), "rect 的属性 style"),
        (svg('<a href="javascript:alert(1)"><text>x</text></a>'), "元素 a、a 的属性 href"),
        (svg('<set attributeName="href" to="javascript:alert(1)"/>'), "元素 set"),
        (svg("<style>@import url(//x.example)</style>"), "元素 style"),
        (b'<html xmlns="http://www.w3.org/1999/xhtml"/>', "根元素不是 svg"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("<text>&a;</text>"), "DOCTYPE"),
        (b"\x89PNG", "不是有效的 SVG"),
        (b"", "不是有效的 SVG"),
    ],
)
def test_check_svg_refuses_what_runs_or_fetches(data, named):
    with pytest.raises(Malformed, match=named):
        check_svg(data)


def write_course(root: Path, **files: str) -> Path:
    """A folder with one good module and lesson; `files` replace or, if None, remove some by their last path part."""
    good = {
        "course.yaml": (
            "catalog_title: 课程\ncatalog_intro: 导语\ntitle: 课\nslug: a-course\nsummary: 介绍\nprice_fen: 88000\n"
            "audience: 谁\noutcome: 什么\nfaq:\n  - question: 问\n    answer: 答\n"
        ),
        "m1-standard/module.yaml": "title: 标准\ncode: M1\nsummary: 介绍\ngoals: [会算]\n",
        "m1-standard/01-one-in-ten.md": lesson("## 一\n\n字\n\n![图](figures/a.svg)\n"),
        "m1-standard/figures/a.svg": svg().decode(),
    }
    for name, text in (good | files).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            path.write_text(text, encoding="utf-8")
    return root


def test_read_course_reads_the_repository():
    course = read_course(settings.BASE_DIR / "courses" / "content")

    assert course.slug == "aftersales-manager"
    assert course.price_fen == 88_000
    assert [module.code for module in course.modules] == ["M1", "M2", "M3", "M4", "M5"]
    assert all(len(module.lessons) >= 2 for module in course.modules)
    assert sum(lesson.lesson.is_preview for module in course.modules for lesson in module.lessons) == 1


def test_read_course_hashes_text_and_figures(tmp_path):
    before = read_course(write_course(tmp_path)).modules[0].lessons[0].digest

    write_course(tmp_path, **{"m1-standard/figures/a.svg": svg("<g/>").decode()})

    assert read_course(tmp_path).modules[0].lessons[0].digest != before


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"course.yaml": None}, "course.yaml：缺少这个文件"),
        ({"m1-standard/module.yaml": None}, "m1-standard/module.yaml：缺少这个文件"),
        ({"m1-standard/figures/a.svg": None}, "m1-standard/01-one-in-ten.md 第 14 行：找不到图 figures/a.svg"),
        (
            {"m1-standard/module.yaml": "title: 标准\ncode: M2\nsummary: 介绍\ngoals: [会算]\n"},
            "m1-standard/module.yaml：字段 code 要与目录名一致，写 M1",
        ),
        (
            {"m1-standard/02-one-in-ten.md": lesson("字")},
            "m1-standard/02-one-in-ten.md：slug one-in-ten 已经用在 m1-standard/01-one-in-ten.md，请换一个",
        ),
        (
            {"m1-standard/intro.md": lesson("字").replace("one-in-ten", "intro")},
            "m1-standard/intro.md：文件名要写成“两位序号-slug.md”，slug 与字段 slug（intro）一致",
        ),
        ({"extras/a.md": "x"}, "extras：模块目录名要形如 m1-standard"),
        (
            {"m2-contact/module.yaml": "title: 二\ncode: M2\nsummary: 介\ngoals: [会]\n"},
            "m2-contact：还没有课，课的文件名形如 01-one-in-ten.md",
        ),
    ],
)
def test_read_course_names_file_line_and_remedy(tmp_path, files, fault):
    with pytest.raises(CourseMalformed) as caught:
        read_course(write_course(tmp_path, **files))

    assert fault in caught.value.faults


def test_read_course_refuses_wrong_encoding_unsafe_figure_and_bad_question_at_once(tmp_path):
    write_course(tmp_path, **{"m1-standard/figures/a.svg": svg("<script/>").decode()})
    (tmp_path / "m1-standard" / "02-other.md").write_bytes("标题".encode("gbk"))
    (tmp_path / "course.yaml").write_text(
        (tmp_path / "course.yaml").read_text().replace("answer: 答", "reply: 答").replace("88000", "8.8"), "utf-8"
    )

    with pytest.raises(CourseMalformed) as caught:
        read_course(tmp_path)

    told = "\n".join(caught.value.faults)
    assert "course.yaml 第 6 行：字段 price_fen：要写不小于 100 的整数" in told
    assert "m1-standard/02-other.md：不是 UTF-8 编码，请另存为 UTF-8" in told
    assert "m1-standard/figures/a.svg：SVG 里有不能使用的内容：元素 script" in told


def test_read_course_without_a_folder(tmp_path):
    with pytest.raises(CourseMalformed, match="没有这个目录"):
        read_course(tmp_path / "nowhere")
