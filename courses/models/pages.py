"""The catalogue: course → module → lesson, as Wagtail pages."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.http import HttpRequest
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet
from wagtail.search import index

from courses import publishing
from courses.blocks import LESSON_BLOCKS, PLAIN_TEXT, QuestionBlock
from courses.models.media import PAID_COLLECTION, CourseDocument, CourseImage, is_paid
from courses.models.ordering import OrderedCourse
from courses.page_forms import LessonForm, PinyinSlugForm
from courses.syllabus import MODULE_CHOICES

# What is indexed for completing a word anybody may find; the rest of the index only those who may read the page.
# Source: docs/rules/search.md, rule Q5.
PUBLIC_TEXT = [index.SearchField("summary"), index.AutocompleteField("summary")]
PUBLIC_GOALS = [index.SearchField("goals"), index.AutocompleteField("goals")]


class LoadedPage(Page):
    """
    A page whose first text comes from a file of the repository.

    `content_hash` is the hash of that file, `loaded_revision` the revision that courses.loading published from it:
    while it is still the page's latest, nobody has edited the page since. Only courses.loading writes them.
    """

    content_hash = models.CharField(max_length=64, blank=True, editable=False)
    loaded_revision = models.PositiveBigIntegerField(null=True, editable=False)

    exclude_fields_in_copy = ["content_hash", "loaded_revision"]  # a copy is an editor's page from the first

    class Meta:
        abstract = True


class CatalogPage(Page):
    """The list of courses on sale."""

    intro = models.TextField("导语", blank=True)

    max_count = 1
    parent_page_types = ["pages.HomePage"]
    subpage_types = ["courses.CoursePage"]
    page_description = "全部课程的目录，全站只有一页"
    content_panels = [*Page.content_panels, FieldPanel("intro")]
    template = "courses/catalog_page.html"

    class Meta:
        verbose_name = verbose_name_plural = "课程目录"


class CourseManager(PageManager):
    def on_sale(self) -> "PageQuerySet[CoursePage]":
        """Published courses without a published later edition."""
        live: PageQuerySet[CoursePage] = self.live()
        same, after = models.OuterRef("series"), models.OuterRef("edition")
        return live.exclude(models.Exists(self.live().filter(series=same, edition__gt=after)))


class CoursePage(OrderedCourse, LoadedPage):  # type: ignore[django-manager-missing]  # django-stubs: Exam.course, reversed
    """
    One edition of a course. Its price is copied into each order; nothing here knows about paying.

    Editions of one course share `series`; people stay in the edition they enrolled in. Source: docs/rules/editions.md.
    """

    summary = models.CharField("一句话介绍", max_length=200, help_text="显示在课程目录和搜索结果里。")
    price_fen = models.PositiveIntegerField(
        "价格（分）", default=88_000, validators=[MinValueValidator(100)], help_text="以分为单位：¥880.00 填 88000。"
    )
    no_skipping = models.BooleanField(
        "视频首次不能快进", default=False, help_text="看过的部分仍可随意拖动；看够以后不再限制。"
    )
    audience = RichTextField("适合谁", blank=True, features=PLAIN_TEXT)
    outcome = RichTextField("学完得到什么", blank=True, features=PLAIN_TEXT)
    faq = StreamField([("question", QuestionBlock())], verbose_name="常见问题", blank=True)
    series = models.UUIDField(default=uuid4, editable=False)
    edition = models.PositiveSmallIntegerField("版次", default=1, editable=False)
    edition_note = models.TextField(
        "这一版改了什么", blank=True, max_length=500, help_text="在学上一版的人靠它决定要不要转到这一版。"
    )
    allows_restructuring = models.BooleanField(
        "在学期间也可以增减课",
        default=False,
        help_text="有人在学时，增减、移动课会改变他们要学的内容。一般不要勾选，请另开新版次。",
    )

    objects = CourseManager()

    exclude_fields_in_copy = [*LoadedPage.exclude_fields_in_copy, "series", "edition", "edition_note"]
    parent_page_types = ["courses.CatalogPage"]
    subpage_types = ["courses.ModulePage"]
    page_description = "一门可以报名的课程，下面放模块"
    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("price_fen"),
        FieldPanel("no_skipping"),
        FieldPanel("audience"),
        FieldPanel("outcome", help_text="写学到什么、有什么考核和证书；不写“包过”“权威”一类的话。"),
        FieldPanel("faq", help_text="价格、退款、考试次数、证书有效期要在这里说清楚。"),
        MultiFieldPanel([FieldPanel("edition_note"), FieldPanel("allows_restructuring")], "版次"),
        MultiFieldPanel([FieldPanel("lesson_order"), FieldPanel("prerequisite")], "次序"),
    ]
    search_fields = [
        *Page.search_fields,
        *PUBLIC_TEXT,
        index.SearchField("audience"),
        index.SearchField("outcome"),
        index.SearchField("faq"),
    ]
    template = "courses/course_page.html"

    class Meta:
        verbose_name = verbose_name_plural = "课程"
        constraints = [models.UniqueConstraint(fields=["series", "edition"], name="course_edition_unique")]

    @property
    def edition_name(self) -> str:
        return f"第 {self.edition} 版"

    def chapters(self) -> "list[Chapter]":
        """Return the live modules and their live lessons in order, without the lessons' bodies, in two queries."""
        modules = ModulePage.objects.live().child_of(self).order_by("path")
        lessons: dict[str, list[LessonPage]] = defaultdict(list)
        for lesson in LessonPage.objects.live().descendant_of(self).order_by("path").defer("body", "goals", "sources"):
            lessons[lesson.path[: -Page.steplen]].append(lesson)
        return [Chapter(module, lessons[module.path]) for module in modules]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return super().get_context(request, *args, **kwargs) | {"course": self, "chapters": self.chapters()}


