"""Formulas in LaTeX to MathML, which browsers set themselves. Source: docs/content.md, section 5."""

import re
from html import escape
from xml.etree.ElementTree import Element, ParseError  # names only: defusedxml parses

from defusedxml.ElementTree import fromstring
from latex2mathml.converter import convert

MAX_FORMULA = 500
NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
ELEMENTS = re.compile(
    "math|mrow|mi|mn|mo|ms|mtext|mspace|mfrac|msqrt|mroot|msub|msup|msubsup|munder|mover|munderover|mtable|mtr|mtd"
    "|mstyle|mpadded|mphantom|menclose"
)
ATTRIBUTES = re.compile(
    "display|mathvariant|stretchy|fence|form|linethickness|columnalign|rowspacing|columnspacing|width|notation|accent"
    "|accentunder|movablelimits|minsize|maxsize|symmetric|largeop|lspace|rspace|displaystyle|scriptlevel"
)


class Unreadable(Exception):
    """A formula that cannot be set."""


def mathml(latex: str, *, display: str) -> str:
    """
    Write a formula as MathML, rebuilt from known elements alone: the converter lets HTML in texts through.

    `display` is "block" or "inline". Raises: Unreadable.
    """
    try:
        return _rebuilt(fromstring(convert(latex[:MAX_FORMULA], display=display)))
    except Exception as fault:  # the converter fails in many ways
        raise Unreadable(latex) from fault


def _rebuilt(element: Element) -> str:
    name = element.tag.removeprefix(NAMESPACE)
    if not ELEMENTS.fullmatch(name) or (element.text or "").startswith("\\"):  # a command that it does not know
        raise ParseError(name)
    known = [(key, value) for key, value in element.attrib.items() if ATTRIBUTES.fullmatch(key)]
    attributes = "".join(f' {key}="{escape(value)}"' for key, value in known)
    inside = "".join(_rebuilt(child) + escape(child.tail or "") for child in element)
    return f"<{name}{attributes}>{escape(element.text or '')}{inside}</{name}>"
