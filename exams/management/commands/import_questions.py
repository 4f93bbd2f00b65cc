"""Items from a file into the bank, as drafts, all or nothing. docs/content.md, chapter 7."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError
from django.utils import timezone

from courses.syllabus import MODULES
from exams import exchange
from exams.models import Item
from lms.errors import DomainError

UNUSABLE = 2


class Command(BaseCommand):
    help = "从文件导入试题，全部成为草稿；有一处错误就一题也不导入。退出码：0 成功，2 有错误。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--format", choices=exchange.FORMATS, default="", dest="file_format", help="默认看内容")
        parser.add_argument("--dry-run", action="store_true", dest="is_dry", help="只检查，不写入")
        parser.add_argument("--json", action="store_true", dest="is_json", help="输出 JSON")
        parser.add_argument("--module", choices=list(MODULES), default="", help="文件没有写模块时用")
        parser.add_argument("--pool", choices=Item.Pool.values, default=Item.Pool.PRACTICE, help="没有写题池时用")
        parser.add_argument("--point", default=exchange.Defaults.point, help="没有写知识点时用")

    def handle(self, *, file: Path, file_format: str, is_dry: bool, is_json: bool, **options: Any) -> None:
        defaults = exchange.Defaults(
            module=options["module"],
            pool=options["pool"],
            point=options["point"],
            source=f"{exchange.Defaults.source}：{file.name}"[:300],
        )
        report = _report(file, file_format, defaults, is_dry=is_dry)
        errors = report["errors"]
        if is_json:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            self._print(report, is_dry=is_dry)
        if errors:
            raise SystemExit(UNUSABLE)

    def _print(self, report: dict[str, Any], *, is_dry: bool) -> None:
        if report["errors"]:
            self.stderr.write(f"有 {len(report['errors'])} 处错误，一题也没有导入：")
            for one in report["errors"]:
                place = f"第 {one['row']} 行" if "row" in one else f"第 {one['item']} 题" if one["item"] else "文件"
                self.stderr.write(f"  {place} · {one['field']}：{one['message']}")
            return
        word = "将" if is_dry else "已"
        counts = f"新增 {report['created']} 题，修订 {report['updated']} 题，跳过 {report['skipped']} 题"
        self.stdout.write(f"{word}{counts}。新增和修订的都是草稿，送审通过后才能使用。")


def _report(file: Path, file_format: str, defaults: exchange.Defaults, *, is_dry: bool) -> dict[str, Any]:
    try:
        if file.stat().st_size > exchange.MAX_BYTES:
            raise exchange.TooBig
        _, found = exchange.read(file.read_bytes(), file_format=file_format)
        if is_dry:
            made = exchange.plan(found, defaults=defaults)
        else:
            made = exchange.store(found, defaults=defaults, author=None, now=timezone.now())
    except OSError as fault:
        return _refused(f"打不开文件：{fault.strerror or fault}。请检查路径和权限。")
    except DatabaseError as fault:
        return _refused(f"数据库不可用：{fault}".strip())
    except DomainError as refusal:
        return _refused(str(refusal))
    return exchange.report_of(made)


def _refused(message: str) -> dict[str, Any]:
    error = {"item": 0, "field": "文件", "message": message}
    return {"created": 0, "updated": 0, "skipped": 0, "errors": [error]}
