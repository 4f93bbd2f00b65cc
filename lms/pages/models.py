"""General pages: the home page, articles and notices, and the policies people agree to."""

from django.db import models
from wagtail import blocks
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.search import index

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
    subpage_types = ["courses.CatalogPage", "pages.ArticleIndexPage", "pages.PolicyPage"]
    content_panels = [*Page.content_panels, FieldPanel("headline"), FieldPanel("lead"), FieldPanel("body")]
    template = "pages/home_page.html"

    class Meta:
        verbose_name = "首页"


class ArticleIndexPage(Page):
    """Articles and notices, newest first."""

    max_count = 1
    parent_page_types = ["pages.HomePage"]
    subpage_types = ["pages.ArticlePage"]
    template = "pages/article_index_page.html"

    class Meta:
        verbose_name = "资讯与公告"


class ArticlePage(Page):
    """One article or notice."""

    class Kind(models.TextChoices):
        ARTICLE = "ARTICLE", "文章"
        NOTICE = "NOTICE", "公告"

    kind = models.CharField("类别", max_length=10, choices=Kind, default=Kind.ARTICLE)
    published_date = models.DateField("日期")
    summary = models.CharField("摘要", max_length=200)
    body = RichTextField("正文", features=PROSE)

    parent_page_types = ["pages.ArticleIndexPage"]
    subpage_types = []
    content_panels = [
        *Page.content_panels,
        FieldPanel("kind"),
        FieldPanel("published_date"),
        FieldPanel("summary"),
        FieldPanel("body"),
    ]
    search_fields = [*Page.search_fields, index.SearchField("summary"), index.SearchField("body")]
    template = "pages/article_page.html"

    class Meta:
        verbose_name = "文章"


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
    version = models.CharField("版本", max_length=20, help_text="如 2026-11；改变实质内容就换新版本。")
    effective_date = models.DateField("生效日期")
    body = RichTextField("正文", features=PROSE)

    parent_page_types = ["pages.HomePage"]
    subpage_types = []
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
        verbose_name = "规则与协议"
