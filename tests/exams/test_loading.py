from collections import Counter

import pytest
import yaml
from django.db.models import F

from exams import bank, demo, loading
from exams.models import Exam, Item
from tests.factories.courses import make_course

ROW = {
    "code": "M1-0001",
    "kind": "single",
    "pool": "live",
    "point": "概况",
    "difficulty": 1,
    "stem": "哪一个？",
    "options": ["甲", "乙", "丙"],
    "answer": ["B"],
    "explanation": "因为乙。",
    "source": "标准",
    "lesson": "one-in-ten",
    "verified": True,
}


def write(folder, *rows, name="m1-standard/live.yaml"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(list(rows), allow_unicode=True), encoding="utf-8")


def row(**changes):
    return {name: value for name, value in (ROW | changes).items() if value is not ...}


def test_load_items_creates_live_items(db, tmp_path, now):
    write(tmp_path, row(), row(code="M1-0002", kind="true_false", options=..., answer=["错"], lesson=None))

    report = loading.load_items(tmp_path, now=now)

    assert report == loading.LoadReport(created=["M1-0001", "M1-0002"])
    first, second = Item.objects.order_by("code")
    assert (first.module, first.kind, first.pool, first.status) == ("M1", "SINGLE", "LIVE", "LIVE")
    text = bank.Text("哪一个？", ("甲", "乙", "丙"), "B", "因为乙。", "标准", "one-in-ten")
    assert bank.Text.of(first.current) == text
    assert (second.current.key, second.current.options, second.current.created_by) == ("F", [], None)


def test_load_items_stores_many_in_few_statements(db, tmp_path, now, django_assert_max_num_queries):
    write(tmp_path, *(row(code=f"M1-{number:04d}", stem=f"第 {number} 题？") for number in range(1, 101)))

    with django_assert_max_num_queries(10):
        loading.load_items(tmp_path, now=now)

    assert Item.objects.filter(current__number=1, current__item=F("pk")).count() == 100


def test_load_items_again_does_nothing(db, tmp_path, now):
    write(tmp_path, row())
    loading.load_items(tmp_path, now=now)

    assert loading.load_items(tmp_path, now=now) == loading.LoadReport(unchanged=["M1-0001"])
    assert Item.objects.get().versions.count() == 1


def test_load_items_of_changed_text_appends_a_version(db, tmp_path, now):
    write(tmp_path, row())
    loading.load_items(tmp_path, now=now)
    write(tmp_path, row(stem="究竟哪一个？", difficulty=2))

    report = loading.load_items(tmp_path, now=now)

    item = Item.objects.get()
    assert report == loading.LoadReport(updated=["M1-0001"])
    assert (item.current.number, item.current.stem, item.difficulty) == (2, "究竟哪一个？", 2)


def test_load_items_applies_changed_facts_without_a_version(db, tmp_path, now):
    write(tmp_path, row(verified=False))
    loading.load_items(tmp_path, now=now)
    write(tmp_path, row())

    report = loading.load_items(tmp_path, now=now)

    assert report == loading.LoadReport(updated=["M1-0001"])
    assert (Item.objects.get().is_verified, Item.objects.get().versions.count()) == (True, 1)


def test_load_items_keeps_what_an_editor_has_changed_since(alice, tmp_path, now):
    write(tmp_path, row())
    loading.load_items(tmp_path, now=now)
    item = Item.objects.get()
    text = bank.Text("编辑改过", ("甲", "乙"), "A", "解析", "出处")
    bank.revise(item=item, text=text, point="概况", difficulty=1, is_verified=True, author=alice, now=now)
    write(tmp_path, row(stem="文件也改了"))

    report = loading.load_items(tmp_path, now=now)

    assert report == loading.LoadReport(kept=["M1-0001"])
    assert bank.Text.of(Item.objects.get().current) == text


