"""From sums to the figures that people read, and the marks on items that somebody should look at. No framework here."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from exams.analysis.classical import (
    Interval,
    Reliability,
    alpha,
    correlation,
    correlation_interval,
    facility_interval,
    nested,
)
from exams.analysis.tally import Choice, ItemTally, PaperTally

ENOUGH = 30  # people; rule N2
SINGLE_ANSWER = frozenset({"SINGLE", "TRUE_FALSE"})
WITH_DISTRACTORS = frozenset({"SINGLE", "MULTI"})
MAX_WRITINGS_SHOWN = 10
LOWER, UPPER = 0, 2


class Flag(StrEnum):
    """What a person should look at. Source: docs/rules/item-analysis.md, rule N10."""

    NEGATIVE = "NEGATIVE"
    WEAK = "WEAK"
    KEY = "KEY"
    DEAD = "DEAD"
    HARD = "HARD"
    EASY = "EASY"


FLAG_LABELS = {
    Flag.NEGATIVE: "区分度为负",
    Flag.WEAK: "区分度低",
    Flag.KEY: "答案可疑",
    Flag.DEAD: "无效干扰项",
    Flag.HARD: "太难",
    Flag.EASY: "太易",
}
WEAK_BELOW, HARD_BELOW, EASY_ABOVE, DEAD_BELOW = 0.15, 0.25, 0.95, 0.05


@dataclass(frozen=True)
class ItemSummary:
    """
    The figures of one item; all but `count` are None or empty for too few people.

    Units: shares from 0 to 1; `quartiles` in seconds: 25 %, 50 %, 75 %.
    """

    count: int
    facility: float | None = None
    facility_interval: Interval | None = None
    correlation: float | None = None
    correlation_interval: Interval | None = None
    discrimination: float | None = None
    quartiles: tuple[int, int, int] | None = None
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True)
class ChoiceRow:
    """One line of the table of answers: `shares` of the lower, middle and upper group, None for an empty group."""

    name: str
    is_right: bool
    count: int
    share: float
    shares: tuple[float | None, float | None, float | None]
    mean_total: float | None


@dataclass(frozen=True)
class PaperSummary:
    """
    The figures of the whole. Units: points; `bars` counts people per 5 % of the total.

    `method` is "KR-20", "Cronbach α" or "Φ"; "" if there is no reliability.
    """

    count: int
    passed: int
    mean: float | None
    deviation: float | None
    bars: tuple[int, ...]
    questions: float
    method: str
    reliability: Reliability | None


def summarize(tally: ItemTally, *, key: str, letters: str) -> ItemSummary:
    """
    Sum up one item; `letters` are those of its options, `key` the right ones, both "" if it has none.

    Source: docs/rules/item-analysis.md, rules N2-N6, N9 and N10.
    """
    sums = tally.sums
    if sums.count < ENOUGH:
        return ItemSummary(count=sums.count)
    r = correlation(sums)
    summary = ItemSummary(
        count=sums.count,
        facility=sums.mean,
        facility_interval=facility_interval(sums, is_dichotomous=tally.is_dichotomous),
        correlation=r,
        correlation_interval=None if r is None else correlation_interval(r, sums.count),
        discrimination=_discrimination(tally),
        quartiles=quartiles(tally.seconds),
    )
    return summary if tally.is_void else _flagged(summary, tally, key, letters)


def choice_rows(tally: ItemTally, *, key: str, letters: str) -> list[ChoiceRow]:
    """
    Table the answers: every option and 未作答; or, of what was written, the most frequent.

    Source: docs/rules/item-analysis.md, rule N7.
    """
    sizes = [group.count for group in tally.groups]
    if letters:
        rows = [(name, tally.choices.get(name, Choice()), name in key) for name in letters]
        rows.append(("", tally.choices.get("", Choice()), False))
    else:
        by_count = sorted(tally.choices.items(), key=lambda pair: (-pair[1].count, pair[0]))
        rows = [(name, choice, choice.right > 0) for name, choice in by_count[:MAX_WRITINGS_SHOWN]]
    return [_row(name, choice, sizes, is_right=is_right) for name, choice, is_right in rows]


def sum_up_paper(tally: PaperTally) -> PaperSummary:
    """Sum up the whole. Source: docs/rules/item-analysis.md, rules N2 and N8."""
    count = tally.reported.count
    method, reliability = ("", None) if count < ENOUGH else reliability_of(tally)
    return PaperSummary(
        count=count,
        passed=tally.passed,
        mean=tally.reported.mean if count else None,
        deviation=tally.reported.variance**0.5 if count > 1 else None,
        bars=tuple(tally.bars),
        questions=tally.questions / count if count else 0,
        method=method,
        reliability=reliability,
    )


def reliability_of(tally: PaperTally) -> tuple[str, Reliability | None]:
    """Name the coefficient that fits the papers and compute it. Source: docs/rules/item-analysis.md, rule N8."""
    count, total_variance = tally.totals.count, tally.totals.variance
    if not tally.is_same_paper:
        lone = sum(sums.variance * sums.count / count for sums in tally.lone.values())
        value = nested(
            items=round(tally.questions / count),
            error_variance=tally.errors / count + lone,
            total_variance=total_variance,
            count=count,
        )
        return "Φ" if value else "", value
    items = [item for item in tally.items.values() if not item.is_void]
    value = alpha(
        items=len(items),
        item_variance=sum(item.sums.variance * (item.of_centi / 100) ** 2 for item in items),
        total_variance=total_variance,
        count=count,
    )
    is_kr20 = all(item.is_dichotomous for item in items) and len({item.of_centi for item in items}) == 1
    return ("KR-20" if is_kr20 else "Cronbach α") if value else "", value


def quartiles(seconds: Mapping[int, int]) -> tuple[int, int, int] | None:
    """Return the values at a quarter, half and three quarters of the ordered times; None without any."""
    total = sum(seconds.values())
    if not total:
        return None
    return tuple(_quantile(Counter(seconds), total, part) for part in (1, 2, 3))  # type: ignore[return-value]  # three


def _quantile(seconds: Counter[int], total: int, quarters: int) -> int:
    rank, seen = -(-total * quarters // 4), 0
    for value in sorted(seconds):
        seen += seconds[value]
        if seen >= rank:
            return value
    raise AssertionError("a rank within the total is always reached")


def _discrimination(tally: ItemTally) -> float | None:
    lower, upper = tally.groups[LOWER], tally.groups[UPPER]
    return upper.mean - lower.mean if lower.count and upper.count else None


def _flagged(summary: ItemSummary, tally: ItemTally, key: str, letters: str) -> ItemSummary:
    flags = []
    r, facility = summary.correlation, summary.facility or 0.0
    if r is not None and r < WEAK_BELOW:
        flags.append(Flag.NEGATIVE if r < 0 else Flag.WEAK)
    if tally.kind in SINGLE_ANSWER and _another_is_preferred(tally, key, letters):
        flags.append(Flag.KEY)
    if tally.kind in WITH_DISTRACTORS and facility <= EASY_ABOVE and _has_dead_distractor(tally, key, letters):
        flags.append(Flag.DEAD)
    if facility < HARD_BELOW:
        flags.append(Flag.HARD)
    if facility > EASY_ABOVE:
        flags.append(Flag.EASY)
    return replace(summary, flags=tuple(flags))


def _another_is_preferred(tally: ItemTally, key: str, letters: str) -> bool:
    chosen = {letter: tally.choices.get(letter, Choice()).groups[UPPER] for letter in letters}
    right = sum(count for letter, count in chosen.items() if letter in key)
    return any(count > right for letter, count in chosen.items() if letter not in key)


def _has_dead_distractor(tally: ItemTally, key: str, letters: str) -> bool:
    wrong = [tally.choices.get(letter, Choice()) for letter in letters if letter not in key]
    return any(choice.count < DEAD_BELOW * tally.sums.count for choice in wrong)


def _row(name: str, choice: Choice, sizes: list[int], *, is_right: bool) -> ChoiceRow:
    shares = [chosen / size if size else None for chosen, size in zip(choice.groups, sizes, strict=True)]
    return ChoiceRow(
        name=name,
        is_right=is_right,
        count=choice.count,
        share=choice.count / max(1, sum(sizes)),
        shares=(shares[0], shares[1], shares[2]),
        mean_total=choice.totals / choice.count if choice.count else None,
    )
