"""An evidence pack as Excel and as CSV. No cell is ever a formula. Source: docs/rules/evidence.md, rules E4 and E6."""

import csv
from io import BytesIO, StringIO

import xlsxwriter

from certificates.staffing.evidence import printing
from certificates.staffing.models import EvidencePack
from lms.templatetags import points

COLUMNS = ("姓名", "证件号", "证书编号", "发证日期", "有效期至", "状态", "网点", "核验链接")
WIDTHS = (12, 22, 24, 12, 12, 8, 20, 60)
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def csv_text(pack: EvidencePack) -> bytes:
    """Return the pack as CSV in UTF-8 with a BOM, as spreadsheets expect it."""
    written = StringIO()
    writer = csv.writer(written)
    writer.writerows([harmless(cell) for cell in row] for row in [*_head(pack), [], list(COLUMNS), *_rows(pack)])
    return written.getvalue().encode("utf-8-sig")


def harmless(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula. Source: docs/rules/evidence.md, rule E6."""
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell


def workbook(pack: EvidencePack) -> bytes:
    """Return the pack as .xlsx: the people, the sites, and what it is. Every cell is written as text."""
    output = BytesIO()
    with xlsxwriter.Workbook(output, {"in_memory": True}) as book:
        heading = book.add_format({"bold": True, "bg_color": "#E3EFEC", "border": 1})
        sites = [
            [str(site["name"] or printing.NO_SITE), str(site["managers"]), str(site["held"])] for site in pack.sites
        ]
        for title, header, rows, widths in (
            ("配置清单", COLUMNS, _rows(pack), WIDTHS),
            ("按网点", ("网点", "服务管理人员", "售后服务管理师"), sites, (30, 14, 16)),
            ("说明", ("项目", "内容"), _head(pack), (22, 80)),
        ):
            sheet = book.add_worksheet(title)
            sheet.freeze_panes(1, 0)
            for column, (text, width) in enumerate(zip(header, widths, strict=True)):
                sheet.set_column(column, column, width)
                sheet.write_string(0, column, text, heading)
            for number, row in enumerate(rows, start=1):
                for column, text in enumerate(row):
                    sheet.write_string(number, column, text)
    return output.getvalue()


def _rows(pack: EvidencePack) -> list[list[str]]:
    keys = ("name", "id_masked", "number", "issued_date", "valid_until", "state", "site")
    return [[*(str(row[key]) for key in keys), printing.verify_url(str(row["number"]))] for row in pack.rows]


def _head(pack: EvidencePack) -> list[list[str]]:
    return [
        ["清单编号", pack.reference],
        ["企业名称", pack.company_name],
        ["统一社会信用代码", pack.uscc],
        ["基准日", pack.as_of_date.isoformat()],
        ["服务管理人员", str(pack.managers)],
        ["应配", str(pack.required)],
        ["已配", str(pack.held)],
        ["缺口", str(pack.gap)],
        ["按比例得分", f"{points(pack.points_centi)} / 5"],
        ["规则版本", pack.rule_version],
        ["花名册指纹", pack.roster_sha256],
        ["PDF 指纹", pack.pdf_sha256],
        *(["说明", sentence] for sentence in printing.sentences(pack)),
        ["说明", printing.NOTICE],
    ]
