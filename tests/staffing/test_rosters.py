"""Reading what companies send: tolerant of writing, strict about meaning, safe against what is no roster. Rule S9"""

import hashlib
import struct
import zipfile
from datetime import date
from io import BytesIO

import pytest
import xlsxwriter
from python_calamine import load_workbook

from certificates.staffing import rosters
from certificates.staffing.rosters import Entry, Problem, RosterUnusable, workbooks
from tests.factories.staffing import HEADER, csv_bytes, manager, xlsx_bytes


def problems_of(content: bytes) -> list[tuple[int | None, str, str]]:
    with pytest.raises(RosterUnusable) as refusal:
        rosters.read(content)
    assert all(problem.remedy for problem in refusal.value.problems)
    return [(problem.row, problem.field, problem.message) for problem in refusal.value.problems]


def message_of(content: bytes) -> str:
    [(row, field, message)] = problems_of(content)
    assert (row, field) == (None, "文件")
    return message


def repacked(content: bytes, **parts: bytes | None) -> bytes:
    """Copy a zip, with parts replaced, added or (None) left out; __ stands for / and _dot_ for a dot."""
    wanted = {name.replace("__", "/").replace("_dot_", "."): data for name, data in parts.items()}
    output = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in wanted:
                new.writestr(name, old.read(name))
        for name, data in wanted.items():
            if data is not None:
                new.writestr(name, data)
    return output.getvalue()


def with_sheet(xml: bytes) -> bytes:
    return repacked(xlsx_bytes([manager("甲")]), xl__worksheets__sheet1_dot_xml=xml)


def sheet(*cells: str) -> bytes:
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    return f"{head}<row r='1'>{''.join(cells)}</row></sheetData></worksheet>".encode()


# --- What is read ------------------------------------------------------------
FULL: list[object] = ["张三", "E1", "售后部", "城东网点", "基层", "站长", "是"]
FULL += [date(2020, 3, 1), date(2027, 6, 30), "shfw2026 4rwdxszs-d"]
FULL_ENTRY = Entry(
    row=2,
    name="张三",
    is_manager=True,
    staff_number="E1",
    department="售后部",
    site="城东网点",
    level="基层",
    post="站长",
    joined_on=date(2020, 3, 1),
    left_on=date(2027, 6, 30),
    certificate_number="SHFW-2026-4RWDXSZS-D",
)


def test_read_xlsx_and_csv_give_the_same_people():
    book, text = xlsx_bytes([FULL]), csv_bytes([FULL])

    assert rosters.read(book) == rosters.Roster((FULL_ENTRY,), hashlib.sha256(book).hexdigest())
    assert rosters.read(text) == rosters.Roster((FULL_ENTRY,), hashlib.sha256(text).hexdigest())


def test_read_header_in_any_order_with_foreign_columns():
    content = csv_bytes([["13800000000", "是", "张三"]], header=["手机", "是否服务管理人员", "姓名"])

    roster = rosters.read(content)

    assert roster.entries == (Entry(row=2, name="张三", is_manager=True),)
    assert roster.ignored_columns == ("手机",)


def test_read_numbers_rows_as_the_sheet_does():
    rows = [["甲", "", "", "", "", "", "是"], [], ["  "], ["乙", "", "", "", "", "", "否"]]

    assert [entry.row for entry in rosters.read(xlsx_bytes(rows, top=3, left=2)).entries] == [5, 8]
    assert [entry.row for entry in rosters.read(csv_bytes(rows)).entries] == [2, 5]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_read_csv_in_any_usual_encoding(encoding):
    assert rosters.read(csv_bytes([FULL], encoding=encoding)).entries == (FULL_ENTRY,)


@pytest.mark.parametrize("separator", ["\t", ";", "，"])
def test_read_csv_with_another_separator(separator):
    content = csv_bytes([FULL]).decode().replace(",", separator).encode()

    assert rosters.read(content).entries == (FULL_ENTRY,)


@pytest.mark.parametrize(
    ("words", "is_manager"),
    [
        (["是", "Ｙ", "yes", "1", 1, True, "TRUE", "√"], True),
        (["否", "n", "0", 0, False, "ｆａｌｓｅ", "×"], False),
    ],
)
def test_read_yes_and_no(words, is_manager):
    rows = [manager(f"员工{n}", number=f"E{n}", is_manager=word) for n, word in enumerate(words)]

    assert [entry.is_manager for entry in rosters.read(xlsx_bytes(rows)).entries] == [is_manager] * len(words)


