"""A database that does not answer: how it is told from a mistake of ours, and how its connections come back."""

import sqlite3

from django.db import OperationalError, connection

# Elsewhere in SQLite an OperationalError is a mistake: a table or column that is not there.
SQLITE_OUTAGES = ("SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_FULL", "SQLITE_IOERR")
LOST = ("08", "57P")  # PostgreSQL's classes: connection failure, shutdown and crash


def is_outage(error: BaseException | None) -> bool:
    """Whether an error says that the database is away or too busy, so that the same request may succeed later."""
    if not isinstance(error, OperationalError):
        return False
    cause = error.__cause__
    return not isinstance(cause, sqlite3.Error) or cause.sqlite_errorname.startswith(SQLITE_OUTAGES)


def renew_connections(error: BaseException | None) -> None:
    """
    Let go of all pooled connections of this process if `error` says that one was lost: the others are dead as well.

    Otherwise each of them would fail one more request after a restart of the database.
    """
    state = getattr(getattr(error, "__cause__", None), "sqlstate", None)
    pool = getattr(connection, "pool", None)
    if pool is not None and not pool.closed and (state is None or state.startswith(LOST)):
        pool.drain()
