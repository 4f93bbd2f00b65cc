"""Signed webhooks: delivered again and again until the receiver says 2xx, in no order that one may rely on."""

import hashlib
import hmac
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from tools.stripe_double.faults import Faults
from tools.stripe_double.objects import Object
from tools.stripe_double.store import Store

RETRY_SECONDS = (1, 2, 5, 15, 30, 60, 120, 300, 600)
MAX_TRIES = 40
TICK_SECONDS = 0.1
REORDER_WINDOW_SECONDS = 0.5
TIMEOUT_SECONDS = 30


def signature(body: bytes, secret: str, at: int) -> str:
    """Return a `Stripe-Signature` header: HMAC-SHA256 over the time and the raw body."""
    digest = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Courier:
    """One thread that delivers what is due and, in between, lets time pass."""

    def __init__(self, store: Store, faults: Faults, url: str, secret: str) -> None:
        self.store = store
        self.faults = faults
        self.url = url
        self.secret = secret
        self.log: list[dict[str, Any]] = []
        # No proxy of the machine's environment stands between two programs on it.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def announce(self, event: Object) -> None:
        """Queue one event, as often and as late as the fault switches say. The store's lock is held."""
        if self.faults.take("drop"):
            self.log.append({"event": event["id"], "type": event["type"], "status": "dropped"})
            return
        due_at = time.time() + self.faults.delay + (REORDER_WINDOW_SECONDS if self.faults.reorder else 0)
        for _ in range(1 + self.faults.duplicate):
            self.store.deliveries.append({"event": event["id"], "due_at": due_at, "tries": 0})

    def start(self, tick: Callable[[float], bool]) -> None:
        """Deliver for ever; `tick` lets time pass at this Stripe and says whether that changed anything."""
        threading.Thread(target=self._run, args=(tick,), daemon=True, name="courier").start()

    def _run(self, tick: Callable[[float], bool]) -> None:
        while True:
            with self.store.lock:
                moved = tick(time.time())
                delivery = self._next(time.time())
                if moved or delivery:
                    self.store.save()
            if delivery:
                self._deliver(delivery)
            else:
                time.sleep(TICK_SECONDS)

    def _next(self, now: float) -> dict[str, Any] | None:
        due = [delivery for delivery in self.store.deliveries if delivery["due_at"] <= now]
        if not due:
            return None
        return due[-1] if self.faults.reorder else due[0]

    def _deliver(self, delivery: dict[str, Any]) -> None:
        event = self.store.objects[delivery["event"]]
        body = json.dumps(event, ensure_ascii=False).encode()
        status = self._post(body)
        with self.store.lock:
            self.log.append({"event": event["id"], "type": event["type"], "status": status})
            delivery["tries"] += 1
            if isinstance(status, int) and 200 <= status < 300:
                event["pending_webhooks"] = 0
                self.store.deliveries.remove(delivery)
            elif delivery["tries"] >= MAX_TRIES:
                self.store.deliveries.remove(delivery)
            else:
                delivery["due_at"] = time.time() + RETRY_SECONDS[min(delivery["tries"], len(RETRY_SECONDS)) - 1]
            self.store.save()
        print(f"webhook {event['type']} → {status}", flush=True)

    def _post(self, body: bytes) -> int | str:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (local double)",
            "Stripe-Signature": signature(body, self.secret, int(time.time())),
        }
        request = urllib.request.Request(self.url, data=body, headers=headers, method="POST")  # noqa: S310  # http(s), checked at the start
        try:
            with self.opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError as error:
            return type(error).__name__
