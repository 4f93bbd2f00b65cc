"""The site's own pages from text files: home, articles, policies. Made if missing; from then on editors own them."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from wagtail.models import Page, Site

from courses.loading import ContentRefused
from courses.markup import fields, prose
from courses.markup.problems import Malformed
from lms.pages.models import ArticleIndexPage, ArticlePage, HomePage, PolicyPage

CONTENT = Path(__file__).parent / "content"
HOME_FIELDS = {"title": fields.text(80), "headline": fields.text(80), "lead": fields.text(200)}
INDEX_FIELDS = {"title": fields.text(80), "slug": fields.slug}
ARTICLE_FIELDS = INDEX_FIELDS | {
    "kind": fields.one_of(*ArticlePage.Kind.values),
    "published_date": fields.day,
    "summary": fields.text(200),
}
POLICY_FIELDS = INDEX_FIELDS | {
    "code": fields.one_of(*PolicyPage.Code.values),
    "version": fields.text(20),
    "effective_date": fields.day,
}


@transaction.atomic
def load_site(folder: Path = CONTENT, *, now: datetime) -> tuple[str, ...]:
    """
    Make the pages that the site lacks, in the order of their files, and let Wagtail know the site's address.

    Returns the names of the files whose pages were made. Raises: ContentRefused; then nothing was made.
    """
    made: list[str] = []

    def put(file: Path, found: Page | None, parent: Page, spec: Mapping[str, fields.Check], model: type[Page]) -> Page:
        if found is not None:
            return found
        page = model(first_published_at=now, **_read(file, spec, model))
        try:
            parent.add_child(instance=page)
        except ValidationError as fault:
            raise ContentRefused([f"{file.name}：{message}" for message in fault.messages]) from fault
        page.save_revision().publish()
        made.append(file.name)
        return page

    root = Page.get_first_root_node()
    home = put(folder / "home.md", HomePage.objects.first(), root, HOME_FIELDS, HomePage)
    _settle(home)
    for file in sorted(folder.glob("policies/*.md")):
        meta = _front(file, POLICY_FIELDS)
        put(file, PolicyPage.objects.filter(code=meta["code"]).first(), home, POLICY_FIELDS, PolicyPage)
    index = put(folder / "articles.md", ArticleIndexPage.objects.first(), home, INDEX_FIELDS, ArticleIndexPage)
    for file in sorted(folder.glob("articles/*.md")):
        meta = _front(file, ARTICLE_FIELDS)
        found = ArticlePage.objects.child_of(index).filter(slug=meta["slug"]).first()
        put(file, found, index, ARTICLE_FIELDS, ArticlePage)
    return tuple(made)


def _settle(home: Page) -> None:
    """Make the home page the root of the site, at the address that the settings say."""
    address = urlsplit(settings.SITE_URL)
    port = address.port or (443 if address.scheme == "https" else 80)
    former = Site.objects.filter(is_default_site=True).select_related("root_page").first()
    Site.objects.update_or_create(
        is_default_site=True,
        defaults={
            "hostname": address.hostname or "localhost",
            "port": port,
            "root_page": Page.objects.get(pk=home.pk),
            "site_name": settings.SITE_NAME,
        },
    )
    if former and former.root_page.specific_class is Page and former.root_page.is_leaf():
        former.root_page.delete()  # Wagtail's own welcome page


def _front(file: Path, spec: Mapping[str, fields.Check]) -> dict[str, Any]:
    try:
        front, _, _ = prose.split_front_matter(file.read_text(encoding="utf-8"))
        return fields.read(front, spec, line=2)
    except Malformed as fault:
        raise _refusal(file, fault) from fault


def _read(file: Path, spec: Mapping[str, fields.Check], model: type[Page]) -> dict[str, Any]:
    """Read one file as the fields of a page. The home page's body is cut into sections at its headings."""
    values = _front(file, spec)
    _, source, line = prose.split_front_matter(file.read_text(encoding="utf-8"))
    try:
        if model is HomePage:
            return values | {"slug": "site", "body": _sections(source, line)}
        if model is ArticleIndexPage:
            return values
        return values | {"body": prose.rich_text_of(source, line=line, with_headings=True)}
    except Malformed as fault:
        raise _refusal(file, fault) from fault


def _sections(source: str, line: int) -> list[tuple[str, dict[str, str]]]:
    sections: list[tuple[str, dict[str, str]]] = []
    for node in prose.parse("\n" * (line - 1) + source).children:  # the empty lines keep the file's line numbers
        if node.type == "heading":
            sections.append(("section", {"title": prose.plain(node), "text": ""}))
        elif sections:
            sections[-1][1]["text"] += prose.rich_text([node])
    return sections


def _refusal(file: Path, fault: Malformed) -> ContentRefused:
    return ContentRefused([f"{file.name} 第 {problem.line} 行：{problem.text}" for problem in fault.problems])
