"""What is looked at, and what is found."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from wagtail import blocks
from wagtail.rich_text import RichText


class Draft(Protocol):
    """What is looked at of a lesson."""

    title: str
    summary: str
    goals: str
    sources: str
    body: Any
    is_verified: bool
    min_seconds: int | None

    def exposed_files(self) -> list[str]: ...


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One fault. `place` is the number of the block in the body, from 1, or 0 for the page; `text` names the remedy."""

    rule: str
    stops: bool
    text: str
    place: int = 0

    def __str__(self) -> str:
        return f"第 {self.place} 块：{self.text}" if self.place else self.text


@dataclass(frozen=True)
class Block:
    number: int
    type: str
    label: str
    value: Any
    texts: tuple[str, ...]  # plain
    rich: tuple[str, ...]  # HTML as it is stored

    @property
    def words(self) -> str:
        return " ".join([*self.texts, *(re.sub(r"<[^>]+>", "", html) for html in self.rich)])


def leaves_of(block: blocks.Block, value: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the plain texts and the rich texts that a block holds, nested ones too."""
    texts: list[str] = []
    rich: list[str] = []
    for leaf in _values(block, value):
        if isinstance(leaf, RichText):
            rich.append(leaf.source)
        elif isinstance(leaf, str):
            texts.append(leaf)
    return tuple(texts), tuple(rich)


def _values(block: blocks.Block, value: Any) -> Iterator[Any]:
    if isinstance(value, blocks.StructValue):
        for name, child in block.child_blocks.items():
            yield from _values(child, value.get(name))
    elif isinstance(block, blocks.ListBlock):
        for one in value or ():
            yield from _values(block.child_block, one)
    elif isinstance(value, dict):  # a table
        yield from (str(cell) for row in value.get("data") or () for cell in row if cell)
    elif not isinstance(block, blocks.ChoiceBlock):
        yield value
