"""Spare parts: how many to order at a time, and when. Demand is per year or per day as named, money in yuan."""

import math
from dataclasses import dataclass

CONFIDENCE = {"90": 1.28, "95": 1.65, "99": 2.33}  # per cent of lead times without a shortage: z


@dataclass(frozen=True, kw_only=True)
class Reorder:
    """When to order: at `point` pieces on hand and on the way, `safety` of them against chance."""

    safety: float
    point: float


def order_quantity(*, yearly: float, order_cost: float, holding_cost: float) -> float:
    """Return the economic order quantity. Source: docs/rules/labs.md, rule H12."""
    return math.sqrt(2 * yearly * order_cost / holding_cost)


def yearly_cost(*, yearly: float, order_cost: float, holding_cost: float, quantity: float) -> float:
    """Return what ordering and keeping cost in a year. Source: docs/rules/labs.md, rule H12."""
    return yearly / quantity * order_cost + quantity / 2 * holding_cost


def reorder(*, daily: float, lead_days: float, deviation: float, z: float) -> Reorder:
    """Return the safety stock and the reorder point. Source: docs/rules/labs.md, rule H12."""
    safety = z * deviation * math.sqrt(lead_days)
    return Reorder(safety=safety, point=daily * lead_days + safety)
