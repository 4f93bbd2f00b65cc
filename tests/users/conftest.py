"""Rate limits count in the cache; each test starts with none used up."""

import pytest
from django.core.cache import cache

from lms.users import roles


@pytest.fixture(autouse=True)
def fresh_cache():
    cache.clear()


@pytest.fixture
def synced_roles(db) -> None:
    roles.sync()
