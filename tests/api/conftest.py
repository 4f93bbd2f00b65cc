"""A company of Alice's and a system of hers that may do everything."""

import pytest
from django.core.cache import cache

from tests.factories.api import Caller, caller
from tests.factories.companies import make_company


@pytest.fixture(autouse=True)
def _fresh_minute() -> None:
    cache.clear()


@pytest.fixture
def company(alice):
    return make_company(owner=alice)


@pytest.fixture
def api(company, alice) -> Caller:
    return caller(company=company, by=alice)