class ModulePage(LoadedPage):
    """One of the five modules of the syllabus."""

    code = models.CharField("模块", max_length=2, choices=MODULE_CHOICES, validators=[RegexValidator(r"^M[1-5]$")])
    summary = models.CharField("一句话介绍", max_length=200)
    goals = models.TextField("能力目标", blank=True, help_text="一行一条。")
    opens_after_days = models.PositiveSmallIntegerField(
        "报名后第几天开放", default=0, validators=[MaxValueValidator(365)], help_text="0 就是立即开放。"
    )

    parent_page_types = ["courses.CoursePage"]
    subpage_types = ["courses.LessonPage"]
    page_description = "课程五个模块之一，下面放课"
    content_panels = [
        *Page.content_panels,
        FieldPanel("code"),
        FieldPanel("summary"),
        FieldPanel("goals"),
        FieldPanel("opens_after_days"),
    ]
    search_fields = [*Page.search_fields, *PUBLIC_TEXT, *PUBLIC_GOALS]
    base_form_class = PinyinSlugForm
    template = "courses/module_page.html"

    class Meta:
        verbose_name = verbose_name_plural = "模块"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        course = CoursePage.objects.ancestor_of(self).get()
        lessons = LessonPage.objects.live().child_of(self).order_by("path").defer("body", "goals", "sources")
        return super().get_context(request, *args, **kwargs) | {"course": course, "lessons": list(lessons)}


