"""Grading: a pure function of paper, keys and answers. Source: docs/rules/grading.md, rules G1-G6."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

RULE_VERSION = "2026.1"
MULTI = "MULTI"
TRUE_FALSE = "TRUE_FALSE"
LETTERS = "ABCDEFGHIJ"  # as printed before the options


class Question(NamedTuple):
    """
    One question of a frozen paper.

    `order` tells how the options are printed: "CAB" means that the original third option is printed as A; "" for 判断.
    Units: points in hundredths.
    """

    version: int
    module: str
    kind: str
    points_centi: int
    order: str

    @property
    def letters(self) -> str:
        """The letters that an answer may consist of."""
        return "TF" if self.kind == TRUE_FALSE else LETTERS[: len(self.order)]

    def original(self, answer: str) -> str:
        """Translate printed letters into the letters of the item version, sorted."""
        if self.kind == TRUE_FALSE:
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


def score(*, kind: str, key: str, answer: str, points_centi: int) -> int:
    """
    Mark one answer against its key: both in the item's own letters, sorted.

    Units: hundredths of a point; half marks are rounded down to a hundredth.
    Source: docs/rules/grading.md, rules G2-G4.
    """
    if answer == key:
        return points_centi
    if kind == MULTI and answer and set(answer) < set(key):
        return points_centi // 2
    return 0


def grade(*, paper: Sequence[Question], keys: Mapping[int, str], answers: Mapping[int, str], pass_centi: int) -> Result:
    """
    Mark a whole paper: `keys` by item version, `answers` (printed letters) by position from 0.

    Units: hundredths of a point. Raises: KeyError if a version has no key.
    Source: docs/rules/grading.md, rules G1-G6.
    """
    modules: dict[str, ModuleScore] = {}
    for position, question in enumerate(paper):
        points = score(
            kind=question.kind,
            key=keys[question.version],
            answer=question.original(answers.get(position, "")),
            points_centi=question.points_centi,
        )
        so_far = modules.get(question.module, ModuleScore(0, 0, 0, 0))
        modules[question.module] = ModuleScore(
            points=so_far.points + points,
            of=so_far.of + question.points_centi,
            right=so_far.right + (points == question.points_centi),
            count=so_far.count + 1,
        )
    points_centi = sum(module.points for module in modules.values())
    return Result(
        points_centi=points_centi,
        total_centi=sum(module.of for module in modules.values()),
        has_passed=points_centi >= pass_centi,
        modules=dict(sorted(modules.items())),
    )
