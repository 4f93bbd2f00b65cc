"""Reading the item files of exams/content into the bank. The format: docs/content.md, section 3."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from exams import bank
from exams.models import Item
from lms.errors import DomainError

CODE = re.compile(r"(M[1-5])-\d{4}")
FOLDER = re.compile(r"m([1-5])-")
KINDS = {"single": Item.Kind.SINGLE, "multi": Item.Kind.MULTI, "true_false": Item.Kind.TRUE_FALSE}
POOLS = {"live": Item.Pool.LIVE, "practice": Item.Pool.PRACTICE}
TRUTH = {"对": "T", "错": "F"}
REQUIRED = {"code", "kind", "pool", "point", "difficulty", "stem", "answer", "explanation", "source", "verified"}
KNOWN = REQUIRED | {"options", "lesson"}


@dataclass(frozen=True)
class Problem:
    """One mistake in a file: where, in which item, in which field, and what is wrong, in Chinese."""

    file: str
    code: str
    field: str
    message: str

    def __str__(self) -> str:
        return "　".join(part for part in (self.file, self.code, self.field, self.message) if part)


class LoadRefused(DomainError):
    """The files have mistakes; nothing was loaded. `problems` names them all."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"题库文件有 {len(problems)} 处错误，一题也没有读入：\n" + "\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass
class LoadReport:
    """Codes by what became of them. `kept`: edited in the back office since, so the file was not applied."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """One well-formed item of a file."""

    code: str
    module: str
    kind: Item.Kind
    pool: Item.Pool
    point: str
    difficulty: int
    is_verified: bool
    text: bank.Text


def load_items(folder: Path, *, now: datetime) -> LoadReport:
    """
    Load every `*.yaml` below `folder`: new items are created, changed texts become new versions, the rest stays.

    All or nothing, and harmless to repeat. Raises: LoadRefused with every mistake of every file.
    """
    rows, problems = _read_folder(folder)
    return _store(rows, problems, now=now)


@transaction.atomic
def _store(rows: list[Row], problems: list[Problem], *, now: datetime) -> LoadReport:
    present = {
        item.code: item
        for item in Item.objects.select_for_update(of=("self",))
        .select_related("current")
        .filter(code__in=[row.code for row in rows])
    }
    for row in rows:
        item = present.get(row.code)
        if item and (item.kind, item.pool) != (row.kind, row.pool):
            problems.append(Problem("", row.code, "kind / pool", "题型和题池定了就不能改，请换一个新题号。"))
    if problems:
        raise LoadRefused(problems)
    report = LoadReport()
    for row in rows:
        getattr(report, _store_row(present.get(row.code), row, now=now)).append(row.code)
    return report


def _store_row(item: Item | None, row: Row, *, now: datetime) -> str:
    """Store one row; return the name of the report's list it belongs to."""
    if item and item.current and item.current.created_by_id:
        return "unchanged" if bank.Text.of(item.current) == row.text else "kept"
    facts = {"point": row.point, "difficulty": row.difficulty, "is_verified": row.is_verified}
    if item is None:
        item = Item(code=row.code, module=row.module, kind=row.kind, pool=row.pool, status=Item.Status.LIVE, **facts)
        item.save()
        outcome = "created"
    else:
        same_text = item.current is not None and bank.Text.of(item.current) == row.text
        if same_text and all(getattr(item, name) == value for name, value in facts.items()):
            return "unchanged"
        outcome = "updated"
    if item.current is None or bank.Text.of(item.current) != row.text:
        bank.write_version(item=item, text=row.text, author=None, now=now)
    for name, value in facts.items():
        setattr(item, name, value)
    item.save()
    return outcome


def _read_folder(folder: Path) -> tuple[list[Row], list[Problem]]:
    rows: list[Row] = []
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    paths = sorted(folder.glob("**/*.yaml"))
    if not paths:
        problems.append(Problem(str(folder), "", "", "没有找到题库文件（*.yaml）。"))
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            entries = yaml.safe_load(path.read_text(encoding="utf-8")) or []
        except (yaml.YAMLError, UnicodeDecodeError) as mistake:
            problems.append(Problem(name, "", "", f"不是合格的 UTF-8 YAML：{mistake}"))
            continue
        if not isinstance(entries, list):
            problems.append(Problem(name, "", "", "文件要是一个列表，每题一项。"))
            continue
        for number, entry in enumerate(entries, start=1):
            code = str(entry.get("code", "")) if isinstance(entry, dict) else ""
            found = list(_mistakes(entry, path.parent.name))
            if code in seen:
                found.append(("code", f"题号重复，已经在 {seen[code]} 出现过。"))
            seen.setdefault(code, name)
            problems += [Problem(name, code or f"第 {number} 题", where, what) for where, what in found]
            if not found:
                rows.append(_row(entry))
    return rows, problems


