"""
What the item files hold in figures, and what is wrong with them beyond form: pure checks of docs/content.md, chapter 3.

The form of an entry is the loader's affair; these checks take entries that it would accept.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from courses.markup.wording import find_banned

LETTERS = "ABCDEFGH"
LAZY = ("以上都", "以上全", "以上皆", "以上均", "都不对", "都正确")
BY_LETTER = tuple(f"{letter}{mark}" for letter in LETTERS[:5] for mark in ("项", "错", "对", "不对"))
SHORTEST_EXPLANATION = 15
ALIKE = 0.6  # share of common character triples from which two items are taken for one
ALIKE_ACROSS_POOLS = 0.5  # practice must not give an exam item away
MODULE_SHARES = {"M1": 30, "M2": 15, "M3": 15, "M4": 20, "M5": 20}
DIFFICULTY_SHARES = {1: 50, 2: 30, 3: 20}
SHARE_SLACK = 4  # percentage points
KEY_SHARES = range(20, 31)  # per cent of the four-option items whose key stands at one letter
LONGEST_KEY_SHARE = 35  # per cent of single-choice items whose key is longer than every other option
TRUE_SHARES = range(40, 61)
INHERITED = ("pool", "difficulty", "source", "lesson")  # by the parts of a case


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One item as written. `answers` are the letters, 对 or 错, or the accepted texts and numbers."""

    code: str
    module: str
    kind: str
    pool: str
    difficulty: int
    stem: str
    options: tuple[str, ...]
    answers: tuple[str, ...]
    explanation: str
    source: str
    lesson: str

    @classmethod
    def all_of(cls, written: Mapping[str, Any]) -> Iterator["Entry"]:
        """Yield an item as written; after a case its parts, which have from it what they do not say themselves."""
        parts = written.get("parts")
        yield cls._of(written)
        for part in parts if isinstance(parts, list) else []:
            if isinstance(part, dict):
                yield cls._of({**{name: written.get(name) for name in INHERITED}, **part})

    @classmethod
    def _of(cls, written: Mapping[str, Any]) -> "Entry":
        answer = written.get("answer", [])
        return cls(
            code=str(written.get("code", "")),
            module=str(written.get("code", ""))[:2],
            kind=str(written.get("kind", "")),
            pool=str(written.get("pool", "")),
            difficulty=int(written.get("difficulty") or 0),
            stem=str(written.get("stem", "")),
            options=tuple(map(str, written.get("options") or ())),
            answers=tuple(map(str, answer if isinstance(answer, list) else [answer])),
            explanation=str(written.get("explanation", "")),
            source=str(written.get("source", "")),
            lesson=str(written.get("lesson") or ""),
        )

    @property
    def key_texts(self) -> tuple[str, ...]:
        """What is right, in words."""
        if not self.options:
            return self.answers
        return tuple(self.options[LETTERS.index(letter)] for letter in self.answers if letter in self._letters)

    @property
    def _letters(self) -> str:
        return LETTERS[: len(self.options)]


@dataclass(frozen=True, kw_only=True)
class Survey:
    """Counts by pool and by all else, the two balances in words, and every problem as one Chinese sentence."""

    pools: Mapping[str, int]
    cases: int
    modules: Mapping[str, int]
    kinds: Mapping[str, int]
    difficulties: Mapping[int, int]
    balance: tuple[str, ...]
    problems: tuple[str, ...] = field(default=())


def survey_items(entries: Sequence[Entry], *, slugs: Collection[str]) -> Survey:
    """Count the items and list what is wrong with them; `slugs` are the lessons that exist."""
    singles = [entry for entry in entries if entry.kind == "single"]
    truths = [entry for entry in entries if entry.kind == "true_false"]
    questions = [entry for entry in entries if entry.kind != "case"]
    modules = Counter(entry.module for entry in questions)
    difficulties = Counter(entry.difficulty for entry in questions)
    problems = [f"{entry.code}：{fault}" for entry in entries for fault in item_faults(entry, slugs)]
    problems += [f"{one.code} 与 {other.code} 几乎相同" for one, other in twins(questions)]
    problems += _share_faults("模块", modules, MODULE_SHARES)
    problems += _share_faults("难度", difficulties, DIFFICULTY_SHARES)
    problems += _balance_faults(singles, truths)
    return Survey(
        pools={pool: sum(entry.pool == pool for entry in questions) for pool in ("live", "practice")},
        cases=sum(entry.kind == "case" for entry in entries),
        modules=dict(sorted(modules.items())),
        kinds=dict(sorted(Counter(entry.kind for entry in questions).items())),
        difficulties=dict(sorted(difficulties.items())),
        balance=tuple(_balance(singles, truths)),
        problems=tuple(problems),
    )


