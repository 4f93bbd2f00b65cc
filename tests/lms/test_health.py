"""Liveness and readiness, each part broken on purpose."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from lms import tasks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clean_cache():
    cache.clear()
    yield
    cache.clear()


def test_healthz_answers_without_login():
    assert Client().get("/healthz").json() == {"status": "ok"}


def test_readyz_answers_when_every_part_does():
    tasks.heartbeat()

    response = Client().get("/readyz")

    assert response.status_code == 200
    assert response.json() == {"status": "ok", "parts": {"database": "ok", "cache": "ok", "queue": "ok"}}


@pytest.mark.parametrize("age_seconds", [None, 61, 3600])
def test_readyz_names_a_queue_that_stopped(age_seconds):
    if age_seconds is not None:
        cache.set(tasks.HEARTBEAT_KEY, (timezone.now() - timedelta(seconds=age_seconds)).timestamp())

    response = Client().get("/readyz")

    assert response.status_code == 503
    assert response.json()["parts"]["queue"].startswith("TimeoutError")
    assert response.json()["parts"]["database"] == "ok"


def test_readyz_names_a_broken_cache(settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }

    response = Client().get("/readyz")

    assert response.status_code == 503
    assert "ConnectionError" in response.json()["parts"]["cache"]


def test_readyz_names_a_broken_database():
    def refuse(execute, sql, params, many, context):
        raise OSError("no route to database")

    with connection.execute_wrapper(refuse):
        response = Client().get("/readyz")

    assert response.status_code == 503
    assert response.json()["parts"]["database"] == "OSError: no route to database"
