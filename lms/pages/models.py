"""General pages: the home page, articles and notices, and the policies people agree to."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Sum
from django.http import HttpRequest
from wagtail import blocks
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet
from wagtail.search import index

from courses.blocks import LESSON_BLOCKS, READING_NAMES
from courses.models import CoursePage
from courses.models.pages import PUBLIC_TEXT, LoadedPage
from exams.models import Exam

ARTICLES_A_PAGE = 10
ARTICLES_ON_HOME = 3
GUIDE_BLOCKS = [(name, block) for name, block in LESSON_BLOCKS if name in READING_NAMES]
PROSE = ["h2", "h3", "bold", "italic", "ol", "ul", "link", "hr", "image", "document-link"]


class HomePage(Page):
    """The front door: who this is for, and the way into each of the four journeys."""

    headline = models.CharField("主标题", max_length=80)
    lead = models.CharField("导语", max_length=200)
    body = StreamField(
        [
            (
                "section",
                blocks.StructBlock(
                    [
                        ("title", blocks.CharBlock(label="标题", max_length=60)),
                        ("text", blocks.RichTextBlock(label="内容", features=PROSE)),
                    ],
                    label="段落",
                    icon="doc-full",
                    template="pages/blocks/section.html",
                ),
            )
        ],
        verbose_name="正文",
        blank=True,
    )

    max_count = 1
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["courses.CatalogPage", "pages.ArticleIndexPage", "pages.GuideIndexPage", "pages.PolicyPage"]
    content_panels = [*Page.content_panels, FieldPanel("headline"), FieldPanel("lead"), FieldPanel("body")]
    template = "pages/home_page.html"

    class Meta:
        verbose_name = verbose_name_plural = "首页"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the first course with its free lesson, and the newest articles."""
        course = CoursePage.objects.on_sale().order_by("path").first()
        chapters = course.chapters() if course else []
        lessons = [lesson for chapter in chapters for lesson in chapter.lessons]
        exam = Exam.objects.open().filter(course=course).annotate(items=Sum("cells__count")).first()
        return super().get_context(request, *args, **kwargs) | {
            "course": course,
            "exam": exam,
            "certificate_years": settings.CERTIFICATE_VALID_YEARS,
            "module_count": len(chapters),
            "free_lesson": next((lesson for lesson in lessons if lesson.is_preview), None),
            "notices": ArticlePage.objects.live().newest()[:ARTICLES_ON_HOME],
        }


class ArticleIndexPage(Page):
    """Articles and notices, newest first."""

    max_count = 1
    parent_page_types = ["pages.HomePage"]
    subpage_types = ["pages.ArticlePage"]
    page_description = "文章与公告的列表，全站只有一页"
    template = "pages/article_index_page.html"

    class Meta:
        verbose_name = verbose_name_plural = "资讯与公告"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        articles = Paginator(ArticlePage.objects.live().child_of(self).newest(), ARTICLES_A_PAGE)
        return super().get_context(request, *args, **kwargs) | {"page_obj": articles.get_page(request.GET.get("page"))}


class ArticleQuerySet(PageQuerySet):
    def newest(self) -> "ArticleQuerySet":
        """Newest first, without their bodies."""
        return self.order_by("-published_date", "-pk").defer("body")


class ArticlePage(Page):
    """One article or notice."""

    class Kind(models.TextChoices):
        ARTICLE = "ARTICLE", "文章"
        NOTICE = "NOTICE", "公告"

    kind = models.CharField("类别", max_length=10, choices=Kind, default=Kind.ARTICLE)
    published_date = models.DateField("日期")
    summary = models.CharField("摘要", max_length=200)
    body = RichTextField("正文", features=PROSE)

    objects = PageManager.from_queryset(ArticleQuerySet)()

    parent_page_types = ["pages.ArticleIndexPage"]
    subpage_types: list[str] = []
    content_panels = [
        *Page.content_panels,
        FieldPanel("kind"),
        FieldPanel("published_date"),
        FieldPanel("summary"),
        FieldPanel("body"),
    ]
    search_fields = [*Page.search_fields, *PUBLIC_TEXT, index.SearchField("body")]
    template = "pages/article_page.html"

    class Meta:
        verbose_name = verbose_name_plural = "文章"


class GuideIndexPage(LoadedPage):
    """The reference pages, in the order of their files."""

    summary = models.CharField("一句话介绍", max_length=200)

    max_count = 1
    parent_page_types = ["pages.HomePage"]
    subpage_types = ["pages.GuidePage"]
    page_description = "参考资料的目录，全站只有一页"
    content_panels = [*Page.content_panels, FieldPanel("summary")]
    template = "pages/guide_index_page.html"

    class Meta:
        verbose_name = verbose_name_plural = "参考资料目录"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        guides = GuidePage.objects.live().child_of(self).order_by("path").defer("body", "sources")
        return super().get_context(request, *args, **kwargs) | {"guides": guides}


class GuidePage(LoadedPage):
    """One reference page. Its first text comes from a file; how it is written is docs/content.md, chapter 9."""

    summary = models.CharField("一句话介绍", max_length=200)
    body = StreamField(GUIDE_BLOCKS, verbose_name="正文")
    sources = models.TextField("出处", blank=True, help_text="一行一条。")

    parent_page_types = ["pages.GuideIndexPage"]
    subpage_types: list[str] = []
    content_panels = [*Page.content_panels, FieldPanel("summary"), FieldPanel("body"), FieldPanel("sources")]
    search_fields = [*Page.search_fields, *PUBLIC_TEXT, index.SearchField("body")]
    template = "pages/guide_page.html"

    class Meta:
        verbose_name = verbose_name_plural = "参考资料"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        others = GuidePage.objects.live().sibling_of(self, inclusive=False).order_by("path").defer("body", "sources")
        return super().get_context(request, *args, **kwargs) | {"others": others}


class PolicyPage(Page):
    """
    A text that people agree to: 用户协议, 隐私政策, 退款规则, 考试须知. Consent rows store `version`.

    `code` is how the rest of the site finds it, whatever its title or slug.
    """

    class Code(models.TextChoices):
        TERMS = "TERMS", "用户协议"
        PRIVACY = "PRIVACY", "隐私政策"
        REFUND = "REFUND", "退款规则"
        EXAM = "EXAM", "考试须知"
        CONTACT = "CONTACT", "联系与投诉"

    code = models.CharField("用途", max_length=10, choices=Code, unique=True)
    version = models.CharField("版本", max_length=20, help_text="如 2026-11；改变实质内容就换新版本，学员要重新同意。")
    effective_date = models.DateField("生效日期")
    body = RichTextField("正文", features=PROSE)

    parent_page_types = ["pages.HomePage"]
    subpage_types: list[str] = []
    content_panels = [
        *Page.content_panels,
        FieldPanel("code"),
        FieldPanel("version"),
        FieldPanel("effective_date"),
        FieldPanel("body"),
    ]
    search_fields = [*Page.search_fields, index.SearchField("body")]
    template = "pages/policy_page.html"

    class Meta:
        verbose_name = verbose_name_plural = "规则与协议"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        others = PolicyPage.objects.live().exclude(pk=self.pk).order_by("path").defer("body")
        return super().get_context(request, *args, **kwargs) | {"others": others}
