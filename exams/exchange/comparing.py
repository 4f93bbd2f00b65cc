"""What an import would do: entries of a file beside what the bank holds. Source: docs/content.md, chapter 7."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from courses.syllabus import MODULES
from exams import bank, pictures
from exams.exchange.entries import CASE, CODE, LIMITS, Entry, Found, Problem, normal
from exams.models import Item
from exams.picture_files import names_in

LESSON = re.compile(r"[-a-z0-9]{1,100}")
FIELDS = {"stem": "题干", "explanation": "解析", "source": "出处", "point": "知识点"}


@dataclass(frozen=True)
class Defaults:
    """What stands in where a file says nothing."""

    module: str = ""
    pool: str = Item.Pool.PRACTICE
    point: str = "待归类"
    source: str = "导入"


@dataclass(frozen=True)
class Step:
    """One entry and what becomes of it: a new item, a new version of `item`, or nothing."""

    entry: Entry
    text: bank.Text
    item: Item | None = None
    is_skipped: bool = False
    note: str = ""


@dataclass
class Plan:
    """What an import would do. Any problem stops all of it."""

    unit: str
    steps: list[Step] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many items are new, revised, and left alone."""
        kept = [step for step in self.steps if not step.is_skipped]
        created = sum(step.item is None for step in kept)
        return {"created": created, "updated": len(kept) - created, "skipped": len(self.steps) - len(kept)}


def plan(found: Found, *, defaults: Defaults) -> Plan:
    """Compare a file with the bank; changes nothing."""
    made = Plan(found.unit, problems=list(found.problems))
    known = _Known(found)
    entries = sorted(found.entries, key=lambda entry: (entry.kind != CASE, entry.place))
    for entry in entries:
        whole = _complete(entry, defaults, known.items.get(entry.code))
        text = _text(whole)
        mistakes = [*_mistakes(whole, text), *known.mistakes(entry, whole)]
        made.problems += [Problem(entry.place, name, message) for name, message in mistakes]
        if not mistakes:
            made.steps.append(known.step(entry, whole, text))
    made.problems.sort(key=lambda problem: problem.place)
    return made


class _Known:
    """What the bank and the file itself already hold, read once."""

    def __init__(self, found: Found) -> None:
        codes = {entry.code for entry in found.entries} | {entry.case_code for entry in found.entries}
        self.items = {item.code: item for item in Item.objects.select_related("current").filter(code__in=codes)}
        rows = Item.objects.filter(current__isnull=False, case=None).values_list(
            "code", "current__stem", "current__options"
        )
        self.texts = {normal(stem, tuple(options)): code for code, stem, options in rows.iterator()}
        self.missing = set(pictures.missing_in(map(_shown, found.entries))) - found.pictures.keys()
        self.seen: dict[str, int] = {}
        self.unit = found.unit
        self.cases = {entry.code for entry in found.entries if entry.kind == CASE}
        self.repeated = {code for code, times in Counter(e.code for e in found.entries if e.code).items() if times > 1}

    def mistakes(self, entry: Entry, whole: Entry) -> Iterator[tuple[str, str]]:
        """Yield what contradicts the bank or another entry of the file."""
        if entry.code in self.repeated:
            yield "题号", f"题号 {entry.code} 在文件里出现了不止一次。"
        same = normal(whole.stem, whole.options)
        if not whole.case_code and same in self.seen:
            yield "题干", f"与第 {self.seen[same]} {self.unit}内容相同（只差标点或空格）。请删去一处。"
        self.seen.setdefault(same, entry.place)
        twin = self.texts.get(same)
        if twin and entry.code and twin != entry.code and not whole.case_code:
            yield "题干", f"与题库里的 {twin} 内容相同（只差标点或空格）。请删去，或改用题号 {twin}。"
        for name in names_in([_shown(entry)]):
            if name in self.missing:
                yield (
                    "图片",
                    f"题库里没有图片 {name}，文件里也没有。带图片的题请用 Moodle XML 或 QTI 包，或先在后台上传。",
                )
        yield from self._bank_mistakes(whole)

    def _bank_mistakes(self, whole: Entry) -> Iterator[tuple[str, str]]:
        item = self.items.get(whole.code)
        if item and (item.kind, item.pool) != (whole.kind, whole.pool):
            yield (
                "题型 / 题池",
                f"题号 {whole.code} 已是{item.get_kind_display()}、{item.get_pool_display()}，不能改。请换一个题号。",
            )
        if item and item.status == Item.Status.RETIRED:
            yield "题号", f"题号 {whole.code} 已停用，不能修订。请先在题库恢复，或换一个题号。"
        if whole.case_code and whole.case_code not in self.cases:
            case = self.items.get(whole.case_code)
            if case is None or case.kind != CASE:
                yield "题号", f"没有案例 {whole.case_code}。请在前面写一行这个题号的案例题干。"

    def step(self, entry: Entry, whole: Entry, text: bank.Text) -> Step:
        """Decide what becomes of an entry without mistakes."""
        if not entry.code:
            twin = self.texts.get(normal(whole.stem, whole.options))
            return Step(whole, text, is_skipped=bool(twin), note=f"与 {twin} 内容相同" if twin else "")
        item = self.items.get(whole.code)
        if item is None or item.current is None:
            return Step(whole, text)
        is_same = _squash(text) == _squash(bank.Text.of(item.current)) and _facts(whole) == _facts_of(item)
        return Step(whole, text, item, is_skipped=is_same, note="没有变化" if is_same else "修订后回到草稿")


