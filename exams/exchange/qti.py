"""IMS QTI 2.1 and 3.0: one XML file an item, inside a content package. Both versions are read as one."""

import posixpath
import re
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element

from exams.exchange import facts
from exams.exchange.decoding import Archive, xml_of
from exams.exchange.entries import (
    BLANK,
    CASE,
    NUMERIC,
    OR,
    SHORT,
    Entry,
    FileRefused,
    Found,
    Unreadable,
    choice,
    number_key,
    one_line,
)
from exams.exchange.html import local, text_in
from exams.exchange.pictures import Taken
from exams.picture_files import FOLDER, names_in

MANIFEST = "imsmanifest.xml"
GAP = "____"
CATEGORY = "category="
IMAGES = frozenset({"img", "object"})
INSTEAD = {
    "choiceinteraction": "",
    "extendedtextinteraction": "",
    "textentryinteraction": GAP,
    "rubricblock": "",
    "feedbackblock": "",
    "feedbackinline": "",
}


def read(archive: Archive) -> Found:
    """Read every item of a package, in the manifest's order."""
    found = Found()
    for number, (href, tags) in enumerate(_resources(archive), start=1):
        _take(found, archive, href, tags, number)
    if not found.entries and not found.problems:
        raise FileRefused("压缩包里没有 QTI 试题（imsmanifest.xml 里没有 imsqti_item）。请从原系统重新导出。")
    return found


def read_item(root: Element) -> Found:
    """Read a single item that came without a package."""
    found = Found()
    _understand(found, root, [], 1)
    return found


def _take(found: Found, archive: Archive, href: str, tags: list[str], number: int) -> None:
    taken = Taken(found, lambda src: _part(archive, posixpath.normpath(posixpath.join(posixpath.dirname(href), src))))
    try:
        root = xml_of(archive.read(href))
        for image in [node for node in root.iter() if local(node) in IMAGES]:
            _name_picture(image, taken)
        for name in names_in(tags):
            if content := _part(archive, FOLDER + name):
                taken.keep(content, name)
    except FileRefused as fault:
        found.refuse(number, "文件", str(fault))
    except Unreadable as fault:
        found.refuse(number, fault.field, str(fault))
    else:
        _understand(found, root, tags, number)


def _part(archive: Archive, name: str) -> bytes | None:
    return archive.read(name) if name in archive.names else None


def _name_picture(image: Element, taken: Taken) -> None:
    """Put how our texts show a picture in the place of its element."""
    words = image.get("alt") or "".join(image.itertext())
    shown = taken(image.get("src") or image.get("data") or "", words)
    tail = image.tail
    image.clear()
    image.tag, image.text, image.tail = "span", shown, tail


def _understand(found: Found, root: Element, tags: list[str], number: int) -> None:
    try:
        found.entries.append(_entry(root, tags, number))
    except Unreadable as fault:
        found.refuse(number, fault.field, str(fault))


def _resources(archive: Archive) -> Iterator[tuple[str, list[str]]]:
    """Give the parts that hold items, each with its keywords."""
    if MANIFEST not in archive.names:
        yield from ((name, []) for name in sorted(archive.names) if name.lower().endswith(".xml"))
        return
    for resource in xml_of(archive.read(MANIFEST)).iter():
        if local(resource) == "resource" and "_item_" in resource.get("type", ""):
            href = resource.get("href", "")
            if href not in archive.names:
                raise FileRefused(f"清单里写的文件 {href[:80]} 不在压缩包里。请从原系统重新导出。")
            keywords = (node for node in resource.iter() if local(node) == "keyword")
            yield href, ["".join(node.itertext()).strip() for node in keywords]