def _mistakes(entry: object, folder: str) -> Iterator[tuple[str, str]]:
    """Yield (field, what is wrong) for one entry of a file."""
    if not isinstance(entry, dict):
        yield "", "每题要写成“字段: 值”。"
        return
    for name in sorted(REQUIRED - entry.keys()):
        yield name, "缺少这个字段。"
    for name in sorted(map(str, entry.keys() - KNOWN)):
        yield name, "没有这个字段，可能是写错了字。"
    if entry.keys() >= REQUIRED:
        yield from _head_mistakes(entry, folder)
        yield from _body_mistakes(entry)


def _head_mistakes(entry: dict[str, object], folder: str) -> Iterator[tuple[str, str]]:
    code = CODE.fullmatch(str(entry["code"]))
    here = FOLDER.match(folder)
    if not code:
        yield "code", "题号要写成 M1-0001 的样子。"
    elif here and code[1] != f"M{here[1]}":
        yield "code", f"题号的模块与目录 {folder} 不一致。"
    for name, known in (("kind", KINDS), ("pool", POOLS)):
        if str(entry[name]) not in known:
            yield name, f"只能是 {' / '.join(known)}。"
    if type(entry["difficulty"]) is not int or entry["difficulty"] not in Item.Difficulty.values:
        yield "difficulty", "只能是 1、2、3。"
    if not isinstance(entry["verified"], bool):
        yield "verified", "只能是 true 或 false。"


def _body_mistakes(entry: dict[str, object]) -> Iterator[tuple[str, str]]:
    for name, limit in (("point", 50), ("stem", 2000), ("explanation", 4000), ("source", 300)):
        value = entry[name]
        if not isinstance(value, str) or not value.strip():
            yield name, "要写成文字，不能空。"
        elif len(value) > limit:
            yield name, f"最多 {limit} 字，现在 {len(value)} 字。"
    lesson = entry.get("lesson")
    if lesson is not None and not (isinstance(lesson, str) and re.fullmatch(r"[-a-z0-9]{1,100}", lesson)):
        yield "lesson", "要写课的 slug（小写字母、数字、连字符），没有就写 null。"
    yield from _answer_mistakes(entry)


def _answer_mistakes(entry: dict[str, object]) -> Iterator[tuple[str, str]]:
    options, answer = entry.get("options") or [], entry["answer"]
    if not isinstance(options, list) or not all(isinstance(option, str) for option in options):
        yield "options", "要写成文字的列表，数字和“是”“否”请加引号。"
    elif not isinstance(answer, list) or not all(isinstance(letter, str) for letter in answer):
        yield "answer", "要写成列表，例如 [B] 或 [对]。"
    elif str(entry["kind"]) in KINDS:
        problem = bank.problem_of(kind=KINDS[str(entry["kind"])], options=options, key=_key(answer))
        if problem:
            yield "options / answer", problem


def _key(answer: list[str]) -> str:
    return "".join(sorted(TRUTH.get(letter, letter) for letter in answer))


def _row(entry: dict[str, Any]) -> Row:
    """Take an entry in which no mistake was found."""
    code: str = entry["code"]
    return Row(
        code=code,
        module=code[:2],
        kind=KINDS[entry["kind"]],
        pool=POOLS[entry["pool"]],
        point=entry["point"].strip(),
        difficulty=entry["difficulty"],
        is_verified=entry["verified"],
        text=bank.Text(
            stem=entry["stem"].strip(),
            options=tuple(option.strip() for option in entry.get("options") or []),
            key=_key(entry["answer"]),
            explanation=entry["explanation"].strip(),
            source=entry["source"].strip(),
            lesson_slug=entry.get("lesson") or "",
        ),
    )
