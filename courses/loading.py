"""Content files to published pages. Editors win: a page that somebody edited since is left alone and listed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, uuid5

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from wagtail.models import Collection, Page, Site
from wagtail.utils.file import hash_filelike

from courses.markup.course import CourseFile, CourseMalformed, LessonFile, ModuleFile, read_course
from courses.markup.lessons import Block
from courses.models import CatalogPage, CourseImage, CoursePage, LessonPage, ModulePage
from courses.models.media import PAID_COLLECTION, PUBLIC_COLLECTION, collection_named
from courses.models.pages import LoadedPage
from lms.errors import DomainError

Loaded = TypeVar("Loaded", bound=LoadedPage)


class ContentRefused(DomainError):
    """Content that cannot be loaded; `faults` has one Chinese sentence for each fault. Nothing was loaded."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join([f"内容有 {len(self.faults)} 处要改，没有载入任何东西：", *self.faults]))


@dataclass(frozen=True, kw_only=True)
class LoadReport:
    """What became of each page, by the name of its file; `kept` were edited in the back office since."""

    created: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]
    kept: tuple[str, ...]


def load_course(folder: Path, *, now: datetime) -> LoadReport:
    """
    Load a folder of content files as published pages, all of it or nothing. Loading twice changes nothing.

    Raises: ContentRefused, with file, line and remedy of every fault.
    Source: docs/rules/syllabus.md, rules Y2-Y4.
    """
    try:
        course = read_course(folder)
    except CourseMalformed as fault:
        raise ContentRefused(fault.faults) from fault
    with transaction.atomic():
        loader = _Loader(now)
        loader.load(course)
    return LoadReport(**{outcome: tuple(names) for outcome, names in loader.outcomes.items()})


def put_page(
    name: str, page: Loaded, parent: Page, digest: str, fields: Callable[[], dict[str, Any]], *, now: datetime
) -> tuple[Loaded, str]:
    """
    Publish a page from the file `name`, unless it is up to date or an editor has taken it over.

    Returns the page and what became of it, a field of LoadReport. Raises: ContentRefused.
    Source: docs/rules/syllabus.md, rules Y2-Y3.
    """
    is_new = page.pk is None
    is_ours = page.loaded_revision is not None and page.loaded_revision == page.latest_revision_id
    if not is_new and not (is_ours and page.live):
        return page, "kept"
    if page.content_hash == digest:
        return page, "unchanged"
    for attribute, value in (fields() | {"content_hash": digest}).items():
        setattr(page, attribute, value)
    try:
        _check_blocks(page)
        if is_new:
            page.first_published_at = now
            parent.add_child(instance=page)
        revision = page.save_revision()
        revision.publish()
    except ValidationError as fault:
        raise ContentRefused([f"{name}：{message}" for message in fault.messages]) from fault
    type(page).objects.filter(pk=page.pk).update(loaded_revision=revision.pk)
    return type(page).objects.get(pk=page.pk), "created" if is_new else "updated"


@dataclass
class _Loader:
    now: datetime
    outcomes: dict[str, list[str]] = field(
        default_factory=lambda: {"created": [], "updated": [], "unchanged": [], "kept": []}
    )

    def load(self, file: CourseFile) -> None:
        catalog = CatalogPage.objects.first() or self._make_catalog(file)
        course = self._put(
            "course.yaml",
            CoursePage.objects.filter(slug=file.slug).first() or CoursePage(slug=file.slug),
            catalog,
            file.digest,
            lambda: _course_fields(file),
        )
        self._put_in_order(course, [self._module(course, module) for module in file.modules])

    def _module(self, course: CoursePage, file: ModuleFile) -> ModulePage:
        found = ModulePage.objects.child_of(course).filter(code=file.code).first()
        module = self._put(
            f"{file.folder}/module.yaml",
            found or ModulePage(slug=file.folder, code=file.code),
            course,
            file.digest,
            lambda: {"title": file.title, "summary": file.summary, "goals": "\n".join(file.goals)},
        )
        self._put_in_order(module, [self._lesson(course, module, lesson) for lesson in file.lessons])
        return module

    def _lesson(self, course: CoursePage, module: ModulePage, file: LessonFile) -> LessonPage:
        found = LessonPage.objects.descendant_of(course).filter(slug=file.lesson.slug).first()
        return self._put(
            file.name,
            found or LessonPage(slug=file.lesson.slug),
            module,
            file.digest,
            lambda: _lesson_fields(file, folder=module.code.lower()),
        )

    def _put(self, name: str, page: Loaded, parent: Page, digest: str, fields: Callable[[], dict[str, Any]]) -> Loaded:
        page, outcome = put_page(name, page, parent, digest, fields, now=self.now)
        self.outcomes[outcome].append(name)
        return page

    def _make_catalog(self, file: CourseFile) -> CatalogPage:
        site = Site.objects.filter(is_default_site=True).first()
        if site is None or not CatalogPage.can_exist_under(site.root_page.specific):
            raise ContentRefused(["还没有首页，课程目录没有地方放。manage.py load_content 会先建好首页。"])
        catalog = CatalogPage(
            title=file.catalog_title, slug="courses", intro=file.catalog_intro, first_published_at=self.now
        )
        site.root_page.add_child(instance=catalog)
        catalog.save_revision().publish()
        return catalog

    def _put_in_order(self, parent: Page, pages: Sequence[Page]) -> None:
        """Bring the pages that come from files into the order of the files; an editor's own pages come first."""
        wanted = [page.pk for page in pages if page.get_parent().pk == parent.pk]
        actual = parent.get_children().filter(pk__in=wanted).order_by("path").values_list("pk", flat=True)
        if list(actual) != wanted:
            for pk in wanted:
                Page.objects.get(pk=pk).move(Page.objects.get(pk=parent.pk), pos="last-child")


