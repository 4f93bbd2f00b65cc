import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Look-ups are counted, and failed attempts remembered, in the cache."""
    cache.clear()
