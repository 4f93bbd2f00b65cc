"""One lesson file to plain data. The way of writing is docs/content.md, chapter 2."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from markdown_it.tree import SyntaxTreeNode

from courses.labs.shelf import LABS
from courses.markup import fields, prose
from courses.markup.problems import Malformed, Problem

FRAMES = ("case", "definition", "example", "key", "warning", "quote", "action", "summary")
CHECK = "check"
LAB = "lab"
# Blocks whose content is YAML, as it is stored; those of the second line name files, which only a course package has.
DATA = ("comparison", "timeline", "formula", "item")
WITH_FILES = ("figure", "video", "audio", "slides", "download")
ANY = "block"
KINDS = ("single", "multi", "true_false")
LETTERS = "ABCDEF"
LESSON_FIELDS = {
    "title": fields.text(80),
    "slug": fields.slug,
    "summary": fields.text(200),
    "preview": fields.flag,
    "goals": fields.texts(2, 4),
    "sources": fields.texts(1, 20),
    "verified": fields.flag,
}
CHECK_FIELDS = {
    "question": fields.text(300),
    "kind": fields.one_of(*KINDS),
    "options": fields.texts(2, len(LETTERS)),
    "answer": fields.texts(1, len(LETTERS)),
    "explanation": fields.text(600),
}


@dataclass(frozen=True)
class Block:
    """One block of a lesson: its type, its value as stored JSON, and the line of the file on which it starts."""

    type: str
    value: Any
    line: int


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """A lesson file that keeps every rule. A figure's value is {"src", "alt", "caption"}; `src` is a path."""

    title: str
    slug: str
    summary: str
    is_preview: bool
    is_verified: bool
    goals: tuple[str, ...]
    sources: tuple[str, ...]
    blocks: tuple[Block, ...]


def parse_lesson(source: str) -> Lesson:
    """Read a lesson file. Raises: Malformed, with every fault and its line. Source: docs/content.md, chapter 2."""
    meta, blocks = parse_page(source, LESSON_FIELDS)
    return Lesson(
        title=meta["title"],
        slug=meta["slug"],
        summary=meta["summary"],
        is_preview=meta["preview"],
        is_verified=meta["verified"],
        goals=tuple(meta["goals"]),
        sources=tuple(meta["sources"]),
        blocks=blocks,
    )


def parse_page(
    source: str, spec: Mapping[str, fields.Check], *, is_package: bool = False
) -> tuple[dict[str, Any], tuple[Block, ...]]:
    """
    Read a file whose front matter has the fields of `spec`, and whose body is written as a lesson's is.

    In a course package a body may be empty, name files, and hold blocks that are written as data (`read_blocks`).
    Raises: Malformed, with every fault and its line.
    """
    front, body, first_line = prose.split_front_matter(source)
    problems: list[Problem] = []
    meta: dict[str, Any] = {}
    try:
        meta = fields.read(front, spec, line=2)
    except Malformed as fault:
        problems += fault.problems
    reader = _Reader(body, is_package=is_package)
    blocks = list(reader.blocks())
    shift = first_line - 1
    problems += [Problem(problem.line + shift, problem.text) for problem in reader.problems]
    if not problems and not blocks and not is_package:
        problems.append(Problem(first_line, "正文是空的"))
    if problems:
        raise Malformed(problems)
    return meta, tuple(Block(block.type, block.value, block.line + shift) for block in blocks)


def read_blocks(body: str) -> list[tuple[str, Any]]:
    """Read the body of a lesson in a course package as (type, value). Raises: Malformed."""
    reader = _Reader(body, is_package=True)
    blocks = [(block.type, block.value) for block in reader.blocks()]
    if reader.problems:
        raise Malformed(reader.problems)
    return blocks


