"""The roster template that companies fill in."""

from datetime import date
from io import BytesIO

import xlsxwriter

from certificates.staffing.rosters import entries

LEVELS = ["高层", "中层", "基层", "非管理"]
FILLED_ROWS = 5000  # how far down the sheet Excel checks what is typed
WIDTHS = (12, 10, 16, 16, 8, 18, 18, 13, 13, 20)
SAMPLES = (
    ("甲", "E0001", "售后服务部", "", "高层", "售后总监", "是", date(2019, 3, 1), None, ""),
    ("乙", "E0102", "客户服务中心", "城东网点", "基层", "站长", "是", date(2022, 7, 15), None, ""),
    ("丙", "E0230", "客户服务中心", "城东网点", "非管理", "维修技师", "否", date(2023, 2, 6), date(2026, 6, 30), ""),
)
GUIDE = (
    "从“花名册”表的第 2 行开始，一行填一个人。上传前请删除三行示例。",
    "必填：姓名、是否服务管理人员（填“是”或“否”）。其他列可以空着，列的顺序可以调整。",
    "服务管理人员：总部服务相关部门、环节、岗位的负责人（基层到中高层），以及分公司、网点的管理人员。不是全体员工。",
    "日期写成 2026-11-22。离职日期空着表示仍在职；入职、离职当天都算在职。",
    "证书编号照证书上的写法填写，一格只填一个；没有证书就空着。姓名要与证书一致。",
    "不要合并单元格，不要填写身份证号码。",
)


def template_workbook() -> bytes:
    """Return an .xlsx with the header, three sample rows, validation of what is typed, and a page of instructions."""
    output = BytesIO()
    with xlsxwriter.Workbook(output, {"in_memory": True}) as book:
        heading = book.add_format({"bold": True, "bg_color": "#E3EFEC", "border": 1})
        dated = book.add_format({"num_format": "yyyy-mm-dd"})
        written = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet("花名册")
        sheet.freeze_panes(1, 1)
        for column, (title, width) in enumerate(zip(entries.COLUMNS, WIDTHS, strict=True)):
            is_date = title in {entries.JOINED_ON, entries.LEFT_ON}
            sheet.set_column(column, column, width, dated if is_date else written)
            sheet.write_string(0, column, title, heading)
            _validate(sheet, title, column)
        for row, sample in enumerate(SAMPLES, start=1):
            for column, value in enumerate(sample):
                if isinstance(value, date):
                    sheet.write_datetime(row, column, value, dated)
                elif value:
                    sheet.write_string(row, column, f"{entries.SAMPLE_PREFIX}{value}" if column == 0 else value)
        guide = book.add_worksheet("填写说明")
        guide.set_column(0, 0, 100, book.add_format({"text_wrap": True}))
        guide.write_column(0, 0, GUIDE)
    return output.getvalue()


def _validate(sheet: xlsxwriter.worksheet.Worksheet, title: str, column: int) -> None:
    rules: dict[str, dict[str, object]] = {
        entries.IS_MANAGER: {"validate": "list", "source": ["是", "否"], "error_message": "请填写“是”或“否”"},
        entries.LEVEL: {"validate": "list", "source": LEVELS, "error_type": "warning"},
    }
    for dated in (entries.JOINED_ON, entries.LEFT_ON):
        rules[dated] = {
            "validate": "date",
            "criteria": "between",
            "minimum": date(1950, 1, 1),
            "maximum": date(2100, 12, 31),
            "error_message": "请写成 2026-11-22 这样的日期",
        }
    if title in rules:
        sheet.data_validation(1, column, FILLED_ROWS, column, rules[title])
