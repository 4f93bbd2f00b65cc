"""A package → a new draft course: all of it, or nothing."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from wagtail.models import Page

from courses.models import CatalogPage, CourseDocument, CourseImage, CoursePage, LessonOrder, LessonPage, ModulePage
from courses.package import media
from courses.package.archive import unpack
from courses.package.exporting import Progress, unseen
from courses.package.parts import files_of, parts
from courses.package.reading import CourseData, LessonData, ModuleData, read_files
from courses.package.refusals import PackageRefused
from courses.package.values import Misshapen, stored
from lms.users.models import User


def look(content: bytes) -> tuple[CourseData, str]:
    """
    Read a package and return it with the slug that its course would get. Writes nothing.

    Raises: PackageRefused, with every fault. Source: docs/rules/package.md, rules K4-K5.
    """
    data = read_files(unpack(content))
    if CatalogPage.objects.first() is None:
        raise PackageRefused(["还没有课程目录页，课程没有地方放。请先建好首页和课程目录。"])
    return data, free_slug(data.meta["slug"])


def free_slug(slug: str) -> str:
    """Return the slug, or the next free one with a number behind it. Source: docs/rules/package.md, rule K6."""
    taken = set(Page.objects.child_of(CatalogPage.objects.get()).values_list("slug", flat=True))
    return next(
        name for number in range(1, len(taken) + 2) if (name := f"{slug}-{number}" if number > 1 else slug) not in taken
    )


def import_course(content: bytes, *, person: User | None, now: datetime, progress: Progress = unseen) -> CoursePage:
    """
    Make a new draft course from a package. A stop in the middle leaves nothing behind, neither rows nor files.

    Raises: PackageRefused; DomainError of the rooms above. Source: docs/rules/package.md, rules K5-K7.
    """
    data, slug = look(content)
    writer = _Writer(data, slug, person, progress)
    try:
        with transaction.atomic():
            course = writer.write()
            for part in parts():
                if inside := files_of(part, data.files):
                    part.store(inside, person=person, now=now)
    except BaseException:
        for name in writer.written:
            default_storage.delete(name)
        raise
    return course


@dataclass
class _Writer:
    data: CourseData
    slug: str
    person: User | None
    progress: Progress
    written: list[str] = field(default_factory=list)
    library: dict[str, CourseImage | CourseDocument] = field(default_factory=dict)
    lessons: dict[str, LessonPage] = field(default_factory=dict)

    def write(self) -> CoursePage:
        for facts in self.data.media:
            file, is_new = media.put(facts["file"], facts, self.data.files[facts["file"]])
            self.library[facts["file"]] = file
            if is_new:
                self.written.append(str(file.file.name))
        course = self._course()
        pages = [(self._module(course, module), module) for module in self.data.modules]
        for module, part in pages:
            for lesson in part.lessons:
                self._add(module, self._lesson(lesson), lesson.name)
        for done, lesson in enumerate(self.data.lessons, 1):  # links may lead to lessons further down
            self._fill(self.lessons[lesson.meta["slug"]], lesson)
            self.progress(done, len(self.data.lessons))
        return course

    def _course(self) -> CoursePage:
        meta = self.data.meta
        if meta["order"] not in LessonOrder.values:
            raise PackageRefused([f"course.yaml：order 要写 {'、'.join(LessonOrder.values)} 之一。"])
        course = CoursePage(
            title=meta["title"],
            slug=self.slug,
            summary=meta["summary"],
            price_fen=meta["price_fen"],
            lesson_order=meta["order"],
            no_skipping=meta["no_skipping"],
            audience=meta["audience"],
            outcome=meta["outcome"],
            live=False,
        )
        questions = [("question", value) for value in meta["faq"]]
        course.faq = self._stream(course, "faq", questions, "course.yaml")
        self._add(CatalogPage.objects.get(), course, "course.yaml")
        return course

    def _module(self, course: CoursePage, part: ModuleData) -> ModulePage:
        meta = part.meta
        module = ModulePage(
            title=meta["title"],
            slug=meta["slug"],
            code=meta["code"],
            summary=meta["summary"],
            opens_after_days=meta["opens_after_days"],
            goals="\n".join(meta["goals"]),
            live=False,
        )
        self._add(course, module, part.name)
        return module

    def _lesson(self, part: LessonData) -> LessonPage:
        meta = part.meta
        lesson = LessonPage(
            title=meta["title"],
            slug=meta["slug"],
            summary=meta["summary"],
            is_preview=meta["preview"],
            is_verified=meta["verified"],
            min_seconds=meta["min_seconds"],
            goals="\n".join(meta["goals"]),
            sources="\n".join(meta["sources"]),
            live=False,
        )
        self.lessons[meta["slug"]] = lesson
        return lesson

    def _fill(self, lesson: LessonPage, part: LessonData) -> None:
        blocks = [(block.type, block.value) for block in part.blocks]
        lesson.body = self._stream(lesson, "body", blocks, part.name)
        try:
            lesson.save()
            lesson.save_revision(user=self.person)
        except ValidationError as fault:
            raise PackageRefused([f"{part.name}：{text}" for text in fault.messages]) from fault

    def _stream(self, page: Page, name: str, blocks: list[tuple[str, Any]], file: str) -> Any:
        """Return the stream of these blocks, each held to what the editor's form would ask."""
        stream = type(page)._meta.get_field(name).stream_block  # noqa: SLF001  # Django's public door to it
        try:
            raw = [
                {"type": kind, "value": self._stored(stream.child_blocks[kind], value), "id": _block_id(file, number)}
                for number, (kind, value) in enumerate(blocks)
            ]
            value = stream.to_python(raw)
            for number, child in enumerate(value, 1):
                self._check(child, f"{file} 第 {number} 块（{child.block.label}）")
        except (
            Misshapen,
            TypeError,
            ValueError,
            KeyError,
            AttributeError,
        ) as fault:  # data of another shape than the blocks'
            raise PackageRefused([f"{file}：有一块的内容不是这种块的样子，请从原系统重新导出。"]) from fault
        return value

    def _stored(self, block: Any, value: Any) -> Any:
        return stored(block, value, file_of=self.library.__getitem__, page_of=self._page_of)

    def _page_of(self, slug: str) -> int | None:
        lesson = self.lessons.get(slug)
        return lesson.pk if lesson else None

    def _check(self, child: Any, where: str) -> None:
        try:
            child.block.clean_deferred(child.value)
        except ValidationError as fault:
            raise PackageRefused([f"{where}：内容太长、形式不对或缺少必填项。"]) from fault

    def _add(self, parent: Page, page: Page, file: str) -> None:
        try:
            parent.add_child(instance=page)
            page.save_revision(user=self.person)
        except ValidationError as fault:
            raise PackageRefused([f"{file}：{text}" for text in fault.messages]) from fault


def _block_id(file: str, number: int) -> str:
    return str(uuid5(NAMESPACE_URL, f"{file}/{number}"))