def _course_fields(file: CourseFile) -> dict[str, Any]:
    questions = [
        {"type": "question", "value": {"question": question, "answer": answer}, "id": _block_id("faq", number)}
        for number, (question, answer) in enumerate(file.faq)
    ]
    return {
        "title": file.title,
        "summary": file.summary,
        "price_fen": file.price_fen,
        "audience": file.audience,
        "outcome": file.outcome,
        "faq": CoursePage.faq.field.stream_block.to_python(questions),
    }


def _lesson_fields(file: LessonFile, *, folder: str) -> dict[str, Any]:
    lesson = file.lesson
    collection = collection_named(PUBLIC_COLLECTION if lesson.is_preview else PAID_COLLECTION)
    body = [
        {"type": block.type, "value": _value(block, file, folder, collection), "id": _block_id(lesson.slug, number)}
        for number, block in enumerate(lesson.blocks)
    ]
    return {
        "title": lesson.title,
        "summary": lesson.summary,
        "goals": "\n".join(lesson.goals),
        "sources": "\n".join(lesson.sources),
        "is_preview": lesson.is_preview,
        "is_verified": lesson.is_verified,
        "body": LessonPage.body.field.stream_block.to_python(body),
    }


def _value(block: Block, file: LessonFile, folder: str, collection: Collection) -> Any:
    if block.type == "check":
        options = [
            {"type": "item", "value": option, "id": _block_id(block.value["question"], number)}
            for number, option in enumerate(block.value["options"])
        ]
        return block.value | {"options": options}
    if block.type != "figure":
        return block.value
    src, alt = block.value["src"], block.value["alt"]
    image = _image(f"{folder}-{Path(src).name}", file.figures[src], alt, collection)
    shown = {"image": image.pk, "alt_text": alt, "decorative": False}
    return {"image": shown, "caption": block.value["caption"]}


def _image(title: str, data: bytes, description: str, collection: Collection) -> CourseImage:
    """Return the library's image of this drawing. A changed drawing is a new image: old revisions keep theirs."""
    digest = hash_filelike(BytesIO(data))
    image = CourseImage.objects.filter(title=title, file_hash=digest).first()
    if image is None:
        image = CourseImage(title=title, file=ContentFile(data, name=title))
    image.description, image.collection = description[:255], collection
    image.save()
    image.get_file_hash()
    return image


def _block_id(slug: str, number: int) -> str:
    """Return the same id each time: it is the anchor of a heading, and what revisions are compared by."""
    return str(uuid5(NAMESPACE_URL, f"{slug}/{number}"))


def _check_blocks(page: Page) -> None:
    """Hold the blocks of a page to what the editor's form would ask. Raises: ValidationError."""
    for number, child in enumerate(getattr(page, "body", ()), 1):
        try:
            child.block.clean(child.value)
        except ValidationError as fault:
            raise ValidationError(
                f"第 {number} 块（{child.block.label}）太长或缺少必填项，见 docs/content.md"
            ) from fault
