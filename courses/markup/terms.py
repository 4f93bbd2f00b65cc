"""Words of the glossary inside the HTML of a lesson: the first occurrence of each becomes a button."""

import re
from collections.abc import Mapping
from html import escape

TAG = re.compile(r"(<[^>]*>)")
NAME = re.compile(r"</?([a-z0-9]+)", re.IGNORECASE)
LEFT_ALONE = frozenset(
    {"a", "button", "code", "details", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "label", "summary", "svg", "table"}
)
OPENING, CLOSING = "《（“「", "，。；：、？！）》”」"


def mark(html: str, slugs: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """
    Mark where each term first occurs in running text; `slugs` are by term. Longer terms win over those inside them.

    Returns the HTML and the marked terms in their order. Source: docs/rules/syllabus.md, rule Y10.
    """
    if not slugs:
        return html, ()
    marker = _Marker(slugs)
    return "".join(map(marker.part, TAG.split(html))), tuple(marker.marked)


class _Marker:
    """Goes through tags and texts in turn, and remembers what it stands in."""

    def __init__(self, slugs: Mapping[str, str]) -> None:
        self.slugs = slugs
        terms = "|".join(map(_whole, sorted(slugs, key=len, reverse=True)))
        self.pattern = re.compile(f"([{OPENING}]*)({terms})([{CLOSING}]*)")
        self.marked: list[str] = []
        self.depth = 0  # of elements that are left alone
        self.sections: list[bool] = []  # of the open ones, which is a self-check

    def part(self, part: str) -> str:
        """Return a tag as it is, a text with its terms marked."""
        if tag := NAME.match(part):
            self._go(part, tag.group(1).lower(), is_end=part.startswith("</"))
            return part
        return part if self.depth else self.pattern.sub(self._button, part)

    def _go(self, tag: str, name: str, *, is_end: bool) -> None:
        if name == "section" and not is_end:
            self.sections.append('class="check"' in tag)
            self.depth += self.sections[-1]
        elif name == "section":
            self.depth -= self.sections.pop() if self.sections else 0
        elif name in LEFT_ALONE and not tag.endswith("/>"):
            self.depth += -1 if is_end else 1

    def _button(self, found: re.Match[str]) -> str:
        before, term, after = found.groups()
        if term in self.marked:
            return found.group()
        self.marked.append(term)
        button = f'<button class="term" type="button" popovertarget="term-{escape(self.slugs[term])}">{term}</button>'
        # a browser breaks a line on either side of a button, even before a comma
        return f'<span class="term-whole">{before}{button}{after}</span>' if before or after else button


def _whole(term: str) -> str:
    """Match a term as written; what begins or ends with a Latin letter or a digit must not run on as one."""
    before = r"(?<![A-Za-z0-9])" if re.match(r"[A-Za-z0-9]", term) else ""
    after = r"(?![A-Za-z0-9])" if re.search(r"[A-Za-z0-9]$", term) else ""
    return before + re.escape(term) + after
