"""Kano's two questions, and the Better and Worse of many answers."""

from dataclasses import dataclass
from enum import StrEnum

ANSWERS = ("喜欢", "理所当然", "无所谓", "能忍受", "不喜欢")
LIKE, DISLIKE = 0, len(ANSWERS) - 1
EDGE = 0.5


class Kind(StrEnum):
    """What a wish is to those who were asked."""

    ATTRACTIVE = "A"
    ONE_DIMENSIONAL = "O"
    MUST_BE = "M"
    INDIFFERENT = "I"
    REVERSE = "R"
    QUESTIONABLE = "Q"


NAMES = {
    Kind.ATTRACTIVE: "魅力",
    Kind.ONE_DIMENSIONAL: "期望",
    Kind.MUST_BE: "必备",
    Kind.INDIFFERENT: "无差异",
    Kind.REVERSE: "反向",
    Kind.QUESTIONABLE: "可疑",
}


@dataclass(frozen=True, kw_only=True)
class Coefficients:
    """Better between 0 and 1, Worse between -1 and 0, and the quarter in which they lie."""

    better: float
    worse: float
    quarter: Kind


def classify(*, present: int, absent: int) -> Kind:
    """
    Return the kind for one person's answers (places in ANSWERS) to "if it is so" and "if it is not so".

    Source: docs/rules/labs.md, rule H6.
    """
    if present == absent and present in {LIKE, DISLIKE}:
        return Kind.QUESTIONABLE
    if present == DISLIKE or absent == LIKE:
        return Kind.REVERSE
    if present == LIKE:
        return Kind.ONE_DIMENSIONAL if absent == DISLIKE else Kind.ATTRACTIVE
    return Kind.MUST_BE if absent == DISLIKE else Kind.INDIFFERENT


def coefficients(*, a: int, o: int, m: int, i: int) -> Coefficients | None:
    """Return Better and Worse of so many answers, or None if there are none. Source: docs/rules/labs.md, rule H7."""
    total = a + o + m + i
    if not total:
        return None
    better, worse = (a + o) / total, -(o + m) / total
    kinds = {
        (True, True): Kind.ONE_DIMENSIONAL,
        (True, False): Kind.ATTRACTIVE,
        (False, True): Kind.MUST_BE,
        (False, False): Kind.INDIFFERENT,
    }
    return Coefficients(better=better, worse=worse, quarter=kinds[better >= EDGE, -worse >= EDGE])