def parse_check(source: str, *, line: int = 1) -> dict[str, Any]:
    """Read the YAML of a self-check and make sure that its answer fits its kind. Raises: Malformed."""
    spec = dict(CHECK_FIELDS)
    if "kind: true_false" in source:
        del spec["options"]
    data = fields.read(source, spec, line=line)
    options, answer = data.get("options", []), data["answer"]
    if data["kind"] == "true_false":
        fault = "" if answer in (["对"], ["错"]) else "判断题的答案写 [对] 或 [错]"
    elif len(set(options)) < len(options):
        fault = "有两个选项相同"
    elif len(set(answer)) < len(answer) or not set(answer) <= set(LETTERS[: len(options)]):
        fault = f"答案要用 {LETTERS[0]}–{LETTERS[len(options) - 1]} 的字母，每个只写一次"
    elif (len(answer) == 1) != (data["kind"] == "single"):
        fault = "单选只有一个答案，多选至少两个"
    else:
        fault = ""
    if fault:
        raise Malformed([Problem(line, f"自测题：{fault}")])
    return {
        "question": data["question"],
        "kind": data["kind"],
        "options": options,
        "answer": "".join(sorted(answer)),
        "explanation": data["explanation"],
    }


class _Reader:
    """Walks the top level of a lesson once; neighbouring paragraphs and lists become one text block."""

    def __init__(self, body: str, *, is_package: bool = False) -> None:
        self.lines = body.split("\n")  # as the parser counts them
        self.data = (*DATA, *WITH_FILES, ANY) if is_package else DATA
        self.root = prose.parse(body, containers=(*FRAMES, CHECK, LAB, *self.data))
        self.problems: list[Problem] = []

    def blocks(self) -> Iterator[Block]:
        run: list[SyntaxTreeNode] = []
        for node in self.root.children:
            is_paragraph = node.type == "paragraph" and not _figure_in(node)
            if is_paragraph or node.type in {"bullet_list", "ordered_list"}:
                run.append(node)
                continue
            yield from self._text(run)
            run = []
            yield from self._block(node)
        yield from self._text(run)

    def _text(self, run: list[SyntaxTreeNode]) -> Iterator[Block]:
        if run and (html := self._rich_text(run)):
            yield Block("text", html, prose.line_of(run[0]))

    def _block(self, node: SyntaxTreeNode) -> Iterator[Block]:
        line = prose.line_of(node)
        if node.type == "heading":
            yield from self._heading(node, line)
        elif node.type == "table":
            yield Block("table", _table(node), line)
        elif node.type == "paragraph":
            yield from self._figure(node, line)
        elif node.type.startswith("container_"):
            yield from self._container(node, node.type.removeprefix("container_"), line)
        else:
            self.problems.append(Problem(line, prose.FORBIDDEN.get(node.type, f"不支持的写法：{node.type}")))

    def _heading(self, node: SyntaxTreeNode, line: int) -> Iterator[Block]:
        title = prose.plain(node).strip()
        if node.tag not in {"h2", "h3"}:
            self.problems.append(Problem(line, "只用二级（##）和三级（###）标题"))
        elif not 0 < len(title) <= 80:
            self.problems.append(Problem(line, "标题要有 1–80 字"))
        else:
            yield Block("heading", {"text": title, "level": node.tag[1]}, line)

    def _figure(self, node: SyntaxTreeNode, line: int) -> Iterator[Block]:
        image = _figure_in(node)
        if image is None:
            return
        src, alt, caption = str(image.attrs.get("src", "")), prose.plain(image), str(image.attrs.get("title", ""))
        if not src.startswith("figures/") or not src.endswith(".svg") or ".." in src:
            self.problems.append(Problem(line, f"图要放在本模块的 figures 目录里，写成 figures/名称.svg，现在是 {src}"))
        elif not alt.strip():
            self.problems.append(Problem(line, f"图 {src} 缺少替代文字：在方括号里说清楚图里有什么"))
        else:
            yield Block("figure", {"src": src, "alt": alt, "caption": caption}, line)

    def _container(self, node: SyntaxTreeNode, name: str, line: int) -> Iterator[Block]:
        end = node.map[1] if node.map else line
        if not self._is_closed(end):
            self.problems.append(Problem(line, f":::{name} 框没有用单独一行 ::: 收好"))
            return
        if name == LAB:
            yield from self._lab(node, line)
            return
        if name == CHECK or name in self.data:
            yield from self._yaml(name, line, end)
            return
        nested = [child for child in node.walk() if child is not node and child.type.startswith("container_")]
        if nested:
            self.problems.append(Problem(prose.line_of(nested[0]), "框里不再套框，请先用 ::: 收好上一个框"))
            return
        title = node.info.strip().removeprefix(name).strip()
        html = self._rich_text(node.children)
        if not html:
            self.problems.append(Problem(line, f":::{name} 框是空的"))
        elif len(title) > 80:
            self.problems.append(Problem(line, "框的小标题最多 80 字"))
        else:
            yield Block(name, {"title": title, "text": html}, line)

    def _yaml(self, name: str, line: int, end: int) -> Iterator[Block]:
        source = "\n".join(self.lines[line:end])
        try:
            if name == CHECK:
                yield Block(CHECK, parse_check(source, line=line + 1), line)
            else:
                yield _data_block(name, source, line)
        except Malformed as fault:
            self.problems += fault.problems

    def _lab(self, node: SyntaxTreeNode, line: int) -> Iterator[Block]:
        slug = node.info.strip().removeprefix(LAB).strip()
        if slug not in LABS:
            self.problems.append(Problem(line, f"没有叫“{slug}”的实验，可用的是 {'、'.join(LABS)}"))
        elif node.children:
            self.problems.append(Problem(line, ":::lab 框里不写内容，只写一行 :::lab 名称，下一行 ::: 收好"))
        else:
            yield Block(LAB, {"lab": slug}, line)

    def _is_closed(self, end: int) -> bool:
        return end < len(self.lines) and self.lines[end].strip() == ":::"

    def _rich_text(self, nodes: list[SyntaxTreeNode]) -> str:
        try:
            return prose.rich_text(nodes)
        except Malformed as fault:
            self.problems += fault.problems
            return ""


