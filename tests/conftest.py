"""What all tests share: people with names, and a clock that they pass on."""

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

import psycopg_pool.base
import pytest
from django.test import Client

from exams.attempts.saving import JOURNAL
from lms.users.models import User
from tests.factories.users import UserFactory

# The pool's threads draw their jitter while Hypothesis watches the global generator for strategies that misuse it.
psycopg_pool.base.random = Random().random


@pytest.fixture
def now() -> datetime:
    """A Sunday afternoon, in UTC."""
    return datetime(2026, 11, 22, 6, 3, 22, tzinfo=UTC)


@pytest.fixture
def alice(db) -> User:
    """Owns what a test makes."""
    return UserFactory(email="alice@example.com", name="学员甲")


@pytest.fixture
def charlie(db) -> User:
    """Has no access to anything of Alice's."""
    return UserFactory(email="charlie@example.com", name="学员丙")


@pytest.fixture
def as_alice(alice) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def as_charlie(charlie) -> Client:
    client = Client()
    client.force_login(charlie)
    return client


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup) -> Iterator[None]:
    """Let go of the journal's own connection before the test's database is dropped."""
    yield
    JOURNAL.close()
