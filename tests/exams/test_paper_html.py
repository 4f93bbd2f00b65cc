"""What the joined HTML has to share with the template engine's: escaping, numbers, one shape filled twice."""

import re
from dataclasses import replace

from django.template.loader import render_to_string

from exams.attempts.printing import PrintedOption, PrintedQuestion, Section
from exams.paper_html import paper_section

PARTS = [(0, "甲", 1), (1, "甲", 2), (2, "乙", 1), (3, "丙", 1), (4, "丙", 2)]
SECOND = ["第 4–5 题", "材料丙", "3", "4"]


def make_question(position=0, kind="SINGLE", stem="题干", texts=("甲", "乙", "丙")):
    options = tuple(PrintedOption(letter, text) for letter, text in zip("ABCDE", texts, strict=False))
    return PrintedQuestion(position=position, kind=kind, points_centi=200, stem=stem, options=options)


def rendered(question, title):
    return render_to_string("exams/includes/question.html", {"question": question, "title": title})


def test_joined_html_is_what_the_template_prints(db):
    nasty = ("<b>甲</b>", "a & b", "\"'", "{{ x }}", "%s \\1")
    questions = (
        make_question(0),
        make_question(41, stem="<script>alert(1)</script>", texts=nasty[:3]),
        make_question(999, stem="A position number"),
    )
    section = Section("单选题", 200, questions)

    printed = paper_section(section)

    assert printed.html == "".join(rendered(question, "单选题") for question in questions)
    assert (printed.count, printed.cells) == (3, (("0", "1"), ("41", "42"), ("999", "1000")))
    assert "<script>alert" not in printed.html


def test_material_is_printed_once_above_its_questions(db):
    parts = [replace(make_question(place), material=f"材料{case}", part=part) for place, case, part in PARTS]

    html = paper_section(Section("案例题", 200, tuple(parts))).html

    frames = re.findall(r"<small>(.*?)</small>|(材料.)</p>|data-position=\"(\d)\"", html)
    assert ["".join(found) for found in frames] == ["第 1–2 题", "材料甲", "0", "1", "第 3 题", "材料乙", "2", *SECOND]


def test_shapes_do_not_mix(db):
    multi = make_question(1, kind="MULTI", texts=("甲", "乙", "丙", "丁", "戊"))
    truth = PrintedQuestion(2, "TRUE_FALSE", 100, "对吗", (PrintedOption("T", "对"), PrintedOption("F", "错")))

    html = [paper_section(Section(title, 100, (one,))).html for title, one in (("多选题", multi), ("判断题", truth))]

    assert [re.findall(r'type="(\w+)"\s+name', text) for text in html] == [["checkbox"] * 5, ["radio"] * 2]
    assert "\ue000" not in "".join(html)
