"""Liveness and readiness."""

from collections.abc import Callable

from celery import current_app
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms import tasks


def ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def ask_cache() -> None:
    cache.set("lms:readyz", "1", timeout=10)
    if cache.get("lms:readyz") != "1":
        raise ConnectionError("cache did not keep a value")


def ask_queue() -> None:
    """Fail unless the broker answers and a worker has executed a scheduled task within the last minute."""
    if not settings.CELERY_TASK_ALWAYS_EAGER:
        with current_app.connection_for_write(connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    beat = tasks.last_heartbeat_at()
    if beat is None or (timezone.now() - beat).total_seconds() > tasks.HEARTBEAT_MAX_AGE_SECONDS:
        raise TimeoutError("no scheduled task has been executed within the last minute")


PARTS: dict[str, Callable[[], None]] = {"database": ask_database, "cache": ask_cache, "queue": ask_queue}


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 only if database, cache and task queue answer, else 503; the JSON names the part that failed."""
    parts = {}
    for name, ask in PARTS.items():
        try:
            ask()
            parts[name] = "ok"
        except Exception as failure:  # noqa: BLE001  # whatever a broken part raises, the answer is "not ready"
            parts[name] = f"{type(failure).__name__}: {failure}"[:200]
    ready = all(state == "ok" for state in parts.values())
    return JsonResponse({"status": "ok" if ready else "failing", "parts": parts}, status=200 if ready else 503)
