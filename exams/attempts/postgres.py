"""
The journal on PostgreSQL: one statement stores what all threads of this process have to save at that moment.

The statement is a transaction of its own on a connection of its own, with PostgreSQL's default durability: whoever is
answered is committed. It holds each attempt with FOR KEY SHARE, which waits for a hand-in (FOR UPDATE) and then sees
what it did, while saves do not wait for each other. Source: docs/decisions/0007-lean-save-path.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
import structlog
from django.db import OperationalError, connection

from exams.attempts.journal import (
    FULL,
    MAX_ENTRIES,
    AttemptClosed,
    BadEntries,
    Entry,
    Receipt,
    check_sessions,
    last_seq,
    sort_out,
)
from exams.attempts.pages import Page, PageUnknown
from exams.models import SESSION_SPAN, Attempt
from exams.models.attempts import save_allowance

log = structlog.get_logger(__name__)
LEASE = 500  # entries of one attempt between two looks at how many its journal holds
MOST_LEASES = 20_000
# A plan made while the tables were small must not be kept for large ones; nobody waits long for a lock.
OPTIONS = "-c lock_timeout=2s -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"
CONNECT_SECONDS = 5

ROOM = """
    SELECT a.id, a.status, a.closed_by, a.deadline_at, a.session_number, a.news, a.is_mock, u.is_active, r.now, r.page,
           a.status <> 'OPEN' OR r.now > a.deadline_at + %(allowance)s * interval '1 second' AS is_late,
           a.closed_by <> 'CANDIDATE' AND u.is_active AND r.newest <= a.session_number AS is_good
    FROM unnest(%(attempts)s::bigint[], %(candidates)s::bigint[], %(pages)s::int[], %(newest)s::int[],
                %(nows)s::timestamptz[]) AS r (attempt, candidate, page, newest, now)
    JOIN exams_attempt a ON a.id = r.attempt AND a.candidate_id = r.candidate
    JOIN users_user u ON u.id = a.candidate_id
