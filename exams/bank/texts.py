"""What a version of an item says, and what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

from exams import keys, picture_files
from exams.grading import LETTERS
from exams.models import Item, ItemVersion

MAX_KEY = 500  # of the column
MAX_UNIT = 20
MAX_CRITERIA = 10
MAX_SHARE = 100


class Criterion(NamedTuple):
    """One line of a rubric: what an answer must contain, and what it is worth in shares of the question."""

    text: str
    points: int


@dataclass(frozen=True)
class Text:
    """
    What a version says. `options` only for 单选 and 多选, `notes` empty or as long; `rubric` only for 简答.

    `key`: sorted letters, "T" or "F" for 判断, numbers or words as exams.keys reads them, "" for 简答 and 案例.
    """

    stem: str
    options: tuple[str, ...]
    key: str
    explanation: str
    source: str
    lesson_slug: str = ""
    notes: tuple[str, ...] = ()
    rubric: tuple[Criterion, ...] = ()

    @property
    def written(self) -> tuple[str, ...]:
        """All texts in which a picture may stand."""
        return (self.stem, *self.options, self.explanation, *self.notes, *(row.text for row in self.rubric))

    @classmethod
    def of(cls, version: ItemVersion) -> "Text":
        values = {field.name: getattr(version, field.name) for field in fields(cls)}
        lists = {
            "options": tuple(version.options),
            "notes": tuple(version.notes),
            "rubric": tuple(Criterion(row["text"], row["points"]) for row in version.rubric),
        }
        return cls(**values | lists)


def problem_of(*, kind: str, options: Sequence[str], key: str) -> str:
    """
    Say in Chinese what is wrong with options and key of an item, or "" if nothing is.

    Source: docs/rules/grading.md, rules G1, G16 and G17.
    """
    if kind not in {Item.Kind.SINGLE, Item.Kind.MULTI} and options:
        return f"{Item.Kind(kind).label}题不写选项。"
    if kind in {Item.Kind.SINGLE, Item.Kind.MULTI}:
        return _problem_of_letters(kind, options, key)
    if kind == Item.Kind.TRUE_FALSE:
        return "" if key in {"T", "F"} else "判断题的答案只能是对或错。"
    if kind in {Item.Kind.SHORT, Item.Kind.CASE}:
        return f"{Item.Kind(kind).label}题不写答案。" if key else ""
    return _problem_of_typed(kind, key)


def _problem_of_letters(kind: str, options: Sequence[str], key: str) -> str:
    letters = LETTERS[: len(options)]
    if not 2 <= len(options) <= 8:
        return f"要有 2 到 8 个选项，现在有 {len(options)} 个。"
    if len({option.strip() for option in options}) != len(options) or not all(option.strip() for option in options):
        return "选项不能空，也不能重复。"
    if not key or not set(key) <= set(letters) or list(key) != sorted(set(key)):
        return f"答案要从 {letters[0]} 到 {letters[-1]} 中选，按字母顺序、不重复。"
    if kind == Item.Kind.SINGLE and len(key) != 1:
        return "单选题只有一个正确答案。"
    if kind == Item.Kind.MULTI and not 2 <= len(key) < len(options):
        return "多选题至少两个正确答案，并且不能全选。"
    return ""


def _problem_of_typed(kind: str, key: str) -> str:
    if len(key) > MAX_KEY:
        return f"答案最多 {MAX_KEY} 字，现在 {len(key)} 字。"
    if kind == Item.Kind.BLANK:
        plain = [keys.plain_words(words) for words in keys.words_of(key)]
        return "" if all(plain) and len(set(plain)) == len(plain) else "每个可接受的答案都要写，不能空，也不能重复。"
    try:
        unit = keys.unit_of(key)
    except keys.KeyMalformed as mistake:
        return str(mistake)
    return "" if len(unit) <= MAX_UNIT else f"单位最多 {MAX_UNIT} 字。"


def problem_of_text(*, kind: str, text: Text) -> str:
    """
    Say in Chinese what is wrong with a whole text, or "" if nothing is.

    Source: docs/rules/grading.md, rules G1, G16-G18 and G26.
    """
    if any(not alt.strip() for words in text.written for alt, _ in picture_files.SHOWN.findall(words)):
        return "每幅图都要有替代文字：写成 ![说清楚图里有什么](…)，看不见图的人也要能答题。"
    if problem := problem_of(kind=kind, options=text.options, key=text.key):
        return problem
    if text.notes and len(text.notes) != len(text.options):
        return "错项说明要和选项一样多，没有要说的写空。"
    if kind != Item.Kind.SHORT:
        return "只有简答题写评分标准。" if text.rubric else ""
    if not 1 <= len(text.rubric) <= MAX_CRITERIA:
        return f"简答题要有 1 到 {MAX_CRITERIA} 条评分标准。"
    if any(not row.text.strip() or not 1 <= row.points <= MAX_SHARE for row in text.rubric):
        return f"每条评分标准要写内容和分值（1 到 {MAX_SHARE} 的整数）。"
    return ""
