"""What the curriculum holds and what is wrong with it, read from the content files. docs/content.md, chapter 6."""

import json
from argparse import ArgumentParser
from pathlib import Path

import yaml
from django.conf import settings
from django.core.management.base import BaseCommand

from courses.glossary import read_glossary
from courses.loading import ContentRefused
from courses.markup.course import CourseMalformed, read_course
from courses.markup.glossary import Term, term_faults
from courses.progress import STUDY_HOUR_SECONDS
from courses.survey import Survey, survey_course
from exams import loading, vetting

SOUND, PROBLEMS = 0, 1
NO_COURSE = Survey(lessons=0, characters=0, seconds=0, slugs=frozenset(), problems=())


class Command(BaseCommand):
    help = "课程和题库有多少、有什么毛病。退出码：0 没有问题，1 有问题。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--course", type=Path, default=settings.BASE_DIR / "courses" / "content", help="课程目录")
        parser.add_argument("--items", type=Path, default=settings.BASE_DIR / "exams" / "content", help="题库目录")
        parser.add_argument("--json", action="store_true", dest="is_json", help="输出 JSON")

    def handle(self, *, course: Path, items: Path, is_json: bool, **_: object) -> None:
        problems: list[str] = []
        lessons = _survey_course(course, problems)
        terms = _read_terms(course, problems)
        entries = _read_items(items, problems)
        bank = vetting.survey_items(entries, slugs=lessons.slugs)
        problems += [*lessons.problems, *term_faults(terms, lessons.slugs), *bank.problems]
        if is_json:
            answer = {
                "lessons": lessons.lessons,
                "characters": lessons.characters,
                "study_minutes": -(-lessons.seconds // 60),
                "items": bank.pools,
                "cases": bank.cases,
                "glossary": len(terms),
                "by_module": bank.modules,
                "by_type": bank.kinds,
                "by_difficulty": bank.difficulties,
                "problems": problems,
            }
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            self._print_words(lessons, bank, terms=len(terms), problems=problems)
        raise SystemExit(PROBLEMS if problems else SOUND)

    def _print_words(self, lessons: Survey, bank: vetting.Survey, *, terms: int, problems: list[str]) -> None:
        minutes, hours = -(-lessons.seconds // 60), -(-lessons.seconds // STUDY_HOUR_SECONDS)
        live, practice = bank.pools["live"], bank.pools["practice"]
        self.stdout.write(
            f"课 {lessons.lessons} 节，正文 {lessons.characters:,} 字，阅读和自测约 {minutes} 分钟，{hours} 学时"
        )
        self.stdout.write(
            f"试题 {live + practice} 道：正式 {live}，练习 {practice}；案例 {bank.cases} 个；词条 {terms} 个"
        )
        for name, counts in (("模块", bank.modules), ("题型", bank.kinds), ("难度", bank.difficulties)):
            self.stdout.write(f"按{name}：" + "，".join(f"{part} {count}" for part, count in counts.items()))
        for line in bank.balance:
            self.stdout.write(line)
        self.stdout.write(f"问题 {len(problems)} 处" + ("：" if problems else ""))
        for problem in problems:
            self.stdout.write(f"  {problem}")


def _survey_course(folder: Path, problems: list[str]) -> Survey:
    try:
        return survey_course(read_course(folder))
    except CourseMalformed as refusal:
        problems += refusal.faults
        return NO_COURSE


def _read_items(folder: Path, problems: list[str]) -> list[vetting.Entry]:
    """Take every item that the loader would take; name the mistakes of the others as it does."""
    _, mistakes = loading.read_folder(folder)
    problems += map(str, mistakes)
    malformed = {mistake.file for mistake in mistakes if not mistake.code}
    entries: list[vetting.Entry] = []
    for path in sorted(folder.glob("**/*.yaml")):
        if path.relative_to(folder).as_posix() not in malformed:
            written = yaml.safe_load(path.read_text(encoding="utf-8")) or []
            entries += [one for entry in written if isinstance(entry, dict) for one in vetting.Entry.all_of(entry)]
    return entries


def _read_terms(folder: Path, problems: list[str]) -> tuple[Term, ...]:
    try:
        return read_glossary(folder)
    except ContentRefused as refusal:
        problems += refusal.faults
        return ()
