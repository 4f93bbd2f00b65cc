"""Error pages speak Chinese and say what to do."""

import json
import sqlite3

import psycopg
import pytest
from django.core.handlers.exception import convert_exception_to_response
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, ProgrammingError, connection
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from psycopg_pool import PoolTimeout

from lms.outages import renew_connections

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def answer_to(error, cause, headers):
    """What the site answers when a view fails with Django's error for what the database driver said."""

    def view(request):
        raise error("said by the driver") from cause

    return convert_exception_to_response(view)(RequestFactory().get("/exams/attempts/1/news/", headers=headers))


def sqlite_error():
    """SQLite's own error for a statement on a table that is not there."""
    with pytest.raises(sqlite3.OperationalError) as caught:
        sqlite3.connect(":memory:").execute("SELECT * FROM nowhere")
    return caught.value


def sqlite_busy(tmp_path):
    """SQLite's own error while another connection writes."""
    first, second = (sqlite3.connect(tmp_path / "db", timeout=0, isolation_level=None) for _ in range(2))
    first.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(sqlite3.OperationalError) as caught:
            second.execute("BEGIN IMMEDIATE")
    finally:
        first.close()
        second.close()
    return caught.value


@pytest.mark.django_db
def test_unknown_address_is_404_in_words():
    response = Client().get("/no-such-page/")

    assert response.status_code == 404
    assert "没有找到这个页面" in response.content.decode()


@pytest.mark.django_db
def test_unknown_address_is_json_to_a_json_client():
    response = Client().get("/no-such-page/", headers={"accept": "application/json"})

    assert (response.status_code, response.json()) == (404, {"error": "没有找到。"})


@pytest.mark.django_db
def test_missing_csrf_token_is_refused_in_words():
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@example.com", "password": "x"})

    assert response.status_code == 403
    assert "页面已过期，没有提交" in response.content.decode()


def test_500_page_needs_no_context():
    assert "系统出错了" in render_to_string("500.html")


@pytest.mark.parametrize(
    "cause",
    [
        PoolTimeout("couldn't get a connection"),
        psycopg.OperationalError("the connection is closed"),
        psycopg.errors.AdminShutdown("terminating connection"),
        psycopg.errors.CannotConnectNow("the database system is starting up"),
        psycopg.errors.TooManyConnections("sorry, too many clients already"),
    ],
)
def test_a_database_that_is_away_is_503_in_words(cause):
    page, other = answer_to(OperationalError, cause, HTML), answer_to(OperationalError, cause, {"Accept": "*/*"})

    assert (page.status_code, other.status_code) == (503, 503)
    assert "暂时连不上数据库" in page.content.decode()
    assert "数据库暂时连不上" in json.loads(other.content)["message"]
    assert (page.headers["Retry-After"], other.headers["Retry-After"]) == ("5", "5")


def test_a_busy_sqlite_is_503_and_a_missing_table_is_500(tmp_path):
    assert answer_to(OperationalError, sqlite_busy(tmp_path), HTML).status_code == 503
    assert answer_to(OperationalError, sqlite_error(), HTML).status_code == 500


@pytest.mark.parametrize("error", [ProgrammingError, IntegrityError, DataError, InterfaceError, ZeroDivisionError])
def test_a_mistake_of_ours_stays_500(error):
    response = answer_to(error, psycopg.Error("told by the driver"), HTML)

    assert response.status_code == 500
    assert "系统出错了" in response.content.decode()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_lets_go_of_the_others(settings):
    connection.close()
    links = [connection.pool.getconn() for _ in range(2)]
    for link in links:
        link.execute("SELECT 1")
        connection.pool.putconn(link)
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None, "autocommit": True}) as other:
        other.execute(  # all of them: earlier tests may have left more
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    with pytest.raises(OperationalError) as caught, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    connection.close()
    renew_connections(caught.value)

    for _ in range(3):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        connection.close()