def test_read_dates():
    words = ["2026-11-22", "2026/11/22", "2026年11月22日", "20261122", "２０２６．１１．２２", " 2026-11-22 00:00:00"]
    words += [20261122, date(2026, 11, 22)]
    rows = [manager(f"员工{n}", number=f"E{n}", joined=word) for n, word in enumerate(words)]

    assert [entry.joined_on for entry in rosters.read(xlsx_bytes(rows)).entries] == [date(2026, 11, 22)] * len(words)


def test_read_cleans_what_people_type():
    row = manager(" 阿依古丽 • 麦麦提\u200b", number=1001, department="售后\u3000一部\n", certificate=" 无 ")

    assert rosters.read(xlsx_bytes([row])).entries == (
        Entry(
            row=2,
            name="阿依古丽 • 麦麦提",
            is_manager=True,
            staff_number="1001",
            department="售后 一部",
            level="基层",
            post="主管",
            joined_on=date(2020, 3, 1),
        ),
    )


def test_read_takes_back_somebody_who_had_left():
    first = manager("甲", number="E1", joined="2019-01-01", left="2020-12-31")
    second = manager("甲", number="E1", joined="2022-01-01")

    assert len(rosters.read(csv_bytes([second, first])).entries) == 2


def test_read_finds_the_sheet_among_others():
    output = BytesIO()
    with xlsxwriter.Workbook(output) as book:
        book.add_worksheet("说明").write(0, 0, "填表说明")
        chart = book.add_chart({"type": "column"})
        roster = book.add_worksheet("人员")
        roster.write_row(0, 0, HEADER)
        roster.write_row(1, 0, manager("甲"))
        roster.write(1, 12, 5)
        chart.add_series({"values": "=人员!$M$2:$M$2"})
        roster.insert_chart("N1", chart)
        line = book.add_chart({"type": "line"})
        line.add_series({"values": "=人员!$M$2:$M$2"})
        book.add_chartsheet("图").set_chart(line)

    assert [entry.name for entry in rosters.read(output.getvalue()).entries] == ["甲"]


# --- What is refused, row by row ------------------------------------------------------------
def test_read_three_bad_rows_among_500_names_these_three():
    rows = [manager(f"员工{n}", number=f"E{n}") for n in range(500)]
    rows[7][6] = "也许"
    rows[250][7] = "去年"
    rows[499][0] = ""

    for content in (csv_bytes(rows), xlsx_bytes(rows)):
        assert problems_of(content) == [
            (9, "是否服务管理人员", "“也许”看不懂"),
            (252, "入职日期", "“去年”不是日期"),
            (501, "姓名", "空着"),
        ]


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"is_manager": ""}, "是否服务管理人员", "空着"),
        ({"joined": "2026-02-30"}, "入职日期", "“2026-02-30”这一天不存在"),
        ({"joined": "11/22/2026"}, "入职日期", "“11/22/2026”不是日期"),
        ({"joined": "1900-01-01"}, "入职日期", "1900-01-01 不在合理范围内"),
        ({"joined": "9999-12-31"}, "入职日期", "9999-12-31 不在合理范围内"),
        ({"joined": "99999999"}, "入职日期", "“99999999”这一天不存在"),
        ({"left": "46348"}, "离职日期", "“46348”不是日期"),
        ({"left": "2020-02-29"}, "离职日期", "离职日期 2020-02-29 早于入职日期 2020-03-01"),
        ({"department": "部" * 101}, "部门", "超过 100 个字"),
        ({"certificate": "A" * 31}, "证书编号", "超过 30 个字符"),
        ({"number": "11010519491231002X"}, "工号", "像是身份证号码"),
        ({"certificate": "11010519491231002X"}, "证书编号", "像是身份证号码"),
    ],
)
def test_read_names_the_mistake(fields, field, message):
    assert problems_of(csv_bytes([manager("甲", **fields)])) == [(2, field, message)]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("=HYPERLINK(1)", "“=HYPERLINK(1)”不像姓名"),
        ("+张三", "“+张三”不像姓名"),
        ("@张三", "“@张三”不像姓名"),
        ("-张三", "“-张三”不像姓名"),
        ("张三|cmd", "“张三|cmd”不像姓名"),
        ("<script>", "“<script>”不像姓名"),
        ("张" * 51, "超过 50 个字"),
        ("示例甲", "这是模板自带的示例行"),
    ],
)
def test_read_refuses_what_is_no_name(name, message):
    assert problems_of(csv_bytes([manager(name)])) == [(2, "姓名", message)]


def test_read_names_every_mistake_of_a_row():
    assert problems_of(csv_bytes([manager("", is_manager="?", joined="x")])) == [
        (2, "姓名", "空着"),
        (2, "是否服务管理人员", "“?”看不懂"),
        (2, "入职日期", "“x”不是日期"),
    ]


