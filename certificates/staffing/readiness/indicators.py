"""The table of clauses: loaded once from indicators.json, kept in the back office from then on."""

import json
from pathlib import Path

from certificates.staffing.models import Indicator

FILE = Path(__file__).parent / "indicators.json"
STAFFING = "5.1.2.2"


def load() -> int:
    """Make the rows that do not exist yet, change none; return how many. docs/rules/readiness.md, rule A1."""
    rows = [Indicator(**row) for row in json.loads(FILE.read_text(encoding="utf-8"))]
    known = set(Indicator.objects.values_list("code", flat=True))
    return len(Indicator.objects.bulk_create([row for row in rows if row.code not in known]))


def table() -> dict[str, tuple[Indicator, list[Indicator]]]:
    """Return each first-level indicator with the clauses that are judged below it, in one query."""
    rows = list(Indicator.objects.order_by("code"))
    tops = [row for row in rows if row.code.count(".") == 1 and row.points_centi]
    return {top.code: (top, [row for row in rows if row.is_leaf and row.section == top.code]) for top in tops}