def item_faults(entry: Entry, slugs: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with one item taken alone."""
    if entry.kind != "case":
        yield from _key_faults(entry)
        if len(entry.explanation) < SHORTEST_EXPLANATION:
            yield f"解析不到 {SHORTEST_EXPLANATION} 字，说不清为什么错"
        if not entry.source.strip():
            yield "没有出处"
        if entry.lesson not in slugs:
            yield f"没有 slug 是“{entry.lesson}”的课"
    shown = "\n".join([entry.stem, *entry.options, entry.explanation])
    if found := find_banned(shown):
        yield f"有不许出现的词：{'、'.join(found)}"
    if any(word in option for option in entry.options for word in LAZY):
        yield "选项里有“以上都对”一类的话"
    if any(word in entry.explanation for word in BY_LETTER):
        yield "解析用字母指选项；选项次序会打乱，请改用选项的话"


def _key_faults(entry: Entry) -> Iterator[str]:
    if len(set(entry.options)) < len(entry.options):
        yield "有两个选项相同"
    if entry.kind == "true_false":
        if entry.answers not in {("对",), ("错",)}:
            yield "判断题的答案不是对或错"
    elif entry.kind in {"single", "multi"}:
        count = len(entry.key_texts)
        if count != len(entry.answers) or (count == 1) != (entry.kind == "single"):
            yield "单选要有一个正确答案，多选要有两个以上"
        elif entry.kind == "multi" and count == len(entry.options) > 3:
            yield "多选的每一项都对，没有干扰项"


def twins(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Yield pairs of one module whose stem and key say almost the same, numbers included."""
    modules: dict[str, list[tuple[Entry, frozenset[str]]]] = {}
    for entry in entries:
        modules.setdefault(entry.module, []).append((entry, _triples(entry)))
    for module in modules.values():
        for (one, left), (other, right) in combinations(module, 2):
            limit = ALIKE if one.pool == other.pool else ALIKE_ACROSS_POOLS
            small, large = sorted((len(left), len(right)))
            if small >= limit * large and len(left & right) >= limit * len(left | right):
                yield one, other


def _triples(entry: Entry) -> frozenset[str]:
    text = "".join(sign for sign in "".join([entry.stem, *entry.key_texts]) if sign.isalnum())
    return frozenset(text[start : start + 3] for start in range(max(1, len(text) - 2)))


def _share_faults(name: str, counts: Mapping[Any, int], wanted: Mapping[Any, int]) -> Iterator[str]:
    total = sum(counts.values())
    for part, share in wanted.items():
        have = 100 * counts.get(part, 0) / total if total else 0
        if abs(have - share) > SHARE_SLACK:
            yield f"{name} {part} 占 {have:.1f}%，应在 {share}% 上下 {SHARE_SLACK} 个百分点以内"


def _shares(singles: Sequence[Entry], truths: Sequence[Entry]) -> tuple[dict[str, float], float, float]:
    """Return in per cent: keys of four-option items by letter, keys that are the longest option, true statements."""
    four = [entry for entry in singles if len(entry.options) == 4]
    letters = {letter: _percent(entry.answers == (letter,) for entry in four) for letter in LETTERS[:4]}
    longest = _percent(_is_key_longest(entry) for entry in singles)
    return letters, longest, _percent(entry.answers == ("对",) for entry in truths)


def _balance(singles: Sequence[Entry], truths: Sequence[Entry]) -> Iterator[str]:
    letters, longest, true = _shares(singles, truths)
    yield "单选答案的位置 " + "，".join(f"{letter} {share:.1f}%" for letter, share in letters.items())
    yield f"单选正确项比其余各项都长的 {longest:.1f}%"
    yield f"判断题答案为对的 {true:.1f}%"


def _balance_faults(singles: Sequence[Entry], truths: Sequence[Entry]) -> Iterator[str]:
    letters, longest, true = _shares(singles, truths)
    for letter, share in letters.items():
        if singles and round(share) not in KEY_SHARES:
            yield f"单选答案在 {letter} 的占 {share:.1f}%，应在 {KEY_SHARES[0]}%–{KEY_SHARES[-1]}% 之间"
    if longest > LONGEST_KEY_SHARE:
        yield f"单选正确项最长的占 {longest:.1f}%，应不超过 {LONGEST_KEY_SHARE}%"
    if truths and round(true) not in TRUE_SHARES:
        yield f"判断题答案为对的占 {true:.1f}%，应在 {TRUE_SHARES[0]}%–{TRUE_SHARES[-1]}% 之间"


def _is_key_longest(entry: Entry) -> bool:
    lengths = {option: len(option) for option in entry.options}
    key = max((lengths[text] for text in entry.key_texts), default=0)
    return all(length < key for option, length in lengths.items() if option not in entry.key_texts)


def _percent(flags: Iterable[bool]) -> float:
    values = list(flags)
    return 100 * sum(values) / len(values) if values else 0.0
