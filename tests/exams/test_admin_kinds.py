"""The bank's form for every kind, versions and preview, 待复核, and the pages where people mark."""

import pytest
import time_machine
from django.utils import timezone

from exams import attempts, bank, rechecks
from exams.admin.item_versions import differences_of
from exams.attempts import Entry
from exams.models import SESSION_SPAN as S
from exams.models import Item, ItemVersion, Script
from tests.exams.test_admin import staff, text_of
from tests.factories.exams import enter, make_case, make_eligible, make_exam_of, make_item
from tests.factories.users import UserFactory

FORM = {
    "code": "M1-0042",
    "kind": "SINGLE",
    "pool": "LIVE",
    "point": "点",
    "difficulty": "1",
    "bloom": "3",
    "stem": "问？",
    "options": "甲\n乙",
    "key": "B",
    "rubric": "",
    "explanation": "因为。",
    "notes": "",
    "source": "docs/rules/grading.md G16",
    "lesson_slug": "",
}
ESSAY = "总部和网点两个层面"


@pytest.fixture
def editor(db):
    return staff("view_item", "add_item", "change_item")


def add(editor, **changes):
    return editor.post("/cms/exam_items/new/", FORM | changes)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"notes": "A 舍去了小数"}, ("B", ["舍去了小数", ""], [], "")),
        ({"kind": "NUMERIC", "options": "", "key": "3.33±0.01 分"}, ("3.33±0.01 分", [], [], "分")),
        ({"kind": "BLANK", "options": "", "key": "GB/T 27922|GB/T 27922-2011"}, (..., [], [], "")),
        (
            {"kind": "SHORT", "options": "", "key": "", "rubric": "说出两个层面 4\n说明分母：6分"},
            ("", [], [{"text": "说出两个层面", "points": 4}, {"text": "说明分母", "points": 6}], ""),
        ),
        ({"kind": "CASE", "options": "", "key": "", "explanation": ""}, ("", [], [], "")),
    ],
)
def test_item_add_of_each_kind(editor, changes, expected):
    assert add(editor, **changes).status_code == 302

    version = ItemVersion.objects.get()
    key = changes["key"] if expected[0] is ... else expected[0]
    assert (version.key, version.notes, version.rubric, version.unit) == (key, *expected[1:])
    assert (version.item.bloom, version.created_by) == (3, editor.user)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "NUMERIC", "options": "", "key": "五"}, "数值答案要写成"),
        ({"kind": "NUMERIC", "key": "5"}, "不写选项"),
        ({"kind": "BLANK", "options": "", "key": "甲|甲"}, "不能重复"),
        ({"kind": "SHORT", "options": "", "key": "", "rubric": ""}, "1 到 10 条评分标准"),
        ({"kind": "SHORT", "options": "", "key": "", "rubric": "没有分值"}, "末尾没有分值"),
        ({"kind": "CASE", "options": "", "key": "B"}, "不写答案"),
        ({"rubric": "多余 3"}, "只有简答题"),
        ({"notes": "C 没有这一项"}, "没有选项 C"),
        ({"notes": "没有字母"}, "以选项字母开头"),
        ({"code": "M1-0042-1"}, "没有题号为 M1-0042 的案例"),
        ({"code": "X"}, "题号要写成"),
        ({"explanation": " "}, "请写解析"),
        ({"stem": "![图](../secret.svg)"}, "没有这幅图"),
    ],
)
def test_item_add_refuses_in_words(editor, changes, words):
    page = text_of(add(editor, **changes))

    assert words in page
    assert not Item.objects.exists()


def test_item_add_of_a_part_finds_its_case(editor):
    case = make_item(code="M1-0042", kind="CASE")

    assert add(editor, code="M1-0042-2", kind="TRUE_FALSE", options="", key="对").status_code == 302

    part = Item.objects.get(code="M1-0042-2")
    assert (part.case, part.place, part.status) == (case, 2, "DRAFT")