def _entry(root: Element, tags: list[str], number: int) -> Entry:
    parts = {local(node): node for node in root}
    body = parts.get("itembody")
    if local(root) != "assessmentitem" or body is None:
        raise Unreadable("文件", "不是 QTI 试题（没有 assessmentItem 或 itemBody）。")
    code = facts.of_code(root.get("identifier", "")) or facts.of_code(root.get("title", ""))
    category = next((tag.removeprefix(CATEGORY) for tag in tags if tag.startswith(CATEGORY)), "")
    known = facts.of_category(category) | facts.of_tags(tags) | code
    item = _item(root, body, is_ours=bool(code))
    if "modalfeedback" in parts:
        item["explanation"] = text_in(parts["modalfeedback"])
    options = item.get("options")
    if isinstance(options, tuple):
        item["notes"] = facts.of_note_tags(tags, options=len(options))
    keyed = {"key": known["key"]} if item["kind"] == NUMERIC and "key" in known else {}
    return Entry(place=number, **known | item | keyed)  # type: ignore[arg-type]  # each reader names fields of Entry


def _item(root: Element, body: Element, *, is_ours: bool) -> dict[str, object]:
    asked = [node for node in body.iter() if local(node).endswith("interaction")]
    if len(asked) > 1:
        raise Unreadable("题型", f"一题里有 {len(asked)} 处作答，不能导入。请拆成几题。")
    stem = text_in(body, instead=INSTEAD)
    if not asked:
        if is_ours:
            return {"kind": CASE, "stem": stem}
        raise Unreadable("题型", "没有作答的地方，不是试题。")
    prompts = [text_in(node) for node in asked[0] if local(node) == "prompt"]
    stem = "\n".join(part for part in [stem.removesuffix(f"\n{GAP}"), *prompts] if part)
    if not stem:
        raise Unreadable("题干", "没有题干。")
    reader = READERS.get(local(asked[0]))
    if reader is None:
        raise Unreadable("题型", f"作答方式 {str(asked[0].tag).rpartition('}')[2][:40]} 题库没有，不能导入。")
    return {"stem": stem} | reader(root, asked[0])


def _choice(root: Element, asked: Element) -> dict[str, object]:
    choices = [node for node in asked.iter() if local(node) == "simplechoice"]
    names = [node.get("identifier", "") for node in choices]
    declared = _declared(root, asked)
    right = {place for place, name in enumerate(names) if name in _right(declared)}
    if not right:
        raise Unreadable("答案", "没有写正确答案（correctResponse），或者它不在选项里。")
    is_multi = (declared.get("cardinality") or "single") == "multiple"
    return choice([text_in(node) for node in choices], right, is_multi=is_multi)


def _typed(root: Element, asked: Element) -> dict[str, object]:
    declared = _declared(root, asked)
    right = list(dict.fromkeys(_right(declared)))
    if not right:
        raise Unreadable("答案", "没有写正确答案（correctResponse）。")
    if (_attribute(declared, "basetype") or "string") in {"float", "integer"}:
        return {"kind": NUMERIC, "key": number_key([(value, _tolerance(root)) for value in right])}
    return {"kind": BLANK, "key": OR.join(one_line(value) for value in right)}


def _written(_root: Element, _asked: Element) -> dict[str, object]:
    return {"kind": SHORT}


READERS = {"choiceinteraction": _choice, "textentryinteraction": _typed, "extendedtextinteraction": _written}


def _declared(root: Element, asked: Element) -> Element:
    name = _attribute(asked, "responseidentifier")
    for node in root:
        if local(node) == "responsedeclaration" and node.get("identifier", "") == name:
            return node
    raise Unreadable("答案", "没有声明作答的变量（responseDeclaration）。")


def _right(declared: Element) -> Iterable[str]:
    """Give the values of the correct response, then those that a mapping rewards."""
    for node in declared.iter():
        if local(node) == "value":
            yield (node.text or "").strip()
    for node in declared.iter():
        if local(node) == "mapentry" and re.fullmatch(r"\+?0*\d*\.?\d*[1-9]\d*\.?\d*", _attribute(node, "mappedvalue")):
            yield _attribute(node, "mapkey")


def _tolerance(root: Element) -> str:
    """Read the absolute tolerance of the comparison, if there is one."""
    for node in root.iter():
        if local(node) == "equal" and _attribute(node, "tolerancemode") == "absolute":
            return (_attribute(node, "tolerance").split() or [""])[0]
    return ""


def _attribute(element: Element, name: str) -> str:
    return next((value for key, value in element.items() if key.replace("-", "").lower() == name), "")
