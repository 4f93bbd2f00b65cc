"""The course as it is in the repository, and the learner who has finished it."""

from datetime import datetime
from pathlib import Path

from courses import loading

CONTENT = Path(__file__).parent / "content"


def load(*, now: datetime) -> None:
    """Load the course. Safe to run twice."""
    loading.load_course(CONTENT, now=now)
