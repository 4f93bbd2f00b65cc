"""Demo rows: none. The demo learner buys by hand, and a made-up payment would have no counterpart at Stripe."""

from datetime import datetime


def load(*, now: datetime) -> None:
    """Make nothing; the demo loader calls every room."""
