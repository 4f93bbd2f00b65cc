"""manage.py check_staffing: exit codes and output are a contract (docs/rules/staffing.md)."""

import json
import re
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from tests.factories.staffing import REGISTER, csv_bytes, make_register, manager, xlsx_bytes
from tests.staffing.test_checks import EXPECTED, ROSTERS

KEYS = ["managers", "required", "held", "gap", "points", "worst_points", "first_breach", "rows", "errors"]

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as stop:
        call_command("check_staffing", *arguments, stdout=out, stderr=err)
    return stop.value.code, out.getvalue(), err.getvalue()


@pytest.fixture
def saved(tmp_path):
    """Save bytes as a roster and return its path."""

    def save(content: bytes, name: str = "roster.csv") -> str:
        path = tmp_path / name
        path.write_bytes(content)
        return str(path)

    return save


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: expected["file"])
def test_hand_made_roster_as_json(expected, now):
    make_register(now=now)

    code, out, err = run(str(ROSTERS / expected["file"]), "--as-of", expected["as_of"], "--json")

    answer = json.loads(out)
    assert list(answer) == KEYS
    assert {key: answer[key] for key in KEYS[:7]} == {key: expected[key] for key in KEYS[:7]}
    assert [row["row"] for row in answer["rows"] if row["is_counted"]] == expected["counted_rows"]
    assert (answer["errors"], err, code) == ([], "", 1 if expected["gap"] else 0)


def test_words(saved, now):
    make_register(now=now)
    rows = [manager(f"员工{n}", number=f"E{n}") for n in range(20)]
    rows += [manager(name, number=number, certificate=number) for number, name, *_ in (REGISTER[1], REGISTER[7])]

    code, out, _ = run(saved(xlsx_bytes(rows), "名册.xlsx"), "--as-of", "2026-11-22")

    assert code == 1
    assert out.splitlines() == [
        "基准日 2026-11-22，规则版本 2026-1，花名册 22 人",
        "服务管理人员 22 名，应配 3 名，已配 1 名",
        "未配足，还缺 2 名；按比例得 1.67 分（满分 5 分），最坏 0 分",
        "首次不足：2026-11-22，基准日当天缺 2 名",
        "  第 22 行 林晓岚：计入，在职，证书有效期至 2028-06-09",
        "  第 23 行 何平：不计入，证书状态为“撤销”，不计入",
    ]


def test_words_when_covered(saved, now):
    make_register(now=now)
    content = csv_bytes([["吴桐", "是", REGISTER[8][0], "1"]], header=["姓名", "是否服务管理人员", "证书编号", "备注"])

    code, out, _ = run(saved(content), "--as-of", "2026-11-22")

    assert code == 0
    assert out.splitlines()[1:5] == [
        "没有读取的列：备注",
        "服务管理人员 1 名，应配 1 名，已配 1 名",
        "已配足；按比例得 5 分（满分 5 分），最坏 5 分",
        "首次不足：按现有资料，36 个月内不会不足",
    ]


def test_day_is_today_unless_told(saved, time_machine, now):
    time_machine.move_to("2026-11-21T16:30:00Z", tick=False)  # already the 22nd in Shanghai

    _, out, _ = run(saved(csv_bytes([manager("甲")])))

    assert out.startswith("基准日 2026-11-22")


def test_bad_rows(saved):
    path = saved(csv_bytes([manager("甲"), manager("", is_manager="?"), manager("乙", joined="x")]))

    code, out, _ = run(path, "--json")
    answer = json.loads(out)

    assert code == 2
    assert list(answer) == KEYS
    assert answer == dict.fromkeys(KEYS[:7]) | {
        "rows": [],
        "errors": [
            {"row": 3, "field": "姓名", "message": "空着", "remedy": "请填写姓名；不需要的行请整行删除"},
            {"row": 3, "field": "是否服务管理人员", "message": "“?”看不懂", "remedy": "请填写“是”或“否”"},
            {"row": 4, "field": "入职日期", "message": "“x”不是日期", "remedy": "请写成 2026-11-22 这样的日期"},
        ],
    }
    assert run(path) == (
        2,
        "",
        "输入无法使用，共 3 处，没有检查：\n"
        "  第 3 行 · 姓名：空着。请填写姓名；不需要的行请整行删除。\n"
        "  第 3 行 · 是否服务管理人员：“?”看不懂。请填写“是”或“否”。\n"
        "  第 4 行 · 入职日期：“x”不是日期。请写成 2026-11-22 这样的日期。\n",
    )


