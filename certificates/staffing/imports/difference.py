"""A comparison in words and counts, as the preview shows it and the row of the import keeps it."""

from collections.abc import Collection
from datetime import date

from certificates.staffing.imports.comparison import Change, Comparison, Known

SHOWN = 200
KINDS = {
    "joined": "新增",
    "left": "离职",
    "moved": "调动",
    "changed": "变更",
    "missing": "名单外",
}


def describe(comparison: Comparison, *, today: date, known_sites: Collection[str]) -> dict[str, object]:
    """
    Count who joins, leaves, moves, changes, stays and is missing, and name the first of each.

    Source: docs/rules/companies.md, rule C12.
    """
    counts = dict.fromkeys([*KINDS, "same"], 0)
    people: dict[str, list[dict[str, str]]] = {kind: [] for kind in KINDS}
    for change in comparison.changes:
        kind, detail = _kind(change, today)
        counts[kind] += 1
        if kind in people and len(people[kind]) < SHOWN:
            people[kind].append(_person(change.after, detail))
    for person in comparison.missing:
        if person.is_employed_on(today):
            counts["missing"] += 1
            if len(people["missing"]) < SHOWN:
                people["missing"].append(_person(person, person.site or person.department))
    new_sites = sorted({change.after.site for change in comparison.changes} - set(known_sites) - {""})
    return {"counts": counts, "people": people, "new_sites": new_sites[:SHOWN], "new_site_count": len(new_sites)}


def _kind(change: Change, today: date) -> tuple[str, str]:
    before, after = change.before, change.after
    was, will = bool(before and before.is_employed_on(today)), after.is_employed_on(today)
    if before is None:
        return "joined", _days(after)
    if will and not was:
        return "joined", f"再入职 {_days(after)}"
    if was and not will:
        return "left", _days(after)
    fields = change.fields()
    if before.site != after.site:
        moved = f"{before.site or '没有网点'} → {after.site or '没有网点'}"
        return "moved", "，".join([moved, *(title for title in fields if title != "网点")])
    return ("changed", "、".join(fields)) if fields else ("same", "")


def _days(person: Known) -> str:
    first, last = person.stretches[-1]
    return f"{first or '一直'} 至 {last}" if last else f"{first} 入职" if first else "在职"


def _person(person: Known, detail: str) -> dict[str, str]:
    return {"name": person.name, "staff_number": person.staff_number, "detail": detail}
