"""A folder of content files to plain data: course, modules, lessons, figures. Source: docs/content.md."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from courses.markup import fields, prose
from courses.markup.lessons import Lesson, parse_lesson
from courses.markup.problems import Malformed, Problem
from courses.markup.svg import check_svg

LESSON_FILE = re.compile(r"(\d\d)-([a-z0-9-]+)\.md")
MODULE_FOLDER = re.compile(r"m([1-5])-[a-z]+")
READING = "1"  # counts up when the same file would be read into something else; every page is then loaded anew
COURSE_FIELDS = {
    "catalog_title": fields.text(80),
    "catalog_intro": fields.text(300),
    "title": fields.text(80),
    "slug": fields.slug,
    "summary": fields.text(200),
    "price_fen": fields.whole(100),
    "audience": fields.text(2000),
    "outcome": fields.text(2000),
    "faq": lambda value: "" if isinstance(value, list) and value else "要写成列表，每条有 question 和 answer",
}
QUESTION_FIELDS = {"question": fields.text(120), "answer": fields.text(2000)}
MODULE_FIELDS = {
    "title": fields.text(80),
    "code": fields.text(2),
    "summary": fields.text(200),
    "goals": fields.texts(1, 8),
}


class CourseMalformed(Exception):
    """A course folder that cannot be used; `faults` says file, line and remedy of every fault in it."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("；".join(faults))


@dataclass(frozen=True, kw_only=True)
class LessonFile:
    name: str
    digest: str
    lesson: Lesson
    figures: Mapping[str, bytes]  # by the `src` that the lesson uses


@dataclass(frozen=True, kw_only=True)
class ModuleFile:
    folder: str
    digest: str
    title: str
    code: str
    summary: str
    goals: tuple[str, ...]
    lessons: tuple[LessonFile, ...]


@dataclass(frozen=True, kw_only=True)
class CourseFile:
    """A course whose every file keeps the rules. `audience`, `outcome` and the answers of `faq` are rich text."""

    digest: str
    catalog_title: str
    catalog_intro: str
    title: str
    slug: str
    summary: str
    price_fen: int
    audience: str
    outcome: str
    faq: tuple[tuple[str, str], ...]
    modules: tuple[ModuleFile, ...]


def read_course(folder: Path) -> CourseFile:
    """Read a course folder. Raises: CourseMalformed, with the faults of all its files."""
    return _Folder(folder).read()


