"""
What counts as a right answer to a question with a field: how keys are written, how typed numbers and words are read.

A key lists what is accepted, with | between: "3.33±0.01 分" for 数值, "售后服务管理师|管理师" for 填空.
Source: docs/rules/grading.md, rules G16 and G17.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

OR = "|"
NUMBER = r"\d+(?:\.\d+)?"
WRITTEN = re.compile(rf"(-?{NUMBER})(?:±({NUMBER})(%)?)?(?: +([^\s\d±][^±]*))?")
TYPED = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?")
MAX_TYPED = 40  # characters of a number that is worth reading
MINUS = str.maketrans("−–—", "---")
DASHES = str.maketrans(dict.fromkeys("−–—―‐‑‒", "-"))
IGNORED = re.compile(r"[\s\"'“”‘’「」『』《》〈〉]+")
FINAL = ".。,，;；!！"


class KeyMalformed(ValueError):
    """A key that cannot be read; the text says in Chinese what to write instead."""


@dataclass(frozen=True)
class Number:
    """One accepted number. `tolerance` is in the number's own unit, or in percent of it if `is_relative`."""

    value: Decimal
    tolerance: Decimal = Decimal(0)
    is_relative: bool = False
    unit: str = ""

    @property
    def slack(self) -> Decimal:
        """How far an answer may lie from the value, in the value's unit."""
        return abs(self.value) * self.tolerance / 100 if self.is_relative else self.tolerance

    def accepts(self, answer: str) -> bool:
        """Whether a typed answer is this number; the ends of the tolerance count. Source: rule G16."""
        typed = read_number(answer, unit=self.unit)
        return typed is not None and abs(typed - self.value) <= self.slack

    def __str__(self) -> str:
        tolerance = f"±{self.tolerance}{'%' if self.is_relative else ''}" if self.tolerance else ""
        return f"{self.value}{tolerance} {self.unit}".rstrip()


def numbers_of(key: str) -> tuple[Number, ...]:
    """
    Read the key of a 数值 item: "5 名", "3.33±0.01 分", "1200±5%", several with | between.

    Raises: KeyMalformed. Source: docs/rules/grading.md, rule G16.
    """
    return tuple(_number(part.strip()) for part in key.split(OR))


def unit_of(key: str) -> str:
    """Return the unit that is printed beside the field of a 数值 item, "" for none. Raises: KeyMalformed."""
    units = {number.unit for number in numbers_of(key)}
    if len(units) > 1:
        raise KeyMalformed("几个答案的单位要相同。")
    return units.pop()


def read_number(text: str, *, unit: str = "") -> Decimal | None:
    """
    Read a number as people type it: "1,234", "１２３４", "0.50", "+3", "50%", "5 名"; None if it is no number.

    A percent sign divides by 100 unless the unit is "%". Source: docs/rules/grading.md, rule G16.
    """
    if len(text) > MAX_TYPED:
        return None
    typed = "".join(unicodedata.normalize("NFKC", text).translate(MINUS).split()).rstrip(FINAL)
    if unit:
        typed = typed.removesuffix("".join(unicodedata.normalize("NFKC", unit).split()))
    is_percent = typed.endswith("%")
    typed = typed.removesuffix("%")
    if not typed.strip("+-") or not TYPED.fullmatch(typed):
        return None
    value = Decimal(typed.replace(",", ""))
    return value / 100 if is_percent else value


def words_of(key: str) -> tuple[str, ...]:
    """Return what the key of a 填空 item accepts, as written. Source: docs/rules/grading.md, rule G17."""
    return tuple(part.strip() for part in key.split(OR))


def plain_words(text: str) -> str:
    """
    Reduce typed words to what is compared: width, case, spaces, quotes and final stops make no difference.

    Source: docs/rules/grading.md, rule G17.
    """
    typed = unicodedata.normalize("NFKC", text).translate(DASHES).casefold()
    return unicodedata.normalize("NFKC", IGNORED.sub("", typed)).rstrip(FINAL)


def accepts_words(key: str, answer: str) -> bool:
    """Whether typed words are among those of a 填空 key. Source: docs/rules/grading.md, rule G17."""
    typed = plain_words(answer)
    return bool(typed) and typed in {plain_words(words) for words in words_of(key)}


def accepts_number(key: str, answer: str) -> bool:
    """Whether a typed number is among those of a 数值 key. Source: docs/rules/grading.md, rule G16."""
    return any(number.accepts(answer) for number in numbers_of(key))


def _number(text: str) -> Number:
    found = WRITTEN.fullmatch(text)
    if not found:
        raise KeyMalformed("数值答案要写成 5 名、3.33±0.01 分 或 1200±5% 的样子：数、允许误差、空格、单位。")
    value, tolerance, percent, unit = found.groups()
    return Number(Decimal(value), Decimal(tolerance or 0), percent is not None, (unit or "").strip())
