"""When to see an item again: FSRS-6 with its authors' parameters. Source: docs/rules/practice.md, rule P6."""

from datetime import datetime
from typing import Any

from fsrs import Card, Rating, Scheduler

RETENTION = 0.9
LONGEST_DAYS = 365
SCHEDULER = Scheduler(
    desired_retention=RETENTION,
    learning_steps=(),  # days at once: nobody waits ten minutes for a card
    relearning_steps=(),
    maximum_interval=LONGEST_DAYS,
    enable_fuzzing=False,
)


def review(memory: dict[str, Any] | None, *, is_right: bool, now: datetime) -> tuple[dict[str, Any], datetime]:
    """
    Return what is remembered after one more answer, and when the item is due; `now` in UTC.

    Source: docs/rules/practice.md, rule P6.
    """
    card = Card.from_dict(memory) if memory else Card(card_id=1, due=now)  # type: ignore[arg-type]  # stored by us
    card, _ = SCHEDULER.review_card(card, Rating.Good if is_right else Rating.Again, now)
    return dict(card.to_dict()), card.due