class LessonPage(LoadedPage):
    """One lesson. The body is for people enrolled in the course, except in a free preview lesson."""

    minutes: int = 0  # how long it takes, where courses.views.selling has measured it

    summary = models.CharField("一句话介绍", max_length=200, help_text="没有报名的人也能看到。")
    goals = models.TextField("学习目标", blank=True, help_text="一行一条，学完能做什么。没有报名的人也能看到。")
    body = StreamField(LESSON_BLOCKS, verbose_name="正文", blank=True)
    sources = models.TextField("出处", blank=True, help_text="一行一条。")
    is_preview = models.BooleanField("免费试学", default=False, help_text="不报名也能读全文。")
    is_verified = models.BooleanField("内容已核对", default=False, help_text="含有待核对的法律数字时不要勾选。")
    min_seconds = models.PositiveIntegerField(
        "最低学习秒数", null=True, blank=True, help_text="空着就按 docs/rules/study-time.md T3 由字数算出。"
    )

    parent_page_types = ["courses.ModulePage"]
    subpage_types: list[str] = []
    page_description = "一课的正文；默认只给报名的人看"
    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("goals"),
        FieldPanel(
            "body", help_text=f"只给报名的人看。图片和文件要放在“{PAID_COLLECTION}”集合里，别人拿到网址也打不开。"
        ),
        FieldPanel("sources"),
        MultiFieldPanel([FieldPanel("is_preview"), FieldPanel("is_verified"), FieldPanel("min_seconds")], "规则"),
    ]
    search_fields = [
        *Page.search_fields,
        *PUBLIC_TEXT,
        *PUBLIC_GOALS,
        index.SearchField("body"),
        index.FilterField("is_preview"),
        index.FilterField("is_verified"),
    ]
    base_form_class = LessonForm
    template = "courses/lesson_page.html"

    class Meta:
        verbose_name = verbose_name_plural = "课"

    def clean(self) -> None:
        """Refuse a paid lesson with files that anybody could fetch."""
        super().clean()
        if exposed := self.exposed_files():
            raise ValidationError(
                {
                    "body": f"付费课只能用“{PAID_COLLECTION}”集合里的图片和文件，否则没有报名的人也能打开。"
                    f"请先在图片库或文件库里把它们改到这个集合，再保存：{'、'.join(exposed)}。"
                }
            )

    def exposed_files(self) -> list[str]:
        """Name the files of a paid lesson that anybody could fetch."""
        return [] if self.is_preview else sorted(str(file.title) for file in self.files() if not is_paid(file))

    is_lesson = True  # Wagtail's own templates see pages of every kind

    @property
    def findings(self) -> list[publishing.Finding]:
        """What the editor's side panel says about the page as it is in memory."""
        return publishing.findings(self)

    def files(self) -> list[CourseImage | CourseDocument]:
        """Return the images and documents that the body shows or links to."""
        keys: dict[type[models.Model], set[str]] = defaultdict(set)
        for model, key, *_ in self.body.stream_block.extract_references(self.body):
            keys[model].add(key)
        return [
            *CourseImage.objects.filter(pk__in=keys[CourseImage]),
            *CourseDocument.objects.filter(pk__in=keys[CourseDocument]),
        ]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Give what anybody may see. Who may see the body too is decided above: `is_open` is false here."""
        course = CoursePage.objects.ancestor_of(self).get()
        chapters = course.chapters()
        before, after = _neighbours(self, [lesson for chapter in chapters for lesson in chapter.lessons])
        return super().get_context(request, *args, **kwargs) | {
            "course": course,
            "chapters": chapters,
            "module": next((c.module for c in chapters if self.path.startswith(c.module.path)), None),
            "previous": before,
            "next": after,
            "is_open": False,
        }

    @property
    def preview_modes(self) -> list[tuple[str, str]]:
        return [("learner", "学员看到的"), ("visitor", "未购的人看到的"), ("both", "两种并排")]

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict[str, Any]:
        """Show what a learner gets, or what everybody else gets. The back office gives previews to editors only."""
        is_open = mode_name != "visitor" or self.is_preview
        return super().get_preview_context(request, mode_name) | {"is_open": is_open}

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:  # noqa: ARG002  # Wagtail hands it over
        return "courses/lesson_both.html" if mode_name == "both" else self.template


@dataclass(frozen=True)
class Chapter:
    """A module with its lessons, as the course's table of contents has them."""

    module: ModulePage
    lessons: list[LessonPage]

    @property
    def minutes(self) -> int:
        return sum(lesson.minutes for lesson in self.lessons)


def _neighbours(lesson: LessonPage, order: list[LessonPage]) -> tuple[LessonPage | None, LessonPage | None]:
    at = next((place for place, other in enumerate(order) if other.pk == lesson.pk), None)
    if at is None:
        return None, None
    return order[at - 1] if at else None, order[at + 1] if at + 1 < len(order) else None
