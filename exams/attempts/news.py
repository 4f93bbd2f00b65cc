"""What the open page is told from outside."""

from datetime import datetime

from exams.models import Attempt, RoomMessage


def show_messages(*, attempt: Attempt, limit: int, now: datetime) -> list[RoomMessage]:
    """
    Return the latest messages, oldest first, and keep when each first went to the candidate's page.

    Source: docs/rules/exam-room.md, rule R6.
    """
    messages = list(attempt.messages.order_by("-pk")[:limit])[::-1]
    unshown = [message.pk for message in messages if message.shown_at is None]
    if unshown:
        RoomMessage.objects.filter(pk__in=unshown, shown_at=None).update(shown_at=now)
    return messages
