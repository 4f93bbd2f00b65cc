"""
Random schedules end with money received = ledger = access: 100 of them in every run, 10,000 by `make schedules`.

`SCHEDULES=500 SCHEDULES_FROM=1000` plays the seeds 1000–1499. A schedule that fails prints its seed and its steps;
`SCHEDULES=1 SCHEDULES_FROM=<seed>` plays that one alone.
"""

import gc
import os
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.factories.courses import make_course
from tests.factories.users import UserFactory
from tests.payments.schedules import truths
from tests.payments.schedules.story import SECRET, Story, coupon

COUNT = int(os.environ.get("SCHEDULES", "100"))
FIRST = int(os.environ.get("SCHEDULES_FROM", "0"))
REPORT = os.environ.get("SCHEDULES_REPORT", "")


@pytest.fixture
def settled_memory():
    """What the imports have left is not looked through again at each collection: a third of the time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.django_db
def test_money_received_is_ledger_is_access(alice, settings, settled_memory):
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    course, staff = make_course(lessons=1), UserFactory(is_staff=True)
    now = timezone.now() + timedelta(seconds=5)
    colleague, people = UserFactory(is_staff=True), UserFactory.create_batch(5)
    coupon(staff, now)
    total, began = Counter(), time.monotonic()

    for seed in range(FIRST, FIRST + COUNT):
        story = Story(seed=seed, buyer=alice, course=course, staff=staff, colleague=colleague, people=people, now=now)
        with transaction.atomic():
            story.run()
            found = truths.faults(story)
            assert found == [], f"seed {seed}: {' → '.join(story.steps)}"
            total += truths.outcome(story)
            transaction.set_rollback(True)  # the next one finds an empty shop

    _write(total, time.monotonic() - began)


def _write(total: Counter, seconds: float) -> None:
    vendor = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
    title = f"## {vendor}，种子 {FIRST}–{FIRST + COUNT - 1}"
    lines = [f"| 日程 | {COUNT} |", f"| 用时（秒） | {seconds:.0f} |"]
    lines += [f"| {name} | {value} |" for name, value in sorted(total.items())]
    section = "\n".join([title, "", "| 项目 | 合计 |", "|---|---|", *lines])
    print(f"\n{section}")  # noqa: T201  # the table is what the run is for; pytest -s shows it
    if REPORT:
        path = Path(REPORT)
        head, *sections = path.read_text().split("\n## ")
        kept = [f"## {old.strip()}" for old in sections if not f"## {old}".startswith(f"{title}\n")]
        path.write_text("\n\n".join([head.strip(), *kept, section]) + "\n")
