"""An analysis as xlsx: 试卷, 试题, 选项. Texts are written as texts. Source: docs/rules/item-analysis.md, rule N12."""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any

import xlsxwriter
from django.utils import timezone

from exams.analysis.summary import FLAG_LABELS, Flag
from exams.models import AnalysisRun, Item, ItemFigures

ITEM_COLUMNS = (
    *("题号", "版本", "模块", "题型", "知识点", "题干", "答案", "人次"),
    *("得分率", "得分率下限", "得分率上限", "相关", "相关下限", "相关上限"),
    *("区分度", "用时 25%（秒）", "用时中位数（秒）", "用时 75%（秒）", "作废", "标记"),
)
CHOICE_COLUMNS = ("题号", "版本", "选项", "是答案", "人数", "占比", "低分组", "中间", "高分组", "平均得分率")
MAX_CELL = 2000  # characters of a stem; a cell may hold 32,767


def workbook_of(run: AnalysisRun) -> bytes:
    """Write a finished run down."""
    buffer = BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(buffer, options) as book:
        head = book.add_format({"bold": True})
        figures = list(run.figures.select_related("version__item").order_by("version__item__code", "version__number"))
        _write(book.add_worksheet("试卷"), head, ("项目", "数值"), paper_rows(run))
        _write(book.add_worksheet("试题"), head, ITEM_COLUMNS, map(_item_row, figures))
        _write(book.add_worksheet("选项"), head, CHOICE_COLUMNS, (row for one in figures for row in _choice_rows(one)))
    return buffer.getvalue()


def paper_rows(run: AnalysisRun) -> list[tuple[str, Any]]:
    """Return the figures of the whole, each with its name."""
    summary = run.summary
    reliability = summary["reliability"] or {}
    interval = reliability.get("interval") or {}
    return [
        ("考试", run.exam.title),
        ("考期", run.window.title if run.window else "全部"),
        ("分析时间", f"{timezone.localtime(run.finished_at):%Y-%m-%d %H:%M}"),
        ("人次", summary["count"]),
        ("合格", summary["passed"]),
        ("平均分", summary["mean"]),
        ("标准差", summary["deviation"]),
        ("信度", reliability.get("value")),
        ("信度的算法", summary["method"]),
        ("信度下限", interval.get("low")),
        ("信度上限", interval.get("high")),
        ("测量标准误（分）", reliability.get("error")),
    ]


def _item_row(figures: ItemFigures) -> Sequence[Any]:
    version, detail = figures.version, figures.detail
    facility, r = detail["facility_interval"] or {}, detail["correlation_interval"] or {}
    return (
        version.item.code,
        version.number,
        version.item.module,
        Item.Kind(version.item.kind).label,
        version.item.point,
        version.stem[:MAX_CELL],
        detail["key"],
        figures.count,
        *(figures.facility, facility.get("low"), facility.get("high")),
        *(figures.correlation, r.get("low"), r.get("high")),
        figures.discrimination,
        *(detail["quartiles"] or (None, None, None)),
        "是" if figures.is_void else "",
        "、".join(FLAG_LABELS[Flag(flag)] for flag in figures.flags),
    )


def _choice_rows(figures: ItemFigures) -> Iterator[Sequence[Any]]:
    version = figures.version
    if figures.facility is None:  # too few people: rule N2
        return
    for row in figures.detail["choices"]:
        name = row["name"] or "未作答"
        shares = row["shares"]
        is_right = "是" if row["is_right"] else ""
        yield (
            version.item.code,
            version.number,
            name,
            is_right,
            row["count"],
            row["share"],
            *shares,
            row["mean_total"],
        )


def _write(sheet: Any, head: Any, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    sheet.write_row(0, 0, columns, head)
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, column, value)
            elif value is not None:
                sheet.write_number(number, column, value)