def _complete(entry: Entry, defaults: Defaults, item: Item | None) -> Entry:
    """Where the file says nothing, what the bank has stands; not every format has room for it. Else the defaults."""
    text = bank.Text.of(item.current) if item and item.current else None
    if item and text:
        return replace(
            entry,
            module=entry.module or item.module,
            pool=entry.pool or item.pool,
            point=entry.point or item.point,
            difficulty=entry.difficulty or item.difficulty,
            bloom=entry.bloom or item.bloom or 0,
            explanation=entry.explanation or text.explanation,
            source=entry.source or text.source,
            lesson=entry.lesson or text.lesson_slug,
            notes=entry.notes or (text.notes if text.options == entry.options else ()),
            rubric=entry.rubric or tuple((row.text, row.points) for row in text.rubric),
        )
    return replace(
        entry,
        module=entry.module or entry.code[:2] or defaults.module,
        pool=entry.pool or defaults.pool,
        point=entry.point or defaults.point,
        difficulty=entry.difficulty or Item.Difficulty.EASY,
        source=entry.source or defaults.source,
    )


def _text(entry: Entry) -> bank.Text:
    return bank.Text(
        stem=entry.stem,
        options=entry.options,
        key=entry.key,
        explanation=entry.explanation,
        source=entry.source,
        lesson_slug=entry.lesson,
        notes=entry.notes,
        rubric=tuple(bank.Criterion(text, points) for text, points in entry.rubric),
    )


def _mistakes(entry: Entry, text: bank.Text) -> Iterator[tuple[str, str]]:
    """Yield (field, what is wrong) for one entry on its own."""
    yield from _head_mistakes(entry)
    for name, limit in LIMITS.items():
        value: str = getattr(entry, name)
        if len(value) > limit:
            yield FIELDS[name], f"最多 {limit} 字，现在 {len(value)} 字。"
    if not entry.stem:
        yield "题干", "没有题干。"
    if problem := bank.problem_of_text(kind=entry.kind, text=text):
        yield "答案", problem


def _head_mistakes(entry: Entry) -> Iterator[tuple[str, str]]:
    if entry.code and not CODE.fullmatch(entry.code):
        yield "题号", f"“{entry.code[:20]}”不对，题号要写成 M1-0042 的样子；空着由系统编号。"
    if not entry.module:
        yield "模块", "没有写模块。请填 M1 到 M5，或在导入时选默认模块。"
    elif entry.module not in MODULES:
        yield "模块", f"没有“{entry.module}”这个模块。请填 M1 到 M5。"
    if entry.code and entry.module != entry.code[:2]:
        yield "模块", f"模块 {entry.module} 与题号 {entry.code} 不一致。"
    if entry.lesson and not LESSON.fullmatch(entry.lesson):
        yield "课", "要写课的网址名（小写字母、数字、连字符），没有就空着。"


def _facts(entry: Entry) -> tuple[object, ...]:
    return entry.point, entry.difficulty, entry.is_verified, entry.bloom


def _facts_of(item: Item) -> tuple[object, ...]:
    return item.point, item.difficulty, item.is_verified, item.bloom or 0


def _squash(text: bank.Text) -> Mapping[str, object]:
    """Leave out how blanks fall: formats wrap lines as they like."""
    return {
        name: " ".join(value.split()) if isinstance(value, str) else value for name, value in vars(text).items()
    } | {"options": tuple(" ".join(option.split()) for option in text.options)}


def _shown(entry: Entry) -> str:
    """Return all texts of an entry in which a picture may stand."""
    rubric = [text for text, _ in entry.rubric]
    return "\n".join([entry.stem, *entry.options, entry.explanation, *entry.notes, *rubric])
