"""Which drawings are safe to keep: an SVG that can run nothing and fetch nothing."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError  # names only: defusedxml parses

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from courses.markup.problems import Malformed, Problem

NAMESPACE = "{http://www.w3.org/2000/svg}"
ELEMENTS = frozenset(
    """svg g defs title desc symbol use switch path rect circle ellipse line polyline polygon text tspan textPath marker
    pattern clipPath mask linearGradient radialGradient stop filter feGaussianBlur feOffset feMerge feMergeNode feFlood
    feComposite feColorMatrix feBlend""".split()  # noqa: SIM905  # a vocabulary reads better as a text
)
FOREIGN_URL = re.compile(r"url\(\s*['\"]?(?!#)", re.IGNORECASE)
REMEDY = "请在绘图软件里另存为“普通 SVG”，并去掉脚本、外部图片、网页内容和动画"


def check_svg(data: bytes) -> None:
    """
    Accept an SVG drawing made of shapes and text only.

    Raises: Malformed, naming each element or attribute that could run a script or load something from elsewhere.
    Source: docs/rules/syllabus.md, rule Y7.
    """
    try:
        root = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as fault:
        raise Malformed([Problem(0, f"SVG 里有 DOCTYPE 或实体定义，不能使用。{REMEDY}。")]) from fault
    except (ParseError, ValueError) as fault:
        raise Malformed([Problem(0, f"不是有效的 SVG 文件。{REMEDY}。")]) from fault
    faults = dict.fromkeys(fault for element in root.iter() for fault in _faults_of(element))  # each once, in order
    if root.tag != f"{NAMESPACE}svg":
        faults["根元素不是 svg"] = None
    if faults:
        raise Malformed([Problem(0, f"SVG 里有不能使用的内容：{'、'.join(faults)}。{REMEDY}。")])


def _faults_of(element: Element) -> Iterator[str]:
    name = str(element.tag).removeprefix(NAMESPACE)
    if name not in ELEMENTS:
        yield f"元素 {name.rpartition('}')[2]}"
    for attribute, value in element.attrib.items():
        short = attribute.rpartition("}")[2]
        if _is_unsafe(short, value):
            yield f"{name.rpartition('}')[2]} 的属性 {short}"


def _is_unsafe(name: str, value: str) -> bool:
    if name.lower().startswith("on"):
        return True
    if name in {"href", "src", "base"}:
        return not value.startswith("#")
    return bool(FOREIGN_URL.search(value)) or "@import" in value.lower()
