"""Grading: a pure function of paper, keys, answers and rule. Source: docs/rules/grading.md, rules G1-G6 and G15-G19."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from exams import keys as keys_of

RULE_VERSION = "2026.2"
MULTI = "MULTI"
TRUE_FALSE = "TRUE_FALSE"
BLANK = "BLANK"
NUMERIC = "NUMERIC"
SHORT = "SHORT"
CASE = "CASE"
TYPED = frozenset({BLANK, NUMERIC, SHORT})  # answered in a field, not by letters
LETTERS = "ABCDEFGHIJ"  # as printed before the options


class Partial(StrEnum):
    """What a 多选 brings that is right as far as it goes: docs/rules/grading.md, rule G15."""

    HALF = "HALF"
    SHARE = "SHARE"
    NOTHING = "NOTHING"


class Void(StrEnum):
    """What becomes of a question that a key fix found unanswerable: docs/rules/key-fix.md, rule K1."""

    FULL = "FULL"
    DROP = "DROP"


MULTI_WORDS = {
    Partial.HALF: "漏选得一半分，错选不得分",
    Partial.SHARE: "漏选按正确项比例得分，错选不得分",
    Partial.NOTHING: "漏选、错选都不得分",
}


@dataclass(frozen=True)
class Rule:
    """How answers become points. `wrong_percent` of a question's points is taken off for a wrong answer."""

    partial: Partial = Partial.HALF
    wrong_percent: int = 0

    @property
    def multi_words(self) -> str:
        """What a candidate is told about 多选."""
        return MULTI_WORDS[self.partial]

    @property
    def wrong_words(self) -> str:
        """What a candidate is told about wrong answers; "" if nothing is taken off for them."""
        return f"答错倒扣这道题分值的 {self.wrong_percent}%，不作答不扣" if self.wrong_percent else ""


DEFAULT_RULE = Rule()


class Question(NamedTuple):
    """
    One question of a frozen paper.

    `order` tells how the options are printed: "CAB" means that the original third option is printed as A; "" for 判断
    and for what is typed. `case` is the version of the 案例 that the question belongs to, 0 for none.
    Units: points in hundredths.
    """

    version: int
    module: str
    kind: str
    points_centi: int
    order: str
    case: int = 0

    @property
    def is_typed(self) -> bool:
        return self.kind in TYPED

    @property
    def letters(self) -> str:
        """The letters that an answer may consist of; none if it is typed."""
        return "TF" if self.kind == TRUE_FALSE else LETTERS[: len(self.order)]

    def original(self, answer: str) -> str:
        """Translate printed letters into the letters of the item version, sorted; what was typed stays as it is."""
        if self.kind == TRUE_FALSE or self.is_typed:
            return answer
        return "".join(sorted(self.order[self.letters.index(letter)] for letter in answer))


@dataclass(frozen=True)
class ModuleScore:
    """What one module brought. Units: points in hundredths; `right` counts questions with full marks."""

    points: int
    of: int
    right: int
    count: int


@dataclass(frozen=True)
class Result:
    """The outcome of one attempt. Units: hundredths of a point."""

    points_centi: int
    total_centi: int
    has_passed: bool
    modules: Mapping[str, ModuleScore]


def score(*, kind: str, key: str, answer: str, points_centi: int, rule: Rule = DEFAULT_RULE) -> int:
    """
    Mark one answer against its key: letters in the item's own order and sorted, numbers and words as typed.

    A key may accept several answers, with | between; the best for the candidate counts. 简答 is marked by people: 0.
    Units: hundredths of a point; parts of a hundredth are dropped; negative only if the rule takes points off.
    Source: docs/rules/grading.md, rules G2-G4 and G15-G17.
    """
    if not answer or kind == SHORT:
        return 0
    if kind == NUMERIC:
        points = points_centi if keys_of.accepts_number(key, answer) else 0
    elif kind == BLANK:
        points = points_centi if keys_of.accepts_words(key, answer) else 0
    else:
        points = max(_score_letters(kind, one, answer, points_centi, rule) for one in key.split(keys_of.OR))
    return points or -(points_centi * rule.wrong_percent // 100)


def _score_letters(kind: str, key: str, answer: str, points_centi: int, rule: Rule) -> int:
    if answer == key:
        return points_centi
    if kind != MULTI or not set(answer) < set(key):
        return 0
    if rule.partial == Partial.HALF:
        return points_centi // 2
    return points_centi * len(answer) // len(key) if rule.partial == Partial.SHARE else 0


def grade(
    *,
    paper: Sequence[Question],
    keys: Mapping[int, str],
    answers: Mapping[int, str],
    pass_centi: int,
    rule: Rule = DEFAULT_RULE,
    given: Mapping[int, int] | None = None,
    void: Mapping[int, Void] | None = None,
) -> Result:
    """
    Mark a whole paper: `keys` by item version, `answers` (printed letters or typed text) by position from 0.

    `given` holds what people gave for 简答, by position; `void`, by item version, which questions bring full marks to
    everybody or do not count. Units: hundredths of a point; the sum is never below 0. Raises: KeyError if a version has
    no key. Source: docs/rules/grading.md, rules G1-G6 and G15-G19; docs/rules/key-fix.md, rule K1.
    """
    void = void or {}
    modules: dict[str, ModuleScore] = {}
    for position, question in enumerate(paper):
        verdict = void.get(question.version)
        if not question.points_centi or verdict is Void.DROP:  # without points: 简答 of a mock exam, rule G19
            continue
        points = (given or {}).get(position, 0) + score(
            kind=question.kind,
            key=keys[question.version],
            answer=question.original(answers.get(position, "")),
            points_centi=question.points_centi,
            rule=rule,
        )
        if verdict is Void.FULL:
            points = question.points_centi
        so_far = modules.get(question.module, ModuleScore(0, 0, 0, 0))
        modules[question.module] = ModuleScore(
            points=so_far.points + points,
            of=so_far.of + question.points_centi,
            right=so_far.right + (points == question.points_centi),
            count=so_far.count + 1,
        )
    total_centi = sum(question.points_centi for question in paper)
    counted_centi = sum(module.of for module in modules.values())
    points_centi = max(0, sum(module.points for module in modules.values()))
    if counted_centi < total_centi:  # what was dropped is made up for by the rest
        points_centi = points_centi * total_centi // counted_centi if counted_centi else total_centi
    return Result(
        points_centi=points_centi,
        total_centi=total_centi,
        has_passed=points_centi >= pass_centi,
        modules=dict(sorted(modules.items())),
    )
