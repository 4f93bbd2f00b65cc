"""Taking an answer from the queue of an item: one person at a time has it. Source: docs/rules/grading.md, rule G23."""

from datetime import datetime

from django.db import transaction

from exams.models import ItemVersion, Script
from lms.users.models import User


@transaction.atomic
def take_next(*, version: ItemVersion, marker: User, now: datetime) -> Script | None:
    """
    Put the next answer to this question on the marker's table, first what is there already; None if there is none.

    What lies on somebody else's table is left out until it has lain there too long. Source: rule G23.
    """
    waiting = Script.objects.for_marker(marker).free(marker, now).filter(version=version)
    mine = waiting.filter(claimed_by=marker).order_by("opened_at", "pk").first()
    script = mine or waiting.select_for_update(skip_locked=True, of=("self",)).order_by("opened_at", "pk").first()
    if script is None:
        return None
    script.claimed_by, script.claimed_at = marker, now
    script.save(update_fields=["claimed_by", "claimed_at"])
    return script
