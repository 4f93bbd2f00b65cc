"""An acknowledged answer survives kill -9 of the server, on SQLite and on PostgreSQL: real server, HTTP and SIGKILL."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Thread

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.utils import timezone

from exams import attempts
from exams.models import AnswerEntry
from tests.factories.exams import make_eligible, make_exam

ROOT = Path(__file__).parents[2]
TOKEN = "a" * 32
CLIENTS = 3
Journal = dict[int, tuple[int, str]]  # seq → position, answer


class Server:
    """granian on the site, as production runs it, on a free port."""

    def __init__(self, database_url: str, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environment = os.environ | {
            "DATABASE_URL": database_url,
            "LMS_DATA_DIR": str(folder),
            "SECRET_KEY": settings.SECRET_KEY,
            "LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "lms.settings",
        }
        self.log = folder / "server.log"

    def start(self) -> None:
        options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port), "--blocking-threads", "4"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "granian", *options, "lms.wsgi:application"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for _ in range(300):
            try:
                if self.get("/healthz")[0] == 200:
                    return
            except (OSError, HTTPException):
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)  # master and workers, without a word
        self.process.wait()

    def get(self, path: str, cookie: str = "") -> tuple[int, str]:
        return self.request("GET", path, None, {"Cookie": cookie})

    def request(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, str]:
        link = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            link.request(method, path, body, headers)
            response = link.getresponse()
            return response.status, response.read().decode()
        finally:
            link.close()


def session_cookie(user) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"sessionid={session.session_key}; csrftoken={TOKEN}"


def open_page(server: Server, attempt: int, cookie: str) -> dict:
    """Open a session as the page does: its token, its first number, the answers that stand."""
    headers = {"Cookie": cookie, "X-CSRFToken": TOKEN, "Content-Type": "application/json"}
    status, body = server.request("POST", f"/exams/attempts/{attempt}/session/", "{}", headers)
    assert status == 201, body
    return json.loads(body)


def answer_until_it_breaks(server: Server, attempt: int, page: dict, number: int, acknowledged: Journal) -> None:
    """Save one answer after the other, each with its own number, and note what the server acknowledges."""
    headers = {"X-Attempt-Token": page["token"], "Content-Type": "application/json"}
    first = page["first_seq"] + number
    for seq in range(first, first + 5000, CLIENTS):
        entry = {"seq": seq, "position": seq % 2, "answer": "ABCD"[seq // 2 % 4], "client_at": None}
        try:
            status, body = server.request(
                "POST", f"/exams/attempts/{attempt}/answers/", json.dumps({"entries": [entry]}), headers
            )
        except (OSError, HTTPException):
            return
        assert status == 200, body
        for acked in json.loads(body)["acked_seq"]:
            acknowledged[acked] = (entry["position"], entry["answer"])


def served_database(folder: Path) -> tuple[str, Callable[[int], Journal]]:
    """Return an address where a server finds the test's own rows, and a way to read a journal there afterwards."""
    if connection.vendor == "postgresql":
        values = connection.settings_dict
        place = f"{values['HOST'] or '127.0.0.1'}:{values['PORT'] or 5432}"
        return f"postgres://{values['USER']}:{values['PASSWORD']}@{place}/{values['NAME']}", journal_by_orm

    path = folder / "db.sqlite3"
    with closing(sqlite3.connect(path)) as copy:
        connection.connection.backup(copy)  # the test's database lives in memory; a server needs a file

    def journal_in_file(attempt: int) -> Journal:
        query = "SELECT seq, position, answer FROM exams_answerentry WHERE attempt_id = ?"
        with closing(sqlite3.connect(path)) as database:
            return {seq: (position, answer) for seq, position, answer in database.execute(query, [attempt])}

    return f"sqlite:///{path}", journal_in_file


def journal_by_orm(attempt: int) -> Journal:
    rows = AnswerEntry.objects.filter(attempt=attempt).values_list("seq", "position", "answer")
    return {seq: (position, answer) for seq, position, answer in rows}


def burst(server: Server, attempt: int, cookie: str, acknowledged: Journal) -> None:
    """Let several clients save at once, and kill the server in the middle of it."""
    page, enough = open_page(server, attempt, cookie), len(acknowledged) + 40
    clients = [
        Thread(target=answer_until_it_breaks, args=(server, attempt, page, number, acknowledged))
        for number in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    while len(acknowledged) < enough and any(client.is_alive() for client in clients):
        time.sleep(0.01)
    was_busy = all(client.is_alive() for client in clients)
    server.kill()
    for client in clients:
        client.join()
    assert was_busy
    assert len(acknowledged) >= enough


@pytest.mark.django_db(transaction=True)
def test_acknowledged_answers_survive_kill_9(alice, tmp_path):
    exam = make_exam()
    make_eligible(alice, exam)
    attempt = attempts.start(exam=exam, candidate=alice, now=timezone.now()).pk
    cookie = session_cookie(alice)
    url, read_journal = served_database(tmp_path)
    server = Server(url, tmp_path)
    acknowledged: Journal = {}

    for _ in range(2):
        server.start()
        burst(server, attempt, cookie, acknowledged)
    server.start()
    try:
        page = open_page(server, attempt, cookie)
    finally:
        server.kill()

    journal = read_journal(attempt)
    assert {seq: journal.get(seq) for seq in acknowledged} == acknowledged
    assert (page["session"], page["first_seq"]) == (3, 300_001)
    last = {position: max(seq for seq, (place, _) in journal.items() if place == position) for position in (0, 1)}
    assert page["answers"] == {str(position): {"seq": seq, "answer": journal[seq][1]} for position, seq in last.items()}
