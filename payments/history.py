"""Who did what to an order. Source: docs/rules/money.md, rule P11."""

from datetime import datetime

from lms.users.models import User
from payments.models import Order, OrderEvent


def record(
    *, order: Order, kind: OrderEvent.Kind, actor: User | None = None, note: str = "", now: datetime
) -> OrderEvent:
    """
    Write one line of the order's history; `actor` is None when the system acts.

    Source: docs/rules/money.md, rule P11.
    """
    return OrderEvent.objects.create(order=order, kind=kind, actor=actor, at=now, note=note[:300])
