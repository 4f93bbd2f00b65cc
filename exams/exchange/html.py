"""HTML of other systems → plain text: paragraphs become lines, pictures references of ours, scripts vanish."""

from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from xml.etree.ElementTree import Element  # the type only: defusedxml parses

from exams.exchange.entries import Unreadable, clean

BREAKS = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "pre", "blockquote", "ul", "ol", "table"})
NOTHING: Mapping[str, str] = {}
SILENT = frozenset({"script", "style", "head", "title"})
PICTURES = frozenset({"img", "object", "embed", "iframe", "video", "audio", "svg"})
Picture = Callable[[str, str], str]  # what an image is called, and its alternative text → how our texts show it


def _refuse(_src: str = "", _alt: str = "") -> str:
    raise Unreadable(
        "题干", "含有不在文件里的图片或媒体，不能导入。请用带图片的 Moodle XML 或 QTI 包，或导入以后在后台补上。"
    )


class _Plain(HTMLParser):
    def __init__(self, picture: Picture) -> None:
        super().__init__(convert_charrefs=True)
        self.picture = picture
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            said = dict(attrs)
            self.parts.append(self.picture(said.get("src") or "", said.get("alt") or ""))
        elif tag in PICTURES:
            _refuse()
        self.silent += tag in SILENT
        if tag in BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT and self.silent:
            self.silent -= 1
        if tag in BREAKS - {"br"}:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data.replace("\n", " "))


def plain(html: str, *, picture: Picture = _refuse) -> str:
    """Return the text of an HTML fragment. Raises: Unreadable if it holds media other than what `picture` takes."""
    parser = _Plain(picture)
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return clean("\n".join(line for line in lines if line))


def text_in(element: Element, *, instead: Mapping[str, str] = NOTHING) -> str:
    """
    Return the text of an XHTML element, such as an item body of QTI; some elements stand for a text of ours.

    Raises: Unreadable if it holds media.
    """
    parts: list[str] = []
    stack: list[tuple[Element | None, str]] = [(element, "")]
    while stack:  # no recursion: somebody else decides how deep it is
        node, text = stack.pop()
        if node is None:
            parts.append(text if text == "\n" else text.replace("\n", " "))
            continue
        name = local(node)
        if name in instead:
            parts.append(instead[name])
            continue
        if name in PICTURES:
            _refuse()
        edge = "\n" if name in BREAKS else ""
        parts.append(edge + (node.text or "").replace("\n", " "))
        stack.append((None, edge))
        for child in reversed(node):
            stack += [(None, child.tail or ""), (child, "")]
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return clean("\n".join(line for line in lines if line))


def local(element: Element) -> str:
    """Return an element's name without namespace, QTI 3's prefix and hyphens, in lower case."""
    name = str(element.tag).rpartition("}")[2].lower()
    return name.removeprefix("qti-").replace("-", "")
