"""The workbook that 财务 feeds to the tax system: heads on one sheet, lines on another, tied by a serial."""

from collections.abc import Iterable
from io import BytesIO

import xlsxwriter
from django.conf import settings

from payments.models import InvoiceRequest

MOST = 1000  # what the tax system takes at once
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {InvoiceRequest.Kind.ORDINARY: "普通发票", InvoiceRequest.Kind.SPECIAL: "增值税专用发票"}
HEADS = ["发票流水号", "发票类型", "是否含税", "受票方自然人标识", "购买方名称", "购买方纳税人识别号", "购买方地址"]
HEADS += ["购买方电话", "购买方开户银行", "购买方银行账号", "备注", "购买方邮箱"]
LINES = ["发票流水号", "项目名称", "商品和服务税收编码", "规格型号", "单位", "数量", "单价", "金额", "税率"]


def workbook(rows: Iterable[InvoiceRequest]) -> bytes:
    """Write the requests. Amounts are yuan with tax in them, as numbers; every text stays a text, never a formula."""
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold, yuan = book.add_format({"bold": True}), book.add_format({"num_format": "0.00"})
    heads, lines = book.add_worksheet("1-发票基本信息"), book.add_worksheet("2-发票明细信息")
    for sheet, titles in ((heads, HEADS), (lines, LINES)):
        sheet.write_row(0, 0, titles, bold)
        sheet.set_column(0, len(titles) - 1, 22)
        sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows, start=1):
        for column, text in enumerate(_head(row)):
            heads.write_string(number, column, text)
        for column, text in enumerate([row.serial, settings.INVOICE_ITEM, settings.INVOICE_TAX_CODE, "", "项"]):
            lines.write_string(number, column, text)
        lines.write_number(number, 5, 1)
        lines.write_number(number, 6, row.amount_fen / 100, yuan)
        lines.write_number(number, 7, row.amount_fen / 100, yuan)
        lines.write_string(number, 8, settings.INVOICE_TAX_RATE)
    book.close()
    return file.getvalue()


def _head(row: InvoiceRequest) -> list[str]:
    is_person = row.title_kind == InvoiceRequest.TitleKind.PERSON
    return [
        row.serial,
        KINDS[InvoiceRequest.Kind(row.kind)],
        "是",
        "是" if is_person else "否",
        row.title,
        row.tax_number,
        row.address,
        row.phone,
        row.bank_name,
        row.bank_account,
        f"订单 {row.order.number}",
        row.email,
    ]
