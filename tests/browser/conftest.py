"""Chromium, and the real site as `make run` starts it, in a folder of its own."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from playwright.sync_api import Page

from exams import attempts
from exams.models import Attempt
from tests.factories.exams import make_eligible, make_exam
from tools.with_services import free_port

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    return browser_type_launch_args | {
        "executable_path": "/usr/bin/chromium",
        "args": ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    return browser_context_args | {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


def is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as response:  # noqa: S310  # our own loopback address
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The embedded site with its demo content, sweeps and Stripe double; yields its address."""
    port = free_port()
    data = tmp_path_factory.mktemp("site")
    env = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL"}}
    env |= {
        "DJANGO_SETTINGS_MODULE": "lms.settings",
        "LMS_DATA_DIR": str(data),
        "PORT": str(port),
        "STRIPE_DOUBLE_PORT": str(free_port()),
        "LESSON_MIN_SECONDS": "1",
    }
    log = data / "run_local.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run_local"],
            cwd=ROOT,
            env=env,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + 180
            while not is_ready(f"http://127.0.0.1:{port}"):
                if process.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"run_local did not get ready:\n{log.read_text()[-4000:]}")
                time.sleep(0.5)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="session", autouse=True)
def orm_beside_playwright() -> None:
    """Playwright's synchronous API keeps an event loop in this thread, which Django would take for our own."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture
def attempt(transactional_db, alice) -> Attempt:
    """Alice's open attempt of four questions; being away counts from two seconds on."""
    exam = make_exam(away_seconds=2)
    make_eligible(alice, exam)
    return attempts.start(exam=exam, candidate=alice, now=timezone.now())


@pytest.fixture
def enter(live_server, attempt, alice) -> Iterator[Callable[[Page], Page]]:
    """Open the sitting page as Alice, in any page of any device, and wait until it may be answered."""
    entered = []

    def enter(page: Page, *, waits_for: str = "#room[data-ready]") -> Page:
        session = SessionStore()
        session[SESSION_KEY] = str(alice.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = alice.get_session_auth_hash()
        session.create()
        page.context.add_cookies([{"name": "sessionid", "value": session.session_key, "url": live_server.url}])
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(f"{live_server.url}/exams/attempts/{attempt.pk}/")
        page.wait_for_selector(waits_for, state="attached")
        entered.append(page)
        return page

    yield enter
    for page in entered:  # before the database is emptied under them
        page.close()


@pytest.fixture
def room(page: Page, enter) -> Page:
    """The sitting page, open in the first browser."""
    return enter(page)