class _Folder:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.faults: list[str] = []

    def read(self) -> CourseFile:
        if not self.root.is_dir():
            raise CourseMalformed([f"没有这个目录：{self.root}"])
        source = self._text(self.root / "course.yaml")
        course = self._guard(self.root / "course.yaml", _parse_course, source)
        folders = sorted(path for path in self.root.iterdir() if path.is_dir() and not path.name.startswith((".", "_")))
        modules = [module for path in folders if (module := self._module(path))]
        self._no_twins([(lesson.lesson.slug, lesson.name) for module in modules for lesson in module.lessons], "slug")
        self._no_twins([(module.code, module.folder) for module in modules], "code")
        if not modules and not self.faults:
            self.faults.append("没有模块目录，目录名形如 m1-standard")
        if self.faults or course is None:
            raise CourseMalformed(self.faults)
        return CourseFile(digest=_digest(source.encode()), modules=tuple(modules), **course)

    def _module(self, path: Path) -> ModuleFile | None:
        if not (found := MODULE_FOLDER.fullmatch(path.name)):
            self.faults.append(f"{path.name}：模块目录名要形如 m1-standard")
            return None
        source = self._text(path / "module.yaml")
        meta = self._guard(path / "module.yaml", fields.read, source, MODULE_FIELDS)
        if meta and meta["code"] != f"M{found.group(1)}":
            self.faults.append(f"{path.name}/module.yaml：字段 code 要与目录名一致，写 M{found.group(1)}")
        files = sorted(path.glob("*.md"))
        if not files:
            self.faults.append(f"{path.name}：还没有课，课的文件名形如 01-one-in-ten.md")
        lessons = [lesson for file in files if (lesson := self._lesson(file))]
        self._no_twins([(file.name[:2], f"{path.name}/{file.name}") for file in files], "顺序号")
        if not meta:
            return None
        return ModuleFile(
            folder=path.name,
            digest=_digest(source.encode()),
            title=meta["title"],
            code=meta["code"],
            summary=meta["summary"],
            goals=tuple(meta["goals"]),
            lessons=tuple(lessons),
        )

    def _lesson(self, path: Path) -> LessonFile | None:
        name = f"{path.parent.name}/{path.name}"
        source = self._text(path)
        lesson: Lesson | None = self._guard(path, parse_lesson, source)
        if lesson is None:
            return None
        found = LESSON_FILE.fullmatch(path.name)
        if not found or found.group(2) != lesson.slug:
            self.faults.append(f"{name}：文件名要写成“两位序号-slug.md”，slug 与字段 slug（{lesson.slug}）一致")
        figures = {
            block.value["src"]: self._figure(path, block.value["src"], block.line)
            for block in lesson.blocks
            if block.type == "figure"
        }
        return LessonFile(name=name, digest=_digest(source.encode(), *figures.values()), lesson=lesson, figures=figures)

    def _figure(self, lesson: Path, src: str, line: int) -> bytes:
        file = lesson.parent / src
        if not file.is_file():
            self._add(lesson, [Problem(line, f"找不到图 {src}")])
            return b""
        data = file.read_bytes()
        self._guard(file, check_svg, data)
        return data

    def _text(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            self._add(path, [Problem(0, "缺少这个文件")])
        except UnicodeDecodeError:
            self._add(path, [Problem(0, "不是 UTF-8 编码，请另存为 UTF-8")])
        return ""

    def _guard(self, path: Path, parse: Any, *args: Any) -> Any:
        """Return what `parse` makes of the arguments, or None with its problems noted."""
        if not args[0]:  # unreadable: said already
            return None
        try:
            return parse(*args)
        except Malformed as fault:
            self._add(path, fault.problems)
        return None

    def _add(self, path: Path, problems: list[Problem]) -> None:
        name = path.relative_to(self.root)
        self.faults += [f"{name} 第 {p.line} 行：{p.text}" if p.line else f"{name}：{p.text}" for p in problems]

    def _no_twins(self, names: list[tuple[str, str]], what: str) -> None:
        first: dict[str, str] = {}
        for key, name in names:
            if key in first:
                self.faults.append(f"{name}：{what} {key} 已经用在 {first[key]}，请换一个")
            first.setdefault(key, name)


def _parse_course(source: str) -> dict[str, Any]:
    data = fields.read(source, COURSE_FIELDS)
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    questions: list[tuple[str, str]] = []
    for name in ("audience", "outcome"):
        try:
            texts[name] = prose.rich_text_of(data[name])
        except Malformed as fault:
            problems += [Problem(0, f"字段 {name}：{problem.text}") for problem in fault.problems]
    for number, entry in enumerate(data["faq"], 1):
        try:
            questions.append(_parse_question(entry))
        except Malformed as fault:
            problems += [Problem(0, f"字段 faq 第 {number} 条：{problem.text}") for problem in fault.problems]
    if problems:
        raise Malformed(problems)
    return data | texts | {"faq": tuple(questions)}


def _parse_question(entry: Any) -> tuple[str, str]:
    if not isinstance(entry, dict) or set(entry) != set(QUESTION_FIELDS):
        raise Malformed([Problem(0, "要有 question 和 answer 两项")])
    faults = {name: check(entry[name]) for name, check in QUESTION_FIELDS.items()}
    problems = [Problem(0, f"{name} {fault}") for name, fault in faults.items() if fault]
    if problems:
        raise Malformed(problems)
    return entry["question"], prose.rich_text_of(entry["answer"])


def _digest(*parts: bytes) -> str:
    return sha256(b"\0".join([READING.encode(), *parts])).hexdigest()
