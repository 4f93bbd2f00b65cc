"""The site's own pages, made for the demonstration as they are for a real site."""

from datetime import datetime

from lms.pages import guide, loading


def load(*, now: datetime) -> None:
    """Make home, articles and policies if they are missing, and load the reference pages."""
    loading.load_site(now=now)
    guide.load_guide(now=now)
