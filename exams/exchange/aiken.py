"""Aiken: a stem, lettered options, ANSWER. It has room for single choice and true/false only, and for no facts."""

import re
from collections.abc import Iterable

from exams.exchange.entries import TRUE_FALSE, Entry, Found, Unreadable, choice, clean, one_line

OPTION = re.compile(r"^\s*([A-Za-z])\s*[.)．）、]\s*(.*)$")
ANSWER = re.compile(r"^\s*(?:ANSWER|答案)\s*[:：]\s*(.*)$", re.IGNORECASE)
KINDS = frozenset({"SINGLE", "TRUE_FALSE"})


def has_answers(text: str) -> bool:
    """Say whether a text has lines that only Aiken has."""
    return any(ANSWER.match(line) for line in text.splitlines())


def read(text: str) -> Found:
    """Read Aiken: one item ends where its ANSWER line stands."""
    found, block, number = Found(), [], 0
    for line in text.splitlines():
        block.append(line)
        if ANSWER.match(line):
            number += 1
            _take(found, number, block)
            block = []
    if any(line.strip() for line in block):
        found.refuse(number + 1, "答案", "最后一题没有 ANSWER 行。请补上，例如 ANSWER: B。")
    return found


def write(entries: Iterable[Entry]) -> str:
    """Write single choice and true/false items; parts of a 案例 say nothing without it."""
    return "\n".join(_block(entry) for entry in entries if entry.kind in KINDS and not entry.case_code)


def _take(found: Found, number: int, block: list[str]) -> None:
    try:
        found.entries.append(_entry(number, block))
    except Unreadable as fault:
        found.refuse(number, fault.field, str(fault))


def _entry(number: int, block: list[str]) -> Entry:
    stem: list[str] = []
    options: list[str] = []
    for line in block[:-1]:
        option = OPTION.match(line)
        if option and option[1].upper() == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[len(options)]:
            options.append(option[2])
        elif options and line.strip():
            raise Unreadable("选项", f"这一行看不懂：{line.strip()[:30]}。选项要写成 A. 或 A)，按 A、B、C 的次序。")
        else:
            stem.append(line)
    letters = set(re.sub(r"[\s,，、;]", "", ANSWER.match(block[-1])[1]).upper())  # type: ignore[index]  # the block ends with it
    right = {ord(letter) - ord("A") for letter in letters}
    if not right or not all(0 <= index < len(options) for index in right):
        raise Unreadable("答案", "ANSWER 后面要写选项的字母，例如 ANSWER: B。")
    text = clean("\n".join(stem))
    if not text:
        raise Unreadable("题干", "没有题干。")
    return Entry(place=number, stem=text, **choice(options, right, is_multi=len(right) > 1))  # type: ignore[arg-type]


def _block(entry: Entry) -> str:
    options = ("对", "错") if entry.kind == TRUE_FALSE else entry.options
    answer = {"T": "A", "F": "B"}.get(entry.key, entry.key)
    lines = [f"{letter}. {one_line(option)}" for letter, option in zip("ABCDEFGH", options, strict=False)]
    return "\n".join([one_line(entry.stem), *lines, f"ANSWER: {answer}", ""])
