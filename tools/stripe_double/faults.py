"""Switches that make this Stripe behave as badly as the real one may. All off at the start."""

from dataclasses import dataclass, fields
from typing import Any

from tools.stripe_double.wire import ApiError


@dataclass
class Faults:
    """
    Set through `POST /_double/faults`, reset by `DELETE`. The counters say how often a fault still strikes.

    Webhooks: `duplicate` extra copies, `delay` in seconds, `drop` so many, `reorder` newest first.
    API: `error` answers 500 before doing anything, `limit` answers 429, `lose_answer` does the work and then drops the
    connection, `slow` waits so many seconds before it answers.
    """

    duplicate: int = 0
    delay: float = 0.0
    drop: int = 0
    reorder: bool = False
    error: int = 0
    limit: int = 0
    lose_answer: int = 0
    slow: float = 0.0

    def take(self, name: str) -> bool:
        """Say whether a counted fault strikes now, and count it."""
        left = getattr(self, name)
        setattr(self, name, max(0, left - 1))
        return bool(left)

    def set(self, values: dict[str, Any]) -> None:
        known: dict[str, Any] = {field.name: type(field.default) for field in fields(self)}
        for name, value in values.items():
            if name not in known or not isinstance(value, (int, float)) or value < 0:
                raise ApiError(f"unknown switch or value: {name}={value!r}")
            setattr(self, name, known[name](value))

    def reset(self) -> None:
        for field in fields(self):
            setattr(self, field.name, field.default)
