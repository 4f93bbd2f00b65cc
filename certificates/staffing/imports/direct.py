"""A roster that a company's own system sends: written at once, without a preview."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from certificates.staffing import people, webhooks
from certificates.staffing.imports.comparison import Ambiguous, compare
from certificates.staffing.imports.difference import describe
from certificates.staffing.imports.writing import known_people, write
from certificates.staffing.models import Company, Site, WebhookEvent
from certificates.staffing.rosters import Roster, RosterUnusable


@transaction.atomic
def upsert(*, company: Company, roster: Roster, is_full: bool, left_on: date | None, now: datetime) -> dict[str, int]:
    """
    Make the people of a roster what it says and count who joined, left, moved, changed, stayed and is missing.

    With a full list the missing people leave on `left_on`, by default today. All or nothing.
    Raises: RosterUnusable, TooManyPeople, TooManySites. Source: docs/rules/api.md, rule I8.
    """
    locked = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    today = timezone.localdate(now)
    known = known_people(locked, today)
    try:
        comparison = compare(roster, known)
    except Ambiguous as doubt:
        raise RosterUnusable(*doubt.problems) from doubt
    if len(known) + sum(change.before is None for change in comparison.changes) > people.MAX_PEOPLE:
        raise people.TooManyPeople
    sites = set(Site.objects.of(locked).values_list("name", flat=True))
    counts = describe(comparison, today=today, known_sites=sites)["counts"]
    last_day = (left_on or today) if is_full else None
    write(
        company=locked,
        comparison=comparison,
        left_on=last_day,
        judged_since=today,
        now=now,
        report=lambda _done: None,
    )
    locked.roster_revision += 1
    locked.save(update_fields=["roster_revision"])
    webhooks.emit(
        company=locked,
        kind=WebhookEvent.Kind.ROSTER_IMPORTED,
        data={
            "source": "api",
            "import_id": None,
            "is_full": is_full,
            "roster_revision": locked.roster_revision,
            "counts": counts,
        },
        now=now,
    )
    return counts  # type: ignore[return-value]  # a JSON document holds objects
