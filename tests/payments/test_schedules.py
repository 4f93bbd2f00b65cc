"""
Random schedules end with money received = ledger = access: 100 of them in every run, 10,000 by `make schedules`.

A schedule that fails prints its seed and its steps; `SCHEDULE_SEED=n pytest …` plays that one alone.
"""

import os
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from tests.factories.courses import make_course
from tests.factories.users import UserFactory
from tests.payments import schedules
from tests.payments.schedules import SECRET, Story

COUNT = int(os.environ.get("SCHEDULES", "100"))
INTRODUCTION = """\
由 `make schedules` 写出：随机日程跑完并对账之后的合计。日程里有重复、乱序、丢失、延迟、多处同时返回、进程中断、
Stripe 出错、金额被改、退款被退回。同名的两项必须相等；任何一条日程不相等，测试失败并打印它的种子与步骤。"""
REPORT = os.environ.get("SCHEDULES_REPORT", "")


@pytest.mark.django_db
def test_money_received_is_ledger_is_access(alice, settings):
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    course, staff = make_course(lessons=1), UserFactory(is_staff=True)
    now = timezone.now() + timedelta(seconds=5)
    schedules.coupon(staff, now)
    seed = os.environ.get("SCHEDULE_SEED")
    seeds = [int(seed)] if seed else range(COUNT)
    total, began = Counter(), time.monotonic()

    for seed in seeds:
        story = Story(seed=seed, buyer=alice, course=course, staff=staff, now=now)
        with transaction.atomic():
            story.run()
            assert story.faults() == [], f"seed {seed}: {' → '.join(story.steps)}"
            total += story.outcome()
            transaction.set_rollback(True)  # the next one finds an empty shop

    _write(total, len(seeds), time.monotonic() - began)


def _write(total: Counter, count: int, seconds: float) -> None:
    lines = [f"| 日程 | {count} |", f"| 用时（秒） | {seconds:.0f} |"]
    lines += [f"| {name} | {value} |" for name, value in sorted(total.items())]
    table = "\n".join(["| 项目 | 合计 |", "|---|---|", *lines])
    print(f"\n{table}")  # noqa: T201  # the table is what the run is for; pytest -s shows it
    if REPORT:
        Path(REPORT).write_text(f"# 随机日程对账表\n\n{INTRODUCTION}\n\n{table}\n")
