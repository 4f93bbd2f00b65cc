"""An acknowledged answer survives kill -9 of the server, in both run modes: a real server, real HTTP, real SIGKILL."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
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
from tests.factories.exams import make_eligible, make_exam

ROOT = Path(__file__).parents[2]
TOKEN = "a" * 32
CLIENTS = 3


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
        self.log = (folder / "server.log").open("ab")

    def start(self) -> None:
        command = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port), "lms.wsgi:application"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=self.environment,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        for _ in range(300):
            try:
                if self.get("/healthz")[0] == 200:
                    return
            except (OSError, HTTPException):
                time.sleep(0.1)
        raise AssertionError(Path(self.log.name).read_text())

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


def answer_until_it_breaks(server: Server, attempt: int, cookie: str, first: int, acknowledged: dict[int, tuple]) -> None:
    """Save one answer after the other, each with its own number, and note what the server acknowledges."""
    headers = {"Cookie": cookie, "X-CSRFToken": TOKEN, "Content-Type": "application/json"}
    for seq in range(first, 5000, CLIENTS):
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


def crash(server: Server, alice, exam) -> None:
    make_eligible(alice, exam)
    attempt = attempts.start(exam=exam, candidate=alice, now=timezone.now()).pk
    cookie = session_cookie(alice)
    read_journal = server.prepare()
    acknowledged: dict[int, tuple] = {}
    try:
        for wave in range(2):
            server.start()
            first = max(acknowledged, default=0) + 1
            clients = [
                Thread(target=answer_until_it_breaks, args=(server, attempt, cookie, first + n, acknowledged))
                for n in range(CLIENTS)
            ]
            for client in clients:
                client.start()
            enough = len(acknowledged) + 40
            while len(acknowledged) < enough and any(client.is_alive() for client in clients):
                time.sleep(0.01)
            server.kill()
            for client in clients:
                client.join()
            assert len(acknowledged) >= enough, f"wave {wave}: the burst was over before the crash"
        server.start()
        status, page = server.get(f"/exams/attempts/{attempt}/", cookie)
    finally:
        server.kill()

    journal = read_journal(attempt)
    assert {seq: journal.get(seq) for seq in acknowledged} == acknowledged
    assert status == 200
    assert f'data-next-seq="{max(journal) + 1}"' in page
    for position in (0, 1):
        seq = max(seq for seq, (place, _) in journal.items() if place == position)
        question = page.split(f'data-position="{position}"')[1].split("</fieldset>")[0]
        assert f'data-seq="{seq}"' in question
        assert f'value="{journal[seq][1]}" checked' in question


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_acknowledged_answers_survive_kill_9_on_postgresql(alice, tmp_path):
    values = connection.settings_dict
    host, port = values["HOST"] or "127.0.0.1", values["PORT"] or 5432
    url = f"postgres://{values['USER']}:{values['PASSWORD']}@{host}:{port}/{values['NAME']}"
    server = Server(url, tmp_path)

    def journal(attempt: int) -> dict[int, tuple]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT seq, position, answer FROM exams_answerentry WHERE attempt_id = %s", [attempt])
            return {seq: (position, answer) for seq, position, answer in cursor.fetchall()}

    server.prepare = lambda: journal
    crash(server, alice, make_exam())


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(settings.DATABASES["default"]["ENGINE"].endswith("postgresql"), reason="the other mode")
def test_acknowledged_answers_survive_kill_9_on_sqlite(alice, tmp_path):
    path = tmp_path / "db.sqlite3"
    server = Server(f"sqlite:///{path}", tmp_path)

    def journal(attempt: int) -> dict[int, tuple]:
        with sqlite3.connect(path) as database:
            rows = database.execute("SELECT seq, position, answer FROM exams_answerentry WHERE attempt_id = ?", [attempt])
            return {seq: (position, answer) for seq, position, answer in rows}

    def prepare():
        with sqlite3.connect(path) as copy:
            connection.connection.backup(copy)  # the test's own database, as a file that a server can open
        return journal

    server.prepare = prepare
    crash(server, alice, make_exam())
