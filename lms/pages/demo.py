"""The site's own pages, made for the demonstration as they are for a real site."""

from datetime import datetime

from lms.pages import loading


def load(*, now: datetime) -> None:
    """Make home, articles and policies if they are missing."""
    loading.load_site(now=now)
