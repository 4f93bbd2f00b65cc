"""Links in a lesson's texts; those to other sites are not followed. Source: docs/rules/publishing.md, rules W6, W16."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from django.urls import Resolver404, resolve
from wagtail.documents import get_document_model
from wagtail.models import Page, Site

from courses.publishing.parts import Block, Draft, Finding

VAGUE = frozenset({"点这里", "点击这里", "这里", "点此", "点击", "链接", "查看", "更多", "此处", "戳这里"})
ANCHOR = re.compile(r"#s(\d+)")


def link_findings(lesson: Draft, body: list[Block]) -> Iterator[Finding]:
    links = [(block, link) for block in body for html in block.rich for link in _links_of(html)]
    if not links:
        return
    pages = Page.objects.live().filter(pk__in=_keys(links, "page")).values_list("pk", flat=True)
    documents = get_document_model().objects.filter(pk__in=_keys(links, "document")).values_list("pk", flat=True)
    known = {"page": set(pages), "document": set(documents)}
    for block, link in links:
        if fault := _link_fault(link, known, len(body)):
            yield Finding(rule="W6", stops=True, text=f"链接“{link.words}”打不开：{fault}", place=block.number)
        if link.words.strip("。，！ ") in VAGUE:
            text = f"链接的文字“{link.words}”说不清去哪里。请写出要去的页面的名字。"
            yield Finding(rule="W16", stops=False, text=text, place=block.number)


@dataclass
class _Link:
    kind: str  # "page", "document" or "" for an address
    key: str
    words: str = ""


class _LinkReader(HTMLParser):
    """Collects the links of stored rich text, each with its words."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[_Link] = []
        self.is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "a":
            return
        given = dict(attrs)
        kind = given.get("linktype") or ""
        self.links.append(_Link(kind, (given.get("id") if kind else given.get("href")) or ""))
        self.is_inside = True

    def handle_endtag(self, tag: str) -> None:
        self.is_inside = self.is_inside and tag != "a"

    def handle_data(self, data: str) -> None:
        if self.is_inside:
            self.links[-1].words += data


def _links_of(html: str) -> list[_Link]:
    reader = _LinkReader()
    reader.feed(html)
    return reader.links


def _keys(links: list[tuple[Block, _Link]], kind: str) -> set[int]:
    return {int(link.key) for _, link in links if link.kind == kind and link.key.isdecimal()}


def _link_fault(link: _Link, known: dict[str, set[int]], blocks_count: int) -> str:
    if link.kind:
        is_known = link.key.isdecimal() and int(link.key) in known.get(link.kind, set())
        gone = "页面没有了，或者没有发布" if link.kind == "page" else "文件已经不在文件库里"
        return "" if is_known else f"{gone}。请换一个，或去掉链接。"
    if found := ANCHOR.fullmatch(link.key):
        return "" if 1 <= int(found[1]) <= blocks_count else "本课没有这个位置。请重新加链接。"
    if link.key.startswith("/") and not link.key.startswith("//"):
        return "" if _is_address(link.key) else f"站内没有 {link.key}。请核对地址。"
    return "" if link.key else "没有地址。请重新加链接。"


def _is_address(href: str) -> bool:
    """Whether an address of our own leads to a view, or to a live page."""
    path = re.split(r"[?#]", href)[0]
    try:
        match = resolve(path)
    except Resolver404:
        return False
    if match.url_name != "wagtail_serve":
        return True
    root = Site.objects.filter(is_default_site=True).values_list("root_page__url_path", flat=True).first() or "/"
    return Page.objects.live().filter(url_path=f"{root.rstrip('/')}/{path.strip('/')}/".replace("//", "/")).exists()
