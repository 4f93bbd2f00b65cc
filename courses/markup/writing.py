"""
Plain data back to a lesson file: what courses.markup.lessons reads again into the same blocks.

A block that the prose cannot say exactly is written as data (:::block): nothing is lost, and most stays readable.
"""

import re
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

import yaml

from courses.markup.lessons import DATA, FRAMES, WITH_FILES, read_blocks
from courses.markup.problems import Malformed

INLINE = {"b": "**", "strong": "**", "i": "*", "em": "*"}
SPECIAL = re.compile(r"([\\`*_\[\]<>#|])")
KEYS = re.compile(r' data-block-key="[^"]*"')


def write_page(meta: Mapping[str, Any], blocks: Sequence[tuple[str, Any]]) -> str:
    """Write front matter and body; `blocks` are (type, value) as `canonical` leaves them."""
    parts: list[str] = []
    before = ""
    for kind, value in blocks:
        prose = "" if kind == before == "text" else _readable(kind, value)  # two texts in a row would become one
        parts.append(prose or _data("block", {"type": kind, "value": value}))
        before = kind if prose else ""
    return f"---\n{dump(dict(meta))}---\n" + "".join(f"\n{part}\n" for part in parts)


def dump(data: Any) -> str:
    """Write YAML the same way each time, Chinese as it is."""
    return str(yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000_000))


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such, unless they could be taken for the end of a block."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # PyYAML's own signature
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = '"' if ":::" in text else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def canonical_html(html: str) -> str:
    """Return rich text without the editor's own keys."""
    return KEYS.sub("", html)


def _readable(kind: str, value: Any) -> str:
    """Return the block as an author would write it, or "" if reading that would give something else."""
    for is_escaped in (False, True):
        try:
            written = _written(kind, value, is_escaped=is_escaped)
            found = read_blocks(written)
        except (Malformed, _Unsayable, yaml.YAMLError):
            continue
        if found == [(kind, value)]:
            return written
    return ""


def _written(kind: str, value: Any, *, is_escaped: bool) -> str:
    if kind == "heading":
        return f"{'#' * int(value['level'])} {value['text']}"
    if kind == "text":
        return _markdown(value, is_escaped=is_escaped)
    if kind in FRAMES:
        return f":::{kind} {value['title']}".rstrip() + f"\n{_markdown(value['text'], is_escaped=is_escaped)}\n:::"
    if kind == "table":
        return _table(value)
    if kind == "check":
        answer = [value["answer"]] if value["kind"] == "true_false" else list(value["answer"])
        options = {"options": value["options"]} if value["kind"] != "true_false" else {}
        told = {"question": value["question"], "kind": value["kind"], **options, "answer": answer}
        return _data("check", told | {"explanation": value["explanation"]})
    if kind == "lab":
        return f":::lab {value['lab']}\n:::"
    if kind in {*DATA, *WITH_FILES}:
        return _data(kind, value)
    raise _Unsayable(kind)


def _data(name: str, value: Any) -> str:
    return f":::{name}\n{dump(value)}:::"


def _table(value: Mapping[str, Any]) -> str:
    rows = [[str(cell or "") for cell in row] for row in value["data"]]
    if not rows or any("|" in cell or "\n" in cell for row in rows for cell in row):
        raise _Unsayable("table")
    styles = {cell["col"]: cell.get("className", "") for cell in value.get("cell") or ()}
    rules = {"htRight": "---:", "htCenter": ":---:"}
    ruler = [rules.get(styles.get(col, ""), "---") for col in range(len(rows[0]))]
    return "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], ruler, *rows[1:]])


class _Unsayable(Exception):
    """Something that the prose of lesson files has no way to write."""


def _markdown(html: str, *, is_escaped: bool) -> str:
    writer = _Writer(is_escaped=is_escaped)
    writer.feed(html)
    writer.close()
    return "\n\n".join(part for part in writer.parts if part)


class _Writer(HTMLParser):
    """Rich text to Markdown: paragraphs, flat lists, emphasis, code, links."""

    def __init__(self, *, is_escaped: bool) -> None:
        super().__init__()
        self.is_escaped = is_escaped
        self.parts: list[str] = []
        self.lists: list[str] = []
        self.numbers = 0
        self.href = ""
        self.is_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "p":
            self.parts.append("")
        elif tag in {"ul", "ol"}:
            if self.lists:
                raise _Unsayable("nested list")
            self.lists.append(tag)
            self.parts.append("")
            self.numbers = 0
        elif tag == "li":
            self.numbers += 1
            mark = "- " if self.lists[-1:] == ["ul"] else f"{self.numbers}. "
            self._add(("\n" if self.numbers > 1 else "") + mark)
        elif tag in INLINE:
            self._add(INLINE[tag])
        elif tag == "code":
            self.is_code = True
            self._add("`")
        elif tag == "a" and set(given) == {"href"}:
            self.href = given["href"] or ""
            self._add("[")
        else:
            raise _Unsayable(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"ul", "ol"}:
            self.lists.pop()
        elif tag in INLINE:
            self._add(INLINE[tag])
        elif tag == "code":
            self.is_code = False
            self._add("`")
        elif tag == "a":
            self._add(f"]({self.href})")

    def handle_data(self, data: str) -> None:
        if not self.parts and data.strip():
            raise _Unsayable("text outside a paragraph")
        self._add(SPECIAL.sub(r"\\\1", data) if self.is_escaped and not self.is_code else data)

    def _add(self, text: str) -> None:
        if not self.parts:
            raise _Unsayable("nothing to add to")
        self.parts[-1] += text
