"""GIFT, Moodle's text format: ::title:: stem {=right ~wrong ####explanation}. Facts travel as comments."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation

from exams.exchange import facts
from exams.exchange.entries import (
    BLANK,
    CASE,
    LETTERS,
    MULTI,
    NUMERIC,
    OR,
    SHORT,
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
)
from exams.exchange.html import plain

MARKED = re.compile(r"\[(id|tag):((?:\\.|[^\]\\])*)\]")
TITLE = re.compile(r"^::(.*?)(?<!\\)::", re.DOTALL)
FORMAT = re.compile(r"^\s*\[(html|moodle|plain|markdown)\]")
WEIGHT = re.compile(r"^%(-?\d+(?:\.\d+)?)%")
ESCAPED = re.compile(r"\\([~=#{}:\\n])")
SPECIAL = re.compile(r"([~=#{}:\\])")
CATEGORY = "$CATEGORY:"
GAP = "____"


def read(text: str) -> Found:
    """Read a GIFT file: items are separated by blank lines."""
    found, number, category = Found(), 0, ""
    for lines in _blocks(text):
        comments = [line for line in lines if line.lstrip().startswith("//")]
        body = [line for line in lines if not line.lstrip().startswith("//")]
        while body and body[0].strip().startswith(CATEGORY):
            category = body.pop(0).strip().removeprefix(CATEGORY).strip()
        if not any(line.strip() for line in body):
            continue
        number += 1
        try:
            known = facts.of_category(category) | _facts(comments)
            item = _item("\n".join(body).strip(), is_ours="code" in known)
            found.entries.append(Entry(place=number, **known | item | _key(known, item)))  # type: ignore[arg-type]
        except Unreadable as fault:
            found.refuse(number, fault.field, str(fault))
    return found


def write(entries: Iterable[Entry]) -> str:
    """Write items, each below a comment with its code and facts; a category line for each module and point."""
    lines, category = [], ""
    for entry in entries:
        if facts.category_of(entry) != category:
            category = facts.category_of(entry)
            lines += [f"{CATEGORY} {category}", ""]
        tags = "".join(f"[tag:{_comment(tag)}]" for tag in facts.tags_of(entry))
        answers = "" if entry.kind == CASE else f" {{{_answers(entry)}}}"
        lines += [f"// [id:{entry.code}] {tags}", f"::{entry.code}::{_escape(entry.stem)}{answers}", ""]
    return "\n".join(lines)


def _blocks(text: str) -> Iterator[list[str]]:
    """Split at blank lines that are outside of braces."""
    block: list[str] = []
    depth = 0
    for line in text.splitlines():
        if not line.strip() and depth <= 0:
            yield block
            block, depth = [], 0
            continue
        block.append(line)
        if not line.lstrip().startswith("//"):
            bare = re.sub(r"\\.", "", line)
            depth += bare.count("{") - bare.count("}")
    yield block


def _facts(comments: list[str]) -> dict[str, object]:
    marks = [(kind, re.sub(r"\\(.)", r"\1", value)) for line in comments for kind, value in MARKED.findall(line)]
    known = facts.of_tags(value for kind, value in marks if kind == "tag")
    codes = [value for kind, value in marks if kind == "id"]
    return known | facts.of_code(codes[-1] if codes else "")


def _key(known: dict[str, object], item: dict[str, object]) -> dict[str, object]:
    """Keep the key of a number as it was written, with its unit."""
    return {"key": known["key"]} if item["kind"] == NUMERIC and "key" in known else {}


def _item(body: str, *, is_ours: bool) -> dict[str, object]:
    title = TITLE.match(body)
    rest = body[title.end() :] if title else body
    markup = FORMAT.match(rest)
    rest = rest[markup.end() :] if markup else rest
    is_html = bool(markup and markup[1] == "html")
    named = facts.of_code(title[1].strip()) if title else {}
    if is_ours and _find(rest, "{") < 0:
        return {"kind": CASE, "stem": _text(rest, is_html=is_html)} | named
    start, end = _braces(rest)
    before, after = rest[:start].strip(), rest[end + 1 :].strip()
    text = _text(f"{before} {GAP} {after}" if after else before, is_html=is_html) or (title[1] if title else "")
    if not text:
        raise Unreadable("题干", "没有题干。")
    inside, _, general = _cut(rest[start + 1 : end], "####")
    return {"stem": text, "explanation": _text(general)} | _answer(inside.strip()) | named


def _braces(text: str) -> tuple[int, int]:
    start, end = _find(text, "{"), _find(text, "}")
    if start < 0:
        raise Unreadable("答案", "没有大括号里的答案：说明文字不是试题，不能导入。")
    if end < start or _find(text[end + 1 :], "{") >= 0:
        raise Unreadable("答案", "大括号没有配对，或者一题里有两组大括号。")
    return start, end


def _answer(inside: str) -> dict[str, object]:
    if not inside:
        return {"kind": SHORT}
    if inside.startswith("#"):
        return {"kind": NUMERIC, "key": number_key(list(_numbers(inside[1:].strip())))}
    bare = _cut(inside, "#")[0].strip()
    if truth_of(bare) and not bare.startswith(("=", "~")):
        return {"kind": TRUE_FALSE, "key": truth_of(bare)}
    return _options(list(_split(inside)))


def _numbers(text: str) -> Iterator[tuple[str, str]]:
    """Give value and tolerance of each answer: 3.14:0.01, or a span 3.13..3.15."""
    for raw in [part for _, part in _split(text)] if text.startswith(("=", "~")) else [text]:
        weight = WEIGHT.match(raw)
        if weight and float(weight[1]) < 100:
            raise Unreadable("答案", "数值题的部分得分不能导入，请删去带百分比的答案。")
        written = _cut(raw[weight.end() :] if weight else raw, "#")[0].strip()
        low, dots, high = written.partition("..")
        if dots:
            yield _middle(low.strip(), high.strip())
        else:
            value, _, tolerance = written.partition(":")
            yield value.strip(), tolerance.strip()


def _middle(low: str, high: str) -> tuple[str, str]:
    try:
        first, last = Decimal(low), Decimal(high)
    except InvalidOperation:
        raise Unreadable("答案", f"{low[:20]}..{high[:20]} 不是数的范围。") from None
    return f"{((first + last) / 2):f}", f"{abs(last - first) / 2:f}"


def _options(parts: list[tuple[str, str]]) -> dict[str, object]:
    options, notes, right, is_weighted = [], [], set(), False
    for index, (mark, raw) in enumerate(parts):
        weight = WEIGHT.match(raw)
        text, _, note = _cut(raw[weight.end() :] if weight else raw, "#")
        if mark == "=" and _cut(text, "->")[1]:
            raise Unreadable("题型", "是配对题，题库没有这种题型。")
        is_weighted = is_weighted or bool(weight and mark == "~" and float(weight[1]) > 0)
        if mark == "=" or (weight and float(weight[1]) > 0):
            right.add(index)
        options.append(_text(text))
        notes.append(_text(note))
    if all(mark == "=" for mark, _ in parts):
        return {"kind": BLANK, "key": OR.join(one_line(option) for option in options)}
    if not right:
        raise Unreadable("答案", "没有正确答案。正确选项前要写等号，多选写 %50% 这样的比例。")
    if len(right) > 1 and not is_weighted:
        raise Unreadable("答案", "有几个都算全对的选项。多选题请写成 ~%50%甲 ~%50%乙 ~%-100%丙。")
    return choice(options, right, is_multi=len(right) > 1, notes=notes)


def _split(text: str) -> Iterator[tuple[str, str]]:
    """Give each answer with its mark, = or ~."""
    places = [place for place, char in enumerate(text) if char in "=~" and not _is_escaped(text, place)]
    if not places or text[: places[0]].strip():
        raise Unreadable("答案", f"这一段看不懂：{text.strip()[:30]}。每个选项前要有 = 或 ~。")
    for place, following in zip(places, [*places[1:], len(text)], strict=True):
        yield text[place], text[place + 1 : following].strip()


def _find(text: str, mark: str) -> int:
    place = text.find(mark)
    while place >= 0 and _is_escaped(text, place):
        place = text.find(mark, place + 1)
    return place


def _cut(text: str, mark: str) -> tuple[str, str, str]:
    place = _find(text, mark)
    return (text, "", "") if place < 0 else (text[:place], mark, text[place + len(mark) :])


def _is_escaped(text: str, place: int) -> bool:
    slashes = len(text[:place]) - len(text[:place].rstrip("\\"))
    return slashes % 2 == 1


def _text(raw: str, *, is_html: bool = False) -> str:
    markup = FORMAT.match(raw)
    if markup:
        raw, is_html = raw[markup.end() :], markup[1] == "html"
    text = ESCAPED.sub(lambda match: "\n" if match[1] == "n" else match[1], raw)
    return plain(text) if is_html else clean(text)


def _escape(text: str) -> str:
    return SPECIAL.sub(r"\\\1", text).replace("\n", "\\n")


def _comment(text: str) -> str:
    return re.sub(r"([\]\\])", r"\\\1", " ".join(text.split()))


def _answers(entry: Entry) -> str:
    explanation = f"####{_escape(entry.explanation)}" if entry.explanation else ""
    if entry.kind == TRUE_FALSE:
        return f"{'TRUE' if entry.key == 'T' else 'FALSE'}{explanation}"
    if entry.kind == SHORT:
        return explanation
    if entry.kind == NUMERIC:
        return f"#{''.join(f'={value}:{slack}' for value, slack in spans_of(entry.key))}{explanation}"
    if entry.kind == BLANK:
        return f"{''.join(f'={_escape(words)} ' for words in entry.key.split(OR))}{explanation}"
    share = f"{100 / len(entry.key):.5f}".rstrip("0").rstrip(".")
    marks = {True: f"~%{share}%", False: "~%-100%"} if entry.kind == MULTI else {True: "=", False: "~"}
    lines = [
        f"\n\t{marks[letter in entry.key]}{_escape(option)}{'#' + _escape(note) if note else ''}"
        for letter, option, note in zip(LETTERS, entry.options, entry.notes or [""] * 8, strict=False)
    ]
    return f"{''.join(lines)}\n\t{explanation}\n"
