"""
Texts of items as safe HTML: the lessons' Markdown with tables, figures and formulas, none of the author's HTML.

Formulas ($…$ and $$…$$, LaTeX) become MathML, which browsers set themselves. What cannot be read is shown as written.
Source: docs/content.md, section 5.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from courses.markup import formulas
from exams import picture_files

REMEMBERED = 20_000  # texts: every version of a large bank
MARKED_UP = re.compile(r"[*_`\[\]|$\\]|^\s*(?:[-+>#]|\d+[.)])\s|\n\s*\n", re.MULTILINE)
FIGURE = re.compile(r"figures/([-a-z0-9]+\.(?:svg|png))")
FOLDER = "img/items"
PICTURE = re.compile(re.escape(picture_files.FOLDER) + picture_files.NAME)
NOT_OURS = ("link", "autolink", "heading", "lheading", "hr", "code", "fence", "blockquote", "reference", "entity")


class Rich(NamedTuple):
    """A text in two parts: the HTML of its first line, to stand inside a line, and of the rest, "" for none."""

    line: SafeString
    rest: SafeString


@lru_cache(maxsize=REMEMBERED)
def rich(text: str) -> Rich:
    """Write a stem, a material or an explanation as HTML."""
    if not MARKED_UP.search(text):
        return Rich(_plain(text), mark_safe(""))
    tokens = PARSER.parse(text)
    if tokens and tokens[0].type == "paragraph_open":
        first, tokens = tokens[1:2], tokens[3:]
    else:
        first = []
    return Rich(_rendered(first), _rendered(tokens))


@lru_cache(maxsize=REMEMBERED)
def rich_line(text: str) -> SafeString:
    """Write an option as HTML that stands inside a line."""
    if not MARKED_UP.search(text):
        return _plain(text)
    return mark_safe(PARSER.renderInline(text))  # noqa: S308  # the parser escapes HTML


def rich_whole(text: str) -> SafeString:
    """Write a whole text as blocks of HTML."""
    line, rest = rich(text)
    return mark_safe((f"<p>{line}</p>" if line else "") + rest)  # noqa: S308  # escaped by rich


def missing_figures(text: str) -> list[str]:
    """Name the figures that a text shows and that are not there, or not allowed."""
    tokens = [child for token in PARSER.parse(text) for child in token.children or ()]
    sources = [str(token.attrs["src"]) for token in tokens if token.type == "image"]
    return [source for source in sources if not _figure_url(source)]


def _plain(text: str) -> SafeString:
    return mark_safe(escape(text).replace("\n", "<br />\n"))  # noqa: S308  # escaped right here


def _rendered(tokens: Sequence[Token]) -> SafeString:
    return mark_safe(PARSER.renderer.render(tokens, PARSER.options, {}).strip())  # noqa: S308  # the parser escapes HTML


def _formula(source: str, options: Mapping[str, Any]) -> str:
    """Write a formula as MathML; a page must not fail with one, and shows what was written."""
    try:
        return formulas.mathml(source, display="block" if options["display_mode"] else "inline")
    except formulas.Unreadable:
        return f"<code>{escape(source)}</code>"


def _figure_url(source: str) -> str:
    if PICTURE.fullmatch(source):
        return reverse("exams:item_picture", args=[source.removeprefix(picture_files.FOLDER)])
    found = FIGURE.fullmatch(source)
    try:
        return static(f"{FOLDER}/{found[1]}") if found else ""
    except ValueError:  # collected files: no such figure
        return ""


class _Renderer(RendererHTML):
    """The parser's own HTML, without inline styles and with our classes."""

    def image(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        token = tokens[at]
        words = escape(self.renderInlineAsText(token.children, options, env))
        url = _figure_url(str(token.attrs["src"]))
        return f'<img class="item-figure" src="{escape(url)}" alt="{words}" />' if url else f"（图：{words}）"

    def table_open(self, *_: Any) -> str:
        return '<div class="table-wrap"><table class="table">'

    def table_close(self, *_: Any) -> str:
        return "</table></div>"

    def th_open(self, tokens: Sequence[Token], at: int, *_: Any) -> str:
        return f'<th scope="col"{_alignment(tokens[at])}>'

    def td_open(self, tokens: Sequence[Token], at: int, *_: Any) -> str:
        return f"<td{_alignment(tokens[at])}>"


def _alignment(token: Token) -> str:
    return ' class="num"' if "right" in str(token.attrs.get("style", "")) else ""


PARSER = (
    MarkdownIt("commonmark", {"html": False, "breaks": True}, renderer_cls=_Renderer)
    .enable("table")
    .disable(NOT_OURS)
    .use(dollarmath_plugin, renderer=_formula, allow_digits=False)
)
