"""The staffing check without a browser. docs/rules/staffing.md"""

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand
from django.db import DatabaseError
from django.utils import timezone

from certificates.staffing import checks, ratio, rosters
from certificates.staffing.rosters import Problem, Roster

COVERED, NOT_COVERED, UNUSABLE = 0, 1, 2


class Unusable(Exception):
    """The input cannot be judged; says why, row by row."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__()
        self.problems = problems


class Command(BaseCommand):
    help = "检查花名册是否配足售后服务管理师。退出码：0 已配足，1 未配足，2 输入无法使用。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("roster", nargs="?", default="", metavar="ROSTER", help="花名册，.xlsx 或 .csv")
        parser.add_argument("--as-of", default="", metavar="YYYY-MM-DD", help="基准日，默认今天")
        parser.add_argument("--json", action="store_true", dest="is_json", help="输出 JSON")

    def handle(self, *, roster: str, as_of: str, is_json: bool, **_: object) -> None:
        try:
            read = _read(roster)
            staffing = _judge(read, _day(as_of))
        except Unusable as refusal:
            self._print_problems(refusal.problems, is_json=is_json)
            raise SystemExit(UNUSABLE) from None
        if is_json:
            self._print_json(staffing, rows=checks.rows_of(roster=read, staffing=staffing))
        else:
            self._print_words(read, staffing)
        raise SystemExit(NOT_COVERED if staffing.gap else COVERED)

    def _print_problems(self, problems: tuple[Problem, ...], *, is_json: bool) -> None:
        if is_json:
            errors = [
                {"row": one.row, "field": one.field, "message": one.message, "remedy": one.remedy} for one in problems
            ]
            self._print_json(None, rows=[], errors=errors)
            return
        self.stderr.write(f"输入无法使用，共 {len(problems)} 处，没有检查：")
        for one in problems:
            place = f"第 {one.row} 行 · {one.field}" if one.row else one.field
            self.stderr.write(f"  {place}：{one.message}。{one.remedy}。")

    def _print_json(
        self, staffing: ratio.Staffing | None, *, rows: Iterable[object], errors: Sequence[object] = ()
    ) -> None:
        """Print one JSON object; the rows go out one by one, since 100,000 of them would take 100 MB."""
        figures = {
            "managers": staffing and staffing.managers,
            "required": staffing and staffing.required,
            "held": staffing and staffing.held,
            "gap": staffing and staffing.gap,
            "points": staffing and staffing.points_centi / 100,
            "worst_points": staffing and staffing.worst_points_centi / 100,
            "first_breach": staffing and staffing.breach and staffing.breach.day.isoformat(),
        }
        self.stdout.write(f'{json.dumps(figures)[:-1]}, "rows": [', ending="")
        for number, row in enumerate(rows):
            self.stdout.write(f"{', ' if number else ''}{json.dumps(row, ensure_ascii=False)}", ending="")
        self.stdout.write(f'], "errors": {json.dumps(errors, ensure_ascii=False)}}}')

    def _print_words(self, roster: Roster, staffing: ratio.Staffing) -> None:
        self.stdout.write(f"基准日 {staffing.as_of}，规则版本 {ratio.RULE_VERSION}，花名册 {len(roster.entries)} 人")
        if roster.ignored_columns:
            self.stdout.write(f"没有读取的列：{'、'.join(roster.ignored_columns)}")
        self.stdout.write(f"服务管理人员 {staffing.managers} 名，应配 {staffing.required} 名，已配 {staffing.held} 名")
        state = f"未配足，还缺 {staffing.gap} 名" if staffing.gap else "已配足"
        worst = staffing.worst_points_centi // 100
        self.stdout.write(f"{state}；按比例得 {staffing.points_centi / 100:g} 分（满分 5 分），最坏 {worst} 分")
        if staffing.breach:
            self.stdout.write(f"首次不足：{staffing.breach.day}，{'；'.join(staffing.breach.causes)}")
        else:
            self.stdout.write(f"首次不足：按现有资料，{ratio.HORIZON_MONTHS} 个月内不会不足")
        for verdict in staffing.verdicts:
            if verdict.person.certificate_number:
                mark = "计入" if verdict.is_counted else "不计入"
                self.stdout.write(f"  第 {verdict.person.row} 行 {verdict.person.name}：{mark}，{verdict.reason}")


def _read(written: str) -> Roster:
    if not written:
        raise Unusable(Problem(None, "ROSTER", "没有给出花名册文件", "用法：manage.py check_staffing 花名册.xlsx"))
    try:
        path = Path(written)
        if path.is_dir():
            raise Unusable(Problem(None, "ROSTER", f"{written} 是目录", "请给出 .xlsx 或 .csv 文件"))
        if path.stat().st_size > rosters.MAX_BYTES:
            megabytes = rosters.MAX_BYTES // 1024 // 1024
            raise Unusable(Problem(None, "ROSTER", f"文件超过 {megabytes} MB", "请分成几份分别检查"))
        return rosters.read(path.read_bytes())
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL character
        raise Unusable(Problem(None, "ROSTER", f"打不开 {written!r}", "请核对路径，并确认有读取权限")) from error
    except rosters.RosterUnusable as refusal:
        raise Unusable(*refusal.problems) from refusal


def _day(written: str) -> date:
    if not written:
        return timezone.localdate()
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise Unusable(Problem(None, "--as-of", f"“{written}”不是日期", "请写成 2026-11-22 这样的日期")) from error


def _judge(roster: Roster, as_of: date) -> ratio.Staffing:
    try:
        return checks.evaluate(roster=roster, as_of=as_of)
    except (ratio.NoManagers, checks.AsOfOutOfRange) as refusal:
        field = "--as-of" if isinstance(refusal, checks.AsOfOutOfRange) else "是否服务管理人员"
        what, _, remedy = str(refusal).partition("。")
        raise Unusable(Problem(None, field, what, remedy.strip("。"))) from refusal
    except DatabaseError as error:
        raise Unusable(
            Problem(None, "数据库", "查不了证书登记簿", "请确认数据库已启动，并已运行 manage.py migrate")
        ) from error
