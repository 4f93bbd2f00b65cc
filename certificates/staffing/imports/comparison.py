"""A roster file against the people that a company has: who is who, and what would change. Knows no database."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from certificates.masking import name_key
from certificates.staffing.rosters import Entry, Problem, Roster, entries

Stretch = tuple[date | None, date | None]
BY_ROSTER = "花名册填写"
FIELDS = {
    "staff_number": entries.STAFF_NUMBER,
    "department": entries.DEPARTMENT,
    "site": entries.SITE,
    "level": entries.LEVEL,
    "post": entries.POST,
    "is_manager": entries.IS_MANAGER,
    "certificate_number": entries.CERTIFICATE,
}


@dataclass(frozen=True, slots=True)
class Known:
    """A person that the company has, or will have; `pk` None: new. `is_manager` is what holds today."""

    pk: int | None
    name: str
    staff_number: str
    department: str
    site: str
    level: str
    post: str
    is_manager: bool
    manager_reason: str
    certificate_number: str
    stretches: tuple[Stretch, ...]

    def is_employed_on(self, day: date) -> bool:
        return any((first or date.min) <= day <= (last or date.max) for first, last in self.stretches)


@dataclass(frozen=True, slots=True)
class Change:
    """One person before and after; `before` None: new to the roster."""

    before: Known | None
    after: Known

    def fields(self) -> list[str]:
        """Name what differs, in the words of the template."""
        if self.before is None:
            return []
        differing = [title for name, title in FIELDS.items() if getattr(self.before, name) != getattr(self.after, name)]
        return differing + (["在职日期"] if self.before.stretches != self.after.stretches else [])


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a file would do: the changes in its order, and who is on the roster but not in the file."""

    changes: tuple[Change, ...]
    missing: tuple[Known, ...]


class Ambiguous(Exception):
    """The file does not say who is meant; `problems` says where."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(len(problems))
        self.problems = problems


def compare(roster: Roster, known: Iterable[Known]) -> Comparison:
    """
    Find everybody of the file among the people of the company, in time linear in both.

    Raises: Ambiguous. Source: docs/rules/companies.md, rules C12 and C13.
    """
    by_number: dict[str, Known] = {}
    by_name: defaultdict[str, list[Known]] = defaultdict(list)
    everybody = list(known)
    for person in everybody:
        by_name[name_key(person.name)].append(person)
        if person.staff_number:
            by_number[person.staff_number] = person
    problems: list[Problem] = []
    changes: list[Change] = []
    taken: dict[int, int] = {}
    for rows in _grouped(roster.entries, problems):
        try:
            before = _find(rows[0], by_number, by_name)
        except _WhoIsMeant as doubt:
            problems.append(Problem(rows[0].row, entries.STAFF_NUMBER, str(doubt), doubt.remedy))
            continue
        if before and before.pk is not None:
            if before.pk in taken:
                message = f"与第 {taken[before.pk]} 行是花名册里的同一个人"
                problems.append(Problem(rows[0].row, entries.STAFF_NUMBER, message, "请核对工号，一个人只用一个工号"))
            taken[before.pk] = rows[0].row
        changes.append(Change(before, _after(before, rows, roster.columns)))
    if problems:
        raise Ambiguous(problems)
    return Comparison(tuple(changes), tuple(person for person in everybody if person.pk not in taken))


class _WhoIsMeant(Exception):
    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def _grouped(people: Sequence[Entry], problems: list[Problem]) -> Iterator[list[Entry]]:
    """Give the rows of each person, the latest employment first. Rows without a number must not share a name."""
    names: dict[str, int] = {}
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in people:
        key = name_key(entry.name)
        groups.setdefault((entry.staff_number, "" if entry.staff_number else key), []).append(entry)
        names[key] = names.get(key, 0) + (not entry.staff_number)
    numbered = {name_key(entry.name) for entry in people if entry.staff_number}
    for (staff_number, key), rows in groups.items():
        if not staff_number and (names[key] > 1 or key in numbered):
            what = f"有几行都叫“{rows[0].name}”"
            remedy = "请给同名的人填上工号，以便分清"
            problems += [Problem(entry.row, entries.STAFF_NUMBER, what, remedy) for entry in rows]
            continue
        yield sorted(rows, key=lambda entry: entry.joined_on or date.min, reverse=True)


def _find(entry: Entry, by_number: dict[str, Known], by_name: dict[str, list[Known]]) -> Known | None:
    namesakes = by_name.get(name_key(entry.name), [])
    if not entry.staff_number:
        if len(namesakes) > 1:
            raise _WhoIsMeant(f"花名册里有 {len(namesakes)} 个“{entry.name}”", "请填写工号，以便分清是哪一个")
        return namesakes[0] if namesakes else None
    found = by_number.get(entry.staff_number)
    if found is None:
        unnumbered = [person for person in namesakes if not person.staff_number]
        return unnumbered[0] if len(unnumbered) == 1 else None
    if name_key(found.name) != name_key(entry.name):
        raise _WhoIsMeant(
            f"工号 {entry.staff_number} 在花名册里是“{found.name}”", "请核对工号；如果是改名，请先在人员页面修改姓名"
        )
    return found


def _after(before: Known | None, rows: list[Entry], columns: frozenset[str]) -> Known:
    """Return the person as the file says; columns that it does not have stay as they are."""
    latest = rows[0]
    said = Known(
        pk=None,
        name=latest.name,
        staff_number=latest.staff_number,
        department=latest.department,
        site=latest.site,
        level=latest.level,
        post=latest.post,
        is_manager=latest.is_manager,
        manager_reason=BY_ROSTER,
        certificate_number=latest.certificate_number,
        stretches=tuple(sorted(((one.joined_on, one.left_on) for one in rows), key=lambda one: one[0] or date.min)),
    )
    if before is None:
        return said
    kept = {name: getattr(before, name) for name, title in FIELDS.items() if title not in columns}
    if before.is_manager == said.is_manager:
        kept["manager_reason"] = before.manager_reason
    if not said.staff_number:
        kept["staff_number"] = before.staff_number
    if not columns & {entries.JOINED_ON, entries.LEFT_ON}:
        kept["stretches"] = before.stretches
    return replace(said, pk=before.pk, **kept)