def test_three_bad_rows_among_500(saved):
    rows = [manager(f"员工{n}", number=f"E{n}") for n in range(500)]
    rows[0][6], rows[99][7], rows[300][0] = "?", "?", "?"

    code, out, _ = run(saved(csv_bytes(rows)), "--json")

    assert code == 2
    assert [error["row"] for error in json.loads(out)["errors"]] == [2, 101, 302]


@pytest.mark.parametrize("extra", [[], ["--json"]])
@pytest.mark.parametrize(
    ("arguments", "field", "message"),
    [
        ([], "ROSTER", "没有给出花名册文件"),
        (["/no/such/roster.xlsx"], "ROSTER", "打不开 '/no/such/roster.xlsx'"),
        (["a\x00b"], "ROSTER", r"打不开 'a\x00b'"),
        ([str(Path(__file__).parent)], "ROSTER", f"{Path(__file__).parent} 是目录"),
        ([__file__], "文件", "前 20 行里找不到表头“姓名”“是否服务管理人员”"),
        ([str(ROSTERS / EXPECTED[0]["file"]), "--as-of", "明天"], "--as-of", "“明天”不是日期"),
        ([str(ROSTERS / EXPECTED[0]["file"]), "--as-of", "2026-02-30"], "--as-of", "“2026-02-30”不是日期"),
        (
            [str(ROSTERS / EXPECTED[0]["file"]), "--as-of", "1899-01-01"],
            "--as-of",
            "基准日应在 2000-01-01 至 2100-12-31 之间",
        ),
        (
            [str(ROSTERS / EXPECTED[0]["file"]), "--as-of", "2000-01-01"],
            "是否服务管理人员",
            "基准日在职的服务管理人员为 0 名，无法计算应配人数",
        ),
    ],
)
def test_unusable_input(arguments, field, message, extra):
    code, out, err = run(*arguments, *extra)

    assert code == 2
    if extra:
        [error] = json.loads(out)["errors"]
        assert (error["row"], error["field"], error["message"]) == (None, field, message)
        assert error["remedy"]
    else:
        assert out == ""
        assert re.search(re.escape(f"{field}：{message}。"), err)


def test_too_big_a_file_is_not_even_read(tmp_path):
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        file.truncate(10**12)  # sparse

    code, _, err = run(str(path))

    assert (code, "文件超过 20 MB" in err) == (2, True)


def test_database_without_tables(saved, now):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE certificates_certificate RENAME TO certificates_elsewhere")

    code, out, _ = run(saved(csv_bytes([manager("甲", certificate=REGISTER[0][0])])), "--json")

    assert code == 2
    assert json.loads(out)["errors"][0]["message"] == "查不了证书登记簿"


def test_help_names_the_exit_codes(capsys):
    with pytest.raises(SystemExit):
        call_command("check_staffing", "--help")

    assert "0 已配足，1 未配足，2 输入无法使用" in capsys.readouterr().out


def test_joins_and_leaves_are_dates_of_the_sheet(saved, now):
    make_register(now=now)
    number, name, *_ = REGISTER[1]
    content = xlsx_bytes([manager(name, certificate=number, joined=date(2020, 1, 1), left=date(2026, 12, 31))])

    _, out, _ = run(saved(content, "r.xlsx"), "--as-of", "2026-11-22", "--json")

    assert json.loads(out)["first_breach"] == "2027-01-01"
