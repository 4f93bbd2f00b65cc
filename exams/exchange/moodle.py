"""Moodle XML: seven of its question types, with their feedback, category, tags and idnumber."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element, SubElement, indent, tostring  # writing only: defusedxml parses

from exams.exchange import facts
from exams.exchange.entries import (
    BLANK,
    CASE,
    LETTERS,
    MULTI,
    NUMERIC,
    OR,
    SHORT,
    SINGLE,
    TRUE_FALSE,
    Entry,
    Found,
    Unreadable,
    choice,
    clean,
    number_key,
    one_line,
    spans_of,
    truth_of,
    unit_of,
)
from exams.exchange.html import plain
from exams.exchange.pictures import Contents, Taken
from exams.picture_files import NAMED, names_in

UNKNOWN = {
    "matching": "配对题",
    "cloze": "完形填空",
    "ddwtos": "拖放题",
    "gapselect": "选词填空",
    "calculated": "计算题",
    "description": "说明文字",
}
TYPES = {
    SINGLE: "multichoice",
    MULTI: "multichoice",
    TRUE_FALSE: "truefalse",
    BLANK: "shortanswer",
    NUMERIC: "numerical",
    SHORT: "essay",
    CASE: "description",
}
FULL = 100.0
DEFAULT_FORMAT = "html"  # Moodle's, where no format is written
HTML_FORMATS = frozenset({"html", "moodle_auto_format"})
PLUGINFILE = "@@PLUGINFILE@@"  # what Moodle's texts call the files beside them
STORED = re.compile(rf"!\[([^\]\n]*)\]\(({PLUGINFILE}/[^)\s]+)\)")


def read(root: Element) -> Found:
    """Read a <quiz>."""
    found, number, category = Found(), 0, ""
    for question in root.iter("question"):
        kind = question.get("type", "")
        if kind == "category":
            category = question.findtext("category/text", "")
            continue
        number += 1
        try:
            _take_pictures(question, found)
            known = facts.of_category(category) | _facts(question)
            item = _item(kind, question, is_ours="code" in known)
            keyed = {"key": known["key"]} if item["kind"] == NUMERIC and "key" in known else {}
            found.entries.append(Entry(place=number, **known | item | keyed))  # type: ignore[arg-type]
        except Unreadable as fault:
            found.refuse(number, fault.field, str(fault))
    return found


def write(entries: Iterable[Entry], contents: Contents) -> bytes:
    """Write a <quiz> with its pictures, its texts as markdown, so that not a character changes on the way back."""
    quiz, category = Element("quiz"), ""
    for entry in entries:
        if facts.category_of(entry) != category:
            category = facts.category_of(entry)
            holder = SubElement(SubElement(quiz, "question", type="category"), "category")
            SubElement(holder, "text").text = f"$course$/top/{category}"
        _write_item(quiz, entry)
    _pack_pictures(quiz, contents)
    indent(quiz)
    return tostring(quiz, encoding="utf-8", xml_declaration=True)


def _take_pictures(question: Element, found: Found) -> None:
    """Let texts with files of their own call these as we do; such a text is markdown from then on."""
    for holder in question.iter():
        files = {file.get("name", ""): file for file in holder.findall("file")}
        text = holder.find("text")
        if text is None or not files:
            continue
        taken = Taken(found, lambda src, files=files: _file_of(src, files))  # type: ignore[misc]  # bound at once
        if holder.get("format", DEFAULT_FORMAT) in HTML_FORMATS:
            text.text = plain(text.text or "", picture=taken)
        else:
            text.text = STORED.sub(lambda match, taken=taken: taken(match[2], match[1]), text.text or "")  # type: ignore[misc]  # as above
        holder.set("format", "markdown")


def _file_of(src: str, files: Mapping[str, Element]) -> bytes | None:
    file = files.get(src.removeprefix(f"{PLUGINFILE}/").rpartition("/")[2]) if src.startswith(PLUGINFILE) else None
    if file is None:
        return None
    try:
        return b64decode(file.text or "")
    except ValueError:
        raise Unreadable("图片", f"图片 {src[-40:]} 的 base64 内容不完整。请从原系统重新导出。") from None


def _pack_pictures(quiz: Element, contents: Contents) -> None:
    """Put the pictures that texts show into the file, where Moodle looks for them."""
    for holder in [element for element in quiz.iter() if element.find("text") is not None]:
        text = holder.find("text")
        names = names_in([text.text or ""]) if text is not None else []
        for name in names:
            file = SubElement(holder, "file", name=name, path="/", encoding="base64")
            file.text = b64encode(contents(name)).decode()
        if text is not None and names:
            text.text = NAMED.sub(rf"({PLUGINFILE}/\1)", text.text or "")


def _facts(question: Element) -> dict[str, object]:
    known = facts.of_tags(tag.text or "" for tag in question.iterfind("tags/tag/text"))
    name = facts.of_code(question.findtext("name/text", ""))
    return known | name | facts.of_code(question.findtext("idnumber", ""))


def _item(kind: str, question: Element, *, is_ours: bool) -> dict[str, object]:
    stem = _text(question.find("questiontext"))
    if not stem:
        raise Unreadable("题干", "没有题干。")
    known: dict[str, object] = {"stem": stem, "explanation": _text(question.find("generalfeedback"))}
    if kind == "description" and is_ours:
        return known | {"kind": CASE}
    if kind == "essay":
        return known | {"kind": SHORT}
    if kind not in READERS:
        name = UNKNOWN.get(kind, kind[:20] or "没有写明的题型")
        raise Unreadable("题型", f"是{name}，题库没有这种题型，或者不能导入。")
    return known | READERS[kind](question, question.findall("answer"))


def _truth(question: Element, answers: list[Element]) -> dict[str, object]:
    right = [truth_of(_text(answer)) for answer in answers if _fraction(answer) > 0]
    if len(right) != 1 or not right[0]:
        raise Unreadable("答案", "判断题要有一个 fraction 为 100 的 true 或 false。")
    return {"kind": TRUE_FALSE, "key": right[0]}


def _choice(question: Element, answers: list[Element]) -> dict[str, object]:
    is_multi = question.findtext("single", "true").strip().lower() in {"false", "0"}
    right = {place for place, answer in enumerate(answers) if _fraction(answer) > 0}
    if not right:
        raise Unreadable("答案", "没有 fraction 大于 0 的选项。")
    if not is_multi:
        right = {max(right, key=lambda place: _fraction(answers[place]))}
    texts, notes = [_text(answer) for answer in answers], [_text(answer.find("feedback")) for answer in answers]
    return choice(texts, right, is_multi=is_multi, notes=notes)


def _words(question: Element, answers: list[Element]) -> dict[str, object]:
    accepted = [one_line(_text(answer)) for answer in answers if _fraction(answer) == FULL]
    if not accepted:
        raise Unreadable("答案", "没有 fraction 为 100 的答案。")
    return {"kind": BLANK, "key": OR.join(accepted)}


def _number(question: Element, answers: list[Element]) -> dict[str, object]:
    right = [answer for answer in answers if _fraction(answer) == FULL]
    spans = [(_text(answer), answer.findtext("tolerance", "").strip()) for answer in right]
    if not spans:
        raise Unreadable("答案", "没有 fraction 为 100 的答案。")
    return {"kind": NUMERIC, "key": number_key(spans, question.findtext("units/unit/unit_name", "").strip())}


READERS = {"truefalse": _truth, "multichoice": _choice, "shortanswer": _words, "numerical": _number}


def _fraction(answer: Element) -> float:
    try:
        return float(answer.get("fraction", "0"))
    except ValueError:
        raise Unreadable("答案", "fraction 要是数字。") from None


def _text(holder: Element | None) -> str:
    if holder is None:
        return ""
    text = holder.findtext("text", "")
    is_html = holder.get("format", DEFAULT_FORMAT) in HTML_FORMATS
    return plain(text) if is_html else clean(text)


def _write_item(quiz: Element, entry: Entry) -> None:
    question = SubElement(quiz, "question", type=TYPES[entry.kind])
    SubElement(SubElement(question, "name"), "text").text = entry.code
    _write_text(question, "questiontext", entry.stem)
    _write_text(question, "generalfeedback", entry.explanation)
    SubElement(question, "defaultgrade").text = "1"
    SubElement(question, "idnumber").text = entry.code
    if entry.kind in {SINGLE, MULTI}:
        _write_options(question, entry)
    elif entry.kind == TRUE_FALSE:
        for word, letter in (("true", "T"), ("false", "F")):
            _write_answer(question, word, FULL if entry.key == letter else 0)
    elif entry.kind == BLANK:
        for words in entry.key.split(OR):
            _write_answer(question, words, FULL)
    elif entry.kind == NUMERIC:
        _write_numbers(question, entry)
    tags = SubElement(question, "tags")
    for tag in facts.tags_of(entry):
        SubElement(SubElement(tags, "tag"), "text").text = tag


def _write_options(question: Element, entry: Entry) -> None:
    SubElement(question, "single").text = "false" if entry.kind == MULTI else "true"
    SubElement(question, "shuffleanswers").text = "true"
    SubElement(question, "answernumbering").text = "ABCD"
    wrong = -FULL if entry.kind == MULTI else 0
    for letter, option, note in zip(LETTERS, entry.options, entry.notes or [""] * 8, strict=False):
        answer = _write_answer(question, option, FULL / len(entry.key) if letter in entry.key else wrong)
        if note:
            _write_text(answer, "feedback", note)


def _write_numbers(question: Element, entry: Entry) -> None:
    for value, slack in spans_of(entry.key):
        SubElement(_write_answer(question, value, FULL), "tolerance").text = slack
    if unit_of(entry.key):
        unit = SubElement(SubElement(question, "units"), "unit")
        SubElement(unit, "multiplier").text = "1"
        SubElement(unit, "unit_name").text = unit_of(entry.key)


def _write_answer(question: Element, text: str, fraction: float) -> Element:
    answer = SubElement(question, "answer", fraction=f"{fraction:.5f}".rstrip("0").rstrip("."), format="markdown")
    SubElement(answer, "text").text = text
    return answer


def _write_text(question: Element, name: str, text: str) -> None:
    SubElement(SubElement(question, name, format="markdown"), "text").text = text
