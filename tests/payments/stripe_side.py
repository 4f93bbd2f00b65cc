"""The Stripe double as a real process, and an ear that takes its signed webhooks: a test delivers them by hand."""

import json
import os
import queue
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode

import pytest
import requests
import stripe

API_KEY = "sk_test_local_double"
WEBHOOK_SECRET = "whsec_of_the_tests"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


@dataclass(frozen=True)
class Webhook:
    body: bytes
    signature: str

    @property
    def event(self) -> dict:
        return json.loads(self.body)


class Ear:
    """Takes every webhook and answers 200."""

    def __init__(self) -> None:
        self.heard: queue.Queue[Webhook] = queue.Queue()
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ear.heard.put(Webhook(body, self.headers["Stripe-Signature"]))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/stripe/webhook/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class StripeDouble:
    """`python -m tools.stripe_double` on a free port, always with --validate."""

    def __init__(self, *extra: str, port: int = 0) -> None:
        self.ear = Ear()
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect)
        command = [sys.executable, "-m", "tools.stripe_double", "--validate", "--port", str(port)]
        command += ["--webhook-url", self.ear.url, "--webhook-secret", WEBHOOK_SECRET, "--delay-seconds", "0.2", *extra]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=os.environ | {"STRIPE_SECRET_KEY": API_KEY}
        )
        self.url = self.process.stdout.readline().strip().partition("：")[2]
        assert self.url, "the Stripe double did not start"
        threading.Thread(target=self._watch, daemon=True).start()
        self.broken: list[str] = []

    def _watch(self) -> None:
        for line in self.process.stdout:
            if "BROKEN CONTRACT" in line:
                self.broken.append(line)

    def __enter__(self) -> "StripeDouble":
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)
        self.process.stdout.close()
        self.ear.server.shutdown()
        self.ear.server.server_close()

    def fresh(self) -> "StripeDouble":
        """Switch all faults off and forget what was heard."""
        self.control("DELETE", "faults")
        self.control("POST", "slow_refunds", {"on": False})
        while not self.ear.heard.empty():
            self.ear.heard.get()
        return self

    def shop(self, session_id: str, outcome: str = "pay", method: str = "alipay") -> str:
        """Press a button on the hosted page and return where the browser is sent."""
        data = urlencode({"method": method, "outcome": outcome}).encode()
        with pytest.raises(urllib.error.HTTPError) as answer:
            self.opener.open(f"{self.url}/c/pay/{session_id}", data=data)
        with answer.value as redirect:
            assert redirect.code == 303, redirect.read().decode()
            return redirect.headers["Location"]

    def webhook(self, kind: str, object_id: str = "") -> Webhook:
        """Wait for the next webhook of this kind (and about this object); others are put aside."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                heard = self.ear.heard.get(timeout=0.5)
            except queue.Empty:
                continue
            if heard.event["type"] == kind and object_id in ("", heard.event["data"]["object"]["id"]):
                return heard
        raise AssertionError(f"no {kind} arrived")

    def faults(self, **switches: float) -> None:
        self.control("POST", "faults", switches)

    @contextmanager
    def sdk(self) -> Iterator[stripe.StripeClient]:
        """Stripe's own client, pointed here; its connections are closed at the end."""
        with requests.Session() as session:
            yield stripe.StripeClient(
                API_KEY, base_addresses={"api": self.url}, http_client=stripe.RequestsClient(session=session)
            )

    def page(self, path: str) -> str:
        """Open a page of the hosted checkout."""
        with self.opener.open(path if path.startswith("http") else self.url + path) as answer:
            return answer.read().decode()

    def end_refund(self, refund_id: str, status: str) -> None:
        """Let the bank deliver a refund, or send it back."""
        self.control("POST", "refund", {"id": refund_id, "status": status})

    def dispute(self, payment_intent: str, status: str = "needs_response") -> str:
        """Let the buyer's bank open a dispute; return its id."""
        self.control("POST", "dispute", {"payment_intent": payment_intent, "status": status})
        return self.api("GET", "/v1/disputes?limit=1")["data"][0]["id"]

    def close_dispute(self, dispute_id: str, status: str) -> None:
        self.control("POST", "close_dispute", {"id": dispute_id, "status": status})

    def alter(self, kind: str, identifier: str, **fields: object) -> None:
        """Change an object behind everybody's back."""
        self.control("POST", "alter", {"object": kind, "id": identifier, "fields": fields})

    def control(self, method: str, name: str, values: dict | None = None) -> dict:
        return self.api(method, f"/_double/{name}", json.dumps(values or {}).encode())

    def api(self, method: str, path: str, data: bytes | None = None, key: str = API_KEY) -> dict:
        headers = {"Authorization": f"Bearer {key}"}
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers)  # noqa: S310  # our own http address
        with self.opener.open(request) as answer:
            return json.load(answer)