def _data_block(name: str, source: str, line: int) -> Block:
    """Read a block whose content is YAML; what belongs into it, the editor's form knows."""
    try:
        data = fields.load(source)
    except (yaml.YAMLError, ValueError) as fault:
        raise Malformed([Problem(line + 1, f":::{name} 里不是有效的 YAML，请检查缩进、冒号和引号")]) from fault
    if not isinstance(data, dict):
        raise Malformed([Problem(line + 1, f":::{name} 里要写成“字段: 内容”")])
    if name != ANY:
        return Block(name, data, line)
    if set(data) != {"type", "value"} or not isinstance(data["type"], str):
        raise Malformed([Problem(line + 1, ":::block 里要有 type 和 value 两项")])
    return Block(data["type"], data["value"], line)


def _figure_in(node: SyntaxTreeNode) -> SyntaxTreeNode | None:
    """Return the image if a paragraph is nothing but one."""
    inline = node.children[0] if node.children else None
    if inline is None or len(inline.children) != 1 or inline.children[0].type != "image":
        return None
    return inline.children[0]


def _table(node: SyntaxTreeNode) -> dict[str, Any]:
    """Write a table as Wagtail's table block stores it; numbers keep their alignment."""
    rows = [row for section in node.children for row in section.children]
    aligned = [
        {"row": r, "col": c, "className": "htRight" if "right" in str(cell.attrs.get("style", "")) else "htCenter"}
        for r, row in enumerate(rows)
        for c, cell in enumerate(row.children)
        if cell.attrs.get("style") and "left" not in str(cell.attrs["style"])
    ]
    return {
        "data": [[prose.plain(cell) for cell in row.children] for row in rows],
        "cell": aligned,
        "mergeCells": [],
        "first_row_is_table_header": True,
        "first_col_is_header": False,
        "table_header_choice": "row",
        "table_caption": "",
    }