def test_differences_are_told_letter_by_letter():
    old = bank.Text("应配多少名？", (), "5 名", "旧解析", "标准")
    new = bank.Text("应配几名？", (), "5 名", "旧解析", "标准")

    [difference] = differences_of(old, new)

    assert difference.label == "题干"
    assert [tuple(piece) for piece in difference.pieces] == [
        ("same", "应配"),
        ("gone", "多少"),
        ("new", "几"),
        ("same", "名？"),
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_item_inspect_takes_the_same_queries_for_any_history(editor, count, now, django_assert_max_num_queries):
    item = make_item()
    for number in range(count):
        text = bank.Text(f"第 {number} 稿 **重点**", ("甲", "乙"), "A", "因为", "标准")
        item = bank.revise(
            item=item, text=text, point="点", difficulty=1, is_verified=True, author=editor.user, now=now
        )

    with django_assert_max_num_queries(14):
        page = text_of(editor.get(f"/cms/exam_items/inspect/{item.pk}/"))

    assert f"第 {count + 1} 版（当前）" in page
    assert "<strong>重点</strong>" in page
    assert "与上一版比较：改了题干" in page


def test_item_preview_prints_a_case_with_its_parts(editor):
    case = make_case("NUMERIC", "TRUE_FALSE", "SHORT")

    page = text_of(editor.get(f"/cms/exam_items/{case.pk}/preview/"))

    assert (page.count('class="question"'), page.count("<summary>案例材料")) == (3, 1)
    assert "机密" not in page
    assert text_of(editor.get(f"/cms/exam_items/{case.parts.first().pk}/preview/")).count('class="question"') == 1
    empty = make_item(kind="CASE")
    assert "还没有小题" in text_of(editor.get(f"/cms/exam_items/{empty.pk}/preview/"))


def test_rechecks_flag_what_cites_a_changed_rule(editor, tmp_path, monkeypatch):
    monkeypatch.setattr(rechecks, "RULES", tmp_path)
    (tmp_path / "staffing.md").write_text("# 规则\n\n## S1 甲\n一\n\n## S2 乙\n二\n", encoding="utf-8")
    item, other = make_item(), make_item()
    ItemVersion.objects.filter(item=item).update(source="docs/rules/staffing.md S2；GB/T 27922")
    ItemVersion.objects.filter(item=other).update(source="docs/rules/staffing.md S1")
    assert rechecks.sweep_rechecks() == 0
    assert list(Item.objects.get(pk=item.pk).basis) == ["staffing.md S2"]

    (tmp_path / "staffing.md").write_text("# 规则\n\n## S1 甲\n一\n\n## S2 乙\n二，改了\n", encoding="utf-8")

    assert (rechecks.sweep_rechecks(), rechecks.sweep_rechecks()) == (1, 0)
    assert [row.recheck_reason for row in Item.objects.to_recheck()] == ["规则 staffing.md S2有改动"]
    page = text_of(editor.get(f"/cms/exam_items/inspect/{item.pk}/"))
    assert "复核过，仍然正确" in page
    editor.post(f"/cms/exam_items/{item.pk}/move/recheck/")
    assert not Item.objects.to_recheck().exists()
    assert rechecks.sweep_rechecks() == 0
    with pytest.raises(rechecks.NothingToRecheck):
        rechecks.confirm(item=item)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("docs/rules/staffing.md S2；GB/T 27922-2011 5.1.2.2", [("staffing.md", "S2")]),
        ("docs/rules/exam-room.md，R8；grading.md G16", [("exam-room.md", "R8"), ("grading.md", "G16")]),
        ("GB/T 27922-2011 第 5 章", []),
    ],
)
def test_cited_rules(source, found):
    assert rechecks.cited_rules(source) == found


def test_a_contested_item_is_not_drawn_until_it_is_settled(editor):
    item = make_item()

    editor.post(f"/cms/exam_items/{item.pk}/move/contest/")
    assert not Item.objects.drawable().exists()
    assert "有争议" in text_of(editor.get("/cms/exam_items/"))
    editor.post(f"/cms/exam_items/{item.pk}/move/settle/")
    assert Item.objects.drawable().get() == item


# --- Marking ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def script(db, now):
    exam = make_exam_of(SHORT=1000)
    candidate = UserFactory(name="欧阳考生")
    make_eligible(candidate, exam)
    attempt = enter(exam=exam, candidate=candidate, now=now)
    attempts.save_answers(attempt=attempt, entries=[Entry(S + 1, 0, ESSAY)], now=now)
    attempts.hand_in(attempt=attempt, now=now)
    return Script.objects.get()


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now, tick=False):
        yield


def mark(client, script, first, second, where="scripts", **fields):
    data = {"given_0": first, "given_1": second, "comment": "好", "notes": ""} | fields
    return client.post(f"/cms/exam_marking/{where}/{script.pk}/", data)


def test_marking_from_queue_to_result(script):
    people = [staff("mark_script", "reconcile_script") for _ in range(3)]
    version = script.version_id
    assert "评阅（1 份）" in text_of(people[0].get("/cms/exam_marking/"))
    taken = people[0].post(f"/cms/exam_marking/questions/{version}/next/")
    assert taken.url == f"/cms/exam_marking/scripts/{script.pk}/"
    page = text_of(people[0].get(taken.url))
    assert ESSAY in page
    assert "欧阳考生" not in page

    notes = '[{"start": 0, "end": 2, "text": "对"}]'
    assert mark(people[0], script, "4", "6", notes=notes).status_code == 302
    assert mark(people[1], script, "1", "0.5").status_code == 302

    assert Script.objects.get().status == "DISPUTED"
    assert "等待仲裁" in text_of(people[2].get("/cms/exam_marking/"))
    dispute = text_of(people[2].get(f"/cms/exam_marking/disputes/{script.pk}/"))
    assert ("第 1 评：10 / 10 分" in dispute, "批注（第 1–2 字）：对" in dispute) == (True, True)
    assert mark(people[2], script, "3", "3", where="disputes").url == "/cms/exam_marking/disputes/"
    assert (Script.objects.get().points_centi, Script.objects.get().done_at) == (600, timezone.now())


@pytest.mark.parametrize(
    ("first", "fields", "words"),
    [
        ("5", {}, "4"),
        ("", {}, "还没有打分"),
        ("1.25", {}, "0.5"),
        ("4", {"notes": "{]"}, "没有读懂批注"),
        ("4", {"notes": '[{"start": 0, "end": 99, "text": "x"}]'}, "标在作答的文字上"),
    ],
)
def test_script_mark_refuses_in_words(script, first, fields, words):
    response = mark(staff("mark_script"), script, first, "0", **fields)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert Script.objects.get().status == "FIRST"


def test_script_mark_is_for_those_who_may(script):
    assert staff("view_item").get("/cms/exam_marking/").url == "/cms/"
    assert staff("mark_script").get("/cms/exam_marking/disputes/").url == "/cms/"
    own = staff("mark_script")
    script.attempt.candidate = own.user
    script.attempt.save()
    assert own.get(f"/cms/exam_marking/scripts/{script.pk}/").status_code == 302
    assert "没有等待评阅的作答" not in text_of(own.get("/cms/exam_marking/"))