"""
ANSWER = "room.id, closed_by, deadline_at, session_number, news, is_active, is_late"
SAVE = f"""
WITH room AS ({ROOM} FOR KEY SHARE OF a), stored AS (
    INSERT INTO exams_answerentry (attempt_id, seq, position, answer, client_at, received_at, is_late)
    SELECT room.id, e.seq, e.position, e.answer, e.client_at, room.now, room.is_late
    FROM unnest(%(owners)s::bigint[], %(seqs)s::int[], %(positions)s::int[], %(answers)s::text[],
                %(client_ats)s::timestamptz[]) AS e (attempt, seq, position, answer, client_at)
    JOIN room ON room.id = e.attempt AND room.is_good
    ORDER BY room.id, e.seq
    ON CONFLICT (attempt_id, seq) DO NOTHING
    RETURNING attempt_id, seq, is_late
), review AS (
    INSERT INTO exams_latereview (attempt_id, status, opened_at, examined, admitted, reason)
    SELECT DISTINCT room.id, 'PENDING', room.now, '[]'::jsonb, '[]'::jsonb, ''
    FROM stored JOIN room ON room.id = stored.attempt_id WHERE stored.is_late AND NOT room.is_mock
    ON CONFLICT (attempt_id) WHERE status = 'PENDING' DO NOTHING
)
SELECT {ANSWER}, ARRAY(SELECT seq FROM stored WHERE attempt_id = room.id) FROM room
"""  # noqa: S608  # constants only
PULSE = f"""
WITH room AS ({ROOM}), seen AS (
    UPDATE exams_attemptsession s SET seen_at = room.now FROM room
    WHERE s.attempt_id = room.id AND s.number = room.page AND room.is_good
)
SELECT {ANSWER}, ARRAY[]::int[] FROM room
"""  # noqa: S608  # constants only
HELD = """
SELECT j.attempt_id, j.seq, j.position, j.answer
FROM unnest(%(owners)s::bigint[], %(seqs)s::int[]) AS e (attempt, seq)
JOIN exams_answerentry j ON j.attempt_id = e.attempt AND j.seq = e.seq
"""
COUNT = """
SELECT a.id, (SELECT count(*) FROM exams_answerentry j WHERE j.attempt_id = a.id)
FROM unnest(%(attempts)s::bigint[]) AS a (id)
"""
NEWS = "UPDATE exams_attempt SET news = news + 1 WHERE id = %(attempt)s RETURNING news"


class Write(NamedTuple):
    """What one page sends at once; its entries have been checked."""

    page: Page
    entries: tuple[Entry, ...]
    now: datetime


class Journal:
    """Stores batches of writes over one connection, for one thread at a time. `statements` counts what it sent."""

    def __init__(self) -> None:
        self.statements = 0
        self._connection: psycopg.Connection[Any] | None = None
        self._leases: dict[int, int] = {}  # attempt → entries that may be stored before its journal is counted again

    def store(self, writes: Sequence[Write]) -> list[Receipt | Exception]:
        """
        Store all writes in one statement and return a receipt or refusal for each.

        If that fails, each is tried alone on a new connection, so that a bad one harms no other; an entry that the
        failed statement did store is then found and acknowledged.
        """
        try:
            return self._store(writes)
        except psycopg.Error as error:
            log.warning("journal_batch_failed", writes=len(writes), error=str(error))
            self.close()
        return [self._store_alone(write) for write in writes]

    def close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None

    def _store_alone(self, write: Write) -> Receipt | Exception:
        try:
            return self._store([write])[0]
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            return _away(error)
        except psycopg.Error as error:
            return error

    def _store(self, writes: Sequence[Write]) -> list[Receipt | Exception]:
        saves = [write for write in writes if write.entries]
        pulses = [write for write in writes if not write.entries]
        full = self._full(saves)
        saves = [write for write in saves if write.page.attempt not in full]
        rows: dict[int, tuple[Any, ...]] = {}
        if pulses:
            rows |= {row[0]: row for row in self._run(PULSE, _requests(pulses))}
        if saves:
            rows |= {row[0]: row for row in self._run(SAVE, _requests(saves) | _entries(saves))}
        held = self._held(saves, rows)
        return [
            BadEntries(message=FULL)
            if write.page.attempt in full
            else self._receipt(write, rows.get(write.page.attempt), held)
            for write in writes
        ]

    def _receipt(
        self, write: Write, row: tuple[Any, ...] | None, held: dict[tuple[int, int], tuple[int, str]]
    ) -> Receipt | Exception:
        if row is None:
            return PageUnknown()
        attempt, closed_by, deadline_at, session_number, news, is_active, is_late, stored = row
        if not is_active:
            return PageUnknown()
        if closed_by == Attempt.ClosedBy.CANDIDATE:
            return AttemptClosed()
        try:
            check_sessions(write.entries, newest=session_number)
        except BadEntries as refusal:
            return refusal
        fresh = set(stored)
        contents: dict[int, tuple[int, str]] = {}
        for entry in write.entries:
            contents.setdefault(entry.seq, entry.content if entry.seq in fresh else held[attempt, entry.seq])
        acked, conflicts = sort_out(write.entries, contents)
        if any(seq // SESSION_SPAN < session_number for seq in fresh):
            ((news,),) = self._run(NEWS, {"attempt": attempt})
        return Receipt(
            acked=acked,
            conflicts=conflicts,
            last_seq=last_seq(attempt, conflicts) if conflicts else None,
            is_late=is_late,
            deadline_at=deadline_at,
            session_number=session_number,
            news=news,
        )

    def _held(self, saves: Sequence[Write], rows: dict[int, tuple[Any, ...]]) -> dict[tuple[int, int], tuple[int, str]]:
        """Read what the journal held already under the numbers that were not stored now: a resend, or a conflict."""
        missing = [
            (write.page.attempt, entry.seq)
            for write in saves
            if write.page.attempt in rows
            for entry in write.entries
            if entry.seq not in rows[write.page.attempt][-1]
        ]
        if not missing:
            return {}
        keys = {"owners": _array(owner for owner, _ in missing), "seqs": _array(seq for _, seq in missing)}
        return {(owner, seq): (position, answer) for owner, seq, position, answer in self._run(HELD, keys)}

    def _full(self, saves: Sequence[Write]) -> set[int]:
        """Return the attempts whose journals cannot take what is to be stored; count those whose lease has run out."""
        wanted = {write.page.attempt: len(write.entries) for write in saves}
        uncounted = [attempt for attempt, size in wanted.items() if self._leases.get(attempt, 0) < size]
        full = set()
        if uncounted:
            if len(self._leases) > MOST_LEASES:
                self._leases.clear()
            for attempt, count in self._run(COUNT, {"attempts": _array(uncounted)}):
                self._leases[attempt] = min(LEASE, MAX_ENTRIES - count)
                if self._leases[attempt] < wanted[attempt]:
                    full.add(attempt)
        for attempt in wanted.keys() - full:
            self._leases[attempt] -= wanted[attempt]
        return full

    def _run(self, statement: str, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        self.statements += 1
        return self._open().execute(statement, values).fetchall()

    def _open(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            given = connection.get_connection_params()
            mine = {
                "autocommit": True,
                "prepare_threshold": 0,
                "connect_timeout": CONNECT_SECONDS,
                "cursor_factory": psycopg.Cursor,  # binds on the server, which preparing needs
                "context": None,  # Django's own loader of moments is slower
                "options": f"{given.get('options', '')} {OPTIONS}",
            }
            self._connection = psycopg.connect(**given | mine)
        return self._connection


def _away(error: psycopg.Error) -> OperationalError:
    away = OperationalError(str(error))
    away.__cause__ = error
    return away


def _requests(writes: Sequence[Write]) -> dict[str, object]:
    return {
        "attempts": _array(write.page.attempt for write in writes),
        "candidates": _array(write.page.candidate for write in writes),
        "pages": _array(write.page.session for write in writes),
        "newest": _array(max((entry.seq for entry in write.entries), default=0) // SESSION_SPAN for write in writes),
        "nows": _array(write.now for write in writes),
        "allowance": save_allowance().total_seconds(),
    }


def _entries(writes: Sequence[Write]) -> dict[str, object]:
    rows = [(write.page.attempt, entry) for write in writes for entry in _distinct(write.entries)]
    return {
        "owners": _array(owner for owner, _ in rows),
        "seqs": _array(entry.seq for _, entry in rows),
        "positions": _array(entry.position for _, entry in rows),
        "answers": _texts(entry.answer for _, entry in rows),
        "client_ats": _array(entry.client_at for _, entry in rows),
    }


def _distinct(entries: Sequence[Entry]) -> Iterable[Entry]:
    """Of two entries with one number the first counts."""
    return {entry.seq: entry for entry in reversed(entries)}.values()


def _array(values: Iterable[int | datetime | None]) -> str:
    """Write an array literal of numbers or moments: none of them needs an escape."""
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def _texts(values: Iterable[str]) -> str:
    """Write an array literal of what candidates answered; typed text may hold anything."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"
