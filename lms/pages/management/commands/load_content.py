"""Site pages, course and question bank from the text files of the repository. Safe to run again after each release."""

from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from certificates.staffing.readiness import indicators
from courses.glossary import load_glossary
from courses.loading import load_course
from exams.loading import load_items
from lms.errors import DomainError
from lms.pages.guide import load_guide
from lms.pages.loading import load_site


class Command(BaseCommand):
    help = "从内容文件载入站点页面、课程、术语和题库（可以反复执行；在后台改过的不覆盖，只列出来）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--course", type=Path, default=settings.BASE_DIR / "courses" / "content", help="课程目录")
        parser.add_argument("--items", type=Path, default=settings.BASE_DIR / "exams" / "content", help="题库目录")

    def handle(self, *, course: Path, items: Path, **_: object) -> None:
        now = timezone.now()
        try:
            with transaction.atomic():
                pages = load_site(now=now)
                guides = load_guide(now=now)
                lessons = load_course(course, now=now)
                terms = load_glossary(course)
                bank = load_items(items, now=now)
                clauses = indicators.load()
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"站点页面：新建 {len(pages)}")
        self.stdout.write(f"评价指标：新建 {clauses}")
        for name, report in (("参考资料", guides), ("课程", lessons), ("术语", terms), ("题库", bank)):
            self.stdout.write(
                f"{name}：新建 {len(report.created)}，更新 {len(report.updated)}，"
                f"未变 {len(report.unchanged)}，后台改过而保留 {len(report.kept)}"
            )
            for kept in report.kept:
                self.stdout.write(f"  保留 {kept}")
