"""One entry of an item file: what is wrong with it, and the rows it makes. The format: docs/content.md, section 3."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from exams import bank, keys
from exams.grading import LETTERS
from exams.models import Item
from exams.models.bank import MAX_PARTS

CODE = re.compile(r"(M[1-5])-\d{4}")
PART = re.compile(r"(M[1-5]-\d{4})-([1-9])")
FOLDER = re.compile(r"m([1-5])-")
KINDS = {kind.lower(): Item.Kind(kind) for kind in Item.Kind.values}
POOLS = {"live": Item.Pool.LIVE, "practice": Item.Pool.PRACTICE}
BLOOMS = {level.lower(): Item.Bloom[level] for level in Item.Bloom.names}
TRUTH = {"对": "T", "错": "F"}
OPTIONED = {Item.Kind.SINGLE, Item.Kind.MULTI}
LETTERED = OPTIONED | {Item.Kind.TRUE_FALSE}
REQUIRED = {"code", "kind", "pool", "point", "difficulty", "stem", "answer", "explanation", "source", "verified"}
OWN = {  # fields that one kind has besides, and those of REQUIRED that it has not
    Item.Kind.SINGLE: ({"options", "why_wrong"}, set[str]()),
    Item.Kind.MULTI: ({"options", "why_wrong"}, set[str]()),
    Item.Kind.TRUE_FALSE: ({"options"}, set[str]()),
    Item.Kind.BLANK: (set[str](), set[str]()),
    Item.Kind.NUMERIC: ({"tolerance", "unit"}, set[str]()),
    Item.Kind.SHORT: ({"rubric"}, {"answer"}),
    Item.Kind.CASE: ({"parts"}, {"answer", "explanation"}),
}
COMMON = {"lesson", "bloom"}
INHERITED = ("pool", "point", "difficulty", "source", "lesson", "verified", "bloom")  # by a part, if it says nothing
TOLERANCE = re.compile(rf"{keys.NUMBER}%?")


@dataclass(frozen=True)
class Row:
    """One well-formed item of a file. A part of a 案例 has the code of that and its own `place` in it, from 1."""

    code: str
    module: str
    kind: Item.Kind
    pool: Item.Pool
    point: str
    difficulty: int
    bloom: int | None
    is_verified: bool
    text: bank.Text
    case: str = ""
    place: int | None = None


def codes_of(entry: object) -> list[str]:
    """List the codes that an entry claims, its own first."""
    if not isinstance(entry, dict):
        return []
    parts = entry.get("parts")
    rows = [entry, *(part for part in (parts if isinstance(parts, list) else []) if isinstance(part, dict))]
    return [str(row["code"]) for row in rows if "code" in row]


def mistakes_of(entry: object, *, folder: str) -> Iterator[tuple[str, str]]:
    """Yield (field, what is wrong) for one entry of a file in `folder`."""
    if not isinstance(entry, dict):
        yield "", "每题要写成“字段: 值”。"
        return
    yield from _mistakes(entry, CODE, folder)
    if entry.get("kind") == "case":
        yield from _part_mistakes(entry, folder)


def rows_of(entry: dict[str, Any]) -> list[Row]:
    """Turn an entry in which no mistake was found into its items: one, or a 案例 followed by its parts."""
    parts = [_row(_inherited(part, entry)) for part in entry.get("parts") or []]
    return [_row(entry), *parts]


def _part_mistakes(entry: dict[str, Any], folder: str) -> Iterator[tuple[str, str]]:
    parts = entry.get("parts")
    if not isinstance(parts, list) or not 1 <= len(parts) <= MAX_PARTS:
        yield "parts", f"案例要有 1 到 {MAX_PARTS} 个小题。"
        return
    for place, part in enumerate(parts, start=1):
        if not isinstance(part, dict) or part.get("kind") == "case":
            yield f"parts {place}", "小题要写成“字段: 值”，小题里不再套案例。"
            continue
        full = _inherited(part, entry)
        found = PART.fullmatch(str(part.get("code")))
        if not found or found[1] != entry.get("code"):
            yield (
                f"parts {place} code",
                f"小题的题号要写成 {entry.get('code')}-{place} 的样子；末位是它的次序，不再改。",
            )
        if full["pool"] != entry.get("pool"):
            yield f"parts {place} pool", "小题和案例要在同一个题池。"
        for field, message in _mistakes(full, PART, folder):
            if field != "code":
                yield f"parts {place} {field}", message


def _inherited(part: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    return {name: entry.get(name) for name in INHERITED if name in entry or name == "pool"} | part


def _mistakes(entry: dict[str, Any], code: re.Pattern[str], folder: str) -> Iterator[tuple[str, str]]:
    kind = KINDS.get(str(entry.get("kind")))
    own, spared = OWN[kind] if kind else (set().union(*(more for more, _ in OWN.values())), set[str]())
    required = REQUIRED - spared
    for name in sorted(required - entry.keys()):
        yield name, "缺少这个字段。"
    for name in sorted(map(str, entry.keys() - REQUIRED - COMMON - own)):
        yield name, "没有这个字段，可能是写错了字。"
    if entry.keys() >= required:
        yield from _head_mistakes(entry, code, folder)
        yield from _body_mistakes(entry)
        if kind:
            yield from _answer_mistakes(entry, kind)


def _head_mistakes(entry: dict[str, Any], code: re.Pattern[str], folder: str) -> Iterator[tuple[str, str]]:
    found = code.fullmatch(str(entry["code"]))
    here = FOLDER.match(folder)
    if not found:
        yield "code", "题号要写成 M1-0001 的样子。"
    elif here and found[1][:2] != f"M{here[1]}":
        yield "code", f"题号的模块与目录 {folder} 不一致。"
    for name, known in (("kind", KINDS), ("pool", POOLS), ("bloom", BLOOMS)):
        if name in entry and str(entry[name]) not in known and not (name == "bloom" and entry[name] is None):
            yield name, f"只能是 {' / '.join(known)}。"
    if type(entry["difficulty"]) is not int or entry["difficulty"] not in Item.Difficulty.values:
        yield "difficulty", "只能是 1、2、3。"
    if not isinstance(entry["verified"], bool):
        yield "verified", "只能是 true 或 false。"


def _body_mistakes(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, limit in (("point", 50), ("stem", 2000), ("explanation", 4000), ("source", 300)):
        value = entry.get(name)
        if value is None and name == "explanation" and entry.get("kind") == "case":
            continue
        if not isinstance(value, str) or not value.strip():
            yield name, "要写成文字，不能空。"
        elif len(value) > limit:
            yield name, f"最多 {limit} 字，现在 {len(value)} 字。"
    lesson = entry.get("lesson")
    if lesson is not None and not (isinstance(lesson, str) and re.fullmatch(r"[-a-z0-9]{1,100}", lesson)):
        yield "lesson", "要写课的 slug（小写字母、数字、连字符），没有就写 null。"


def _answer_mistakes(entry: dict[str, Any], kind: Item.Kind) -> Iterator[tuple[str, str]]:
    shape = list(_shape_mistakes(entry, kind))
    if shape:
        yield from shape
    elif problem := bank.problem_of_text(kind=kind, text=_text(entry, kind)):
        yield ("options / answer" if kind in LETTERED else "answer"), problem


def _shape_mistakes(entry: dict[str, Any], kind: Item.Kind) -> Iterator[tuple[str, str]]:
    answer, options = entry.get("answer"), entry.get("options") or []
    if not _are_texts(options):
        yield "options", "要写成文字的列表，数字和“是”“否”请加引号。"
    if kind in LETTERED and not _are_texts(answer):
        yield "answer", "要写成列表，例如 [B] 或 [对]。"
    if kind == Item.Kind.BLANK and not (_are_texts(answer) and not any(keys.OR in words for words in answer or [])):
        yield "answer", "要写成可接受的答案的列表，例如 [售后服务管理师, 管理师]，文字里不用竖线。"
    if kind == Item.Kind.NUMERIC:
        yield from _number_mistakes(entry)
    if kind == Item.Kind.SHORT and not _is_rubric(entry.get("rubric")):
        yield "rubric", "要写成列表，每条是 {text: 说出两个层面, points: 4}。"
    notes = entry.get("why_wrong") or {}
    if not isinstance(notes, dict) or not all(isinstance(text, str) for text in notes.values()):
        yield "why_wrong", "要写成“字母: 文字”，例如 {A: 舍去了小数}。"
    elif unknown := sorted(set(map(str, notes)) - set(LETTERS[: len(options)])):
        yield "why_wrong", f"没有选项 {'、'.join(unknown)}。"


def _number_mistakes(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    answer, tolerance, unit = entry.get("answer"), entry.get("tolerance"), entry.get("unit")
    values = answer if isinstance(answer, list) else [answer]
    if not values or any(isinstance(value, bool) or not isinstance(value, int | float | str) for value in values):
        yield "answer", "要写成数，例如 3.33；几个数都算对的写成列表。"
    elif not all(re.fullmatch(rf"-?{keys.NUMBER}", str(value)) for value in values):
        yield "answer", "要写成小数或整数，不用科学记数法，单位写在 unit 里。"
    if tolerance is not None and not TOLERANCE.fullmatch(str(tolerance)):
        yield "tolerance", "要写成 0.01（绝对误差）或 5%（相对误差）。"
    if unit is not None and not (isinstance(unit, str) and unit.strip() and keys.OR not in unit):
        yield "unit", "要写成文字，例如 名、元、%（写成 '%'）。"


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _is_rubric(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(row, dict)
        and row.keys() == {"text", "points"}
        and isinstance(row["text"], str)
        and type(row["points"]) is int
        for row in value
    )


def _key(entry: dict[str, Any], kind: Item.Kind) -> str:
    answer = entry.get("answer")
    if kind in LETTERED and answer:
        return "".join(sorted(TRUTH.get(letter, letter) for letter in answer))
    if kind == Item.Kind.BLANK and answer:
        return keys.OR.join(words.strip() for words in answer)
    if kind != Item.Kind.NUMERIC:
        return ""
    slack = f"±{entry['tolerance']}" if entry.get("tolerance") else ""
    unit = f" {entry['unit'].strip()}" if entry.get("unit") else ""
    values = answer if isinstance(answer, list) else [answer]
    return keys.OR.join(f"{value}{slack}{unit}" for value in values)


def _text(entry: dict[str, Any], kind: Item.Kind) -> bank.Text:
    options = tuple(option.strip() for option in entry.get("options") or [])
    notes = entry.get("why_wrong") or {}
    return bank.Text(
        stem=str(entry["stem"]).strip(),
        options=options,
        key=_key(entry, kind),
        explanation=str(entry.get("explanation") or "").strip(),
        source=str(entry["source"]).strip(),
        lesson_slug=entry.get("lesson") or "",
        notes=tuple(notes.get(letter, "").strip() for letter in LETTERS[: len(options)]) if notes else (),
        rubric=tuple(bank.Criterion(row["text"].strip(), row["points"]) for row in entry.get("rubric") or []),
    )


def _row(entry: dict[str, Any]) -> Row:
    code: str = entry["code"]
    kind = KINDS[entry["kind"]]
    part = PART.fullmatch(code)
    return Row(
        code=code,
        module=code[:2],
        kind=kind,
        pool=POOLS[entry["pool"]],
        point=entry["point"].strip(),
        difficulty=entry["difficulty"],
        bloom=BLOOMS[entry["bloom"]] if entry.get("bloom") else None,
        is_verified=entry["verified"],
        text=_text(entry, kind),
        case=part[1] if part else "",
        place=int(part[2]) if part else None,
    )
