"""The HTTP side: Stripe's API under /v1, the hosted page under /c, the test switches under /_double. Loopback only."""

import json
import re
import time
import urllib.parse
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tools.stripe_double import pages, wire
from tools.stripe_double.actions import Actions
from tools.stripe_double.faults import Faults
from tools.stripe_double.objects import new_id
from tools.stripe_double.routes import Routes
from tools.stripe_double.schema import BrokenContract
from tools.stripe_double.store import Store
from tools.stripe_double.webhooks import Courier
from tools.stripe_double.wire import ApiError

HOST = "127.0.0.1"
MAX_BODY = 1024 * 1024
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Double(ThreadingHTTPServer):
    """All parts together. `port` 0 takes any free one."""

    daemon_threads = True

    def __init__(
        self, *, port: int, store: Store, api_key: str, webhook_url: str, webhook_secret: str, delay_seconds: float
    ) -> None:
        super().__init__((HOST, port), Handler)
        self.url = f"http://{HOST}:{self.server_address[1]}"
        self.store = store
        self.api_key = api_key
        self.faults = Faults()
        self.courier = Courier(store, self.faults, webhook_url, webhook_secret)
        self.actions = Actions(store, self.courier.announce, self.url, delay_seconds)
        self.routes = Routes(store, self.actions)


def _alter(double: Double, values: dict[str, Any]) -> None:
    """Make an object at Stripe something that we did not ask for."""
    double.store.get(values["object"], values["id"]).update(values["fields"])


def _resend(double: Double, values: dict[str, Any]) -> None:
    double.store.deliveries.append({"event": values["event"], "due_at": time.time(), "tries": 0})


