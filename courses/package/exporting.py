"""A course → the files of a package: the latest drafts, in the way of writing of docs/content.md."""

from collections.abc import Callable
from typing import Any

from wagtail.models import Page

from courses.markup.writing import canonical_html, dump, write_page
from courses.models import CoursePage, LessonPage, ModulePage
from courses.package.archive import pack
from courses.package.media import LISTED, Shelf
from courses.package.parts import parts
from courses.package.values import LESSON, pages_linked, written

Progress = Callable[[int, int], None]


def unseen(done: int, total: int) -> None:
    """Nobody watches."""


def export_course(course: CoursePage, *, progress: Progress = unseen) -> bytes:
    """
    Return the package of a course; the same course gives the same bytes.

    `progress` is told how many of how many lessons are done. Source: docs/rules/package.md, rules K1-K3, K7.
    """
    return _Writer(course, progress).write()


class _Writer:
    def __init__(self, course: CoursePage, progress: Progress) -> None:
        self.course: CoursePage = course.get_latest_revision_as_object()
        self.progress = progress
        self.shelf = Shelf()
        self.files: dict[str, bytes] = {}
        self.lessons = list(
            LessonPage.objects.descendant_of(course).select_related("latest_revision").order_by("path").defer("body")
        )
        self.slugs = {lesson.pk: lesson.slug for lesson in self.lessons}
        self.addresses: dict[int, str] = {}

    def write(self) -> bytes:
        self._text("course.yaml", dump(self._course()))
        modules = ModulePage.objects.child_of(self.course).select_related("latest_revision").order_by("path")
        done = 0
        for at, module in enumerate(modules, 1):
            folder = f"modules/{at:02d}-{module.slug}"
            self._text(f"{folder}/module.yaml", dump(_module(module.get_latest_revision_as_object())))
            inside = [lesson for lesson in self.lessons if lesson.path.startswith(module.path)]
            for number, lesson in enumerate(inside, 1):
                draft = lesson.get_latest_revision_as_object()
                self._text(f"{folder}/{number:02d}-{lesson.slug}.md", self._lesson(draft))
                done += 1
                self.progress(done, len(self.lessons))
        if self.shelf.facts:
            listed = [{"file": name, **self.shelf.facts[name]} for name in sorted(self.shelf.facts)]
            self._text(LISTED, dump({"files": listed}))
        self.files |= self.shelf.files
        for part in parts():
            self.files |= part.export(lessons=sorted(self.slugs.values()))
        return pack(self.files, title=self.course.title)

    def _course(self) -> dict[str, Any]:
        course = self.course
        return {
            "title": course.title,
            "slug": course.slug,
            "summary": course.summary,
            "price_fen": course.price_fen,
            "order": str(course.lesson_order),
            "no_skipping": course.no_skipping,
            "audience": canonical_html(course.audience),
            "outcome": canonical_html(course.outcome),
            "faq": [self._block(child)[1] for child in course.faq],
        }

    def _lesson(self, lesson: LessonPage) -> str:
        meta = {
            "title": lesson.title,
            "slug": lesson.slug,
            "summary": lesson.summary,
            "preview": lesson.is_preview,
            "verified": lesson.is_verified,
            "min_seconds": lesson.min_seconds,
            "goals": lines_of(lesson.goals),
            "sources": lines_of(lesson.sources),
        }
        return write_page(meta, [self._block(child) for child in lesson.body])

    def _block(self, child: Any) -> tuple[str, Any]:
        linked = pages_linked(child.block, child.value) - self.slugs.keys() - self.addresses.keys()
        self.addresses |= {page.pk: page.get_url() or "/" for page in Page.objects.filter(pk__in=linked)}
        value = written(child.block, child.value, name_of=self.shelf.name_of, link_of=self._address)
        if child.block_type == "check":
            value = {key: value[key] for key in ("question", "kind", "options", "answer", "explanation")}
        return child.block_type, value

    def _address(self, pk: int) -> str:
        """Return what a link to a page becomes: a lesson of this course by its slug, any other page by its address."""
        return LESSON + self.slugs[pk] if pk in self.slugs else self.addresses.get(pk, "#")

    def _text(self, name: str, text: str) -> None:
        self.files[name] = text.encode()


def _module(module: ModulePage) -> dict[str, Any]:
    return {
        "title": module.title,
        "slug": module.slug,
        "code": module.code,
        "summary": module.summary,
        "opens_after_days": module.opens_after_days,
        "goals": lines_of(module.goals),
    }


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
