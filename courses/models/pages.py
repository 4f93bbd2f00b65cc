"""The catalogue: course → module → lesson, as Wagtail pages."""

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.search import index

from courses.blocks import LESSON_BLOCKS, QuestionBlock
from courses.syllabus import MODULE_CHOICES


class CatalogPage(Page):
    """The list of courses on sale."""

    intro = models.TextField("导语", blank=True)

    max_count = 1
    parent_page_types = ["pages.HomePage"]
    subpage_types = ["courses.CoursePage"]
    content_panels = [*Page.content_panels, FieldPanel("intro")]
    template = "courses/catalog_page.html"

    class Meta:
        verbose_name = "课程目录"


class CoursePage(Page):
    """A course that people enrol in. Its price is copied into each order; nothing here knows about paying."""

    summary = models.CharField("一句话介绍", max_length=200)
    price_fen = models.PositiveIntegerField(
        "价格（分）", default=88_000, validators=[MinValueValidator(100)], help_text="以分为单位：¥880.00 填 88000。"
    )
    audience = RichTextField("适合谁", blank=True, features=["bold", "ul", "ol", "link"])
    outcome = RichTextField("学完得到什么", blank=True, features=["bold", "ul", "ol", "link"])
    faq = StreamField([("question", QuestionBlock())], verbose_name="常见问题", blank=True)

    parent_page_types = ["courses.CatalogPage"]
    subpage_types = ["courses.ModulePage"]
    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("price_fen"),
        FieldPanel("audience"),
        FieldPanel("outcome"),
        FieldPanel("faq"),
    ]
    search_fields = [*Page.search_fields, index.SearchField("summary"), index.SearchField("outcome")]
    template = "courses/course_page.html"

    class Meta:
        verbose_name = "课程"


class ModulePage(Page):
    """One of the five modules of the syllabus."""

    code = models.CharField("模块", max_length=2, choices=MODULE_CHOICES, validators=[RegexValidator(r"^M[1-5]$")])
    summary = models.CharField("一句话介绍", max_length=200)
    goals = models.TextField("能力目标", blank=True, help_text="一行一条。")

    parent_page_types = ["courses.CoursePage"]
    subpage_types = ["courses.LessonPage"]
    content_panels = [*Page.content_panels, FieldPanel("code"), FieldPanel("summary"), FieldPanel("goals")]
    template = "courses/module_page.html"

    class Meta:
        verbose_name = "模块"


class LessonPage(Page):
    """
    One lesson. The body is for people enrolled in the course, except in a free preview lesson.

    `content_hash` is the hash of the source file that the body was loaded from; empty once an editor has taken over.
    """

    summary = models.CharField("一句话介绍", max_length=200)
    goals = models.TextField("学习目标", blank=True, help_text="一行一条，学完能做什么。")
    body = StreamField(LESSON_BLOCKS, verbose_name="正文", blank=True)
    sources = models.TextField("出处", blank=True, help_text="一行一条。")
    is_preview = models.BooleanField("免费试学", default=False, help_text="不报名也能读全文。")
    is_verified = models.BooleanField("内容已核对", default=False, help_text="含有待核对的法律数字时不要勾选。")
    min_seconds = models.PositiveIntegerField(
        "最低学习秒数", null=True, blank=True, help_text="空着就按 docs/rules/study-time.md T3 由字数算出。"
    )
    content_hash = models.CharField(max_length=64, blank=True, editable=False)

    parent_page_types = ["courses.ModulePage"]
    subpage_types = []
    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("goals"),
        FieldPanel("body"),
        FieldPanel("sources"),
        MultiFieldPanel([FieldPanel("is_preview"), FieldPanel("is_verified"), FieldPanel("min_seconds")], "规则"),
    ]
    # The body of a paid lesson is indexed for staff; site search shows titles and summaries only.
    search_fields = [*Page.search_fields, index.SearchField("summary"), index.SearchField("body")]
    template = "courses/lesson_page.html"

    class Meta:
        verbose_name = "课"