SWITCHES: dict[str, Callable[[Double, dict[str, Any]], object]] = {
    "faults": lambda double, values: double.faults.set(values),
    "alter": _alter,
    "resend": _resend,
    "slow_refunds": lambda double, values: setattr(double.actions, "refunds_are_slow", bool(values["on"])),
    "refund": lambda double, values: double.actions.end_refund(values["id"], values["status"]),
    "dispute": lambda double, values: double.actions.open_dispute(values["payment_intent"], values["status"]),
    "close_dispute": lambda double, values: double.actions.close_dispute(values["id"], values["status"]),
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    server: Double

    def do_GET(self) -> None:
        self._handle("GET")

    def do_POST(self) -> None:
        self._handle("POST")

    def do_DELETE(self) -> None:
        self._handle("DELETE")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Silence: one line a request would drown the webhooks'."""

    def _handle(self, method: str) -> None:
        url = urllib.parse.urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, MAX_BODY)).decode(errors="replace")
        try:
            self._refuse_other_hosts()
            if url.path.startswith("/c/"):
                self._page(method, url.path, url.query, body)
            elif url.path.startswith("/_double/"):
                self._authenticate()
                self._control(method, url.path.removeprefix("/_double/"), body)
            else:
                self._api(method, url, body)
        except ApiError as error:
            self._send(error.status, error.body)
        except BrokenContract as error:
            print(f"BROKEN CONTRACT {error}", flush=True)
            self._send(500, {"error": {"type": "api_error", "message": f"The double broke Stripe's schema: {error}"}})

    def _refuse_other_hosts(self) -> None:
        """A page on the Internet that points its own name at this machine gets nothing."""
        if urllib.parse.urlsplit(f"//{self.headers.get('Host', '')}").hostname not in (HOST, "localhost"):
            raise ApiError("This double answers to its own machine only.", status=403)

    # --- Stripe's API -----------------------------------------------------------------------------------------
    def _api(self, method: str, url: urllib.parse.SplitResult, body: str) -> None:
        self._authenticate()
        faults, store = self.server.faults, self.server.store
        time.sleep(faults.slow)
        with store.lock:
            if faults.take("error"):
                raise ApiError("An unknown error occurred", status=500, kind="api_error")
            if faults.take("limit"):
                raise ApiError("Too many requests hit the API too quickly.", status=429, code="rate_limit")
            form = url.query if method == "GET" else body
            status, answer = self.server.routes.answer(method, url.path, form, self.headers.get("Idempotency-Key", ""))
            answer = json.loads(json.dumps(answer))
            if faults.take("lose_answer"):
                self.close_connection = True
                return
        self._send(status, answer)

    def _authenticate(self) -> None:
        if self.headers.get("Authorization") != f"Bearer {self.server.api_key}":
            raise ApiError("Invalid API Key provided.", status=401)

    # --- the hosted page --------------------------------------------------------------------------------------
    def _page(self, method: str, path: str, query: str, body: str) -> None:
        if path == "/c/style.css":
            self._send(200, pages.CSS, "text/css")
            return
        if path == "/c/faults":
            self._switches(method, body)
            return
        found = re.fullmatch(r"/c/pay/([A-Za-z0-9_]+)", path)
        try:
            with self.server.store.lock:
                session = self.server.store.get("checkout.session", found[1] if found else "")
                if method == "POST":
                    location = self._shopper(session["id"], path, wire.parse_form(body))
                    self.server.store.save()
                    self._redirect(location)
                else:
                    delay = self.server.actions.delay_seconds
                    page = pages.checkout(session, was_declined="declined" in query, delay_seconds=delay)
                    self._send(200, page, "text/html")
        except ApiError as error:
            self._send(error.status, pages.message("无法付款", f"没有扣款。{error}"), "text/html")

    def _shopper(self, identifier: str, path: str, form: wire.Params) -> str:
        """Do what the buyer chose, and say where the browser goes."""
        actions, method, outcome = self.server.actions, wire.text(form, "method"), wire.text(form, "outcome")
        if outcome == "leave":
            session = self.server.store.get("checkout.session", identifier)
            return str(session["cancel_url"] or "/")
        if outcome == "decline":
            actions.decline(identifier, method)
            return f"{path}?declined"
        if outcome == "pay":
            return pages.return_url(actions.pay(identifier, method))
        if outcome in ("later", "later_fail"):
            return pages.return_url(actions.pay_later(identifier, method, succeeds=outcome == "later"))
        raise ApiError("unknown outcome", param="outcome")

    def _switches(self, method: str, body: str) -> None:
        """The fault switches for a person with a browser; no other site's page may post here."""
        with self.server.store.lock:
            if method == "POST":
                if self.headers.get("Origin", self.server.url).partition("://")[2] != self.headers.get("Host"):
                    raise ApiError("This form is posted from its own page only.", status=403)
                try:
                    self.server.faults.set({name: float(value) for name, value in wire.parse_form(body).items()})
                except (TypeError, ValueError, OverflowError) as error:
                    raise ApiError("A switch is a number.") from error
            page = pages.faults(self.server.faults, len(self.server.store.deliveries))
        self._send(200, page, "text/html")

    # --- test switches ----------------------------------------------------------------------------------------
    def _control(self, method: str, name: str, body: str) -> None:
        store, faults, courier = self.server.store, self.server.faults, self.server.courier
        values: dict[str, Any] = json.loads(body) if body else {}
        with store.lock:
            if (method, name) == ("DELETE", "faults"):
                faults.reset()
            elif method == "POST" and name in SWITCHES:
                SWITCHES[name](self.server, values)
            elif (method, name) != ("GET", "state"):
                raise ApiError("unknown switch", status=404)
            self._send(200, {"faults": vars(faults), "waiting": len(store.deliveries), "log": courier.log[-200:]})

    # --- answers ----------------------------------------------------------------------------------------------
    def _send(self, status: int, content: Any, kind: str = "application/json") -> None:
        payload = (content if isinstance(content, str) else json.dumps(content)).encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(payload)))
        self.send_header("Request-Id", new_id("req"))
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)

    def _redirect(self, location: str) -> None:
        self.send_response(303)
        self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()
