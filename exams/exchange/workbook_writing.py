"""Writing our Excel table: an export, or the template with checked cells and one sample of each kind."""

from collections.abc import Iterable
from io import BytesIO

import xlsxwriter

from exams.exchange import workbook as columns
from exams.exchange.entries import BLOOM_NAMES, KIND_NAMES, LETTERS, TRUE_FALSE, Entry

SHEET = "试题"
CHECKED_ROWS = 5000  # how far down the sheet Excel checks what is typed
WIDE = {columns.STEM: 50, columns.EXPLANATION: 50, columns.SOURCE: 30, columns.NOTES: 30, columns.RUBRIC: 30}
LISTS = {
    columns.KIND: list(KIND_NAMES.values()),
    columns.POOL: ["练习", "正式考试"],
    columns.MODULE: ["M1", "M2", "M3", "M4", "M5"],
    columns.LEVEL: ["易", "中", "难"],
    columns.BLOOM: list(BLOOM_NAMES[1:]),
    columns.VERIFIED: ["是", "否"],
}
GUIDE = (
    "从“试题”表的第 2 行开始，一行一题。题号以“示例”开头的行不会导入，可以留着参考。",
    "题号写成 M1-0042；空着由系统编号，这时要填模块。已有的题号会修订那道题，修订后回到草稿。",
    "导入的题都是草稿，送审并由另一个人通过以后才能使用。题池空着算练习。",
    "答案：单选写 B，多选写 ACD，判断写 对 或 错；填空把可接受的写法用竖线隔开：售后服务管理师|管理师；",
    "数值写 3.33±0.01 分 或 1200±5%：数、允许误差、空格、单位，误差和单位可以不写；简答、案例的答案空着。",
    "错项说明一行一个：A 舍去了小数。评分标准一行一条，先写分值：4 说出两个层面。只有简答题写评分标准。",
    "案例：先写一行题型为“案例”、题号 M1-0042 的题干，小题的题号写 M1-0042-1、M1-0042-2。",
    "不要写公式，不要带宏，不要合并单元格。有一处错误，整份文件都不导入，逐行告诉你错在哪里。",
)
SAMPLES = (
    Entry(
        place=0,
        code="示例-单选",
        kind="SINGLE",
        pool="PRACTICE",
        module="M1",
        point="人员配置",
        difficulty=1,
        bloom=3,
        stem="服务管理人员 41 名的企业，按向上取整应配售后服务管理师多少名？",
        options=("4 名", "5 名", "6 名", "41 名"),
        notes=("舍去了小数", "", "多算了一名", "把比例当成了全员"),
        key="B",
        explanation="41 × 10% = 4.1，向上取整为 5。",
        source="GB/T 27922-2011 5.1.2.2",
        lesson="one-in-ten",
        is_verified=True,
    ),
    Entry(
        place=0,
        code="示例-判断",
        kind=TRUE_FALSE,
        pool="PRACTICE",
        module="M1",
        point="标准概况",
        difficulty=1,
        stem="售后服务从商品出故障时开始。",
        key="F",
        explanation="从售出商品之时开始。",
        source="GB/T 27922-2011 3",
    ),
    Entry(
        place=0,
        code="示例-数值",
        kind="NUMERIC",
        pool="PRACTICE",
        module="M3",
        point="M/M/1",
        difficulty=2,
        stem="每小时到达 8 人，每小时能服务 10 人，平均等待多少分钟？",
        key="24±0.5 分钟",
        explanation="Wq = λ ÷ [μ(μ−λ)] = 0.4 小时。",
        source="排队论教材",
    ),
)


def write(entries: Iterable[Entry]) -> bytes:
    """Write a table of items. Texts are written as texts, never as formulas."""
    return _book(entries, is_template=False)


def template() -> bytes:
    """Write the table that people fill in."""
    return _book(SAMPLES, is_template=True)


def _book(entries: Iterable[Entry], *, is_template: bool) -> bytes:
    output = BytesIO()
    with xlsxwriter.Workbook(output, {"in_memory": True}) as book:
        heading = book.add_format({"bold": True, "bg_color": "#E3EFEC", "border": 1})
        wrapped = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        sheet = book.add_worksheet(SHEET)
        sheet.freeze_panes(1, 0)
        for number, title in enumerate(columns.COLUMNS):
            sheet.set_column(number, number, WIDE.get(title, 12), wrapped)
            sheet.write_string(0, number, title, heading)
            if title in LISTS:
                rule = {
                    "validate": "list",
                    "source": LISTS[title],
                    "error_title": title,
                    "error_message": f"只能是{'、'.join(LISTS[title])}。",
                }
                sheet.data_validation(1, number, CHECKED_ROWS, number, rule)
        for line, entry in enumerate(entries, start=1):
            for number, value in enumerate(_cells(entry)):
                if value:
                    sheet.write_string(line, number, value, wrapped)
        if is_template:
            guide = book.add_worksheet("说明")
            guide.set_column(0, 0, 100, wrapped)
            for line, text in enumerate(GUIDE):
                guide.write_string(line, 0, text, wrapped)
    return output.getvalue()


def _cells(entry: Entry) -> Iterable[str]:
    pools = {"LIVE": "正式考试", "PRACTICE": "练习"}
    key = {"T": "对", "F": "错"}.get(entry.key, entry.key) if entry.kind == TRUE_FALSE else entry.key
    yield from (entry.code, KIND_NAMES[entry.kind], pools.get(entry.pool, ""), entry.module, entry.point)
    yield from (("", "易", "中", "难")[entry.difficulty], BLOOM_NAMES[entry.bloom], entry.stem)
    yield from (*entry.options, *[""] * (len(LETTERS) - len(entry.options)), key)
    yield "\n".join(f"{letter} {note}" for letter, note in zip(LETTERS, entry.notes, strict=False) if note)
    yield "\n".join(f"{points} {text}" for text, points in entry.rubric)
    yield from (entry.explanation, entry.source, entry.lesson, "是" if entry.is_verified else "否")
