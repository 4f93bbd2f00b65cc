"""A course into one file. docs/rules/package.md."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.models import CoursePage
from courses.package import export_course


class Command(BaseCommand):
    help = "把一门课导出成课程包（zip）：页面的最新草稿、图片和文件、试题。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="课程的网址名，如 aftersales-manager")
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *, slug: str, file: Path, **_: Any) -> None:
        course = CoursePage.objects.filter(slug=slug).first()
        if course is None:
            known = "、".join(CoursePage.objects.order_by("path").values_list("slug", flat=True)) or "一门也没有"
            raise CommandError(f"没有网址名是 {slug} 的课程。现有：{known}。")
        try:
            content = export_course(course)
            file.write_bytes(content)
        except OSError as fault:
            raise CommandError(f"写不了文件，或媒体库里少了文件：{fault}。") from fault
        self.stdout.write(f"《{course.title}》→ {file}（{len(content):,} 字节）")