def test_load_items_does_not_wake_a_retired_item(db, tmp_path, now):
    write(tmp_path, row())
    loading.load_items(tmp_path, now=now)
    bank.retire(item=Item.objects.get())
    write(tmp_path, row(stem="改"))

    loading.load_items(tmp_path, now=now)

    assert Item.objects.get().status == Item.Status.RETIRED


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"code": "X-1"}, "code", "M1-0001 的样子"),
        ({"code": "M2-0001"}, "code", "目录 m1-standard 不一致"),
        ({"kind": "essay"}, "kind", "single / multi / true_false"),
        ({"kind": ["single"]}, "kind", "single / multi / true_false"),
        ({"pool": "secret"}, "pool", "live / practice"),
        ({"difficulty": 4}, "difficulty", "1、2、3"),
        ({"difficulty": True}, "difficulty", "1、2、3"),
        ({"verified": "yes"}, "verified", "true 或 false"),
        ({"stem": "  "}, "stem", "不能空"),
        ({"source": "长" * 301}, "source", "最多 300 字，现在 301 字"),
        ({"lesson": "One Ten"}, "lesson", "slug"),
        ({"options": ["甲", True]}, "options", "加引号"),
        ({"answer": "B"}, "answer", "列表"),
        ({"answer": ["D"]}, "options / answer", "从 A 到 C"),
        ({"answer": ["A", "B"]}, "options / answer", "只有一个"),
        ({"kind": "multi", "answer": ["A"]}, "options / answer", "至少两个"),
        ({"explanation": ...}, "explanation", "缺少"),
        ({"hint": "x"}, "hint", "没有这个字段"),
    ],
)
def test_load_items_names_file_code_and_field(db, tmp_path, now, changes, field, words):
    write(tmp_path, row(**changes))

    with pytest.raises(loading.LoadRefused) as refusal:
        loading.load_items(tmp_path, now=now)

    problem = refusal.value.problems[0]
    assert (problem.file, problem.field) == ("m1-standard/live.yaml", field)
    assert words in problem.message
    assert str(problem) in str(refusal.value)


def test_load_items_is_all_or_nothing_and_names_every_mistake(db, tmp_path, now):
    write(tmp_path, row(), row(code="M1-0002", difficulty=9))
    write(tmp_path, row(), name="m1-standard/more.yaml")
    (tmp_path / "m2-contact").mkdir()
    (tmp_path / "m2-contact" / "broken.yaml").write_text("- code: [", encoding="utf-8")
    (tmp_path / "m2-contact" / "odd.yaml").write_text("code: M2-0001", encoding="utf-8")
    write(tmp_path, "text", name="m3-queueing/live.yaml")

    with pytest.raises(loading.LoadRefused) as refusal:
        loading.load_items(tmp_path, now=now)

    assert [(problem.file, problem.code) for problem in refusal.value.problems] == [
        ("m1-standard/live.yaml", "M1-0002"),
        ("m1-standard/more.yaml", "M1-0001"),
        ("m2-contact/broken.yaml", ""),
        ("m2-contact/odd.yaml", ""),
        ("m3-queueing/live.yaml", "第 1 题"),
    ]
    assert not Item.objects.exists()


def test_load_items_refuses_another_kind_under_an_old_code(db, tmp_path, now):
    write(tmp_path, row())
    loading.load_items(tmp_path, now=now)
    write(tmp_path, row(kind="multi", answer=["A", "B"]))

    with pytest.raises(loading.LoadRefused, match="题型和题池定了就不能改"):
        loading.load_items(tmp_path, now=now)


def test_load_items_of_an_empty_folder_says_so(db, tmp_path, now):
    with pytest.raises(loading.LoadRefused, match="没有找到题库文件"):
        loading.load_items(tmp_path, now=now)


def test_demo_exam_can_be_drawn_from_the_real_bank(db, now):
    make_course(slug=demo.COURSE_SLUG)

    demo.load(now=now)
    demo.load(now=now)

    exam = Exam.objects.get()
    cells = list(exam.cells.all())
    supply = Counter(Item.objects.drawable().values_list("module", "kind"))
    assert sum(cell.count for cell in cells) == 50
    assert sum(cell.count * cell.points_centi for cell in cells) == 100_00
    assert all(supply[cell.module, cell.kind] >= cell.count for cell in cells)
    assert Item.objects.drawable().count() >= 60
