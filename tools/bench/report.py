"""The table: budget, figure, ratio, held or not. The budgets are those of the design."""

import operator
import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple

SCENARIOS = {
    "answer_save": "保存一题",
    "start_and_page": "开始考试并打开答题页",
    "open_page": "打开会话",
    "hand_in": "交卷并评分",
    "catalogue": "课程页（未登录）",
}


class Budget(NamedTuple):
    """A promise: the figure at `path` of the report is at least, or at most, `bound`."""

    label: str
    path: str
    sign: str
    bound: float

    def figure(self, report: dict[str, Any]) -> float:
        value: Any = report
        for key in self.path.split("."):
            value = value[key]
        return float(value)

    def is_kept(self, report: dict[str, Any]) -> bool:
        return COMPARE[self.sign](self.figure(report), self.bound)


SCENARIO_HEAD = ["场景", "每秒", "p50 毫秒", "p99 毫秒", "SQL", "出错", "网站 CPU 毫秒", "压测 CPU", "样本"]
DAY_HEAD = ["考试日", "出错", "保存", "保存 p50", "保存 p99", "开始 p99", "交卷 p99", "丢失", "错分", "压测 CPU", ""]
BUDGET_HEAD = ["预算", "要求", "实测", "实测/要求", ""]
COMPARE: dict[str, Callable[[float, float], bool]] = {"≥": operator.ge, "≤": operator.le, "<": operator.lt}
BUDGETS = (
    Budget("保存一题：与 pgbench 极限之比", "ratio", "≥", 0.25),
    Budget("保存一题：SQL 语句", "answer_save.sql", "≤", 3),
    Budget("保存一题：p99 / p50", "answer_save.p99_to_p50", "≤", 10),
    Budget("开始并打开：每秒", "start_and_page.per_s", "≥", 100),
    Budget("开始并打开：SQL 语句", "start_and_page.sql", "≤", 12),
    Budget("答题页 gzip：KB", "page_gzip_kb", "≤", 60),
    Budget("交卷：每秒", "hand_in.per_s", "≥", 100),
    Budget("课程页：每秒", "catalogue.per_s", "≥", 600),
    Budget("每份 50 题答卷的存储：KB", "attempt_kb", "≤", 30),
    Budget("证书排版：每核每秒", "certificates.per_s", "≥", 10),
    Budget("花名册检查：秒", "roster.seconds", "≤", 10),
    Budget("花名册检查：内存 MB", "roster.peak_mb", "≤", 400),
    Budget("花名册检查：行数 10 倍时的耗时倍数", "roster.growth", "≤", 12),
    Budget("考试日：保存 p99 毫秒", "exam_day.answer_save_p99_ms", "<", 1000),
    Budget("考试日：出错的请求", "exam_day.errors", "≤", 0),
    Budget("考试日：已确认而丢失的作答", "exam_day.lost", "≤", 0),
    Budget("考试日：与重新评分不同的成绩", "exam_day.wrong_scores", "≤", 0),
)


def lines(report: dict[str, Any]) -> list[str]:
    """Write the report as three tables for people."""
    limits = "、".join(f"{rate:.0f}" for rate in report["limit_runs"])
    return [
        *table([SCENARIO_HEAD, *(scenario_row(label, report[name]) for name, label in SCENARIOS.items())]),
        "",
        *table([DAY_HEAD, *map(day_row, report["exam_day"]["runs"])]),
        "",
        *table([BUDGET_HEAD, *(budget_row(budget, report) for budget in BUDGETS)]),
        "",
        f"pgbench 极限每秒 {report['limit_per_s']:.0f} 次（{limits}）。",
        f"开跑前，这台机器的处理器已被其他程序占用 {report['busy_before']:.0%}。SQL 一列是语句数 + BEGIN/COMMIT。",
    ]


def scenario_row(label: str, figures: dict[str, Any]) -> list[str]:
    return [
        label,
        *(f"{figures[name]:.1f}" for name in ("per_s", "p50_ms", "p99_ms")),
        f"{figures['sql']}+{figures['transaction_sql']}",
        str(figures["errors"]),
        f"{figures['cpu_ms']:.2f}",
        f"{figures['load_cpu']:.0%}",
        "+".join(map(str, figures["measured"])),
    ]


def day_row(run: dict[str, Any]) -> list[str]:
    return [
        f"{run['candidates']} 人",
        str(run["errors"]),
        str(run["saves"]),
        *(
            f"{run[name]:.0f}"
            for name in ("answer_save_p50_ms", "answer_save_p99_ms", "start_p99_ms", "hand_in_p99_ms")
        ),
        str(run["lost"]),
        str(run["wrong_scores"]),
        f"{run['load_cpu']:.0%}",
        "✓" if run["held"] else "✗",
    ]


def budget_row(budget: Budget, report: dict[str, Any]) -> list[str]:
    figure = budget.figure(report)
    share = f"{figure / budget.bound:.2f}" if budget.bound else "-"
    mark = "✓" if budget.is_kept(report) else "✗"
    return [budget.label, f"{budget.sign} {budget.bound:g}", f"{figure:.4g}", share, mark]


def table(rows: list[list[str]]) -> list[str]:
    """Align columns, counting a Chinese character as two places: first column left, the others right."""
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell + " " * (widths[at] - width(cell)) if at == 0 else " " * (widths[at] - width(cell)) + cell
            for at, cell in enumerate(row)
        ).rstrip()
        for row in rows
    ]


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
