"""Items of the bank into a file of another system's format. docs/content.md, chapter 7."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.syllabus import MODULES
from exams import exchange
from exams.models import Item


class Command(BaseCommand):
    help = "把题库导出成文件。Aiken 只写得下单选和判断。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--format", choices=list(exchange.TARGETS), required=True, dest="target")
        parser.add_argument("--module", choices=list(MODULES), default="", help="只导出一个模块")
        parser.add_argument("--pool", choices=Item.Pool.values, default="", help="只导出一个题池")

    def handle(self, *, file: Path, target: str, module: str, pool: str, **_: Any) -> None:
        chosen = {name: value for name, value in (("module", module), ("pool", pool)) if value}
        items = Item.objects.filter(**chosen)
        try:
            file.write_bytes(exchange.export(items, target=target))
        except OSError as fault:
            raise CommandError(f"写不了文件：{fault.strerror or fault}。请检查路径和权限。") from fault
        self.stdout.write(f"{exchange.TARGETS[target].name}：{items.count()} 题 → {file}")
