"""Pages that open an attempt, on whatever device: the newest answers, older ones deliver what they had queued."""

from datetime import datetime

from django.db import transaction

from exams.attempts.journal import AttemptClosed
from exams.models import Attempt, AttemptSession

USER_AGENT_LENGTH = 300


@transaction.atomic
def open_session(*, attempt: Attempt, user_agent: str, ip: str | None, now: datetime) -> AttemptSession:
    """
    Open the next session of `attempt`; from now on it is the one that answers.

    Raises: AttemptClosed. Source: docs/rules/exam-room.md, rule R4.
    """
    # Weak enough to let saves of the older page go on: they are kept either way.
    locked = Attempt.objects.select_for_update(no_key=True).only("status", "session_number").get(pk=attempt.pk)
    if locked.status != Attempt.Status.OPEN:
        raise AttemptClosed
    locked.session_number += 1
    locked.save(update_fields=["session_number"])
    return AttemptSession.objects.create(
        attempt=locked,
        number=locked.session_number,
        opened_at=now,
        seen_at=now,
        user_agent=user_agent[:USER_AGENT_LENGTH],
        ip=ip,
    )
