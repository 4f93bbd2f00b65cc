"""How a result came to be what it is: from one marking to the next."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from exams.models import Attempt, Marking


@dataclass(frozen=True)
class Change:
    """One re-marking and what it replaced. Both may say the same. `note`: why a key was fixed, if so."""

    before: Marking
    after: Marking
    note: str = ""

    @property
    def has_changed(self) -> bool:
        return (self.before.points_centi, self.before.has_passed) != (self.after.points_centi, self.after.has_passed)

    @property
    def lost_pass(self) -> bool:
        return self.before.has_passed and not self.after.has_passed

    @property
    def gained_pass(self) -> bool:
        return self.after.has_passed and not self.before.has_passed


def changes_of(attempt: Attempt) -> list[Change]:
    """
    Read all re-markings of an attempt, oldest first, in one query, two if keys were fixed.

    Sources: docs/rules/exam-room.md, rule R8; docs/rules/key-fix.md, rule K11.
    """
    markings = list(attempt.markings.all())
    notes: dict[datetime | None, str] = {}
    if any(marking.cause == Marking.Cause.KEY_FIX for marking in markings):
        notes = dict(attempt.key_fix_rows.values_list("regraded_at", "fix__reason"))
    return [
        Change(before, after, notes.get(after.made_at, "") if after.cause == Marking.Cause.KEY_FIX else "")
        for before, after in pairwise(markings)
    ]


def last_change(attempt: Attempt) -> Change | None:
    """Return the last re-marking, None if the attempt was marked once only."""
    return next(reversed(changes_of(attempt)), None)
