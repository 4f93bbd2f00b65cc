"""
Values of blocks ↔ the data that a package holds: files by their names in the package, links by what they lead to.

Walks along the blocks' own definitions, so a new kind of block needs nothing here.
"""

import re
from collections.abc import Callable, Mapping
from html import escape, unescape
from typing import Any

from wagtail import blocks
from wagtail.blocks.field_block import ChooserBlock
from wagtail.contrib.table_block.blocks import TableBlock
from wagtail.images.blocks import ImageBlock
from wagtail.models import Page
from wagtail.rich_text import RichText

from courses.markup.writing import canonical_html


class Misshapen(Exception):
    """Data that no block of its kind could hold."""


LINK = re.compile(r"<a\b([^>]*)>")
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
LESSON, FILE = "lesson:", "file:"

NameOf = Callable[[Any], str]  # a file of the library → its name in the package
FileOf = Callable[[str], Any]  # and back
LinkOf = Callable[[int], str]  # a page → the address that the package writes
PageOf = Callable[[str], int | None]  # the slug of a lesson of the course → its page


def written(block: blocks.Block, value: Any, *, name_of: NameOf, link_of: LinkOf) -> Any:
    """Return a value as a package holds it."""
    if isinstance(block, ImageBlock):
        if value is None:
            return None
        return {"file": name_of(value), "alt": value.contextual_alt_text or "", "decorative": bool(value.decorative)}
    if isinstance(block, blocks.StructBlock):
        children = block.child_blocks.items()
        return {key: written(child, value.get(key), name_of=name_of, link_of=link_of) for key, child in children}
    if isinstance(block, blocks.ListBlock):
        return [written(block.child_block, one, name_of=name_of, link_of=link_of) for one in value]
    if isinstance(block, ChooserBlock):
        return name_of(value) if value else None
    if isinstance(value, RichText):
        return LINK.sub(lambda tag: _told(tag, name_of, link_of), canonical_html(value.source))
    if isinstance(block, TableBlock):
        return _table(value or {})
    return block.get_prep_value(value)


def _table(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with all that the editor's form would give it."""
    row, column = bool(value.get("first_row_is_table_header")), bool(value.get("first_col_is_header"))
    return {
        "data": value.get("data") or [],
        "cell": value.get("cell") or [],
        "mergeCells": value.get("mergeCells") or [],
        "first_row_is_table_header": row,
        "first_col_is_header": column,
        "table_header_choice": "both" if row and column else "row" if row else "column" if column else "neither",
        "table_caption": value.get("table_caption") or "",
    }


def stored(block: blocks.Block, data: Any, *, file_of: FileOf, page_of: PageOf) -> Any:
    """Return the data of a package as the stream stores it. Raises: Misshapen."""
    if isinstance(block, ImageBlock):
        if data is None:
            return None
        image = file_of(str(_shaped(data, dict).get("file")))
        return {"image": image.pk, "alt_text": data.get("alt", ""), "decorative": bool(data.get("decorative"))}
    if isinstance(block, blocks.StructBlock):
        given = _shaped(data, dict)
        children = [(key, child) for key, child in block.child_blocks.items() if key in given]
        return {key: stored(child, given[key], file_of=file_of, page_of=page_of) for key, child in children}
    if isinstance(block, blocks.ListBlock):
        return [stored(block.child_block, one, file_of=file_of, page_of=page_of) for one in _shaped(data, list)]
    if isinstance(block, ChooserBlock):
        return file_of(_shaped(data, str)).pk if data is not None else None
    if isinstance(block, blocks.RichTextBlock):
        return LINK.sub(lambda tag: _linked(tag, file_of, page_of), _shaped(data, str))
    return _shaped(data, dict if isinstance(block, TableBlock) else (str, int, float, bool, type(None)))


def pages_linked(block: blocks.Block, value: Any) -> set[int]:
    """Return the keys of the pages that a value leads to."""
    return {int(key) for model, key, *_ in block.extract_references(value) if issubclass(model, Page)}


def names_in(block: blocks.Block, data: Any) -> set[str]:
    """Return the names of the files that the data of a block asks for."""
    names: set[str] = set()

    def note(name: str) -> Any:
        names.add(name)
        return _Nothing

    stored(block, data, file_of=note, page_of=lambda _: None)
    return names


def _shaped(data: Any, shape: type | tuple[type, ...]) -> Any:
    if not isinstance(data, shape):
        raise Misshapen(type(data).__name__)
    return data


class _Nothing:
    pk = 0


def _told(tag: re.Match[str], name_of: NameOf, link_of: LinkOf) -> str:
    given = _attributes(tag)
    key = given.get("id", "")
    if given.get("linktype") == "page" and key.isdecimal():
        return f'<a href="{escape(link_of(int(key)))}">'
    if given.get("linktype") == "document" and key.isdecimal():
        return f'<a href="{FILE}{escape(name_of(int(key)))}">'
    return tag[0]


def _linked(tag: re.Match[str], file_of: FileOf, page_of: PageOf) -> str:
    href = unescape(_attributes(tag).get("href", ""))
    if href.startswith(LESSON):
        found = page_of(href.removeprefix(LESSON))
        return f'<a linktype="page" id="{found}">' if found else '<a href="#">'
    if href.startswith(FILE):
        return f'<a linktype="document" id="{file_of(href.removeprefix(FILE)).pk}">'
    return tag[0]


def _attributes(tag: re.Match[str]) -> Mapping[str, str]:
    return dict(ATTRIBUTE.findall(tag[1]))
