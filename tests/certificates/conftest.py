from pathlib import Path

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Look-ups are counted, and failed attempts remembered, in the cache."""
    cache.clear()


@pytest.fixture(autouse=True, scope="session")
def _keys(tmp_path_factory) -> None:
    """Demo keys of this run's own, made once."""
    from django.conf import settings

    settings.CERTIFICATE_KEYS_DIR = Path(tmp_path_factory.mktemp("keys"))
