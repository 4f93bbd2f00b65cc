"""A course package into a new draft course, all or nothing. docs/rules/package.md."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from courses.package import MAX_BYTES, import_course, look
from lms.errors import DomainError

UNUSABLE = 2


class Command(BaseCommand):
    help = "从课程包新建一门草稿课程；有一处错误就什么也不写。退出码：0 成功，2 有错误。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--dry-run", action="store_true", dest="is_dry", help="只检查，不写入")

    def handle(self, *, file: Path, is_dry: bool, **_: Any) -> None:
        try:
            if file.stat().st_size > MAX_BYTES:
                self._refuse(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，没有读取。")
            content = file.read_bytes()
            data, slug = look(content)
            told = f"《{data.meta['title']}》{len(data.modules)} 个模块、{len(data.lessons)} 课，网址名 {slug}"
            if is_dry:
                self.stdout.write(f"可以导入：{told}。")
                return
            import_course(content, person=None, now=timezone.now())
        except OSError as fault:
            self._refuse(f"打不开文件：{fault.strerror or fault}。请检查路径和权限。")
        except DomainError as refusal:
            self._refuse(str(refusal))
        self.stdout.write(f"已导入为草稿：{told}。送审、发布以后学员才看得到。")

    def _refuse(self, message: str) -> None:
        self.stderr.write(message)
        raise SystemExit(UNUSABLE)
