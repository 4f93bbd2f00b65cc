"""The files of a package → plain data, with every fault of every file. Writes nothing."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from courses.markup import fields
from courses.markup.lessons import Block, parse_page
from courses.markup.problems import Malformed
from courses.models import LessonPage
from courses.package import facts, media
from courses.package.parts import files_of, parts
from courses.package.refusals import PackageRefused
from courses.package.values import Misshapen, names_in

MODULE_FILE = re.compile(r"modules/(\d\d+-[a-z0-9-]+)/module\.yaml")
LESSON_FILE = re.compile(r"modules/(\d\d+-[a-z0-9-]+)/\d\d+-([a-z0-9-]+)\.md")


@dataclass(frozen=True, kw_only=True)
class LessonData:
    name: str
    meta: dict[str, Any]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True)
class ModuleData:
    name: str
    meta: dict[str, Any]
    lessons: tuple[LessonData, ...]


@dataclass(frozen=True, kw_only=True)
class CourseData:
    """A package whose every file keeps the rules; `notes` say in words what rooms above would write."""

    meta: dict[str, Any]
    modules: tuple[ModuleData, ...]
    media: tuple[dict[str, Any], ...]
    files: Mapping[str, bytes]
    notes: tuple[str, ...]

    @property
    def lessons(self) -> list[LessonData]:
        return [lesson for module in self.modules for lesson in module.lessons]


def read_files(files: Mapping[str, bytes]) -> CourseData:
    """Read the files of a package. Raises: PackageRefused, with every fault."""
    return _Reader(files).read()


class _Reader:
    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.faults: list[str] = []
        self.known = {"course.yaml", media.LISTED}

    def read(self) -> CourseData:
        meta = self._yaml("course.yaml", facts.COURSE)
        modules = tuple(self._module(found[1]) for name in sorted(self.files) if (found := MODULE_FILE.fullmatch(name)))
        listed = self._media()
        self._check_uses(modules, {one["file"] for one in listed})
        self._no_twins([lesson.meta.get("slug") for module in modules for lesson in module.lessons])
        notes = [self._part(part) for part in parts()]
        self.faults += [f"{name}：不认识的文件。" for name in sorted(self.files.keys() - self.known)]
        if self.faults:
            raise PackageRefused(self.faults)
        return CourseData(
            meta=meta, modules=modules, media=listed, files=self.files, notes=tuple(note for note in notes if note)
        )

    def _part(self, part: Any) -> str:
        inside = files_of(part, self.files)
        self.known |= inside.keys()
        if not inside:
            return ""
        note, faults = part.look(inside)
        self.faults += faults
        return str(note)

    def _module(self, folder: str) -> ModuleData:
        name = f"modules/{folder}/module.yaml"
        meta = self._yaml(name, facts.MODULE)
        inside = [
            (path, found[2])
            for path in sorted(self.files)
            if (found := LESSON_FILE.fullmatch(path)) and found[1] == folder
        ]
        return ModuleData(name=name, meta=meta, lessons=tuple(self._lesson(path, slug) for path, slug in inside))

    def _lesson(self, name: str, slug: str) -> LessonData:
        self.known.add(name)
        text = self._text(name)
        found = self._guard(name, lambda: parse_page(text, facts.LESSON, is_package=True))
        meta: dict[str, Any] = found[0] if found else {}
        blocks: tuple[Block, ...] = found[1] if found else ()
        if meta and meta["slug"] != slug:
            self.faults.append(f"{name}：字段 slug 是 {meta['slug']}，与文件名不合。")
        known = LessonPage.body.field.stream_block.child_blocks
        for block in blocks:
            if block.type not in known:
                self.faults.append(f"{name} 第 {block.line} 行：这里没有叫 {block.type} 的块，请升级到同一版本。")
        return LessonData(name=name, meta=meta, blocks=tuple(block for block in blocks if block.type in known))

    def _media(self) -> tuple[dict[str, Any], ...]:
        if media.LISTED not in self.files:
            return ()
        found = self._yaml(media.LISTED, {"files": lambda value: "" if isinstance(value, list) else "要写成列表"})
        good = []
        for facts_of_one in found.get("files", []):
            if fault := _entry_fault(facts_of_one, self.files):
                self.faults.append(f"{media.LISTED}：{fault}")
                continue
            name = facts_of_one["file"]
            self.known.add(name)
            self.faults += media.faults_of(name, facts_of_one, self.files[name])
            good.append(facts_of_one)
        return tuple(good)

    def _check_uses(self, modules: tuple[ModuleData, ...], listed: set[str]) -> None:
        stream = LessonPage.body.field.stream_block.child_blocks
        for lesson in (lesson for module in modules for lesson in module.lessons):
            for block in lesson.blocks:
                try:
                    missing = names_in(stream[block.type], block.value) - listed
                except Misshapen:
                    self.faults.append(f"{lesson.name} 第 {block.line} 行：内容不是 {block.type} 块的样子。")
                    continue
                self.faults += [f"{lesson.name} 第 {block.line} 行：包里没有文件 {name}。" for name in sorted(missing)]

    def _no_twins(self, slugs: list[Any]) -> None:
        twins = sorted({slug for slug in slugs if slug and slugs.count(slug) > 1})
        self.faults += [f"有两课的 slug 都是 {slug}，请改一个。" for slug in twins]

    def _yaml(self, name: str, spec: Mapping[str, fields.Check]) -> dict[str, Any]:
        self.known.add(name)
        if name not in self.files:
            self.faults.append(f"缺少 {name}。")
            return {}
        text = self._text(name)
        return self._guard(name, lambda: fields.read(text, spec)) or {}

    def _text(self, name: str) -> str:
        try:
            return self.files[name].decode()
        except UnicodeDecodeError:
            self.faults.append(f"{name}：不是 UTF-8 编码。")
            return ""

    def _guard(self, name: str, parse: Callable[[], Any]) -> Any:
        """Return what `parse` gives, or None with its problems noted."""
        try:
            return parse()
        except Malformed as fault:
            self.faults += [f"{name} 第 {one.line} 行：{one.text}" for one in fault.problems]
        except (ValueError, RecursionError):  # YAML that the parser gives up on
            self.faults.append(f"{name}：读不懂。请从原系统重新导出。")
        return None


def _entry_fault(entry: Any, files: Mapping[str, bytes]) -> str:
    if not isinstance(entry, dict) or set(entry) != media.FIELDS:
        return f"每一项要有 {'、'.join(sorted(media.FIELDS))}。"
    if not isinstance(entry["paid"], bool) or entry["kind"] not in {media.IMAGE, media.DOCUMENT}:
        return "kind 写 image 或 document，paid 写 true 或 false。"
    if not all(isinstance(entry[key], str) and len(entry[key]) <= 255 for key in ("file", "title", "description")):
        return "file、title、description 要写文字，最多 255 字。"
    if not entry["title"]:
        return "title 不能空着。"
    return "" if entry["file"] in files else f"包里没有文件 {entry['file'][:100]}。"
