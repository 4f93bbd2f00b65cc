"""Reading the item files of exams/content into the bank. The format: docs/content.md, section 3."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from exams import bank
from exams.models import Item
from exams.reading import Row, codes_of, mistakes_of, rows_of
from lms.errors import DomainError

try:
    from yaml import CSafeLoader as SafeLoader  # eight times as quick
except ImportError:  # PyYAML without libyaml
    from yaml import SafeLoader  # type: ignore[assignment]


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


def load_items(folder: Path, *, now: datetime) -> LoadReport:
    """
    Load every `*.yaml` below `folder`: new items are created, changed texts become new versions, the rest stays.

    All or nothing, and harmless to repeat. Raises: LoadRefused with every mistake of every file.
    """
    rows, problems = read_folder(folder)
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
    new: dict[str, tuple[Item, bank.Text]] = {}
    for row in rows:
        item = present.get(row.code)
        if item is None:
            case = new[row.case][0] if row.case in new else present.get(row.case)
            new[row.code] = (_item(row, case), row.text)
        outcome = _update(item, row, now=now) if item else "created"
        getattr(report, outcome).append(row.code)
    bank.add_all(list(new.values()), author=None, now=now)
    return report


def _item(row: Row, case: Item | None) -> Item:
    facts = {"code": row.code, "module": row.module, "kind": row.kind, "pool": row.pool, **_facts(row)}
    return Item(**facts, status=Item.Status.LIVE, case=case, place=row.place)


def _update(item: Item, row: Row, *, now: datetime) -> str:
    """Bring an item up to its row; return the name of the report's list it belongs to."""
    is_same = item.current is not None and bank.Text.of(item.current) == row.text
    if item.current and item.current.created_by_id:
        return "unchanged" if is_same else "kept"
    facts = _facts(row)
    if is_same and all(getattr(item, name) == value for name, value in facts.items()):
        return "unchanged"
    if not is_same:
        bank.write_version(item=item, text=row.text, author=None, now=now)
    for name, value in facts.items():
        setattr(item, name, value)
    item.save()
    return "updated"


def _facts(row: Row) -> dict[str, Any]:
    return {"point": row.point, "difficulty": row.difficulty, "bloom": row.bloom, "is_verified": row.is_verified}


def read_folder(folder: Path) -> tuple[list[Row], list[Problem]]:
    """Read every `*.yaml` below `folder`: the well-formed items, parts of cases among them, and every mistake."""
    rows: list[Row] = []
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    paths = sorted(folder.glob("**/*.yaml"))
    if not paths:
        problems.append(Problem(str(folder), "", "", "没有找到题库文件（*.yaml）。"))
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            entries = yaml.load(path.read_text(encoding="utf-8"), Loader=SafeLoader) or []
        except (yaml.YAMLError, UnicodeDecodeError) as mistake:
            problems.append(Problem(name, "", "", f"不是合格的 UTF-8 YAML：{mistake}"))
            continue
        if not isinstance(entries, list):
            problems.append(Problem(name, "", "", "文件要是一个列表，每题一项。"))
            continue
        for number, entry in enumerate(entries, start=1):
            codes = codes_of(entry)
            found = list(mistakes_of(entry, folder=path.parent.name))
            found += [("code", f"题号 {code} 重复，已经在 {seen[code]} 出现过。") for code in codes if code in seen]
            found += [("code", f"题号 {code} 在这一题里重复。") for code in set(codes) if codes.count(code) > 1]
            for code in codes:
                seen.setdefault(code, name)
            where = codes[0] if codes else f"第 {number} 题"
            problems += [Problem(name, where, field, what) for field, what in found]
            if not found:
                rows += rows_of(entry)
    return rows, problems
