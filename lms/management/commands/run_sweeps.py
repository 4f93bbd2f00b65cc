"""The embedded mode's scheduler: runs CELERY_BEAT_SCHEDULE in this process, one task after another."""

import signal
import threading
import time
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import close_old_connections

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "按 CELERY_BEAT_SCHEDULE 反复执行定时任务（内嵌模式；生产环境用 Celery beat 与 worker）。"

    def handle(self, *args: object, **options: object) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        current_app.loader.import_default_modules()  # registers every app's tasks, as a worker does
        schedule: dict[str, dict[str, Any]] = settings.CELERY_BEAT_SCHEDULE
        due = dict.fromkeys(schedule, 0.0)
        while not stopping.is_set():
            for name, entry in schedule.items():
                if time.monotonic() >= due[name] and not stopping.is_set():
                    due[name] = time.monotonic() + entry["schedule"]
                    self.run_one(entry["task"])
            stopping.wait(0.5)

    def run_one(self, task_name: str) -> None:
        """Run one task; its failure is logged and does not stop the others, the next round tries again."""
        result = current_app.tasks[task_name].apply()
        if result.failed():
            log.error("sweep failed", task=task_name, error=repr(result.result), traceback=result.traceback)
        close_old_connections()