def test_read_names_duplicates():
    rows = [
        manager("甲", number="E1"),
        manager("乙"),
        manager("乙"),
        manager("乙", department="另一个部门"),
        manager("甲", number="E1", joined="2024-01-01"),
        manager("丙", number="E1"),
    ]

    assert problems_of(csv_bytes(rows)) == [
        (4, "姓名", "与第 3 行重复"),
        (6, "工号", "与第 2 行重复"),
        (7, "工号", "工号 E1 与第 2 行相同，但姓名不同"),
    ]


def test_read_refuses_formulas_without_value():
    output = BytesIO()
    with xlsxwriter.Workbook(output) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADER)
        page.write_row(1, 0, manager("甲"))
        page.write_formula(1, 8, "=1/0", value="#DIV/0!")
        page.write_formula(1, 2, "=VLOOKUP(1,A:B,2)", value="#N/A")
        page.write_row(2, 0, manager("乙"))
        page.write_formula(2, 7, "=DATE(2020,1,1)", value=43831)  # a value without a date format

    assert problems_of(output.getvalue()) == [
        (2, "部门", "公式出错或没有计算结果"),
        (2, "离职日期", "“#错误值”不是日期"),
        (3, "入职日期", "“43831”不是日期"),
    ]


def test_read_refuses_formulas_that_were_never_computed():
    names = "".join(f'<c r="{chr(65 + n)}1" t="inlineStr"><is><t>{t}</t></is></c>' for n, t in enumerate(HEADER[:1]))
    extra = '<c r="B1" t="inlineStr"><is><t>是否服务管理人员</t></is></c>'
    row = '</row><row r="2"><c r="A2" t="inlineStr"><is><t>甲</t></is></c><c r="B2"><f>1+0</f></c>'

    assert problems_of(with_sheet(sheet(names, extra, row))) == [(2, "是否服务管理人员", "“#错误值”看不懂")]


# --- What is refused as a whole ------------------------------------------------------------
def test_read_header_missing():
    assert message_of(csv_bytes([["甲"]], header=["名字"])) == "前 20 行里找不到表头“姓名”“是否服务管理人员”"
    assert message_of(xlsx_bytes([["甲"]], header=["名字"])) == "前 20 行里找不到表头“姓名”“是否服务管理人员”"


def test_read_header_incomplete_or_twice():
    assert problems_of(csv_bytes([["甲"]], header=["姓名"])) == [
        (1, "是否服务管理人员", "表头缺少“是否服务管理人员”一列")
    ]
    assert problems_of(csv_bytes([["甲", "是", "乙"]], header=["姓名", "是否服务管理人员", "员工姓名"])) == [
        (1, "姓名", "表头有 2 列“姓名”")
    ]


def test_read_nobody():
    assert message_of(csv_bytes([])) == "表头下面没有人"
    assert message_of(csv_bytes([[""], ["  "]])) == "表头下面没有人"


@pytest.mark.parametrize("content", [b"", b"   \n"])
def test_read_empty_file(content):
    assert message_of(content) == "文件是空的"


def test_read_too_big_a_file():
    assert message_of(b"x" * (rosters.MAX_BYTES + 1)) == "文件超过 20 MB"


def test_read_too_many_rows():
    rows = [["甲", "否"]] * (rosters.MAX_ROWS + 1)

    assert message_of(csv_bytes(rows, header=["姓名", "是否服务管理人员"])) == "超过 120,000 行"


def test_read_a_million_columns():
    header = [*HEADER, *(f"列{n}" for n in range(1_000_000))]

    assert message_of(csv_bytes([manager("甲")], header=header)) == "超过 64 列"


def test_read_cell_at_the_far_end():
    """Laid out as a rectangle this sheet would take hundreds of gigabytes."""
    assert message_of(with_sheet(sheet('<c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c>'))) == "超过 64 列"
    assert message_of(with_sheet(sheet('<c r="A1048576"><v>1</v></c>'))) == "超过 120,000 行"
    assert message_of(with_sheet(sheet("<c><v>1</v></c>"))) == "文件由不常见的软件生成，单元格没有位置"


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        "姓名,是否服务管理人员\n甲,是\n".encode("utf-16-le"),
        b"\xff\xfe\x00",
        b"\x81\xff\xff\xff",
    ],
)
def test_read_bytes_that_are_no_text(content):
    assert message_of(content) == "这不是 .xlsx 工作簿，也不是能识别的 .csv 文本"


