"""What an exchanged item is, whatever the file: the words of all formats, and how mistakes are told. No Django."""

import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal

from lms.errors import DomainError

MAX_BYTES = 20 * 1024 * 1024
MAX_ITEMS = 10_000
SINGLE, MULTI, TRUE_FALSE = "SINGLE", "MULTI", "TRUE_FALSE"
BLANK, NUMERIC, SHORT, CASE = "BLANK", "NUMERIC", "SHORT", "CASE"
KIND_NAMES = {
    SINGLE: "单选",
    MULTI: "多选",
    TRUE_FALSE: "判断",
    BLANK: "填空",
    NUMERIC: "数值",
    SHORT: "简答",
    CASE: "案例",
}
BLOOM_NAMES = ("", "记忆", "理解", "应用", "分析", "评价", "创造")
OR = "|"  # between the accepted answers of a key
LETTERS = "ABCDEFGH"
CODE = re.compile(r"M[1-5]-\d{4}(?:-[1-9])?")
MODULE = re.compile(r"M[1-5]")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
TRUE_WORDS = frozenset({"对", "正确", "是", "真", "t", "true", "√", "✓"})
FALSE_WORDS = frozenset({"错", "错误", "否", "假", "f", "false", "×", "✗"})
LIMITS = {"stem": 2000, "explanation": 4000, "source": 300, "point": 50}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """
    One item as a file has it. `place` says where it stands: the sheet's row, or the number of the item from 1.

    `key` as the bank writes it: sorted letters, "T" or "F", "3.33±0.01 分", "甲|乙". `notes` is as long as `options`,
    or empty; `rubric` holds (text, points). A part of a 案例 has the code of that and its place: M1-0042-1.
    Empty texts and 0 are what the file does not say.
    """

    place: int
    code: str = ""
    kind: str = ""
    pool: str = ""
    module: str = ""
    point: str = ""
    difficulty: int = 0
    bloom: int = 0
    is_verified: bool = False
    stem: str = ""
    options: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rubric: tuple[tuple[str, int], ...] = ()
    key: str = ""
    explanation: str = ""
    source: str = ""
    lesson: str = ""

    @property
    def case_code(self) -> str:
        """The code of the 案例 that this is a part of, or ""."""
        return self.code[:7] if len(self.code) > 7 else ""

    @property
    def case_place(self) -> int:
        return int(self.code[-1]) if self.case_code else 0


@dataclass(frozen=True)
class Problem:
    """One mistake: which row or item (0: the whole file), which field, what is wrong and what to do."""

    place: int
    field: str
    message: str


@dataclass
class Found:
    """
    What a file holds: entries that were understood, pictures by the names that these call them, and every mistake.

    `unit`: what `place` counts, 行 or 题.
    """

    unit: str = "题"
    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)

    def refuse(self, place: int, field: str, message: str) -> None:
        self.problems.append(Problem(place, field, message))


class FileRefused(DomainError):
    """The whole file cannot be read: too big, damaged, dangerous, or of an unknown kind."""


class Unreadable(ValueError):
    """One item cannot be understood; `field` and the message say why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def clean(text: str) -> str:
    """Return text as the bank keeps it: no invisible characters, no blanks at line ends, one blank line at most."""
    kept = "".join(c for c in text.replace("\r\n", "\n").replace("\r", "\n") if c in "\n\t" or _is_visible(c))
    lines = [line.rstrip() for line in kept.replace("\t", " ").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def one_line(text: str) -> str:
    return " ".join(clean(text).split())


def normal(stem: str, options: tuple[str, ...]) -> str:
    """
    Return what two items share that say the same: width, case, blanks and punctuation aside, options in any order.

    Source: docs/content.md, chapter 7.
    """
    return "|".join([_bare(stem), *sorted(_bare(option) for option in options)])


def truth_of(word: str) -> str:
    """Return T or F for the usual words of a true/false answer, or ""."""
    low = word.strip().lower()
    return "T" if low in TRUE_WORDS else "F" if low in FALSE_WORDS else ""


def is_truth(options: tuple[str, ...]) -> bool:
    """Say whether two options are just 对 and 错."""
    return len(options) == 2 and {truth_of(option) for option in options} == {"T", "F"}


def choice(options: list[str], right: set[int], *, is_multi: bool, notes: list[str] | None = None) -> dict[str, object]:
    """Return kind, options, notes and key of a choice item. Raises: Unreadable if there are too many options."""
    if len(options) > len(LETTERS):
        raise Unreadable("选项", f"有 {len(options)} 个选项，最多 {len(LETTERS)} 个。请删减。")
    if not is_multi and is_truth(tuple(options)) and len(right) == 1:
        return {"kind": TRUE_FALSE, "options": (), "key": truth_of(options[next(iter(right))])}
    return {
        "kind": MULTI if is_multi else SINGLE,
        "options": tuple(one_line(option) for option in options),
        "notes": tuple(one_line(note) for note in notes) if notes and any(notes) else (),
        "key": "".join(LETTERS[index] for index in sorted(right)),
    }


def number_key(values: list[tuple[str, str]], unit: str = "") -> str:
    """Write the key of a 数值 item from (value, tolerance). Raises: Unreadable if one is no plain number."""
    parts = []
    for value, tolerance in values:
        if not NUMBER.fullmatch(value) or (tolerance and not NUMBER.fullmatch(tolerance)):
            raise Unreadable("答案", f"{value[:20]} 不是数。请写成小数或整数，不用科学记数法。")
        slack = f"±{tolerance}" if tolerance and float(tolerance) else ""
        parts.append(f"{value}{slack}{' ' + unit if unit else ''}")
    return OR.join(parts)


def spans_of(key: str) -> list[tuple[str, str]]:
    """Read the key of a 数值 item as (value, absolute tolerance), for formats that know nothing else."""
    spans = []
    for part in key.split(OR):
        value, _, rest = part.split(" ")[0].partition("±")
        slack = abs(Decimal(value)) * Decimal(rest.rstrip("%")) / 100 if rest.endswith("%") else Decimal(rest or 0)
        spans.append((value, f"{slack:f}"))
    return spans


def unit_of(key: str) -> str:
    """Return the unit in the key of a 数值 item, or ""."""
    return key.split(OR)[0].partition(" ")[2].strip()


def _is_visible(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cs", "Co"} and char not in "\ufeff\u200b\u2028\u2029"


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if unicodedata.category(c)[0] not in "PZC")
