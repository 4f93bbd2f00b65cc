import json

import pytest
import yaml
from django.core.management import call_command

from tests.courses.test_markup import write_course

TERM = {"term": "评价", "english": "Evaluation", "meaning": "意思", "lesson": "one-in-ten"}
KEYS = [
    "lessons",
    "characters",
    "study_minutes",
    "items",
    "cases",
    "glossary",
    "by_module",
    "by_type",
    "by_difficulty",
    "problems",
]


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        call_command("content_report", *arguments)
    return end.value.code, capsys.readouterr().out


def test_content_report_finds_nothing_wrong_with_what_we_ship(capsys):
    code, printed = run(capsys, "--json")
    report = json.loads(printed)

    assert list(report) == KEYS
    assert report["problems"] == []
    assert code == 0
    assert report["lessons"] == 40


def test_content_report_in_words_has_the_totals_and_the_balance(capsys):
    code, printed = run(capsys)

    assert code == 0
    assert "课 40 节" in printed
    assert "单选答案的位置 A" in printed
    assert printed.endswith("问题 0 处\n")


def test_content_report_of_a_broken_folder_names_the_files_and_fails(capsys, tmp_path):
    items = tmp_path / "items" / "m1-standard"
    items.mkdir(parents=True)
    (items / "broken.yaml").write_text("- code: [", encoding="utf-8")
    (items / "odd.yaml").write_text("code: M1-0001", encoding="utf-8")
    (items / "short.yaml").write_text("- code: M1-0002", encoding="utf-8")

    code, printed = run(capsys, "--course", str(tmp_path / "gone"), "--items", str(items.parent), "--json")
    problems = json.loads(printed)["problems"]

    assert code == 1
    assert problems[0] == f"没有这个目录：{tmp_path / 'gone'}"
    assert problems[1].startswith("m1-standard/broken.yaml　不是合格的 UTF-8 YAML")
    assert problems[2] == "m1-standard/odd.yaml　文件要是一个列表，每题一项。"
    assert "m1-standard/short.yaml　M1-0002　stem　缺少这个字段。" in problems


def test_content_report_names_lessons_and_counts_terms(capsys, tmp_path):
    folder = write_course(tmp_path / "course")
    other = TERM | {"term": "认证", "english": "Certification", "lesson": "gone"}
    (folder / "glossary.yaml").write_text(yaml.safe_dump([TERM, other]), encoding="utf-8")
    (tmp_path / "items").mkdir()

    code, printed = run(capsys, "--course", str(folder), "--items", str(tmp_path / "items"), "--json")
    report = json.loads(printed)

    assert (code, report["glossary"], report["items"]) == (1, 2, {"live": 0, "practice": 0})
    assert any("正文要有 1500–3000 字" in problem for problem in report["problems"])
    assert "词条“认证”：没有 slug 是“gone”的课" in report["problems"]