def test_read_pdf_has_no_header():
    assert "找不到表头" in message_of(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n")


def test_read_csv_with_an_open_quote():
    assert message_of('姓名,是否服务管理人员\n甲,"是\n'.encode()) == "第 2 行附近的引号不成对，或一格内容过长"
    assert "一格内容过长" in message_of(f"姓名,是否服务管理人员\n甲,{'长' * 200_000}\n".encode())


def test_read_old_and_encrypted_files():
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600

    assert message_of(ole) == "这是旧版 .xls 文件"
    assert message_of(ole + "EncryptedPackage".encode("utf-16-le")) == "文件加了密码"


def test_read_macro_workbook():
    content = repacked(xlsx_bytes([manager("甲")]), xl__vbaProject_dot_bin=b"\xd0\xcf")

    assert message_of(content) == "文件带有宏，不能接收"


def test_read_other_zip():
    assert message_of(repacked(xlsx_bytes([]), xl__workbook_dot_xml=None)) == "这不是 .xlsx 工作簿"


def test_read_zip_bomb():
    packed = repacked(xlsx_bytes([manager("甲")]), xl__media__image1_dot_png=b"\x00" * 50_000_000)

    assert len(packed) < 100_000
    assert message_of(packed) == "文件解压后过大，不能接收"


def test_read_zip_that_lies_about_its_size():
    """The directory promises little; the data would unpack to much."""
    content = bytearray(repacked(xlsx_bytes([]), xl__media__image1_dot_png=b"\x00" * 5_000_000))
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = content.rindex(mark, 0, content.rindex(b"xl/media/image1.png") + 1)
        content[place + offset : place + offset + 4] = struct.pack("<I", 5_000)

    assert message_of(bytes(content)) == "文件已损坏，无法打开"


def test_read_damaged_workbooks():
    whole = xlsx_bytes([manager(f"员工{n}") for n in range(50)])
    broken = bytearray(whole)
    broken[whole.index(b"xl/worksheets/sheet1.xml") + 60] ^= 0xFF

    assert message_of(whole[:1000]) == "文件已损坏，无法打开"
    assert message_of(bytes(broken)) == "文件已损坏，无法打开"
    assert message_of(with_sheet(b"<worksheet><sheetData><row>")) == "文件已损坏，工作表读不完整"
    assert message_of(with_sheet(b'<?xml version="1.0" encoding="UTF68"?><worksheet><sheetData/></worksheet>')) == (
        "文件已损坏，工作表读不完整"
    )
    assert message_of(repacked(whole, xl__workbook_dot_xml=b"<workbook>")) == "文件已损坏，读不出工作表"


def test_read_workbook_with_entities():
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><worksheet><sheetData/></worksheet>'

    assert message_of(with_sheet(bomb)) == "文件内部含有不应有的声明，不能接收"


def test_read_merged_cells():
    output = BytesIO()
    with xlsxwriter.Workbook(output) as book:
        page = book.add_worksheet()
        page.merge_range("A1:J1", "某公司花名册")
        page.write_row(1, 0, HEADER)
        page.write_row(2, 0, manager("甲"))
        page.write_row(3, 0, manager("乙"))
        page.merge_range("C3:C4", "售后部")

    assert message_of(output.getvalue()) == "有合并单元格：C3:C4"


def test_read_two_rosters_in_one_workbook():
    output = BytesIO()
    with xlsxwriter.Workbook(output) as book:
        for name in ("总部", "网点"):
            page = book.add_worksheet(name)
            page.write_row(0, 0, HEADER)
            page.write_row(1, 0, manager("甲"))

    assert message_of(output.getvalue()) == "有 2 张工作表都像花名册：“总部”、“网点”"


def test_refusal_says_how_many_rows():
    refusal = RosterUnusable(
        Problem(2, "姓名", "空着", "填"), Problem(2, "工号", "重复", "改"), Problem(5, "姓名", "空着", "填")
    )

    assert str(refusal) == "花名册有 2 行需要修改，一行也没有采用。"


# --- The template ------------------------------------------------------------
def test_template_has_the_columns_and_samples():
    book = load_workbook(BytesIO(rosters.template_workbook()))

    assert book.sheet_names == ["花名册", "填写说明"]
    rows = book.get_sheet_by_name("花名册").to_python()
    assert rows[0] == HEADER
    assert [row[0] for row in rows[1:]] == ["示例甲", "示例乙", "示例丙"]
    assert rows[3][7:9] == [date(2023, 2, 6), date(2026, 6, 30)]


def test_template_checks_what_is_typed():
    with zipfile.ZipFile(BytesIO(rosters.template_workbook())) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()

    assert '"是,否"' in xml
    assert xml.count("<dataValidation ") == 4


def test_template_sent_back_as_it_is_names_the_samples():
    assert problems_of(rosters.template_workbook()) == [(row, "姓名", "这是模板自带的示例行") for row in (2, 3, 4)]


def test_column_names_are_excels():
    names = list(workbooks.COLUMN_NAMES)

    assert (names[0], names[25], names[26], names[51], names[52], names[-1]) == ("A", "Z", "AA", "AZ", "BA", "BL")
