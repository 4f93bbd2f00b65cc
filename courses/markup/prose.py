"""Markdown prose to the few HTML elements that the site's rich text knows: p, ul, ol, li, b, i, code, a, h2, h3."""

import re
from html import escape

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from courses.markup.problems import Malformed, Problem

RAW_HTML = re.compile(r"</?[a-zA-Z][^<>]*>|<!--")
SAFE_LINK = re.compile(r"(https://|http://|mailto:|/(?!/)|#)")
WRAPPERS = {
    "paragraph": "p",
    "bullet_list": "ul",
    "ordered_list": "ol",
    "list_item": "li",
    "strong": "b",
    "em": "i",
}
FORBIDDEN = {
    "image": "这里不能放图，图要单独成段",
    "table": "这里不能放表格，表格要放在框外",
    "blockquote": "不用 > 引用，请用 :::quote 框",
    "fence": "不用代码块",
    "code_block": "行首多了四个以上的空格，请去掉缩进",
    "hr": "不用分隔线",
    "heading": "这里不能用标题",
}


def parse(source: str, *, containers: tuple[str, ...] = ()) -> SyntaxTreeNode:
    """Parse CommonMark with tables, front matter and the named ::: containers; raw HTML stays text."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").use(front_matter_plugin)
    for name in containers:
        parser.use(container_plugin, name)
    return SyntaxTreeNode(parser.parse(source))


def line_of(node: SyntaxTreeNode) -> int:
    """Return the line (from 1) on which a node starts; inline nodes take their paragraph's."""
    at: SyntaxTreeNode | None = node
    while at is not None and (at.is_root or not at.map):
        at = at.parent
    return at.map[0] + 1 if at is not None and at.map else 1


def plain(node: SyntaxTreeNode) -> str:
    """Return the text of a node without any markup."""
    if node.type in {"text", "code_inline"}:
        return node.content
    return "".join(plain(child) for child in node.children)


def rich_text(nodes: list[SyntaxTreeNode], *, with_headings: bool = False) -> str:
    """Write nodes as rich text. Raises: Malformed if something in them has no place there."""
    writer = _Writer(with_headings=with_headings)
    html = "".join(writer.write(node) for node in nodes)
    if writer.problems:
        raise Malformed(writer.problems)
    return html


def rich_text_of(source: str, *, line: int = 1, with_headings: bool = False) -> str:
    """Write a Markdown text as rich text; `line` is where it starts in its file. Raises: Malformed."""
    try:
        return rich_text(parse(source).children, with_headings=with_headings)
    except Malformed as fault:
        raise Malformed([Problem(line - 1 + problem.line, problem.text) for problem in fault.problems]) from fault


def split_front_matter(source: str) -> tuple[str, str, int]:
    """
    Cut a file into its YAML front matter, its body and the line on which the body starts.

    Raises: Malformed if there is no front matter.
    """
    lines = source.lstrip("\ufeff").splitlines()
    ends = [number for number, line in enumerate(lines) if line.rstrip() == "---"]
    if len(ends) < 2 or ends[0] != 0:
        raise Malformed([Problem(1, "文件要以两行 --- 之间的字段开头，见 docs/content.md")])
    return "\n".join(lines[1 : ends[1]]), "\n".join(lines[ends[1] + 1 :]), ends[1] + 2


class _Writer:
    def __init__(self, *, with_headings: bool) -> None:
        self.with_headings = with_headings
        self.problems: list[Problem] = []

    def write(self, node: SyntaxTreeNode) -> str:
        if node.type == "text":
            return self._text(node)
        if node.type == "code_inline":
            return f"<code>{escape(node.content, quote=False)}</code>"
        if node.type == "softbreak":  # a wrapped line of Chinese must not gain a space
            before = node.previous_sibling
            return " " if before and re.search(r"[0-9A-Za-z]$", before.content) else ""
        if node.type == "hardbreak":
            return "<br/>"
        if node.type == "link":
            return self._link(node)
        if node.type == "heading" and self.with_headings and node.tag in {"h2", "h3"}:
            return f"<{node.tag}>{self._inside(node)}</{node.tag}>"
        if node.type in FORBIDDEN:
            self.problems.append(Problem(line_of(node), FORBIDDEN[node.type]))
            return ""
        return self._wrapped(node)

    def _wrapped(self, node: SyntaxTreeNode) -> str:
        inside = self._inside(node)
        if node.type == "paragraph" and node.parent and node.parent.type == "list_item":
            return inside
        tag = WRAPPERS.get(node.type)
        return f"<{tag}>{inside}</{tag}>" if tag else inside

    def _inside(self, node: SyntaxTreeNode) -> str:
        return "".join(self.write(child) for child in node.children)

    def _text(self, node: SyntaxTreeNode) -> str:
        if found := RAW_HTML.search(node.content):
            self.problems.append(Problem(line_of(node), f"不写 HTML：{found.group()}"))
        elif node.content.startswith(":::"):
            self.problems.append(Problem(line_of(node), f"不认识的框，或框没有收好：{node.content[:20]}"))
        return escape(node.content, quote=False)

    def _link(self, node: SyntaxTreeNode) -> str:
        href = str(node.attrs.get("href", ""))
        if not SAFE_LINK.match(href):
            self.problems.append(Problem(line_of(node), f"链接只能以 https://、mailto: 或 / 开头：{href or '（空）'}"))
        return f'<a href="{escape(href)}">{self._inside(node)}</a>'
